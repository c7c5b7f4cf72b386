"""Flows and jobs: what a project declares, and what runs it.

Importing this is cheap; Spark and Great Expectations are loaded when something runs.
"""

from tidegate.flow.job import Clean, Flow, Job, Land, WholeDays, clean, job, land, whole_days

__all__ = [
    "Clean",
    "Flow",
    "Job",
    "Land",
    "WholeDays",
    "clean",
    "job",
    "land",
    "whole_days",
]
