"""The command line: what a person types, and what she reads back."""

from tidegate.cli import contracts, docs, endpoint, quarantine, questions, runs
from tidegate.cli.ending import main

__all__ = ["contracts", "docs", "endpoint", "main", "quarantine", "questions", "runs"]
