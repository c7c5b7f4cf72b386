"""What a table's files say of its days: rows, nulls and newest times, without reading a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import reduce
from typing import TYPE_CHECKING

from tidegate.lake.table import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Asked:
    """What to ask of a table's files.

    Attributes:
        table: the table.
        snapshot: as of when.
        nulls: the columns whose nulls are counted.
        times: the columns whose newest time is wanted.
    """

    table: Table
    snapshot: int
    nulls: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


@dataclass
class Days:
    """A table's days, as its files' bounds and counts tell of them.

    Attributes:
        rows: the rows of each day.
        nulls: for each column, the rows of each day in which it is null; None where not counted.
        newest: for each column, its newest time, UTC.
    """

    rows: dict[date, int] = field(default_factory=dict)
    nulls: dict[str, dict[date, int | None]] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)


def days(asked: Mapping[str, Asked]) -> dict[str, Days]:
    """The days of several tables, or of one at several snapshots, by name.

    It is one Spark job without an exchange, a row a file, as what takes time here is planning.
    """
    found = {name: Days() for name in asked}
    frames = [_files(name, one) for name, one in asked.items()]
    for name, day, rows, nulls, times in reduce(_union, frames).collect() if frames else ():
        _add(found[name], asked[name], day, rows, nulls)
        for column, micros in zip(asked[name].times, times, strict=True):
            if micros is not None:
                time = datetime.fromtimestamp(micros / 1e6, UTC)
                newest = found[name].newest
                newest[column] = max(time, newest.get(column, time))
    return found


def _add(into: Days, asked: Asked, day: date | None, rows: int, nulls: list[int | None]) -> None:
    """Add a file to its day; what is not counted in one file is not counted on its day."""
    if day is None:
        return
    for column, count in zip(asked.nulls, nulls, strict=True):
        before = into.nulls.setdefault(column, {}).get(day, 0)
        into.nulls[column][day] = None if count is None or before is None else before + count
    into.rows[day] = into.rows.get(day, 0) + rows


def _files(name: str, asked: Asked) -> "DataFrame":
    """One row a data file: the asked one's name, the day, its rows, nulls and newest times."""
    day, stored = asked.table.contract.day, asked.table.stored
    counted = [_nulls(asked.table, stored(column)) for column in asked.nulls]
    newest = [
        f"unix_micros(CAST(readable_metrics.`{stored(column)}`.upper_bound AS timestamp))"
        for column in asked.times
    ]
    return (
        asked.table.files(asked.snapshot)
        .where("content = 0")
        .selectExpr(
            f"'{name}'",
            f"CAST({asked.table.day_of_file(day) if day else 'NULL'} AS date)",
            "record_count",
            f"CAST(array({', '.join(counted)}) AS array<bigint>)",
            f"CAST(array({', '.join(newest)}) AS array<bigint>)",
        )
    )


def _nulls(table: Table, stored: str) -> str:
    """The SQL of a file's nulls in a column: all its rows, where it is older than the column."""
    count = f"readable_metrics.`{stored}`.null_value_count"
    return f"coalesce({count}, record_count)" if table.shape.columns[stored].added else count


def _union(one: "DataFrame", other: "DataFrame") -> "DataFrame":
    return one.union(other)
