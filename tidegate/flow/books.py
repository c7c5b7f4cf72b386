"""Where each table stands, from its own commits and without Spark."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tidegate.contract import Contract, Contracts, Stage
from tidegate.errors import LakeError, counted, did_you_mean
from tidegate.gate.verdict import BLOCK, page
from tidegate.lake.catalog import metadata, tables
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts, Entry
from tidegate.settings import Settings

# How often rows are counted again because a run published while they were.
_PATIENCE = 5


@dataclass(frozen=True)
class Standing:
    """Where one table stands.

    Attributes:
        table: its name.
        newest: its newest published entry; numbered 0 where it has none.
        rows: how many rows its readers see.
        published_at: when that was published, ISO 8601, UTC; empty where it has none.
        blocked: the runs whose result is kept from its readers.
    """

    table: str
    newest: Entry
    rows: int = 0
    published_at: str = ""
    blocked: tuple[str, ...] = ()

    @property
    def page(self) -> str | None:
        """Where in Data Docs its newest verdict has its page; None where no row was judged."""
        newest = self.newest
        # As by a discarded run, or one that only told of a promise.
        is_idle = newest.rows == Counts() and not newest.days
        if is_idle or self.table.startswith(f"{Stage.QUARANTINE}."):
            return None
        return page(self.table, newest.run, datetime.fromisoformat(newest.started), newest.number)


@dataclass(frozen=True)
class Page:
    """One line of the books: a table's rows, for one run or for all time.

    Attributes:
        table: the table.
        run: the run's id, or "all time".
        rows: the rows, by what became of them.
        blocked: whether its readers don't see them, as a gate has blocked the run.
    """

    table: str
    run: str
    rows: Counts
    blocked: bool = False


def standings(settings: Settings, contracts: Contracts) -> list[Standing]:
    """Each table of the project, in the contracts' order.

    Raises:
        LakeError: there is no lake.
    """
    made = tables(settings)
    return [
        _standing(name, History(metadata(settings, name)) if name in made else None)
        for name in contracts
    ]


def _standing(name: str, history: History | None) -> Standing:
    if history is None:
        return Standing(name, Entry(run="", number=0, started=""))
    newest = history.newest()
    blocked = tuple(entry.run for _, entry in history.unpublished() if entry.verdict == BLOCK)
    rows = int(history.summary(history.main).get("total-records", 0)) if history.head else 0
    # A table without a ledger, as the verdicts', shows rows since its newest commit.
    shown = history.ref("ledger") or (history.head if rows else None)
    made = datetime.fromtimestamp(history.time(shown) / 1000, UTC).isoformat() if shown else ""
    return Standing(name, newest, rows, made, blocked)


def books(settings: Settings, contracts: Contracts, run: str | None = None) -> list[Page]:
    """The books of the tables that records come to: raw and clean.

    Args:
        settings: which lake.
        contracts: the project's contracts.
        run: one run's pages; None for all time.

    Raises:
        LakeError: there is no lake, or no table has kept a page of the run.
    """
    made = tables(settings)
    kept = [name for name, one in contracts.items() if one.keeps_books and name in made]
    histories = {name: History(metadata(settings, name)) for name in kept}
    if run is None:
        return [Page(name, "all time", one.newest().totals) for name, one in histories.items()]
    pages = [page for name, one in histories.items() if (page := _page(name, one, run))]
    if not pages:
        every = {entry.run for one in histories.values() for entry in one.entries()}
        near = did_you_mean(run, sorted(every))
        raise LakeError(f"no run {run} in the books of {' and '.join(kept) or 'any table'}{near}")
    return pages


def _page(table: str, history: History, run: str) -> Page | None:
    """What a run did to a table, published or blocked; None where it did nothing."""
    published = [entry.rows for entry in history.entries() if entry.run == run]
    blocked = [entry.rows for _, entry in history.unpublished() if entry.run == run]
    found = published or blocked
    return Page(table, run, sum(found, Counts()), not published) if found else None


def balanced(pages: list[Page]) -> bool:
    """Whether every page accounts for each of its rows."""
    return all(page.rows.unaccounted == 0 for page in pages)


@dataclass(frozen=True)
class Proof:
    """A figure of the books for all time, beside what the table's own rows say.

    Attributes:
        table: the table whose books have the figure.
        figure: published or quarantined.
        of: the table whose rows were counted.
        ledger: what the ledger says.
        counted: how many rows there are.
    """

    table: str
    figure: str
    of: str
    ledger: int
    counted: int


def prove(
    settings: Settings, contracts: Contracts, count: Callable[[Contract], Mapping[str, int]]
) -> tuple[list[Page], list[Proof]]:
    """The books for all time, and for each figure that a table's rows can prove, their count.

    Args:
        settings: which lake.
        contracts: the project's contracts.
        count: counts a contract's tables, by table; asked again where a run published meanwhile.

    Raises:
        LakeError: there is no lake.
    """
    for _ in range(_PATIENCE):
        pages = books(settings, contracts)
        counts = {page.table: count(contracts[page.table]) for page in pages}
        if books(settings, contracts) == pages:
            break
    proofs = [
        Proof(page.table, figure, of, getattr(page.rows, figure), counted)
        for page in pages
        for of, counted in counts[page.table].items()
        for figure in ["published" if of == page.table else "quarantined"]
    ]
    return pages, proofs


def unproven(settings: Settings, contracts: Contracts, proofs: list[Proof]) -> list[str]:
    """A line for each figure that the rows don't bear out, and where that is known, why."""
    lines = []
    for one in proofs:
        if one.counted == one.ledger:
            continue
        words = "published" if one.figure == "published" else "held in quarantine"
        line = (
            f"{one.table}: its ledger says {counted(one.ledger, 'row')} {words},"
            f" {one.of} has {one.counted:,} ({one.counted - one.ledger:+,})"
        )
        if one.of != one.table and _half_published(settings, contracts[one.table]):
            line += "; a run died between its two publishes, and the next run makes up for it"
        lines.append(line)
    return lines


def _half_published(settings: Settings, clean: Contract) -> bool:
    """Whether a clean table's newest page names a quarantine's page that isn't published yet."""
    told = History(metadata(settings, clean.table)).newest().partner
    other = History(metadata(settings, clean.properties["quarantine"])).newest()
    return told is not None and other.number < told.number
