"""What every landing does with the rows it has read: write, judge, account for them, publish."""

from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Rule, Severity
from tidegate.flow.commit import conclude, start_branch, with_books
from tidegate.flow.past import Change, with_past
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, failures, last_page
from tidegate.gate.judge import Watch
from tidegate.gate.one_pass import ROWS
from tidegate.gate.verdict import BLOCK, PASS, WARN, Broken, Verdict
from tidegate.lake.days import days_of
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts, Failure
from tidegate.lake.table import Table

WHOLE = Rule(
    id="dropped_file_whole",
    description="Every dropped file can be read to its end, as what its contract says.",
    severity=Severity.WARN,
    dimension="conformity",
    expectation="dropped_file",
    arguments={},
)
"""What is broken where a dropped file is refused; no contract has to say so."""


def land_rows(
    run: Run,
    table: Table,
    was: History,
    rows: DataFrame,
    *,
    read: int | None = None,
    broken: tuple[Broken, ...] = (),
) -> StageReport:
    """Publish the rows of a landing. It never blocks on what they say.

    Args:
        run: the run.
        table: the raw table.
        was: its ledger, at whose head the landing began.
        rows: the rows.
        read: how many records there are, where that is known already; else they are counted as
            they are written.
        broken: what else doesn't hold of what came.

    Raises:
        PublishLost: another run published first; nothing of this attempt is visible.
        BooksError: rows were written that were not read, or the other way round.
    """
    branch = start_branch(run, table, was.main)
    watch = Watch(
        table.contract,
        rows,
        # Texts, as Spark 4.0 hands over what it has observed of times as Java's own.
        F.min("arrived_at").cast("date").cast("string").alias("first"),
        F.max("arrived_at").cast("date").cast("string").alias("last"),
    )
    written = branch.append(watch.rows)
    found = watch.counted
    verdict = watch.verdict(written.rows, lambda: table.added(was.main, written.snapshot))
    verdict = verdict.joined(broken, ())
    days = ((found["first"], found["last"]),)
    change = Change(table, was.main, written.snapshot, frozenset(days_of(days)))
    verdict, _ = with_past(run, verdict, change)
    if verdict.word == BLOCK:  # what is kept back would be lost to the stream's retention
        verdict = replace(verdict, word=WARN)
    entry = run.entry(
        table.contract,
        was.newest(),
        rows=Counts(rows_in=found[ROWS] if read is None else read, published=written.rows),
        days=days,
        verdict=verdict.word,
        failures=(*failures(run, verdict, was), *broken_before(run, verdict, was)),
    )
    entry = with_books(run, entry, was)
    conclude(branch, entry)
    return run.report(entry, table.name, verdict, was)


def land_nothing(run: Run, table: Table, was: History, broken: tuple[Broken, ...]) -> StageReport:
    """Publish a page that says what doesn't hold of what came, none of which is a row.

    Raises:
        PublishLost: another run published first.
    """
    verdict, last = Verdict(PASS, (), None).joined(broken, ()), was.newest()
    found = failures(run, verdict, was)
    others = tuple(one for one in last.failures if one.rule != WHOLE.id)
    page = run.entry(table.contract, last, verdict=verdict.word, failures=(*others, *found))
    conclude(start_branch(run, table, was.main), page, keep_blocked=True)
    told = run.report(page, table.name, verdict, was)
    return replace(told, judged=None, failures=found)


def broken_before(run: Run, verdict: Verdict, was: History) -> tuple[Failure, ...]:
    """What earlier landings of this run broke, which the next run is to find broken."""
    before, broken = last_page(was), {one.rule.id for one in verdict.broken}
    if before.run != run.id:
        return ()
    return tuple(one for one in before.failures if one.rule not in broken)
