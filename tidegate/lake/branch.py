"""A run's branch of a table: written to, given its page of the ledger, published or dropped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import PublishLost
from tidegate.lake.ledger import KEY, Entry

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.lake.table import Table


@dataclass(frozen=True)
class Written:
    """What one write added, by Iceberg's own count."""

    snapshot: int
    rows: int


class Branch:
    """A run's own line of commits on a table, which readers don't see."""

    def __init__(self, table: "Table", name: str, base: int, head: int) -> None:
        """Take a branch that was started from a base, and whose newest snapshot is its head."""
        self.table = table
        self.name = name
        self.base = base
        self.head = head

    def append(self, rows: "DataFrame") -> Written:
        """Add rows."""
        writer = self.table.by_stored_names(rows).writeTo(self._identifier)
        return self._write(writer.append)

    def replace(
        self, column: str, is_theirs: Callable[["Column"], "Column"], rows: "DataFrame"
    ) -> Written:
        """Put these rows in the place of all rows of some days; one without rows becomes empty.

        Args:
            column: the date column.
            is_theirs: tells of a day whether it is one of them.
            rows: the rows.
        """
        from pyspark.sql import functions as F  # noqa: N812

        return self._overwrite(is_theirs(F.col(self.table.stored(column))), rows)

    def replace_all(self, rows: "DataFrame") -> Written:
        """Put these rows in the place of all."""
        from pyspark.sql import functions as F  # noqa: N812

        return self._overwrite(F.lit(True), rows)

    def _overwrite(self, old: "Column", rows: "DataFrame") -> Written:
        writer = self.table.by_stored_names(rows).writeTo(self._identifier)
        return self._write(lambda: writer.overwrite(old))

    def replace_keys(self, column: str, keys: "DataFrame", rows: "DataFrame") -> Written:
        """Put these rows in the place of all rows of these keys."""
        stored = self.table.stored(column)
        keys.createOrReplaceTempView("_keys")
        self.table.spark.sql(
            f"DELETE FROM {self._identifier} WHERE `{stored}` IN (SELECT `{column}` FROM _keys)"
        )
        return self.append(rows)

    def ledger(self, entry: Entry) -> int:
        """Write the run's page: an empty commit. Returns its snapshot's id.

        Raises:
            PublishLost: another run has dropped the branch; Iceberg then makes one anew, of main.
        """
        append = self.table.java().newFastAppend().toBranch(self.name)
        append.set(KEY, entry.text()).commit()
        history = self.table.history()
        head = history.ref(self.name)
        if head is None or history.parent(head) != self.head:
            self.drop()
            raise self._dropped()
        self.head = head
        return head

    def publish(self) -> None:
        """Show the branch to the readers; see ``Table.publish``."""
        self.table.publish(self.name, self.base, self.head)

    def drop(self) -> None:
        """Drop the branch."""
        self.table.drop_branch(self.name)

    @property
    def _identifier(self) -> str:
        return f"{self.table.identifier}.`branch_{self.name}`"

    def _write(self, write: Callable[[], None]) -> Written:
        try:
            write()
        except Exception:
            # Spark 4.0 doesn't write to a table that has come to have more columns.
            self.table.check_schema(self.table.java().operations().current())
            raise
        return self._written()

    def _dropped(self) -> PublishLost:
        return PublishLost(f"{self.table.name}: branch {self.name} was dropped by another run")

    def _written(self) -> Written:
        history = self.table.history()
        head = history.ref(self.name)
        if head is None:
            raise self._dropped()
        self.head = head
        return Written(head, int(history.summary(head).get("added-records", 0)))
