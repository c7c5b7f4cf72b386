"""The statements that bring a hot mart's touched days into Redshift's own table.

Each load is one transaction, whose last statement records what was loaded.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidegate.contract import Contract
from tidegate.contract.redshift import create_own_table, is_hot
from tidegate.lake.days import stretches
from tidegate.serve.loads import Loaded, books, digest, record, record_if
from tidegate.serve.only_redshift import lock
from tidegate.settings import Settings


@dataclass(frozen=True)
class Warehouse:
    """Redshift's names for one mart.

    Attributes:
        settings: whose prefix is put before each schema.
        contract: the mart's contract.
    """

    settings: Settings
    contract: Contract

    @property
    def own(self) -> str:
        """Redshift's own table."""
        return self.settings.database_prefix + own_name(self.contract.table)

    @property
    def create(self) -> str:
        """The statement that makes Redshift's own table."""
        return create_own_table(self.contract, self.own)

    @property
    def definition(self) -> str:
        """The digest of that statement."""
        return digest(self.create)

    def load_days(self, was: Loaded, now: Loaded, days: set[dt.date]) -> list[str]:
        """Replace days, unless another load has come first; then no statement changes a row.

        Returns:
            The statements; the last but one inserts rows, the last one records the load.
        """
        unless = (
            f"table_name = '{self.contract.table}' AND number = {was.number:d}"
            f" AND made_of = '{was.made_of}' AND definition = '{was.definition}'"
        )
        is_first = f"EXISTS (SELECT 1 FROM {books(self.settings)} WHERE {unless})"
        which = f"({_within(self._day, days)}) AND {is_first}"
        return [
            lock(books(self.settings)),
            f"DELETE FROM {self.own} WHERE {which}",
            f"{self._insert()} WHERE {which}",
            record_if(self.settings, now, unless),
        ]

    def load_all(self, was: Loaded, now: Loaded) -> list[str]:
        """Replace all rows, and the table where its columns or keys are others than the contract's.

        Returns:
            As ``load_days``; it needs no care for other loads, as nothing of theirs is left.
        """
        made = [f"DROP TABLE IF EXISTS {self.own} CASCADE", self.create]
        forgotten, recorded = record(self.settings, self.contract.table, now)
        return [
            lock(books(self.settings)),
            *(made if was.definition != now.definition else [f"DELETE FROM {self.own}"]),
            forgotten,
            self._insert(),
            recorded,
        ]

    @property
    def _day(self) -> str:
        assert self.contract.day  # a hot mart has one: the contract is checked
        return f'"{self.contract.column(self.contract.day).stored}"'

    def _insert(self) -> str:
        columns = ", ".join(f'"{column.stored}"' for column in self.contract.kept)
        lake = self.settings.database_prefix + self.contract.table
        return f"INSERT INTO {self.own} ({columns}) SELECT {columns} FROM {lake}"


def own_name(table: str) -> str:
    """Redshift's name of its own table for a mart or view, without the deployment's prefix."""
    return f"hot.{table.split('.')[1]}"


def hot_names(
    settings: Settings, contracts: Iterable[Contract], loaded: Mapping[str, Loaded]
) -> dict[str, str]:
    """Redshift's own table for each mart that is loaded there as its contract is now."""
    return {
        contract.table: own_name(contract.table)
        for contract in contracts
        if is_hot(contract)
        and loaded.get(contract.table, Loaded()).definition
        == Warehouse(settings, contract).definition
    }


def _within(column: str, days: set[dt.date]) -> str:
    """A condition that a column is one of days, by their unbroken stretches."""
    spans = [f"{column} BETWEEN '{first}' AND '{last}'" for first, last in stretches(days)]
    return " OR ".join(spans) or "1 = 0"
