"""The clean stage: raw rows typed, judged and identified; what is refused goes to quarantine."""

import time
from dataclasses import replace

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.errors import LakeError, counted
from tidegate.flow.commit import start_branch
from tidegate.flow.holding import as_held, refused_rows
from tidegate.flow.judging import append_new, block_unjudged, judging
from tidegate.flow.pair import Pair, PairWritten, conclude_pair, open_pair
from tidegate.flow.past import Arrivals, Change, with_past
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.lake.branch import Written
from tidegate.lake.ledger import Counts


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
    pair = open_pair(run, contract)
    landed, last = pair.raw_was.newest(), pair.clean_was.newest()
    consumed = last.reads.get(pair.raw.name, 0)
    if landed.number < consumed:
        raise LakeError(
            f"{name} has read {counted(consumed, 'landing')} of {pair.raw.name}, which has only"
            f" {landed.number:,}: it was made anew; drop what was made of it too, and run again"
        )
    if landed.number == consumed:
        return None
    # All that this table ever read is in its totals, so what raw has beyond that is new.
    rows_in = landed.totals.published - last.totals.rows_in
    if not rows_in:  # a page about a promise, which brought no rows
        return None
    run.say(f"{contract.table}: judging {counted(rows_in, 'row')}")
    arrived = pair.raw.rows(pair.raw_was.main).where(
        (F.col("landing") > consumed) & (F.col("landing") <= landed.number)
    )
    try:
        written, held = _write(run, pair, arrived, rows_in)
    except PySparkException as error:
        report = block_unjudged(run, pair, arrived, error)
    else:
        before = pair.raw_was.snapshot_of(consumed)
        arrivals = Arrivals(pair.raw, pair.raw_was.main, before, held, last.refused)
        verdict, refused = with_past(run, written.verdict, written.change, arrivals)
        written, reads = replace(written, verdict=verdict), {pair.raw.name: landed.number}
        report = conclude_pair(run, pair, written, reads=reads, refused=refused, started=started)
    return replace(report, seconds=time.monotonic() - started)


def _write(run: Run, pair: Pair, arrived: DataFrame, rows_in: int) -> tuple[PairWritten, Change]:
    """Write both branches from one reading of the payloads; with what the quarantine became."""
    base = pair.quarantine_was.main
    with judging(run, pair, arrived) as judged:
        new = append_new(run, pair, judged)
        branch, held = None, Written(base, 0)
        if judged.refused + new.conflicts:
            branch = start_branch(run, pair.quarantine, base)
            rows = refused_rows(judged, arrived, new.conflicts)
            held = branch.append(as_held(run, pair, rows))
    counts = Counts(rows_in, new.written.rows, held.rows, new.duplicates)
    change = Change(pair.clean, pair.clean_was.main, new.written.snapshot, new.days)
    written = PairWritten(new.branch, branch, counts, held.rows, change, new.verdict)
    return written, Change(pair.quarantine, base, held.snapshot)
