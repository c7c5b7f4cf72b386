"""What a table's manifests say of its data files: which ones filters leave, and their bytes.

They are read by DuckDB, as its own reading of the table does: pyiceberg takes longer to import
than most questions to answer.
"""

import datetime as dt
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from tidegate.lake import catalog

# A column, one of = > >= < <=, and the constant beside it; or "in", and a tuple of them.
Comparison = tuple[str, str, Any]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SIDES = ("lower", "upper")
_KEPT = ("lower_bound", "upper_bound")  # the same of a partition, in a manifest's summary
_WIDER = {">": ">=", "<": "<="}  # what a moment's comparison says of its day
_DAY = 24 * 3600 * 1_000_000  # in microseconds
_DELETED = 2  # an entry's status in a manifest that still names the file
# Whole column chunks of a file that keeps their sizes, else the file.
_ENTRIES = """
SELECT
    CASE
        WHEN coalesce(cardinality(data_file.column_sizes), 0) = 0
        THEN data_file.file_size_in_bytes
        ELSE {sizes}
    END{bounds}
FROM read_avro($manifests)
WHERE status <> {deleted}
"""


def bytes_of(
    lake: duckdb.DuckDBPyConnection,
    metadata: dict[str, Any],
    columns: list[str],
    filters: list[Comparison],
    snapshot: int | None = None,
) -> int:
    """How many bytes the columns have in those files of a table that filters don't rule out.

    Args:
        lake: a connection that may read the table's files.
        metadata: the table's, in the words of Iceberg's spec.
        columns: the columns that are read.
        filters: what the rows must meet, all of it; one that isn't of its column's type rules out
            nothing.
        snapshot: which of its snapshots; by default the one its readers see.

    Raises:
        duckdb.Error: a manifest can't be read.
    """
    listed = _list(metadata, snapshot)
    if not listed:
        return 0
    fields = {field["name"].lower(): field for field in catalog.fields(metadata)}
    read = [one for name in columns for one in _inside(fields[name.lower()])]
    bounds = [found for each in filters if (found := _bound(fields[each[0]], each))]
    text = _ENTRIES.format(
        sizes=" + ".join(f"coalesce(data_file.column_sizes[{one}], 0)" for one in read) or "0",
        bounds="".join(
            f", data_file.{side}_bounds[{one.field}]" for one in bounds for side in _SIDES
        ),
        deleted=_DELETED,
    )
    return sum(
        size
        for manifests in _manifests(lake, metadata, listed, bounds)
        for size, *found in lake.execute(text, {"manifests": manifests}).fetchall()
        if all(map(_Bound.may_hold, bounds, found[::2], found[1::2]))
    )


def check(
    lake: duckdb.DuckDBPyConnection, metadata: dict[str, Any], snapshot: int | None = None
) -> None:
    """Make sure that each manifest of a table can be read.

    Args:
        lake: a connection that may read the table's files.
        metadata: the table's, in the words of Iceberg's spec.
        snapshot: which of its snapshots; by default the one its readers see.

    Raises:
        duckdb.Error: one can't.
    """
    if listed := _list(metadata, snapshot):
        text = "SELECT manifest_path FROM read_avro($listed)"
        paths = [path for (path,) in lake.execute(text, {"listed": listed}).fetchall()]
        if paths:
            lake.execute("SELECT COUNT(status) FROM read_avro($manifests)", {"manifests": paths})


def _list(metadata: dict[str, Any], snapshot: int | None) -> str:
    """The file that lists a snapshot's manifests; empty where there is no snapshot."""
    which = metadata.get("current-snapshot-id") if snapshot is None else snapshot
    held = (one for one in metadata.get("snapshots", []) if one["snapshot-id"] == which)
    return next((str(one["manifest-list"]) for one in held), "")


def _manifests(
    lake: duckdb.DuckDBPyConnection, metadata: dict[str, Any], listed: str, bounds: list["_Bound"]
) -> Iterator[list[str]]:
    """The manifests that filters leave, those together whose partitions have the same columns."""
    text = (
        "SELECT partition_spec_id, manifest_path, partitions FROM read_avro($listed)"
        " WHERE content = 0 ORDER BY 1"
    )
    specs = {spec["spec-id"]: spec["fields"] for spec in metadata["partition-specs"]}
    found = lake.execute(text, {"listed": listed}).fetchall()
    for number, manifests in groupby(found, key=itemgetter(0)):
        demanded = [
            (place, one.of_partition(field["transform"]))
            for place, field in enumerate(specs[number])
            for one in bounds
            if one.field == field["source-id"] and field["transform"] in ("identity", "day")
        ]
        left = [
            path
            for _, path, sides in manifests
            if all(one.may_hold(*map(sides[place].get, _KEPT)) for place, one in demanded)
        ]
        if left:
            yield left


def _inside(field: dict[str, Any]) -> Iterator[int]:
    """A field's number and those of what is nested in it, under which files keep its sizes."""
    yield field["id"]
    kind = field["type"]
    if isinstance(kind, str):
        return
    for one in kind.get("fields", ()):
        yield from _inside(one)
    for part in ("element", "key", "value"):
        if part in kind:
            yield from _inside({"id": kind[f"{part}-id"], "type": kind[part]})


@dataclass(frozen=True)
class _Bound:
    """What a filter demands of the bounds that a file, or a manifest, keeps of a column."""

    field: int
    kind: str
    word: str
    values: tuple[Any, ...]

    def of_partition(self, transform: str) -> "_Bound":
        """What it demands of the partition: the same of a value, and of a moment its day."""
        if transform == "identity" or self.kind == "date":
            return self
        days = tuple(value // _DAY for value in self.values)
        return replace(self, kind="date", word=_WIDER.get(self.word, self.word), values=days)

    def may_hold(self, lower: bytes | None, upper: bytes | None) -> bool:
        """Whether a file between these bounds may have a row that meets it."""
        if lower is None or upper is None:
            return True
        least, most = _stored(self.kind, lower), _stored(self.kind, upper)
        holds: dict[str, Callable[[Any], bool]] = {
            "in": lambda value: least <= value <= most,
            ">": lambda value: most > value,
            ">=": lambda value: most >= value,
            "<": lambda value: least < value,
            "<=": lambda value: least <= value,
        }
        return any(map(holds[self.word], self.values))


def _bound(field: dict[str, Any], filtered: Comparison) -> _Bound | None:
    """A filter on a column as its files' bounds are kept; None where they can't be compared."""
    _, word, constant = filtered
    kind, among = field["type"], constant if word == "in" else (constant,)
    try:
        values = tuple(_comparable(kind, one) for one in among) if isinstance(kind, str) else ()
    except (ValueError, TypeError, ArithmeticError):
        return None
    if not values or None in values:
        return None
    return _Bound(field["id"], kind, "in" if word == "=" else word, values)


def _comparable(kind: str, value: Any) -> Any:
    """A constant in the unit of a column's bounds; None where it is of another type."""
    is_text, is_moment = isinstance(value, str), isinstance(value, dt.datetime)
    if kind == "string":
        return value if is_text else None
    if kind == "date" and not is_moment:
        day = dt.date.fromisoformat(value) if is_text else value
        return (day - _EPOCH.date()).days
    if kind in ("timestamp", "timestamptz"):
        moment = dt.datetime.fromisoformat(value.removesuffix(" UTC") if is_text else str(value))
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return (zoned - _EPOCH) // dt.timedelta(microseconds=1)
    if kind in ("int", "long") or kind.startswith("decimal"):
        return Decimal(value)
    return float(value) if kind in ("float", "double") else None


def _stored(kind: str, bound: bytes) -> Any:
    """A bound as Iceberg's spec writes it."""
    if kind == "string":
        return bound.decode()
    if kind in ("float", "double"):
        return struct.unpack("<f" if len(bound) == 4 else "<d", bound)[0]  # it may have been wider
    if kind.startswith("decimal"):
        scale = int(kind.rstrip(")").split(",")[1])
        return Decimal(int.from_bytes(bound, "big", signed=True)).scaleb(-scale)
    return int.from_bytes(bound, "little", signed=True)
