"""Clean days again: from the raw rows that were read before, by today's contract."""

import time
from dataclasses import replace

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.errors import counted
from tidegate.flow.code import code_of
from tidegate.flow.commit import start_branch
from tidegate.flow.holding import as_held, refused_rows, released_rows
from tidegate.flow.job import Clean
from tidegate.flow.judging import Judged, append_new, block_unjudged, judging
from tidegate.flow.pair import Pair, PairWritten, conclude_again, open_pair
from tidegate.flow.past import Change
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.flow.stale import Again, earliest_arrival
from tidegate.gate.payload import PLACE, RAW
from tidegate.gate.quarantine import RELEASED, held_rows
from tidegate.lake.branch import Branch
from tidegate.lake.days import days_of
from tidegate.lake.ledger import Counts, Recount


def clean_again(run: Run, name: str, again: Again) -> StageReport | None:
    """Put what raw's rows are by today's contract in the place of some days' rows.

    What passes now is released, what doesn't any more goes to quarantine. No row comes in, so in
    the books rows only move: what a day gains or loses, quarantine and duplicates lose or gain.

    Returns:
        The report, or None where nothing was ever read.

    Raises:
        PublishLost: another run published first; nothing of this attempt is visible.
        BooksError: the books don't balance.
    """
    started = time.monotonic()
    pair = open_pair(run, run.contracts.table(name))
    if not pair.clean_was.newest().reads.get(pair.raw.name):
        return None
    days = frozenset(again.days)
    run.say(f"{name}: cleaning {counted(len(days), 'day')} again")
    arrived = _arrived(pair, again)
    try:
        with judging(run, pair, arrived, days, again.others) as judged:
            written = _write(run, pair, judged, arrived, again)
        report = conclude_again(run, pair, written, started, again)
    except PySparkException as error:
        report = block_unjudged(run, pair, arrived, error)
    return replace(report, seconds=time.monotonic() - started)


def _arrived(pair: Pair, again: Again) -> DataFrame:
    """The raw rows that were read, but for those that arrived before any that are made anew."""
    read = pair.clean_was.newest().reads[pair.raw.name]
    rows = pair.raw.rows(pair.raw_was.main).where(F.col("landing") <= read)
    since = earliest_arrival(pair.clean.contract, again)
    # Told so that Iceberg opens the files of these days alone.
    return rows if since is None else rows.where(F.col("arrived_at") >= F.lit(since))


def _write(run: Run, pair: Pair, judged: Judged, arrived: DataFrame, again: Again) -> PairWritten:
    """Replace the days on a branch, and append to another what is held now and what isn't more."""
    (day,) = pair.clean.contract.partition
    before = pair.clean.rows(pair.clean_was.main).where(judged.is_again(F.col(day)))
    gone = {row[day]: row["count"] for row in before.groupBy(day).count().collect()}
    new = append_new(run, pair, judged)
    held = held_rows(pair.quarantine.rows(pair.quarantine_was.main))
    branch, refused, released = _move(run, pair, judged, arrived, held, new.conflicts)
    recount, were = _duplicates_before(pair, judged, held, sum(gone.values()), again)
    counts = Counts(
        rows_in=0,
        published=new.written.rows - sum(gone.values()),
        quarantined=refused - released,
        duplicates=new.duplicates - were,
    )
    days = new.days | gone.keys()
    change = Change(pair.clean, pair.clean_was.main, new.written.snapshot, days)
    moved = refused + released
    return PairWritten(new.branch, branch, counts, moved, change, new.verdict, recount)


def _duplicates_before(
    pair: Pair, judged: Judged, held: DataFrame, published: int, again: Again
) -> tuple[Recount | None, int]:
    """How many of the rows that are judged again were duplicates, and how far the rebuild has come.

    If all that was ever read is judged at once, the ledger tells. Else they are those rows that
    were neither published on these days nor held; at the end, without those that no slice has
    judged. So duplicates are counted, and a row that is lost breaks the books.
    """
    if again.is_first and again.others is not None:
        return None, pair.clean_was.newest().totals.duplicates
    places = judged.rows.select(*(F.col(f"{RAW}.{column}").alias(column) for column in PLACE))
    were_held = held.join(places, list(PLACE), "left_semi").count()
    were = judged.rows.count() - published - were_held
    recount = _recount(pair, judged, again)
    if recount is None or again.others is None:
        return recount, were
    return None, were + recount.rows - recount.judged


def _recount(pair: Pair, judged: Judged, again: Again) -> Recount | None:
    """How far the rebuild of all days has come with these; None where it isn't one."""
    last = pair.clean_was.newest()
    code = code_of(Clean(pair.clean.name), pair.clean.contract)
    begun = last.recount if again.is_whole else None
    if again.is_first:
        begun = Recount(code, last.reads[pair.raw.name], last.totals.rows_in)
    elif begun and (begun.code != code or again.days | again.owed != days_of(last.stale)):
        return None  # other days were made anew in between, or by other code
    if begun is None:
        return None
    known = judged.rows.where(F.col(f"{RAW}.landing") <= begun.landing).count()
    return replace(begun, judged=begun.judged + known)


def _move(
    run: Run,
    pair: Pair,
    judged: Judged,
    arrived: DataFrame,
    held: DataFrame,
    conflicts: int,
) -> tuple[Branch | None, int, int]:
    """The quarantine's branch with what changes there; how many rows are refused and released."""
    passed = released_rows(judged, held)
    refused = refused_rows(judged, arrived, conflicts)
    place = [F.col(f"{RAW}.{column}") == held[column] for column in PLACE]
    refused = refused.join(held, on=place, how="left_anti")
    rows = as_held(run, pair, refused).unionByName(as_held(run, pair, passed, RELEASED))
    counts: dict[str, int] = dict(rows.groupBy("status").count().collect())
    if not counts:
        return None, 0, 0
    released = counts.get(RELEASED, 0)
    branch = start_branch(run, pair.quarantine, pair.quarantine_was.main)
    return branch, branch.append(rows).rows - released, released
