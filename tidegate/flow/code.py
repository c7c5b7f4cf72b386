"""What a table's rows are made by: its contract and its job's function, in a few letters.

Two tables' rows can only differ by code where these differ. Words for people are left out, as are
line numbers: a docstring or a description that is mended makes nothing old.
"""

import ast
import hashlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from tidegate.contract import Column, Contract, Rule
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
    """What of a contract its rows, and the verdicts on them, depend on.

    Columns have the names they are stored under, wherever they are named: what is renamed and
    stays stored as it was makes nothing old.
    """
    stored = {one.name: one.stored for one in contract.columns if one.stored != one.name}
    columns = [_as_stored(one, stored) for one in contract.columns]
    rules = [_unworded(one, stored) for one in contract.rules]
    named = (contract.key, contract.partition, sorted(contract.properties.items(), key=repr))
    key, partition, properties = (_renamed(one, stored) for one in named)
    return repr((columns, key, partition, rules, properties))


def _as_stored(column: Column, stored: Mapping[str, str]) -> Column:
    transform = _renamed(column.transform, stored)
    bare = replace(column, description="", id=None, line=0, physical=None)
    return replace(bare, name=column.stored, transform=transform)


def _unworded(rule: Rule, stored: Mapping[str, str]) -> Rule:
    bare = replace(rule, description="", dimension="", line=0)
    return replace(bare, arguments=_renamed(rule.arguments, stored))


def _renamed(value: Any, stored: Mapping[str, str]) -> Any:
    """What a contract says with other names for its columns, in SQL and in lists too."""
    if not stored:
        return value
    if isinstance(value, str):
        names = "|".join(map(re.escape, stored))
        return re.sub(rf"\b({names})\b", lambda found: stored[found[0]], value)
    if isinstance(value, Mapping):
        return {name: _renamed(one, stored) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_renamed(one, stored) for one in value)
    return value


@cache
def _module_text(file: Path) -> str:
    """A job's module, and those of the project's ``jobs`` that it imports, without their words."""
    trees = {one: _tree(one) for one in sorted(_with_imports(file))}
    return "\n".join(f"{one.name} {_dumped(tree)}" for one, tree in trees.items())


def _dumped(node: object) -> str:
    """The syntax as a text that is the same in each version of Python, which ``ast.dump`` is not.

    Fields that are empty are left out, as are the type parameters of newer versions.
    """
    if isinstance(node, list):
        return f"[{', '.join(map(_dumped, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    told = [
        f"{name}={_dumped(value)}"
        for name, value in ast.iter_fields(node)
        if value is not None and value != [] and name != "type_params"
    ]
    return f"{type(node).__name__}({', '.join(told)})"


def _with_imports(file: Path) -> set[Path]:
    found, waiting = set[Path](), [file]
    while waiting:
        one = waiting.pop()
        if one not in found and one.is_file():
            found.add(one)
            waiting += _imported(one)
    return found


def _imported(file: Path) -> Iterator[Path]:
    """The files of ``jobs`` that a module's imports may mean; not each of them is there."""
    root = next((one for one in file.parents if one.name == JOBS), file.parent)
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ImportFrom):
            start = (JOBS, *file.parent.relative_to(root).parts)
            here = ".".join(start[: len(start) + 1 - node.level]) if node.level else ""
            module = ".".join(one for one in (here, node.module) if one)
            names = [f"{module}.{one.name}" for one in node.names]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        else:
            continue
        for name in names:
            package, *rest = name.split(".")
            if package == JOBS:
                for end in range(1, len(rest) + 1):
                    place = root.joinpath(*rest[:end])
                    yield from (place.with_suffix(".py"), place / "__init__.py")


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
