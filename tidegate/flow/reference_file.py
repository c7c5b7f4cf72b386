"""The file of a reference table: read, compared, refused with its line where it can't be one."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from tidegate.contract import Contract
from tidegate.contract.arrow import arrow_type
from tidegate.contract.model import Column
from tidegate.errors import InputError, did_you_mean

LINE = "_line"
_LIKE = {
    "date": ", as 2026-01-31",
    "timestamp": ", as 2026-01-31T23:59:59Z",
    "boolean": ", true or false",
}
"""How a cell of some types is written, where that isn't plain from the type."""


def digest_of(file: Path, contract: Contract) -> str:
    """What tells a file's rows from others': its bytes, and the columns they are read as.

    Raises:
        InputError: the file isn't there, or can't be read.
    """
    columns = [(column.name, column.type, column.required) for column in contract.columns]
    try:
        return hashlib.sha256(file.read_bytes() + repr(columns).encode()).hexdigest()[:16]
    except FileNotFoundError as error:
        raise InputError(
            f"{file} isn't there; {contract.table}'s contract takes its rows from it: put it there,"
            " or name the folder it is in (TIDEGATE_REFERENCE, or reference in tidegate.toml)"
        ) from error
    except OSError as error:
        raise InputError(f"{file} can't be read: {error}") from error


def rows_of(file: Path, contract: Contract) -> pa.Table:
    """A file's rows, in the contract's columns and types.

    Raises:
        InputError: it isn't CSV with the contract's columns; or a cell isn't of its column's type,
            one that is required is empty, a version ends before it begins, or two are valid on one
            day, as what joins them would count twice.
    """
    said = _said(file, contract)
    rows = pa.table({one.name: _typed(file, said, one) for one in contract.columns})
    lines = pa.array([row[LINE] for row in said], pa.int64())
    _check_versions(file, contract, rows.append_column(LINE, lines).to_pylist())
    return rows


def days_of_change(
    contract: Contract,
    before: Iterable[tuple[Any, ...]],
    now: Iterable[tuple[Any, ...]],
    today: date,
) -> set[date]:
    """The days on which rows are valid that have come or gone; without an end, up to tomorrow.

    No event is of a later day: one from the future is refused.

    Args:
        contract: the reference table's.
        before: its rows, in the contract's columns.
        now: the rows in their place.
        today: the day it is, in UTC.
    """
    names = [column.name for column in contract.columns]
    first, last = (names.index(contract.properties[one]) for one in ("validFrom", "validTo"))
    was, become = Counter(before), Counter(now)
    spans = {(row[first], row[last]) for row in (become - was) + (was - become)}
    tomorrow = today + timedelta(days=1)
    return {
        since + timedelta(step)
        for since, until in spans
        if since is not None
        for step in range((min(until or tomorrow, tomorrow) - since).days + 1)
    }


def _said(file: Path, contract: Contract) -> list[dict[str, Any]]:
    """The file's cells as texts, empty ones as null, with the line that each row ends on."""
    names = [column.name for column in contract.columns]
    try:
        # Spreadsheets begin a file with a byte order mark.
        with file.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines, strict=True)
            _check_heading(file, table.fieldnames or (), names)
            return [_cells(file, table.line_num, row, names) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} can't be read as CSV in UTF-8: {error}") from error


def _check_heading(file: Path, found: Sequence[str], wanted: list[str]) -> None:
    for name in wanted:
        if name not in found:
            near = did_you_mean(name, list(found))
            raise InputError(f'{file}:1: there is no column "{name}"{near}')
    for name in found:
        if name not in wanted:
            raise InputError(f'{file}:1: the contract has no column "{name}"')


def _cells(
    file: Path, line: int, row: dict[str | None, str | None], names: list[str]
) -> dict[str, Any]:
    if None in row or None in row.values():
        raise InputError(f"{file}:{line}: expected {len(names)} cells, as the first line has")
    return {LINE: line, **{name: row[name] or None for name in names}}


def _typed(file: Path, said: list[dict[str, Any]], column: Column) -> pa.Array:
    """A column's cells as its type; nothing is rounded."""
    cells = [row[column.name] for row in said]
    if column.required and None in cells:
        line = said[cells.index(None)][LINE]
        told = f'column "{column.name}" is empty; the contract requires a value'
        raise InputError(f"{file}:{line}: {told}")
    try:
        return _cast(cells, column)
    except pa.ArrowException:
        for row, cell in zip(said, cells, strict=True):
            _check_cell(f"{file}:{row[LINE]}", cell, column)
        raise


def _cast(cells: list[str | None], column: Column) -> pa.Array:
    return pa.array(cells, pa.string()).cast(arrow_type(column.type))


def _check_cell(place: str, cell: str | None, column: Column) -> None:
    try:
        _cast([cell], column)
    except pa.ArrowException:
        expected = f"expected {column.type}{_LIKE.get(column.type, '')}"
        raise InputError(f'{place}: column "{column.name}" is "{cell}"; {expected}') from None


def _check_versions(file: Path, contract: Contract, rows: list[dict[str, Any]]) -> None:
    """Make sure that no version ends before it begins, and that each day has one of each thing."""
    first, last = contract.properties["validFrom"], contract.properties["validTo"]
    thing = [name for name in contract.key if name != first]
    dated = [row for row in rows if row[first] is not None]
    versions = sorted(dated, key=lambda row: (*(str(row[one]) for one in thing), row[first]))
    for row in versions:
        if row[last] is not None and row[last] < row[first]:
            raise InputError(f"{file}:{row[LINE]}: {last} is before {first}")
    for row, after in pairwise(versions):
        is_same = all(row[one] == after[one] for one in thing)
        if is_same and (row[last] is None or row[last] >= after[first]):
            name = ", ".join(str(row[one]) for one in thing)
            raise InputError(
                f"{file}:{after[LINE]}: {name} has another version up to {row[last] or 'its end'},"
                f" in line {row[LINE]}; {first} must come after that"
            )
