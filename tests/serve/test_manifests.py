"""The bytes a statement reads, from manifests as DuckDB has them: what pyiceberg would plan."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg import expressions as of
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform, IdentityTransform

from tidegate.lake.catalog import metadata
from tidegate.serve.engine import reader
from tidegate.serve.manifests import bytes_of
from tidegate.settings import Settings, load_settings

from .conftest import TYPES, open_for_writing

COLUMNS = {
    "day": "date",
    "moment": "timestamp",
    "name": "string",
    "small": "integer",
    "whole": "long",
    "money": "decimal(5,2)",
    "share": "double",
}
WORDS = {
    "=": of.EqualTo,
    ">": of.GreaterThan,
    ">=": of.GreaterThanOrEqual,
    "<": of.LessThan,
    "<=": of.LessThanOrEqual,
    "in": of.In,
}
SCHEMA = pa.schema(
    [*((name, TYPES[kind]) for name, kind in COLUMNS.items()), ("tags", pa.list_(pa.string()))]
)
START = dt.datetime(2026, 3, 1, 13, tzinfo=dt.UTC)


def row(number: int) -> dict[str, Any]:
    """A row a day, each column rising with it; on the third day one more, of nulls but for that."""
    moment = START + dt.timedelta(days=2 if number == 3 else number)
    if number == 3:
        return {"day": moment.date(), "moment": moment}
    return {
        "day": moment.date(),
        "moment": moment,
        "name": "łódź" * (number + 1),
        "small": number - 3,
        "whole": 10**12 * (number - 3),
        "money": Decimal(25 * (number - 3)).scaleb(-2),
        "share": number / 3 - 1,
        "tags": ["a"] * number,
    }


def append(table: Table, *numbers: int) -> None:
    table.append(pa.Table.from_pylist([row(number) for number in numbers], schema=SCHEMA))


def days(moments: pa.Array) -> pa.Array:
    """Iceberg's days of moments, which pyiceberg needs another package to write by."""
    return moments.cast(pa.date32()).cast(pa.int32())


@pytest.fixture(scope="module", params=["day", "moment", ""])
def partitioned(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Table]:
    """Eight days in four commits, of which one came before the table was partitioned."""
    folder = tmp_path_factory.mktemp("partitioned")
    (folder / "contracts").mkdir()
    catalog: SqlCatalog = open_for_writing(folder / ".tidegate" / "lake")
    catalog.create_namespace("mart")
    table = catalog.create_table("mart.rows", SCHEMA)
    append(table, 0, 5)
    if request.param:
        by = DayTransform() if request.param == "moment" else IdentityTransform()
        with table.update_spec() as spec:
            spec.add_field(request.param, by, "part")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DayTransform, "pyarrow_transform", lambda *_: days)
        append(table, 1, 2, 3)
        append(table, 4)
        append(table, 6, 7)
        table.delete("small = 1")  # all of a file, which manifests then name as deleted
    return load_settings(folder), table


def told_pyiceberg(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def planned(table: Table, column: str, word: str, value: Any, snapshot: int | None = None) -> int:
    """What pyiceberg would read of a column."""
    told = tuple(map(told_pyiceberg, value)) if word == "in" else told_pyiceberg(value)
    scan = table.scan(row_filter=WORDS[word](column, told), snapshot_id=snapshot)
    number = table.schema().find_field(column).field_id
    return sum(task.file.column_sizes[number] for task in scan.plan_files())


@pytest.mark.parametrize("column", COLUMNS)
def test_filters_leave_the_files_that_pyiceberg_plans(
    partitioned: tuple[Settings, Table], column: str
) -> None:
    settings, table = partitioned
    found = metadata(settings, "mart.rows")
    values = [row(number)[column] for number in (0, 2, 5, 7)]
    pairs = [*pairwise(values), (values[0], values[-1])]
    cases = [(word, one) for word in WORDS for one in (pairs if word == "in" else values)]
    first = table.history()[1].snapshot_id

    with reader(settings) as lake:
        here = [
            bytes_of(lake, found, [column], [(column, *case)], snapshot)
            for case in cases
            for snapshot in (None, first)
        ]

    there = [planned(table, column, *case, at) for case in cases for at in (None, first)]
    assert len(set(there)) > 2
    assert here == there


def test_a_list_counts_with_what_is_in_it_and_no_column_counts_nothing(
    partitioned: tuple[Settings, Table],
) -> None:
    settings, table = partitioned
    inner = table.schema().find_field("tags.element").field_id
    tasks = list(table.scan().plan_files())

    with reader(settings) as lake:
        found = metadata(settings, "mart.rows")
        assert bytes_of(lake, found, ["tags"], []) == sum(
            task.file.column_sizes[inner] for task in tasks
        )
        assert bytes_of(lake, found, [], []) == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [("whole", "seven"), ("day", 7), ("name", 7), ("moment", "noon"), ("share", "x"), ("tags", 7)],
)
def test_a_value_of_another_type_rules_out_nothing(
    partitioned: tuple[Settings, Table], column: str, value: Any
) -> None:
    settings, _ = partitioned
    found = metadata(settings, "mart.rows")

    with reader(settings) as lake:
        every = bytes_of(lake, found, ["name"], [])
        assert bytes_of(lake, found, ["name"], [(column, ">", value)]) == every
