"""How every stage commits: branch, one write, verdict, ledger commit, publish or block."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tidegate.contract.rules import BOOKS
from tidegate.errors import BooksError, GateBlocked, PublishLost, counted
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, lasting
from tidegate.gate.verdict import BLOCK, Broken
from tidegate.lake.branch import Branch
from tidegate.lake.history import History
from tidegate.lake.ledger import Entry, Failure, Partner
from tidegate.lake.table import Table

# A branch without a ledger commit this old belongs to a run that died.
DEAD = timedelta(days=1)
BOOKS_SENTENCE = "Rows in are rows published, quarantined, duplicate or erased."


def start_branch(run: Run, table: Table, base: int) -> Branch:
    """The run's branch on a table."""
    return table.branch(f"run-{run.id}", base)


def with_books(run: Run, entry: Entry, was: History) -> Entry:
    """The page; it blocks where rows in are not rows accounted for.

    Args:
        run: the run.
        entry: the page of a table that keeps books.
        was: the table's ledger before the run.
    """
    off = abs(entry.rows.unaccounted)
    if not off:
        return entry
    failure = lasting(run, Failure(BOOKS, BLOCK, off), was)
    return replace(entry, verdict=BLOCK, failures=(failure, *entry.failures))


def conclude(
    branch: Branch, entry: Entry, other: Table | None = None, *, keep_blocked: bool = False
) -> None:
    """Write the run's page, then publish it, with the stage's other table, or leave it blocked.

    Args:
        branch: the run's branch.
        entry: its page.
        other: the table that is published together with this one.
        keep_blocked: whether blocked runs' branches stay, as this one didn't judge their rows.

    Raises:
        PublishLost: another run published first.
        BooksError: the page says that the books don't balance; it is left blocked.
    """
    table = branch.table
    if entry.verdict == BLOCK and table.history().main != branch.base:
        # What is judged here may be published already.
        raise PublishLost(f"{table.name}: another run published first")
    branch.ledger(entry)
    tables = [one for one in (table, other) if one]
    if entry.verdict != BLOCK:
        branch.publish()
        if other:
            settle(table, other)
    for one in tables:
        drop_superseded(one, keep=branch.name, blocked_too=not keep_blocked)
    if entry.verdict == BLOCK and any(one.rule == BOOKS for one in entry.failures):
        raise BooksError(unbalanced(table.name, entry))


def unbalanced(table: str, entry: Entry) -> str:
    """What is wrong with a page's books, and what to do."""
    rows = entry.rows
    return (
        f"{table}: the books don't balance: {counted(rows.rows_in, 'row')} in, but"
        f" {rows.published:,} published + {rows.quarantined:,} quarantined +"
        f" {rows.duplicates:,} duplicate + {rows.erased:,} erased; nothing was published\n"
        f"  branch run-{entry.run} holds what was written; see: tidegate books --run {entry.run}\n"
        f'  drop it: tidegate discard {entry.run} --because "…"'
    )


def partner_of(branch: Branch, entry: Entry, snapshot: int) -> Partner:
    """What the first table's page says of the second, so that any run can publish it."""
    return Partner(branch.table.name, branch.name, branch.base, snapshot, entry.number)


def settle(table: Table, other: Table) -> bool:
    """Publish the second table of a stage whose first is published; no row is computed again.

    Returns:
        Whether there was anything to publish.
    """
    told = table.history().newest().partner
    if told is None or other.history().newest().number >= told.number:
        return False
    try:
        other.publish(told.branch, told.base, told.snapshot)
    except Exception:
        # Another run may have settled it at this very moment.
        if other.history().newest().number >= told.number:
            return False
        raise
    return True


def drop_superseded(table: Table, keep: str, *, blocked_too: bool = True) -> None:
    """Drop the blocked branches that a newer run's result replaces, and those of runs that died."""
    history = table.history()
    dead = datetime.now(UTC) - DEAD
    for name, head in history.branches().items():
        entry = history.entry_at(head)
        made = datetime.fromtimestamp(history.time(head) / 1000, UTC)
        is_blocked = entry is not None and entry.verdict == BLOCK
        is_over = blocked_too if is_blocked else made < dead
        if name != keep and is_over:
            table.drop_branch(name, head)


def blocked(report: StageReport, branch: str) -> GateBlocked:
    """The error that tells of a blocked stage: rules, rows, records, the branch, what to type."""
    lines = [f"{report.table}: blocked; its readers see what they saw before"]
    lines += [f"  {_told(one)}" for one in report.broken]
    lines += [
        f"  the result is kept on branch {branch} of {report.table}",
        f"  see each rule's figures: tidegate docs --run {report.run} --table {report.table}",
        f'  publish it as it is: tidegate accept {report.run} --because "…"',
        f'  drop it: tidegate discard {report.run} --because "…"',
        "  or mend the sender or the contract, and run again: old and new rows are judged together",
    ]
    return GateBlocked("\n".join(lines))


def _told(one: Broken) -> str:
    where = f", e.g. {'; '.join(one.examples)}" if one.examples else ""
    return f"{one.rule.severity}: {one.rule.id} ({one.rule.description}) {one.told}{where}"
