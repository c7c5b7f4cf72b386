"""Load hot marts into Redshift's own tables: the days touched since last time."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.contract import Contract, Contracts, load_contracts
from tidegate.contract.redshift import HOT, is_hot
from tidegate.errors import ContractError
from tidegate.lake import catalog
from tidegate.lake.ledger import History
from tidegate.serve.remote import ask_redshift, batch_redshift
from tidegate.serve.warehouse import Loaded, Warehouse
from tidegate.settings import Settings


@dataclass(frozen=True)
class Load:
    """What became of one mart's load.

    Attributes:
        table: the mart.
        number: of its newest ledger commit, up to which Redshift's table now is.
        days: the days that were replaced; None for all there are.
        rows: the rows that were inserted; None where nothing was loaded.
        why_not: why nothing was.
    """

    table: str
    number: int
    days: set[dt.date] | None = None
    rows: int | None = None
    why_not: str = ""

    def __str__(self) -> str:
        """The load in a line."""
        if self.rows is None:
            return f"{self.table}: skipped: {self.why_not}"
        days = "all days" if self.days is None else _count(len(self.days), "day")
        return (
            f"{self.table}: loaded {days}, {_count(self.rows, 'row')}, up to commit {self.number}"
        )


def load(settings: Settings, table: str | None = None) -> Iterator[Load]:
    """Load the project's hot marts, each in a transaction of its own.

    Args:
        settings: which project, lake and Redshift.
        table: one mart; by default all hot ones.

    Yields:
        What became of each, by name.

    Raises:
        ContractError: the mart has no contract or isn't hot, or none is.
        LakeError: there is no lake, or files of it can't be read.
        QuestionError: Redshift refuses a statement or it fails; nothing of that mart was loaded.
        SettingsError: no Redshift is set.
        StreamError: AWS can't be reached.
    """
    contracts = load_contracts(settings.project)
    for contract in _hot(contracts, table):
        yield _load(settings, contract)


def _hot(contracts: Contracts, table: str | None) -> list[Contract]:
    """The hot marts, or the one that was asked for."""
    asked = list(contracts.values()) if table is None else [contracts.table(table)]
    found = [contract for contract in asked if is_hot(contract)]
    if not found:
        whose = "no mart is" if table is None else f"{table} isn't"
        raise ContractError(
            f"{whose} kept in a table of Redshift's own; add the custom property"
            f" redshiftTable: {HOT} to {'a mart' if table is None else 'its contract'}"
            " (docs/redshift.md)"
        )
    return found


def _load(settings: Settings, contract: Contract) -> Load:
    table, mart = contract.table, Warehouse(settings, contract)
    if table not in catalog.tables(settings):
        return Load(table, 0, why_not="the lake doesn't have it yet")
    metadata = catalog.metadata(settings, table)
    history = History(metadata)
    newest = history.newest().number
    if not newest:
        return Load(table, 0, why_not="nothing was published yet")
    batch_redshift(settings, [mart.reach()], table)
    batch_redshift(settings, mart.prepare(), table)
    was = Loaded(*ask_redshift(settings, mart.kept(), table, {}).rows[0])
    now = Loaded(metadata["table-uuid"], newest, mart.definition)
    if was == now:
        return Load(table, newest, why_not=f"nothing new since commit {newest}")
    is_same = (was.lake_table, was.definition) == (now.lake_table, now.definition)
    days = history.days_since(was.number) if is_same else None
    statements = (
        mart.load_all(was, now, history.main)
        if days is None
        else mart.load_days(was, now, history.main, days)
    )
    *_, rows, recorded = batch_redshift(settings, statements, table)
    if not recorded:
        return Load(table, newest, why_not="another load came first; nothing of this one is left")
    return Load(table, newest, days, rows)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
