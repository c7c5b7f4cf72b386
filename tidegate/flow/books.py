"""Where each table stands, from its own commits and without Spark."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tidegate.contract import Contract, Contracts, Stage
from tidegate.gate.verdict import BLOCK, page
from tidegate.lake.catalog import metadata, tables
from tidegate.lake.ledger import Counts, Entry, History
from tidegate.settings import Settings


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
        """Where in Data Docs its newest verdict has its page; None where nothing was judged."""
        newest, decided = self.newest, self.newest.decision
        is_discarded = decided is not None and decided.what == "discarded"
        if not newest.number or is_discarded or self.table.startswith(f"{Stage.QUARANTINE}."):
            return None
        return page(self.table, newest.run, datetime.fromisoformat(newest.started), newest.number)


@dataclass(frozen=True)
class Page:
    """One line of the books: a table's rows, for one run or for all time."""

    table: str
    run: str
    rows: Counts


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
        LakeError: there is no lake.
    """
    made = tables(settings)
    pages = []
    for name, contract in contracts.items():
        if name not in made or not _keeps_books(contract):
            continue
        history = History(metadata(settings, name))
        if run is None:
            pages.append(Page(name, "all time", history.newest().totals))
        else:
            found = [entry.rows for entry in history.entries() if entry.run == run]
            pages.append(Page(name, run, sum(found, Counts())))
    return pages


def balanced(pages: list[Page]) -> bool:
    """Whether every page accounts for each of its rows."""
    return all(page.rows.unaccounted == 0 for page in pages)


def _keeps_books(contract: Contract) -> bool:
    """Whether each row that comes to the table has to be accounted for: it lands, or is cleaned."""
    return contract.stage is Stage.LAND or "reads" in contract.properties
