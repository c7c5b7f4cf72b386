"""The command line: what a person types, and what she reads back."""

from tidegate.cli import (
    collecting,
    contracts,
    deployments,
    docs,
    endpoint,
    figures,
    flows,
    generate,
    packaging,
    quarantine,
    questions,
    rebuilds,
    recovery,
    runs,
    serving,
)
from tidegate.cli.ending import main

__all__ = [
    "collecting",
    "contracts",
    "deployments",
    "docs",
    "endpoint",
    "figures",
    "flows",
    "generate",
    "main",
    "packaging",
    "quarantine",
    "questions",
    "rebuilds",
    "recovery",
    "runs",
    "serving",
]
