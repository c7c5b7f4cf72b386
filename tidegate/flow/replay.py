"""Replay: held records judged by today's contract; what passes is published and marked released."""

import time
from dataclasses import replace

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract.past import REFUSED
from tidegate.contract.selection import Selection
from tidegate.errors import BooksError, PublishLost, counted
from tidegate.flow.alerting import alert, alert_books
from tidegate.flow.commit import start_branch
from tidegate.flow.history import record
from tidegate.flow.holding import as_held, released_rows
from tidegate.flow.judging import Appended, Judged, append_new, block_unjudged, judging
from tidegate.flow.pair import Pair, PairWritten, conclude_again, open_pair
from tidegate.flow.past import Change
from tidegate.flow.reports import ReplayReport, StageReport
from tidegate.flow.run import Run
from tidegate.flow.run_flow import ATTEMPTS
from tidegate.gate.identity import CONFLICT
from tidegate.gate.payload import REASONS
from tidegate.gate.quarantine import RELEASED, held_rows
from tidegate.lake.ledger import Counts


def replay(run: Run, name: str, selection: Selection) -> ReplayReport:
    """Judge held records by today's contract, and publish what passes.

    It is published through the same gate as any clean row, once: a record whose event is in the
    clean table already is released without being published again. Starts again where another run
    publishes first.

    Args:
        run: the run.
        name: the clean table.
        selection: which of the held records.

    Raises:
        PublishLost: other runs kept publishing first.
        BooksError: the books don't balance.
    """
    started = time.monotonic()
    try:
        report = _replay(run, name, selection)
    except BooksError:
        alert_books(run, run.table(name))
        raise
    stage = replace(report.stage, seconds=time.monotonic() - started)
    judged = counted(report.judged, "held record")
    run.say(f"{name}: {judged} judged, {report.released:,} released")
    if stage.number:
        alert(run, stage)
        record(run, [stage], unasked=(REFUSED,))  # of which conclude_again knows why
    return replace(report, stage=stage)


def _replay(run: Run, name: str, selection: Selection) -> ReplayReport:
    """Replay, starting again where another run publishes first."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _replay_once(run, name, selection)
        except PublishLost as first:
            run.say(f"{first}; starting again from there")
            _drop(run, name)
    return _replay_once(run, name, selection)


def _drop(run: Run, name: str) -> None:
    """Drop what a lost attempt has written."""
    clean = run.table(name)
    for table in (clean, run.table(clean.contract.properties["quarantine"])):
        table.drop_branch(f"run-{run.id}")


def _replay_once(run: Run, name: str, selection: Selection) -> ReplayReport:
    pair = open_pair(run, run.contracts.table(name))
    held = _selected(held_rows(pair.quarantine.rows(pair.quarantine_was.main)), selection)
    arrived = held.select(*(column.name for column in pair.raw.contract.columns))
    try:
        return _judge(run, pair, held, arrived)
    except PySparkException as error:
        return ReplayReport(block_unjudged(run, pair, arrived, error))


def _selected(held: DataFrame, selection: Selection) -> DataFrame:
    """The held rows that are meant."""
    if selection.rule is not None:
        held = held.where(F.array_contains("reasons", selection.rule))
    if selection.span is not None:
        first, after = (F.lit(moment) for moment in selection.span)
        held = held.where((F.col("arrived_at") >= first) & (F.col("arrived_at") < after))
    if selection.run is not None:
        held = held.where(F.col("run") == selection.run)
    return held


def _judge(run: Run, pair: Pair, held: DataFrame, arrived: DataFrame) -> ReplayReport:
    """Judge the rows; where some pass, write them and their releases, and publish both or none."""
    started = time.monotonic()
    nothing = StageReport(run.id, pair.clean.name)
    with judging(run, pair, arrived) as judged:
        still_held = _by_reason(judged)
        if not judged.days:
            return ReplayReport(nothing, judged.refused, still_held)
        new = append_new(run, pair, judged)
        released = new.written.rows + new.duplicates
        if new.conflicts:
            still_held[CONFLICT] = new.conflicts
        report = ReplayReport(nothing, judged.refused + released + new.conflicts, still_held)
        if not released:
            new.branch.drop()
            return report
        written = _release(run, pair, new, released_rows(judged, held))
    return replace(report, stage=conclude_again(run, pair, written, started))


def _by_reason(judged: Judged) -> dict[str, int]:
    """How many rows each reason still refuses."""
    refused = judged.rows.where(F.size(REASONS) > 0).select(F.explode(REASONS).alias("reason"))
    return dict(sorted(tuple(row) for row in refused.groupBy("reason").count().collect()))


def _release(run: Run, pair: Pair, new: Appended, rows: DataFrame) -> PairWritten:
    """Append the releases to a branch of the quarantine."""
    branch = start_branch(run, pair.quarantine, pair.quarantine_was.main)
    releases = branch.append(as_held(run, pair, rows, RELEASED)).rows
    # They come from the quarantine: what is published or known is held no more, and none came in.
    counts = Counts(0, new.written.rows, -releases, new.duplicates)
    change = Change(pair.clean, pair.clean_was.main, new.written.snapshot, new.days)
    return PairWritten(new.branch, branch, counts, releases, change, new.verdict)
