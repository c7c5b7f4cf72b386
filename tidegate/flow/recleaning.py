"""Clean days again: from the raw rows that were read before, by today's contract."""

import time
from dataclasses import replace
from datetime import date, timedelta

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.errors import counted
from tidegate.flow.commit import start_branch
from tidegate.flow.holding import as_held, refused_rows, released_rows
from tidegate.flow.judging import Appended, Judged, append_new, block_unjudged, judging
from tidegate.flow.pair import Pair, PairWritten, conclude_again, open_pair
from tidegate.flow.past import Change
from tidegate.flow.run import Run, StageReport
from tidegate.flow.stale import Again
from tidegate.gate.payload import PLACE, RAW
from tidegate.gate.quarantine import RELEASED, held_rows
from tidegate.lake.ledger import Counts
from tidegate.lake.table import Branch


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
    arrived = _arrived(pair, min(days) if again.others is None else None)
    try:
        with judging(run, pair, arrived, days, again.others) as judged:
            written = _write(run, pair, judged, arrived)
        report = conclude_again(run, pair, written, started, again)
    except PySparkException as error:
        report = block_unjudged(run, pair, arrived, error)
    return replace(report, seconds=time.monotonic() - started)


def _arrived(pair: Pair, first: date | None) -> DataFrame:
    """The raw rows that were read, of which some may be of a day or a later one; all where None."""
    contract, raw = pair.clean.contract, pair.raw
    read = pair.clean_was.newest().reads[raw.name]
    rows = raw.rows(pair.raw_was.main).where(F.col("landing") <= read)
    if (
        first is None
        or "eventTime" not in contract.properties
        or "receivedTime" in contract.properties
    ):
        return rows
    # An event can't have happened after its arrival, but for the clocks' skew; its day may be the
    # next one, where it is told in a zone ahead of UTC.
    skew = timedelta(days=1, seconds=int(contract.properties.get("clockSkewSeconds", 300)))
    return rows.where(F.to_date(F.col("arrived_at") + F.lit(skew)) >= F.lit(first))


def _write(run: Run, pair: Pair, judged: Judged, arrived: DataFrame) -> PairWritten:
    """Replace the days on a branch, and append to another what is held now and what isn't more."""
    (day,) = pair.clean.contract.partition
    before = pair.clean.rows(pair.clean_was.main).where(judged.is_again(F.col(day)))
    gone = {row[day]: row["count"] for row in before.groupBy(day).count().collect()}
    new = append_new(run, pair, judged)
    branch, refused, released = _move(run, pair, judged, arrived, new.conflicts)
    published, held = new.written.rows - sum(gone.values()), refused - released
    counts = Counts(0, published, held, _duplicates(pair, judged, new, -published - held))
    days = new.days | gone.keys()
    change = Change(pair.clean, pair.clean_was.main, new.written.snapshot, days)
    return PairWritten(new.branch, branch, counts, refused + released, change, new.verdict)


def _duplicates(pair: Pair, judged: Judged, new: Appended, rest: int) -> int:
    """By how many the table's duplicates change.

    Where all that was ever read is judged at once they are counted, so that a row that is lost
    breaks the books. Else they are the rest: a row may be on its way between slices.
    """
    if judged.others is None or judged.others - (judged.again or frozenset()):
        return rest
    return new.duplicates - pair.clean_was.newest().totals.duplicates


def _move(
    run: Run, pair: Pair, judged: Judged, arrived: DataFrame, conflicts: int
) -> tuple[Branch | None, int, int]:
    """The quarantine's branch with what changes there; how many rows are refused and released."""
    held = held_rows(pair.quarantine.rows(pair.quarantine_was.main))
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
