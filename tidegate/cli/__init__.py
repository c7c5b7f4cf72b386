"""The command line: what a person types, and what she reads back."""

from tidegate.cli import (
    contracts,
    deployments,
    docs,
    endpoint,
    generate,
    quarantine,
    questions,
    rebuilds,
    runs,
    serving,
)
from tidegate.cli.ending import main

__all__ = [
    "contracts",
    "deployments",
    "docs",
    "endpoint",
    "generate",
    "main",
    "quarantine",
    "questions",
    "rebuilds",
    "runs",
    "serving",
]
