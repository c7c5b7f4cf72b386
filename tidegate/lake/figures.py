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
    """The days of several tables, or of one at several snapshots, by name; in one Spark job."""
    found = {name: Days() for name in asked}
    if not asked:
        return found
    frames = [_by_day(name, one) for name, one in asked.items()]
    for name, day, rows, nulls, times in reduce(_union, frames).collect():
        into, columns = found[name], asked[name]
        if day is not None:
            into.rows[day] = rows
            for column, count in zip(columns.nulls, nulls, strict=True):
                into.nulls.setdefault(column, {})[day] = count
        for column, micros in zip(columns.times, times, strict=True):
            if micros is not None:
                time = datetime.fromtimestamp(micros / 1e6, UTC)
                into.newest[column] = max(time, into.newest.get(column, time))
    return found


def _by_day(name: str, asked: Asked) -> "DataFrame":
    """One row a day: the asked one's name, the day, its rows, nulls and newest times."""
    from pyspark.sql import functions as F  # noqa: N812

    files = asked.table.files(asked.snapshot).where("content = 0")
    day = asked.table.contract.day
    field_name = day
    if day and asked.table.contract.column(day).type == "timestamp":
        field_name = f"{day}_day"  # as Iceberg names days(…)
    counted = [F.sum(f"readable_metrics.{column}.null_value_count") for column in asked.nulls]
    newest = [
        F.unix_micros(F.max(f"readable_metrics.{column}.upper_bound").cast("timestamp"))
        for column in asked.times
    ]
    return (
        files.groupBy(
            F.lit(name).alias("asked"),
            (F.col(f"partition.`{field_name}`") if day else F.lit(None)).cast("date").alias("day"),
        )
        .agg(
            F.sum("record_count").alias("rows"),
            F.array(*counted).cast("array<bigint>").alias("nulls"),
            F.array(*newest).cast("array<bigint>").alias("times"),
        )
        .select("asked", "day", "rows", "nulls", "times")
    )


def _union(one: "DataFrame", other: "DataFrame") -> "DataFrame":
    return one.unionByName(other)
