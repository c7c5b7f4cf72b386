"""A clean table and its quarantine: opened together, and published together or not at all."""

import time
from dataclasses import dataclass, replace

from tidegate.contract import Contract
from tidegate.contract.past import REFUSED
from tidegate.flow.code import code_of
from tidegate.flow.commit import conclude, partner_of, settle, start_branch, with_books
from tidegate.flow.job import Clean
from tidegate.flow.past import Change, with_past
from tidegate.flow.personal_key import check_key
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, failed_before, failures, waiting
from tidegate.flow.stale import Again, days_arrived, made
from tidegate.gate.verdict import PASS, WARN, Verdict
from tidegate.lake.branch import Branch
from tidegate.lake.days import stretches
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts, Entry, Failure, Recount, Refusals
from tidegate.lake.table import Table


@dataclass(frozen=True)
class Pair:
    """A clean table, its quarantine and the raw table they are made of, as they were at the start.

    Attributes:
        raw: the raw table.
        clean: the clean table.
        quarantine: the table of the rows it refuses.
        clean_was: the clean table's commits at the start.
        quarantine_was: the quarantine's.
        raw_was: the raw table's.
    """

    raw: Table
    clean: Table
    quarantine: Table
    clean_was: History
    quarantine_was: History
    raw_was: History


@dataclass(frozen=True)
class PairWritten:
    """What a run wrote to both tables, and where.

    Attributes:
        clean: the clean table's branch.
        quarantine: the quarantine's branch; None where nothing was written to it.
        rows: the run's counts.
        appended: the rows it added to the quarantine.
        change: what it did to the clean table.
        verdict: what the gate says of the rows it added there.
        recount: of days made anew, how far the rebuild has come that they are part of.
    """

    clean: Branch
    quarantine: Branch | None
    rows: Counts
    appended: int
    change: Change
    verdict: Verdict
    recount: Recount | None = None


def open_pair(run: Run, contract: Contract) -> Pair:
    """The tables of a clean contract.

    Where a run died between its two publishes, the second is made up for.

    Raises:
        SettingsError: personal columns are to be hashed, and there is no key.
        LakeError: the table's rows were hashed with another key.
    """
    key = run.key(contract)
    clean = run.table(contract.table)
    quarantine = run.table(contract.properties["quarantine"])
    raw = run.table(contract.properties["reads"])
    while True:
        if settle(clean, quarantine):
            run.say(f"{quarantine.name}: published what an earlier run had left ready")
        clean_was, quarantine_was = clean.history(), quarantine.history()
        told = clean_was.newest().partner
        # Else another run is just between its two publishes.
        if told is None or quarantine_was.newest().number >= told.number:
            check_key(contract, clean_was.newest(), key)
            return Pair(raw, clean, quarantine, clean_was, quarantine_was, raw.history())


def conclude_pair(
    run: Run,
    pair: Pair,
    written: PairWritten,
    *,
    reads: dict[str, int],
    refused: Refusals,
    kept: tuple[Failure, ...] = (),
    started: float,
    again: Again | None = None,
) -> StageReport:
    """Check the books, write both pages, publish both or none.

    Args:
        run: the run.
        pair: the tables.
        written: what was written to them; its verdict is the whole one.
        reads: the newest landing that is in the result.
        refused: the refusals by day of arrival, up to this run.
        kept: what was broken before, and this run has not judged.
        started: when the stage began, on the monotonic clock.
        again: the days that were made anew, where it didn't add to them.

    Raises:
        BooksError: the books don't balance.
        PublishLost: another run published first.
    """
    verdict = written.verdict
    word = WARN if kept and verdict.word == PASS else verdict.word
    code = code_of(Clean(pair.clean.name), pair.clean.contract)
    entry = run.entry(
        pair.clean.contract,
        pair.clean_was.newest(),
        rows=written.rows,
        reads=reads,
        days=stretches(set(written.change.days)),
        verdict=word,
        failures=(*failures(run, verdict, pair.clean_was), *kept),
        refused=refused,
        seconds=round(time.monotonic() - started, 1),
        **made(
            *(pair.clean, pair.clean_was, code),
            set(written.change.days) if again else set(),
            again,
            # Rows that are added beside days of other code come of today's.
            lambda: days_arrived(pair.raw, pair.raw_was) | written.change.days,
        ),
        treatment=run.treatment(pair.clean.contract),
        **({"recount": written.recount} if again else {}),
    )
    entry = with_books(run, entry, pair.clean_was)
    if written.quarantine:
        page = _quarantine_entry(run, pair, entry, written.appended)
        snapshot = written.quarantine.ledger(page)
        entry = replace(entry, partner=partner_of(written.quarantine, page, snapshot))
    conclude(written.clean, entry, pair.quarantine, keep_blocked=again is not None)
    return run.report(entry, pair.clean.name, verdict, pair.clean_was)


def conclude_again(
    run: Run, pair: Pair, written: PairWritten, started: float, again: Again | None = None
) -> StageReport:
    """As ``conclude_pair``, where nothing was read of the raw table that had not been before."""
    last, rules = pair.clean_was.newest(), pair.clean.contract.past_rules
    verdict, _ = with_past(run, written.verdict, written.change, only_warn=True)
    written, reads = replace(written, verdict=verdict), dict(last.reads)
    # The share of refusals is no business of this, nor are the rows of a blocked run: what was
    # said of them still holds.
    shares = {rule.id for rule in rules if rule.expectation == REFUSED}
    waits, broken = waiting(pair.clean_was), {one.rule.id for one in verdict.broken}
    before = (one for one in failed_before(pair.clean_was) if waits or one.rule in shares)
    kept = tuple(one for one in before if one.rule not in broken)
    told = conclude_pair(
        *(run, pair, written),
        reads=reads,
        refused=last.refused,
        kept=kept,
        started=started,
        again=again,
    )
    return replace(told, failures=tuple(one for one in told.failures if one not in kept))


def block_pair(run: Run, pair: Pair, verdict: Verdict) -> StageReport:
    """Keep everything back where rules could not be judged: no row is written, none is read."""
    last = pair.clean_was.newest()
    contract, told = pair.clean.contract, failures(run, verdict, pair.clean_was)
    # Of the others nothing is known, so what was broken is.
    unjudged = {one.rule for one in told}
    kept = (one for one in failed_before(pair.clean_was) if one.rule not in unjudged)
    told = (*told, *(replace(one, runs=one.runs + 1) for one in kept))
    entry = run.entry(contract, last, reads=last.reads, verdict=verdict.word, failures=told)
    conclude(start_branch(run, pair.clean, pair.clean_was.main), entry, pair.quarantine)
    return run.report(entry, pair.clean.name, verdict, pair.clean_was)


def _quarantine_entry(run: Run, pair: Pair, entry: Entry, appended: int) -> Entry:
    """The quarantine's page beside the clean table's."""
    return run.entry(
        pair.quarantine.contract,
        pair.quarantine_was.newest(),
        rows=Counts(rows_in=appended, published=appended),
        reads=entry.reads,
        verdict=entry.verdict,
    )
