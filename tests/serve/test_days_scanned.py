"""A saved question reads the files of the days it names: others may be gone, or unreadable."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyiceberg.conversions import from_bytes
from pyiceberg.transforms import IdentityTransform
from rich.console import Console
from rich.table import Table

from tests.conftest import project_contracts
from tests.serve.conftest import PROJECT, open_for_writing, schema
from tidegate import local
from tidegate.contract import Column, Contract
from tidegate.errors import LakeError
from tidegate.lake.catalog import open_catalog, tables
from tidegate.serve import ask, questions
from tidegate.serve import sql as run_sql
from tidegate.settings import Settings, load_settings

FIRST, DAYS = dt.date(2026, 2, 2), 42
TODAY = dt.date(2026, 3, 12)
EPOCH = dt.datetime(1970, 1, 1)
WORDS = {
    "day": "2026-03-11",
    "first_day": "2026-03-09",
    "last_day": "2026-03-11",
    "first_week": "2026-03-02",
    "since": "2026-03-09",
    "repository": "bob/tide",
    "days_back": "9",
}
NAMED = {
    name: one
    for name, one in {each.name: each for each in questions(PROJECT)}.items()
    if {"date", "timestamp"} & {parameter.type for parameter in one.parameters}
}
TELLING = {
    "event_type": ["PushEvent", "PullRequestEvent", "purchase", "refund", "page_view"],
    "repository": ["bob/tide", "ann/sea"],
    "action": ["closed"],
    "severity": ["refuse"],
    "verdict": ["pass"],
    "status": ["refused"],
    "order_id": ["o1", "o2", "o3"],
    "sku": ["BO-1", "TO-1"],
    "visitor_id": [f"visitor {number}" for number in range(20)],
}


def since(day: str) -> Callable[[dt.date], bool]:
    return lambda one: one >= dt.date.fromisoformat(day)


def between(first: str, last: str) -> Callable[[dt.date], bool]:
    return lambda one: first <= one.isoformat() <= last


# The days that are meant where they aren't those from first_day, or day, to last_day.
MEANT = {
    "refunds_and_their_orders": between("2026-03-02", "2026-03-11"),
    "top_movers": between("2026-02-26", "2026-03-11"),
    "rising_repositories": between("2026-03-10", "2026-03-11"),
    "yesterday_against_same_weekday": lambda one: (
        (dt.date(2026, 3, 11) - one).days in (0, 7, 14, 21, 28)
    ),
    "retention_by_cohort": since("2026-03-02"),
    "value_by_cohort": since("2026-03-02"),
    "refused_and_why": since("2026-03-09"),
    "rules_broken_most": since("2026-03-09"),
}


@dataclass(frozen=True)
class File:
    """A data file: its table, its day (None in a table without days), its address and size."""

    table: str
    day: dt.date | None
    path: Path
    size: int


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Six weeks, a file a day and table, at a local endpoint."""
    project = tmp_path_factory.mktemp("weeks")
    for folder in ("contracts", "sql"):
        (project / folder).symlink_to(PROJECT / folder)
    catalog = open_for_writing(project / ".tidegate" / "lake")
    for name, contract in project_contracts().items():
        if any(name in one.sql for one in NAMED.values()):
            _fill(catalog, name, contract)
    settings = load_settings(project, endpoint="local")
    address = local.start(settings).address
    yield load_settings(project, endpoint=address)
    local.stop(settings)


def _fill(catalog: Any, name: str, contract: Contract) -> None:
    chance = random.Random(name)
    columns = schema({column.stored: column.type for column in contract.kept})
    catalog.create_namespace_if_not_exists(name.split(".")[0])
    table = catalog.create_table(name, columns)
    of_days = [
        [{column.stored: _value(column, day, chance) for column in contract.kept} for _ in range(9)]
        for day in (FIRST + dt.timedelta(days=number) for number in range(DAYS))
    ]
    days = [one.stored for one in map(contract.column, contract.partition) if one.type == "date"]
    if days:
        with table.update_spec() as spec:
            spec.add_field(days[0], IdentityTransform(), days[0])
    if days or not contract.partition:
        of_days = [list(chain(*of_days))]
    for rows in of_days[-9:]:  # a commit a day, where the day isn't a column's value
        table.append(pa.Table.from_pylist(rows, schema=columns))


def _value(column: Column, day: dt.date, chance: random.Random) -> Any:
    made: dict[str, Callable[[], Any]] = {
        "string": lambda: chance.choice(TELLING.get(column.stored, ["a", "b", "c"])),
        "integer": lambda: chance.randrange(1, 99),
        "long": lambda: chance.randrange(1, 10**6),
        "double": chance.random,
        "boolean": lambda: chance.random() < 0.5,
        "date": lambda: day,
        "timestamp": lambda: dt.datetime.combine(day, dt.time(chance.randrange(24)), dt.UTC),
        "binary": lambda: chance.randbytes(9),
        "decimal(18,6)": lambda: Decimal(chance.randrange(99)),
        "array<string>": lambda: ["small"],
    }
    return made[column.type]()


@pytest.fixture(scope="module")
def files(lake: Settings) -> list[File]:
    """Every data file, from Iceberg's metadata."""
    found = []
    contracts, catalog = project_contracts(), open_catalog(lake)
    for name in tables(lake):
        table = catalog.load_table(name)
        kept = [one for one in contracts.table(name).partition if one not in ("stream", "shard")]
        for task in table.scan().plan_files():
            day = _day(table.schema().find_field(kept[0]), task.file) if kept else None
            path = Path(task.file.file_path.removeprefix("file://"))
            found.append(File(name, day, path, task.file.file_size_in_bytes))
    return found


def _day(field: Any, file: Any) -> dt.date:
    least = from_bytes(field.field_type, file.lower_bounds[field.field_id])
    is_day = str(field.field_type) == "date"
    return (
        EPOCH + (dt.timedelta(days=least) if is_day else dt.timedelta(microseconds=least))
    ).date()


@contextmanager
def away(files: list[File]) -> Iterator[None]:
    """Files that can't be read for a while."""
    for file in files:
        file.path.rename(file.path.with_suffix(".away"))
    try:
        yield
    finally:
        for file in files:
            file.path.with_suffix(".away").rename(file.path)


@pytest.fixture(scope="module")
def noted() -> Iterator[Callable[..., None]]:
    """Notes the bytes of each question; all are printed at the end."""
    table = Table("question", "scanned", "its days' files", "share", "all files")
    yield lambda *cells: table.add_row(*map(str, cells))
    Console(width=100).print(table)


@pytest.mark.parametrize("name", NAMED)
def test_a_question_reads_the_files_of_the_days_it_names_and_no_other(
    lake: Settings, files: list[File], name: str, noted: Callable[..., None]
) -> None:
    words = {one.name: WORDS[one.name] for one in NAMED[name].parameters if one.name in WORDS}
    first = words.get("first_day", words.get("day", ""))
    meant = MEANT.get(name) or between(first, words.get("last_day", words.get("day", "")))
    own = [file for file in files if file.table in NAMED[name].sql]
    named = sum(file.size for file in own if file.day is None or meant(file.day))
    complete = ask(lake, name, words, today=TODAY)
    others = [file for file in own if file.day and not meant(file.day)]

    with away(others):
        here, there = (ask(lake, name, words, today=TODAY, on=on) for on in ("duckdb", "athena"))

    scanned, every = here.scanned or 0, sum(file.size for file in own)
    noted(name, scanned, named, f"{scanned / named:.2f}", every)
    assert others
    assert here.rows
    assert sorted(map(repr, here.rows)) == sorted(map(repr, complete.rows))
    assert there.scanned == here.scanned == complete.scanned
    assert 0 < scanned <= 1.2 * named


def test_all_columns_of_a_day_are_the_bytes_that_its_file_has_for_them(
    lake: Settings, files: list[File]
) -> None:
    (file,) = (
        one
        for one in files
        if one.table == "clean.storefront_events" and one.day == dt.date(2026, 3, 11)
    )

    told = run_sql(lake, f"SELECT * FROM {file.table} WHERE event_date = DATE '2026-03-11'")

    group = parquet.read_metadata(file.path).row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    assert told.scanned == sum(column.total_compressed_size for column in columns)


def test_a_file_of_a_day_that_is_named_must_be_there(lake: Settings, files: list[File]) -> None:
    of_the_day = [one for one in files if one.day == dt.date(2026, 3, 11)]

    with away(of_the_day), pytest.raises(LakeError, match="No such file or directory"):
        ask(lake, "revenue_by_day", {"first_day": "2026-03-11", "last_day": "2026-03-11"})
