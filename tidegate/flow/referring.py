"""A reference table: the rows of a file that people keep, as exchange rates or a catalogue.

A row is valid from a day to a day. The file is the whole table: it replaces what was there, and
the days on which a row that came or went was valid have changed for those who join it.
"""

import csv
import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.contract.spark import spark_type
from tidegate.errors import InputError, did_you_mean
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.run import Run, StageReport, failures
from tidegate.gate.judge import Watch
from tidegate.lake.ledger import Counts
from tidegate.lake.stretches import stretches

LINE, SAID = "_line", "_said_"


def refer_once(run: Run, name: str) -> StageReport | None:
    """Put a file's rows in the place of a reference table's.

    Returns:
        The report, or None where the table says what the file says.

    Raises:
        InputError: the file isn't there, or isn't as the contract says.
        PublishLost: another run published first; nothing of this attempt is visible.
    """
    started = time.monotonic()
    table = run.table(name)
    was = table.history()
    file = run.settings.reference_folder / table.contract.properties["file"]
    digest = digest_of(file, table.contract)
    if digest == was.newest().source:
        return None
    rows = _typed(_read(run, file, table.contract), table.contract)
    now = _checked(file, rows.collect(), table.contract)
    before = Counter(map(tuple, table.rows(was.main).collect()))
    days = _days(run, table.contract, (now - before) + (before - now))
    branch = start_branch(run, table, was.main)
    watch = Watch(table.contract, rows.select(*_names(table.contract)).coalesce(1))
    written = branch.replace_all(watch.rows)
    verdict = watch.verdict(written.rows, lambda: table.rows(written.snapshot))
    entry = run.entry(
        table.contract,
        was.newest(),
        rows=Counts(rows_in=written.rows, published=written.rows),
        days=stretches(days),
        verdict=verdict.word,
        failures=failures(run, verdict, was),
        source=digest,
        seconds=round(time.monotonic() - started, 1),
    )
    conclude(branch, entry)
    report = run.report(entry, table.name, verdict, was)
    return replace(report, seconds=time.monotonic() - started)


def digest_of(file: Path, contract: Contract) -> str:
    """What tells a file's rows from others': its bytes, and the columns they are read as."""
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


def _read(run: Run, file: Path, contract: Contract) -> DataFrame:
    """The file's cells as texts, with the line each row ends on."""
    names = [column.name for column in contract.columns]
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            table = csv.DictReader(lines, strict=True)
            _check_heading(file, table.fieldnames or (), names)
            said = [_cells(file, table.line_num, row, names) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} can't be read as CSV in UTF-8: {error}") from error
    columns = [pa.field(LINE, pa.int32()), *(pa.field(name, pa.string()) for name in names)]
    return run.spark.createDataFrame(pa.Table.from_pylist(said, schema=pa.schema(columns)))


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


def _typed(said: DataFrame, contract: Contract) -> DataFrame:
    """The cells as the contract's types, null where one isn't of its column's; then as they are."""
    kinds = {column.name: column.type for column in contract.columns}
    return said.select(
        *(F.col(name).try_cast(spark_type(kind)).alias(name) for name, kind in kinds.items()),
        LINE,
        *(F.col(name).alias(f"{SAID}{name}") for name in kinds),
    )


def _checked(file: Path, rows: list[Row], contract: Contract) -> Counter[tuple[Any, ...]]:
    """The rows, once it is sure that the table may have them.

    Two versions of one thing are never valid on one day, or what joins them would count twice.

    Raises:
        InputError: a cell isn't of its column's type, one that is required is empty, a version
            ends before it begins, or two are valid on one day.
    """
    for row in rows:
        for column in contract.columns:
            cell = row[f"{SAID}{column.name}"]
            if cell is None and column.required:
                told = f'column "{column.name}" is empty; the contract requires a value'
                raise InputError(f"{file}:{row[LINE]}: {told}")
            if cell is not None and row[column.name] is None:
                told = f'column "{column.name}" is "{cell}"; expected {column.type}'
                raise InputError(f"{file}:{row[LINE]}: {told}")
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
    return Counter(tuple(row[name] for name in _names(contract)) for row in rows)


def _names(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns]


def _days(run: Run, contract: Contract, changed: Iterable[tuple[Any, ...]]) -> set[date]:
    """The days on which some rows are valid; what has no end is valid up to tomorrow.

    No event is of a later day: one from the future is refused.
    """
    names = _names(contract)
    first, last = (names.index(contract.properties[one]) for one in ("validFrom", "validTo"))
    tomorrow = run.started.date() + timedelta(days=1)
    spans = {(row[first], row[last]) for row in changed}
    return {
        since + timedelta(step)
        for since, until in spans
        if since is not None
        for step in range((min(until or tomorrow, tomorrow) - since).days + 1)
    }
