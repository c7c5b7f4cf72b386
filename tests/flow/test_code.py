"""The digest of what makes a table's rows: the same on each Python, another for other code."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tidegate.contract import Column, Contract, Rule, Severity
from tidegate.flow import clean
from tidegate.flow.code import _module_text, code_of

pytestmark = pytest.mark.quick

JOB = '''"""Words."""

from . import amounts
from .rates.table import euro
from jobs.more import thing


def daily(events, *, limit=None):
    """More words."""
    return f"{events!r:>{limit}}" + amounts.of([], euro)
'''


def text(folder: Path, files: Mapping[str, str]) -> str:
    for name, content in files.items():
        file = folder / "jobs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    _module_text.cache_clear()
    from tidegate.flow.code import _tree

    _tree.cache_clear()
    return _module_text(folder / "jobs" / "daily.py")


def test_a_modules_text_is_that_of_no_version_of_python(tmp_path: Path) -> None:
    assert text(tmp_path, {"daily.py": "def f(x):\n    return [None, x]\n"}) == (
        "daily.py Module(body=[FunctionDef(name='f', args=arguments(args=[arg(arg='x')]),"
        " body=[Return(value=List(elts=[Constant(), Name(id='x', ctx=Load())], ctx=Load()))])])"
    )


@pytest.mark.parametrize(
    "other", ["amounts.py", "rates/table.py", "rates/__init__.py", "more/__init__.py"]
)
def test_what_a_job_imports_of_its_project_is_part_of_it(tmp_path: Path, other: str) -> None:
    before = text(tmp_path, {"daily.py": JOB, other: "A = 1"})

    assert text(tmp_path, {other: "A = 2"}) != before
    assert text(tmp_path, {other: "A = 1"}) == before


STORED = ("began_at", "seats")


def trips(at: str, size: str, stored: Sequence[str | None] = (None, None)) -> Contract:
    """A contract that names a time and a size in each place where a column may be named."""
    rule = Rule("few", "", Severity.REFUSE, "", "expect_a", {"column": size, "columns": [at, size]})
    query = {"unexpected_rows_query": f"SELECT {at} FROM {{batch}} WHERE {size} > 9"}
    return Contract(
        Path("contracts/clean.trips.yaml"),
        "clean.trips",
        "1.0.0",
        "",
        (
            Column(at, "timestamp", json_paths=(("at",),), physical=stored[0]),
            Column("day", "date", transform=f"CAST({at} AS DATE)"),
            Column(size, "integer", json_paths=(("size",),), physical=stored[1]),
        ),
        key=("day", at),
        partition=("day",),
        rules=(rule, replace(rule, id="query", arguments=query)),
        properties={"eventTime": at, "reads": "raw.trips"},
    )


def test_a_renamed_column_that_is_stored_as_before_is_the_same_code() -> None:
    before = code_of(clean("clean.trips"), trips("began_at", "seats"))

    renamed = trips("started", "places", STORED)
    assert code_of(clean("clean.trips"), renamed) == before
    swapped = trips("seats", "began_at", STORED)
    assert code_of(clean("clean.trips"), swapped) == before


@pytest.mark.parametrize(
    "other",
    [
        trips("began_at", "places"),  # stored under another name
        trips("started", "places", ("began_at", "places")),
        replace(trips("began_at", "seats"), key=("day", "seats")),
        replace(trips("began_at", "seats"), rules=trips("began_at", "day").rules),
    ],
)
def test_another_contract_is_other_code(other: Contract) -> None:
    before = code_of(clean("clean.trips"), trips("began_at", "seats"))

    assert code_of(clean("clean.trips"), other) != before
