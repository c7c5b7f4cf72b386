"""The clean stage: raw rows typed, judged and identified; what is refused goes to quarantine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.flow.commit import check_books, conclude, partner_of, settle, start_branch
from tidegate.flow.past import Arrivals, Change, with_past
from tidegate.flow.run import Run, StageReport, failures
from tidegate.gate.identity import CONFLICT, DUPLICATE, OUTCOME, PUBLISHED, identify
from tidegate.gate.judge import Candidates, Watch
from tidegate.gate.one_pass import ROWS
from tidegate.gate.payload import PLACE, RAW, REASONS, parse_payload
from tidegate.gate.quarantine import quarantine_rows
from tidegate.gate.rules import broken_rules, unjudged_rules
from tidegate.gate.verdict import BLOCK, Verdict
from tidegate.lake.ledger import Counts, Entry, History, stretches
from tidegate.lake.table import Branch, Table, Written


@dataclass(frozen=True)
class _Tables:
    """The stage's tables, with the two that are written as they were at the start."""

    raw: Table
    clean: Table
    quarantine: Table
    clean_was: History
    quarantine_was: History
    raw_was: History


@dataclass(frozen=True)
class _Written:
    """What the stage wrote, and where; there is no quarantine branch where nothing was refused."""

    clean: Branch
    quarantine: Branch | None
    rows: Counts
    days: set[date]
    verdict: Verdict
    changes: tuple[Change, Change]  # of the clean table and of the quarantine


def clean_once(run: Run, name: str) -> StageReport | None:
    """Clean every landing that the table hasn't read yet.

    Args:
        run: the run.
        name: the clean table.

    Returns:
        The report, or None where there is nothing new.

    Raises:
        PublishLost: another run published first; nothing of this attempt is visible.
        BooksError: the books don't balance.
    """
    started = time.monotonic()
    contract = run.contracts.table(name)
    tables = _open(run, contract)
    landed, last = tables.raw_was.newest(), tables.clean_was.newest()
    consumed = last.reads.get(tables.raw.name, 0)
    if landed.number <= consumed:
        return None
    # All that this table ever read is in its totals, so what raw has beyond that is new.
    rows_in = landed.totals.published - last.totals.rows_in
    run.say(f"{contract.table}: judging {rows_in:,} rows")
    arrived = tables.raw.rows(tables.raw_was.main).where(
        (F.col("landing") > consumed) & (F.col("landing") <= landed.number)
    )
    try:
        written = _write(run, tables, arrived, rows_in)
    except PySparkException:
        unjudged = unjudged_rules(parse_payload(arrived, contract), contract)
        if not unjudged:
            raise
        report = _block(run, tables, Verdict(BLOCK, unjudged, None))
    else:
        report = _conclude(run, tables, written, {tables.raw.name: landed.number})
    return replace(report, seconds=time.monotonic() - started)


def _open(run: Run, contract: Contract) -> _Tables:
    """The tables; where a run died between its two publishes, the second is made up for."""
    clean = run.table(contract.table)
    quarantine = run.table(contract.properties["quarantine"])
    if settle(clean, quarantine):
        run.say(f"{quarantine.name}: published what an earlier run had left ready")
    raw = run.table(contract.properties["reads"])
    return _Tables(raw, clean, quarantine, clean.history(), quarantine.history(), raw.history())


def _write(run: Run, tables: _Tables, arrived: DataFrame, rows_in: int) -> _Written:
    """Write both branches from one reading of the payloads, and judge what is published."""
    contract = tables.clean.contract
    with _kept(_judged(arrived, contract)) as judged:
        candidates = Candidates(contract, judged)
        days, refused, parts = _survey(judged, contract, candidates)
        refusals = candidates.results(parts, judged)
        identified = _identified(judged, tables, days)
        tally, counted = _tally(contract), Observation()
        new = identified.observe(counted, *tally).where(F.col(OUTCOME) == PUBLISHED)
        watch = Watch(contract, new.select(*(column.name for column in contract.columns)))
        branch = start_branch(run, tables.clean, tables.clean_was.main)
        published = branch.append(watch.rows)
        outcomes = counted.get
        if outcomes[PUBLISHED] != published.rows:  # Spark ran a stage again, and counted it twice
            outcomes = identified.agg(*tally).collect()[0].asDict()
        other, held = None, Written(tables.quarantine_was.main, 0)
        if refused + outcomes[CONFLICT]:
            other = start_branch(run, tables.quarantine, tables.quarantine_was.main)
            rows = _refused(judged, identified, arrived, outcomes[CONFLICT])
            held = other.append(_held(run, tables, rows))
    verdict = watch.verdict(
        published.rows,
        lambda: tables.clean.added(tables.clean_was.main, published.snapshot),
        refusals,
    )
    counts = Counts(rows_in, published.rows, held.rows, outcomes[DUPLICATE])
    days_written = frozenset(outcomes["days"])
    changes = (
        Change(tables.clean, tables.clean_was.main, published.snapshot, days_written),
        Change(tables.quarantine, tables.quarantine_was.main, held.snapshot),
    )
    return _Written(branch, other, counts, set(days_written), verdict, changes)


def _tally(contract: Contract) -> list[SparkColumn]:
    """What became of the valid rows, and the days of those that are published."""
    (day,) = contract.partition
    outcome = F.col(OUTCOME)
    counts = [F.count_if(outcome == one).alias(one) for one in (PUBLISHED, DUPLICATE, CONFLICT)]
    return [*counts, F.collect_set(F.when(outcome == PUBLISHED, F.col(day))).alias("days")]


def _conclude(run: Run, tables: _Tables, written: _Written, reads: dict[str, int]) -> StageReport:
    """Check the books, write both pages, publish both or none."""
    last, (change, held) = tables.clean_was.newest(), written.changes
    arrivals = Arrivals(tables.raw, tables.raw_was.main, held, last.refused)
    verdict, refused = with_past(run, written.verdict, change, arrivals)
    entry = run.entry(
        tables.clean.contract,
        last,
        rows=written.rows,
        reads=reads,
        days=stretches(written.days),
        verdict=verdict.word,
        failures=failures(verdict),
        refused=refused,
    )
    check_books(entry, tables.clean)
    if written.quarantine:
        page = _held_entry(run, tables, entry)
        snapshot = written.quarantine.ledger(page)
        entry = replace(entry, partner=partner_of(written.quarantine, page, snapshot))
    conclude(written.clean, entry, tables.quarantine)
    return StageReport(
        run.id,
        tables.clean.name,
        written.rows,
        verdict.word,
        verdict.broken,
        number=entry.number,
        notes=verdict.notes,
        judged=verdict,
    )


def _block(run: Run, tables: _Tables, verdict: Verdict) -> StageReport:
    """Keep everything back where rules could not be judged: no row is written, none is read."""
    last = tables.clean_was.newest()
    contract, told = tables.clean.contract, failures(verdict)
    entry = run.entry(contract, last, reads=last.reads, verdict=verdict.word, failures=told)
    conclude(start_branch(run, tables.clean, tables.clean_was.main), entry, tables.quarantine)
    return StageReport(
        run.id,
        tables.clean.name,
        verdict=verdict.word,
        broken=verdict.broken,
        number=entry.number,
        judged=verdict,
    )


def _held_entry(run: Run, tables: _Tables, entry: Entry) -> Entry:
    """The quarantine's page beside the clean table's."""
    return run.entry(
        tables.quarantine.contract,
        tables.quarantine_was.newest(),
        rows=Counts(rows_in=entry.rows.quarantined, published=entry.rows.quarantined),
        reads=entry.reads,
        verdict=entry.verdict,
    )


def _judged(arrived: DataFrame, contract: Contract) -> DataFrame:
    """Each raw row as the contract's columns, with its reasons; refused ones keep their payload."""
    parsed = parse_payload(arrived, contract)
    reasons = F.concat(F.col(REASONS), broken_rules(parsed, contract), _in_future(contract))
    payload = F.when(F.size(REASONS) > 0, F.col(f"{RAW}.payload"))
    judged = parsed.withColumn(REASONS, reasons)
    return judged.withColumn(RAW, F.col(RAW).withField("payload", payload))


def _in_future(contract: Contract) -> SparkColumn:
    """The reason of an event that says it happened after it arrived, beyond the clocks' skew."""
    time_column = contract.properties.get("eventTime")
    if not time_column:
        return F.array().cast("array<string>")
    skew = F.make_dt_interval(secs=F.lit(int(contract.properties.get("clockSkewSeconds", 300))))
    later = F.col(time_column) > F.col(f"{RAW}.arrived_at") + skew
    return F.array_compact(F.array(F.when(later, F.lit(f"{time_column}_in_future"))))


@contextmanager
def _kept(judged: DataFrame) -> Iterator[DataFrame]:
    """The judged rows on disk while the stage writes its two tables: payloads are read once."""
    judged.persist(StorageLevel.DISK_ONLY)
    try:
        yield judged
    finally:
        judged.unpersist()


def _survey(
    judged: DataFrame, contract: Contract, candidates: Candidates
) -> tuple[list[date], int, list[dict[str, Any]]]:
    """The valid rows' days, how many are refused, and the rules' counts for each part."""
    (day,) = contract.partition
    is_valid = F.size(REASONS) == 0
    by_day = judged.groupBy(F.when(is_valid, F.col(day)).alias("_day"))
    parts = [row.asDict() for row in by_day.agg(*candidates.columns).collect()]
    days = sorted(part["_day"] for part in parts if part["_day"])
    return days, sum(part[ROWS] for part in parts if part["_day"] is None), parts


def _identified(judged: DataFrame, tables: _Tables, days: list[date]) -> DataFrame:
    """The valid rows with their outcome, held against the rows the table has for their days."""
    contract = tables.clean.contract
    (day,) = contract.partition
    known = tables.clean.rows(tables.clean_was.main).where(F.col(day).isin(days))
    return identify(judged.where(F.size(REASONS) == 0), known, contract)


def _refused(
    judged: DataFrame, identified: DataFrame, arrived: DataFrame, conflicts: int
) -> DataFrame:
    """The rows for quarantine with their payloads: by a rule, or for an id that says two things."""
    refused = judged.where(F.size(REASONS) > 0).select(RAW, REASONS)
    if not conflicts:
        return refused
    places = identified.where(F.col(OUTCOME) == CONFLICT).select(
        *(F.col(f"{RAW}.{column}").alias(column) for column in PLACE)
    )
    met = arrived.join(places, on=list(PLACE), how="left_semi").select(*arrived.columns)
    again = met.select(
        F.struct(*arrived.columns).alias(RAW), F.array(F.lit(CONFLICT)).alias(REASONS)
    )
    return refused.unionByName(again)


def _held(run: Run, tables: _Tables, rows: DataFrame) -> DataFrame:
    contract = tables.quarantine.contract
    return quarantine_rows(rows, contract, run.id, run.started.isoformat())
