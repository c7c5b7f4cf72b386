"""A reference table: the rows of a file that people keep, as exchange rates or a catalogue.

A row is valid from a day to a day. The file is the whole table: it replaces what was there, and
the days on which a row that came or went was valid have changed for those who join it.
"""

import csv
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.contract.spark import spark_type
from tidegate.errors import InputError, did_you_mean
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.run import Run, StageReport, failures
from tidegate.gate.judge import Watch
from tidegate.lake.ledger import Counts, stretches

LINE, WRONG = "_line", "_wrong"


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
    rows = _typed(file, _read(run, file, table.contract), table.contract)
    old = table.rows(was.main)
    days = _days(run, table.contract, rows.exceptAll(old).union(old.exceptAll(rows)))
    if not days and was.newest().number:
        return None
    branch = start_branch(run, table, was.main)
    watch = Watch(table.contract, rows.coalesce(1))
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
        told = f"{file} isn't there; {contract.table}'s contract takes its rows from it"
        raise InputError(told) from error
    except OSError as error:
        raise InputError(f"{file} can't be read: {error}") from error


def _read(run: Run, file: Path, contract: Contract) -> DataFrame:
    """The file's cells as texts, with the line each row ends on."""
    names = [column.name for column in contract.columns]
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            table = csv.DictReader(lines, strict=True)
            _check_heading(file, table.fieldnames or (), names)
            said = [(table.line_num, *_cells(file, table.line_num, row, names)) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} can't be read as CSV in UTF-8: {error}") from error
    schema = f"{LINE} int, " + ", ".join(f"`{name}` string" for name in names)
    return run.spark.createDataFrame(said, schema)


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
) -> list[str | None]:
    if None in row or None in row.values():
        raise InputError(f"{file}:{line}: expected {len(names)} cells, as the first line has")
    return [row[name] or None for name in names]


def _typed(file: Path, said: DataFrame, contract: Contract) -> DataFrame:
    """The cells as the contract's types.

    Raises:
        InputError: one isn't of its column's.
    """
    kinds = {column.name: column.type for column in contract.columns}
    casts = {name: F.col(name).try_cast(spark_type(kind)) for name, kind in kinds.items()}
    wrong = [
        F.when(F.col(name).isNotNull() & cast.isNull(), F.lit(name)) for name, cast in casts.items()
    ]
    first = said.select("*", F.coalesce(*wrong).alias(WRONG)).where(f"{WRONG} IS NOT NULL")
    found = first.orderBy(LINE).first()
    if found:
        name = found[WRONG]
        told = f'column "{name}" is "{found[name]}"; expected {kinds[name]}'
        raise InputError(f"{file}:{found[LINE]}: {told}")
    rows = said.select(LINE, *(cast.alias(name) for name, cast in casts.items()))
    _check_spans(file, rows, contract)
    return rows.drop(LINE)


def _check_spans(file: Path, rows: DataFrame, contract: Contract) -> None:
    """Two versions of one thing are never valid on one day, or what joins them counts twice.

    Raises:
        InputError: some are, or one ends before it begins.
    """
    first, last = contract.properties["validFrom"], contract.properties["validTo"]
    thing = [name for name in contract.key if name != first]
    versions = Window.partitionBy(*thing).orderBy(first, LINE)
    goes_on = F.col(last).isNull() | (F.col(last) >= F.lead(first).over(versions))
    wrong = F.when(F.col(last) < F.col(first), F.col(LINE)).when(
        F.lead(first).over(versions).isNotNull() & goes_on, F.lead(LINE).over(versions)
    )
    told = rows.select("*", wrong.alias(WRONG)).where(f"{WRONG} IS NOT NULL")
    found = told.orderBy(WRONG).first()
    if found is None:
        return
    if found[WRONG] == found[LINE]:
        raise InputError(f"{file}:{found[LINE]}: {last} is before {first}")
    name = ", ".join(str(found[one]) for one in thing)
    raise InputError(
        f"{file}:{found[WRONG]}: {name} has another version up to {found[last] or 'its end'}, in"
        f" line {found[LINE]}; {first} must come after that"
    )


def _days(run: Run, contract: Contract, changed: DataFrame) -> set[date]:
    """The days on which some rows are valid; what has no end is valid up to tomorrow.

    No event is of a later day: one from the future is refused.
    """
    first, last = contract.properties["validFrom"], contract.properties["validTo"]
    tomorrow = run.started.date() + timedelta(days=1)
    spans = changed.select(first, last).distinct().collect()
    return {
        since + timedelta(step)
        for since, until in spans
        for step in range((min(until or tomorrow, tomorrow) - since).days + 1)
    }
