"""What a table's rows are made by: its contract and its job's function, in a few letters.

Two tables' rows can only differ by code where these differ. Words for people are left out, as are
line numbers: a docstring or a description that is mended makes nothing old.
"""

import ast
import hashlib
import inspect
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from tidegate.contract import Contract
from tidegate.flow.job import Job, Stage

JOBS = "jobs"


def code_of(stage: Stage, contract: Contract) -> str:
    """The digest of what makes a stage's rows, 12 hexadecimal digits.

    Args:
        stage: the stage.
        contract: the contract of the table it writes.
    """
    parts = [_contract_text(contract)]
    if isinstance(stage, Job):
        file = Path(inspect.getfile(stage.function)).resolve()
        parts += [stage.function.__name__, str(stage.increment), _module_text(file)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _contract_text(contract: Contract) -> str:
    """What of a contract its rows, and the verdicts on them, depend on."""
    columns = [replace(one, description="", id=None, line=0) for one in contract.columns]
    rules = [replace(one, description="", dimension="", line=0) for one in contract.rules]
    properties = sorted(contract.properties.items(), key=repr)
    return repr((columns, contract.key, contract.partition, rules, properties))


@cache
def _module_text(file: Path) -> str:
    """A job's module, and those of the project's ``jobs`` that it imports, without their words."""
    trees = {one: _tree(one) for one in sorted(_with_imports(file))}
    return "\n".join(f"{one.name} {ast.dump(tree)}" for one, tree in trees.items())


def _with_imports(file: Path) -> set[Path]:
    found, waiting = set[Path](), [file]
    while waiting:
        one = waiting.pop()
        if one not in found and one.is_file():
            found.add(one)
            waiting += _imported(one)
    return found


def _imported(file: Path) -> Iterator[Path]:
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        else:
            continue
        for name in names:
            package, *rest = name.split(".")
            if package == JOBS and rest:
                yield file.parent.joinpath(*rest).with_suffix(".py")


@cache
def _tree(file: Path) -> ast.Module:
    """The module as Python reads it, without docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [one for one in node.body if not _is_text(one)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is a text alone, as a docstring is."""
    is_constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_constant and isinstance(node.value.value, str)  # type: ignore[attr-defined]
