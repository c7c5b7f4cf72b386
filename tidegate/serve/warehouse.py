"""The statements that bring a hot mart's touched days into Redshift's own table.

Each load is one transaction, whose last statement records what was loaded: the number of the
mart's newest ledger commit, its snapshot, and the table that Redshift had then.
"""

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256

from tidegate.contract import Contract
from tidegate.contract.redshift import create_own_table
from tidegate.lake.ledger import stretches
from tidegate.serve.only_redshift import external_schema, grants, lock
from tidegate.settings import Settings


@dataclass(frozen=True)
class Loaded:
    """What Redshift's table of a mart holds, as ``tidegate.loads`` says.

    Attributes:
        lake_table: the identity of the mart's table in the lake; another one was made anew.
        number: of the mart's newest ledger commit that is in it; 0 before the first load.
        definition: the digest of the statement that created it.
    """

    lake_table: str = ""
    number: int = 0
    definition: str = ""


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
    def external(self) -> str:
        """The lake's table."""
        return self.settings.database_prefix + self.contract.table

    @property
    def own(self) -> str:
        """Redshift's own table."""
        return f"{self.settings.database_prefix}hot.{self.contract.table.split('.')[1]}"

    @property
    def books(self) -> str:
        """The table of what was loaded."""
        return f"{self.settings.database_prefix}tidegate.loads"

    @property
    def definition(self) -> str:
        """The digest of the statement that creates Redshift's own table."""
        return sha256(create_own_table(self.contract, self.own).encode()).hexdigest()[:16]

    def prepare(self) -> list[str]:
        """What has to be there before a load; what is there already is left as it is."""
        mine = f"table_name = '{self.external}'"
        analytics = f"{self.settings.database_prefix}analytics"
        schemas = [analytics, self.own.split(".")[0], self.books.split(".")[0]]
        return [
            *(f"CREATE SCHEMA IF NOT EXISTS {schema}" for schema in schemas),
            f"CREATE TABLE IF NOT EXISTS {self.books} (table_name VARCHAR(256),"
            " lake_table VARCHAR(36), number BIGINT, snapshot BIGINT,"
            " definition VARCHAR(16), loaded_at TIMESTAMP)",
            lock(self.books),
            f"INSERT INTO {self.books} SELECT '{self.external}', '', 0, 0, '', GETDATE()"
            f" WHERE NOT EXISTS (SELECT 1 FROM {self.books} WHERE {mine})",
            *grants(self.settings, analytics),
        ]

    def reach(self) -> str:
        """Make the mart's database in the lake readable."""
        return external_schema(self.external.split(".")[0])

    def kept(self) -> str:
        """Ask what was loaded."""
        return (
            f"SELECT lake_table, number, definition FROM {self.books}"
            f" WHERE table_name = '{self.external}'"
        )

    def load_days(self, was: Loaded, now: Loaded, snapshot: int, days: set[dt.date]) -> list[str]:
        """Replace days, unless another load has come first; then no statement changes a row.

        Returns:
            The statements; the last but one inserts rows, the last one records the load.
        """
        unless = (
            f"table_name = '{self.external}' AND number = {was.number:d}"
            f" AND lake_table = '{was.lake_table}' AND definition = '{was.definition}'"
        )
        is_first = f"EXISTS (SELECT 1 FROM {self.books} WHERE {unless})"
        which = f"({_within(self._day, days)}) AND {is_first}"
        return [
            lock(self.books),
            f"DELETE FROM {self.own} WHERE {which}",
            f"{self._insert()} WHERE {which}",
            f"{self._record(now, snapshot)} WHERE {unless}",
        ]

    def load_all(self, was: Loaded, now: Loaded, snapshot: int) -> list[str]:
        """Replace all rows, and the table where its columns or keys are others than the contract's.

        Returns:
            As ``load_days``; it needs no care for other loads, as nothing of theirs is left.
        """
        made = [
            f"DROP TABLE IF EXISTS {self.own}",
            create_own_table(self.contract, self.own),
        ]
        return [
            lock(self.books),
            *(made if was.definition != now.definition else [f"DELETE FROM {self.own}"]),
            self._insert(),
            f"{self._record(now, snapshot)} WHERE table_name = '{self.external}'",
        ]

    @property
    def _day(self) -> str:
        assert self.contract.day  # a hot mart has one: the contract is checked
        return f'"{self.contract.column(self.contract.day).stored}"'

    def _insert(self) -> str:
        columns = ", ".join(f'"{column.stored}"' for column in self.contract.kept)
        return f"INSERT INTO {self.own} ({columns}) SELECT {columns} FROM {self.external}"

    def _record(self, now: Loaded, snapshot: int) -> str:
        return (
            f"UPDATE {self.books} SET lake_table = '{now.lake_table}', number = {now.number:d},"
            f" snapshot = {snapshot:d}, definition = '{now.definition}', loaded_at = GETDATE()"
        )


def _within(column: str, days: set[dt.date]) -> str:
    """A condition that a column is one of days, by their unbroken stretches."""
    spans = [f"{column} BETWEEN '{first}' AND '{last}'" for first, last in stretches(days)]
    return " OR ".join(spans) or "1 = 0"
