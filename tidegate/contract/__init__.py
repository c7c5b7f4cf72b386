"""Contracts: the one place where a table's columns and rules are written.

Importing this is cheap: it knows neither Spark nor Great Expectations, and what reads YAML is
imported when it is asked to. ``contract.spark`` and ``contract.iceberg`` compile a contract.
"""

from pathlib import Path

from tidegate.contract.model import (
    VERDICTS,
    Column,
    Contract,
    Contracts,
    Dropped,
    Rule,
    Severity,
    Stage,
    Treatment,
)
from tidegate.errors import ContractError

__all__ = [
    "VERDICTS",
    "Column",
    "Contract",
    "Contracts",
    "Dropped",
    "Rule",
    "Severity",
    "Stage",
    "Treatment",
    "check_contracts",
    "load_contracts",
]


def load_contracts(project: Path) -> Contracts:
    """The contracts of a project's ``contracts/`` folder.

    Raises:
        ContractError: at least one is wrong; the message has every problem, with file and line.
    """
    from tidegate.contract.project import read_project

    contracts, errors = read_project(project)
    if errors:
        raise ContractError("\n".join(str(error) for error in errors))
    return Contracts(contracts)


def check_contracts(project: Path) -> list[ContractError]:
    """Everything that is wrong with a project's contracts, by file and line."""
    from tidegate.contract.project import read_project

    return read_project(project)[1]
