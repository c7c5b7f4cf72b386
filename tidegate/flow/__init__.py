"""Flows and jobs: what a project declares, and what runs it.

Importing this is cheap; Spark and Great Expectations are loaded when something runs.
"""

from tidegate.flow.increment import whole_days, whole_keys, whole_weeks
from tidegate.flow.job import Clean, Flow, Job, Land, Reference, clean, job, land, reference

__all__ = [
    "Clean",
    "Flow",
    "Job",
    "Land",
    "Reference",
    "clean",
    "job",
    "land",
    "reference",
    "whole_days",
    "whole_keys",
    "whole_weeks",
]
