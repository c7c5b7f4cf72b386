"""A person decides on a blocked run, to publish or to drop it; the ledger keeps who and why."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate.errors import LakeError, PublishLost
from tidegate.flow.commit import conclude, settle, start_branch, unbalanced
from tidegate.flow.run import Run
from tidegate.gate.verdict import BLOCK, WARN
from tidegate.lake import catalog
from tidegate.lake.branch import Branch
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts, Decision, Entry, Partner
from tidegate.lake.table import Table


@dataclass(frozen=True)
class Decided:
    """What became of a blocked result: its table and its rows."""

    table: str
    rows: Counts


def accept(run: Run, blocked: str, by: str, because: str) -> Decided:
    """Publish a blocked run's result as it is, with its quarantine.

    Args:
        run: the run that does it.
        blocked: the blocked run's id.
        by: who decides.
        because: why.

    Raises:
        LakeError: no table holds a blocked result of that run.
        PublishLost: the table has moved on since.
    """
    table, branch, entry = _find(run, blocked)
    if entry.rows.unaccounted and table.contract.keeps_books:
        raise LakeError(
            f"{unbalanced(table.name, entry)}\n  books that don't balance can't be accepted"
        )
    decision = Decision("accepted", blocked, by, because)
    history = table.history()
    if entry.number != history.newest().number + 1:
        raise PublishLost(f"{table.name}: it has moved on since run {blocked}; run the flow again")
    accepted = replace(entry, verdict=WARN, decision=decision)
    other = None
    if held := _own_partner(branch, entry):
        # First, so that no run takes it for what a block has left.
        other = run.table(held.table)
        snapshot = _taken(other, held.branch, held.base).ledger(_accepted(other, held, decision))
        accepted = replace(accepted, partner=replace(held, snapshot=snapshot))
    conclude(_taken(table, branch, history.main), accepted, other)
    return Decided(table.name, entry.rows)


def _own_partner(branch: str, entry: Entry) -> Partner | None:
    """What the run itself wrote to the other table; a page may also name an earlier run's."""
    return entry.partner if entry.partner and entry.partner.branch == branch else None


def _taken(table: Table, branch: str, base: int) -> Branch:
    """A blocked run's branch, as it is now.

    Raises:
        PublishLost: a newer run has dropped it.
    """
    head = table.history().ref(branch)
    if head is None:
        raise PublishLost(f"{table.name}: a newer run has taken the place of {branch}")
    return Branch(table, branch, base, head)


def _accepted(table: Table, held: Partner, decision: Decision) -> Entry:
    history = table.history()
    page = history.entry_at(history.ref(held.branch))
    if page is None:
        raise PublishLost(f"{table.name}: a newer run has taken the place of {held.branch}")
    return replace(page, verdict=WARN, decision=decision)


def discard(run: Run, blocked: str, by: str, because: str) -> Decided:
    """Drop a blocked run's result; what it read is read again by the next run.

    Raises:
        LakeError: no table holds a blocked result of that run.
    """
    table, branch, entry = _find(run, blocked)
    history = table.history()
    last = history.newest()
    page = run.entry(
        table.contract,
        last,
        reads=last.reads,
        verdict=WARN,
        failures=entry.failures,  # as they are told already, and are not mended by this
        decision=Decision("discarded", blocked, by, because),
    )
    conclude(start_branch(run, table, history.main), page)
    table.drop_branch(branch)
    if held := _own_partner(branch, entry):
        run.table(held.table).drop_branch(held.branch)
    return Decided(table.name, entry.rows)


def _find(run: Run, blocked: str) -> tuple[Table, str, Entry]:
    """The table, branch and page of a blocked run, after making up for a publish left half done."""
    waiting = list(_waiting(run))
    for name, _, page in waiting:
        if page.run != blocked:
            continue
        table, quarantine = run.table(name), run.contracts[name].properties.get("quarantine")
        if quarantine:
            settle(table, run.table(quarantine))
        for branch, entry in table.history().unpublished():
            if entry.verdict == BLOCK and entry.run == blocked:
                return table, branch, entry
    held = [f"{page.run} ({name})" for name, _, page in waiting]
    told = f"blocked are {', '.join(held)}" if held else "no run is blocked"
    raise LakeError(f"no blocked run {blocked}; {told}")


def _waiting(run: Run) -> Iterator[tuple[str, str, Entry]]:
    """Each blocked result: table, branch and page, from the catalog alone; no table is opened."""
    there = catalog.tables(run.settings) if catalog.is_there(run.settings) else {}
    for name in run.contracts:
        if name not in there or name.startswith("quarantine."):
            continue
        history = History(catalog.read_metadata(run.settings, name, there[name]))
        for branch, entry in history.unpublished():
            if entry.verdict == BLOCK:
                yield name, branch, entry
