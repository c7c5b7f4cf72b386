"""One Iceberg table as runs use it: read at a snapshot, written on a branch, published by swap."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError

from tidegate.contract import Contract
from tidegate.contract.changes import Change
from tidegate.contract.iceberg import create_table
from tidegate.contract.shape import Shape, shape_of
from tidegate.errors import PublishLost
from tidegate.lake.evolving import evolve, is_conflict
from tidegate.lake.ledger import KEY, TAG, Entry, History
from tidegate.lake.session import CATALOG
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

# How often a swap is tried again when another branch's commit came in between; each try reads the
# table anew.
SWAPS = 100


class Table:
    """A table of the lake, open for a run, which knows its columns by the contract's names.

    Attributes:
        shape: what it has, once the contract's changes are made.
        changes: those that this run made.
        schema: the number of its Iceberg schema then.
    """

    def __init__(self, spark: "SparkSession", contract: Contract, identifier: str) -> None:
        """Take an existing table; ``open_table`` makes it first where needed."""
        self.spark = spark
        self.contract = contract
        self.identifier = identifier
        self.shape: Shape = shape_of(contract)
        self.changes: tuple[Change, ...] = ()
        self.schema = 0

    @property
    def name(self) -> str:
        """The table's name, without the deployment's prefix."""
        return self.contract.table

    def history(self) -> History:
        """The table's commits and ledger as they are now."""
        return History(self.metadata(self.java()))

    def metadata(self, java: Any) -> dict[str, Any]:
        """The table's metadata as it is now, in the words of Iceberg's spec."""
        parser = self.iceberg("TableMetadataParser")
        metadata: dict[str, Any] = json.loads(parser.toJson(java.operations().refresh()))
        return metadata

    def rows(self, snapshot: int) -> "DataFrame":
        """All rows as of a snapshot, by the contract: null in a column that they are older than."""
        return self._named(self.spark.read.option("versionAsOf", snapshot).table(self.identifier))

    def added(self, after: int, upto: int) -> "DataFrame":
        """The rows that appends added after one snapshot, up to another, by the contract."""
        return self._named(
            self.spark.read.option("start-snapshot-id", after)
            .option("end-snapshot-id", upto)
            .table(self.identifier)
        )

    def stored(self, column: str) -> str:
        """The name that a column of the contract is stored under."""
        return self.contract.column(column).stored

    def by_stored_names(self, rows: "DataFrame") -> "DataFrame":
        """Rows of the contract as the table has them."""
        return rows.withColumnsRenamed(
            {column.name: column.stored for column in self.contract.kept if column.physical}
        )

    def _named(self, rows: "DataFrame") -> "DataFrame":
        """Rows as they were stored, by the contract's names and types.

        A snapshot has the columns that the table had when it was written.
        """
        from pyspark.sql import functions as F  # noqa: N812

        from tidegate.contract.spark import spark_type

        there = {field.name: field.dataType for field in rows.schema.fields}
        wanted = {column.name: spark_type(column.type) for column in self.contract.kept}
        if list(there.items()) == list(wanted.items()):
            return rows
        return rows.select(
            *(
                (F.col(column.stored) if column.stored in there else F.lit(None))
                .cast(wanted[column.name])
                .alias(column.name)
                for column in self.contract.kept
            )
        )

    def days(self, at: History, column: str) -> set[date]:
        """The days that have rows, from the partitions of a table that is partitioned by them."""
        files = self.files(at.main).selectExpr(self.day_of_file(column)).distinct()
        return {row[0] for row in files.collect()}

    def day_of_file(self, column: str) -> str:
        """The SQL that gives the day of a row of ``files``."""
        is_time = self.contract.column(column).type == "timestamp"
        partition = self.stored(column) + ("_day" if is_time else "")  # as Iceberg names days(…)
        return f"partition.`{partition}`"

    def append(self, rows: "DataFrame") -> None:
        """Add rows that readers see at once, to a table whose commits are no ledger.

        Iceberg tries again where another commit came first, so rows of several runs all stay.
        """
        self.by_stored_names(rows).writeTo(self.identifier).append()

    def files(self, snapshot: int) -> "DataFrame":
        """The table's data files as of a snapshot: Iceberg's ``files`` metadata table."""
        return self.spark.read.option("versionAsOf", snapshot).table(f"{self.identifier}.files")

    def branch(self, name: str, base: int) -> "Branch":
        """Start a branch from a snapshot."""
        builder = self.iceberg("SnapshotRef").branchBuilder
        self._swap(lambda _, change: change.setRef(name, builder(base).build()))
        return Branch(self, name, base, base)

    def drop_branch(self, name: str, head: int | None = None) -> None:
        """Drop a branch; its rows become orphans. One that isn't there is no error.

        Args:
            name: the branch.
            head: where the branch must be; it stays where someone has written to it since.
        """

        def dropping(current: Any, change: Any) -> None:
            ref = current.ref(name)
            if ref is not None and head in (None, ref.snapshotId()):
                change.removeRef(name)

        if self.history().ref(name):
            self._swap(dropping)

    def publish(self, branch: str, base: int, head: int) -> None:
        """Show a branch's result: main, the ledger's tag and the branch change in one commit.

        Args:
            branch: the branch.
            base: where main must be.
            head: where the branch must be.

        Raises:
            PublishLost: main or the branch isn't there any more, or the table's columns are others
                than when it was opened; nothing is changed.
        """
        refs = self.iceberg("SnapshotRef")

        def publishing(current: Any, change: Any) -> None:
            ref = current.ref(branch)
            is_there = ref is not None and ref.snapshotId() == head
            if not is_there or current.ref("main").snapshotId() != base:
                raise PublishLost(f"{self.name}: another run published first")
            self.check_schema(current)
            change.setRef("main", refs.branchBuilder(head).build())
            change.setRef(TAG, refs.tagBuilder(head).build())
            change.removeRef(branch)

        self._swap(publishing)

    def check_schema(self, current: Any) -> None:
        """Stop where another run has changed the table's columns since this one opened it.

        Raises:
            PublishLost: so that the run starts again, from the table as it is.
        """
        if current.currentSchemaId() != self.schema:
            raise PublishLost(f"{self.name}: another run has changed its columns")

    def _swap(self, edit: Callable[[Any, Any], Any]) -> None:
        """Change the table's references in one compare-and-swap of its metadata.

        Iceberg's own retries would set a reference again without looking at what it has become, so
        each try here reads the metadata, judges it, and swaps exactly that for the new one.
        """
        for _ in range(SWAPS):
            operations = self.java().operations()
            current = operations.refresh()
            change = self.iceberg("TableMetadata").buildFrom(current)
            edit(current, change)
            try:
                operations.commit(current, change.build())
            except Py4JJavaError as error:
                if not is_conflict(error):
                    raise
                continue
            return
        raise PublishLost(f"{self.name}: {SWAPS} other commits came first")

    def iceberg(self, name: str) -> Any:
        """One of Iceberg's classes."""
        return _java_class(self.spark._jvm, f"org.apache.iceberg.{name}")

    def java(self) -> Any:
        """Iceberg's own object for the table, loaded anew."""
        return self.iceberg("spark.Spark3Util").loadIcebergTable(
            self.spark._jsparkSession, self.identifier
        )


@dataclass(frozen=True)
class Written:
    """What one write added, by Iceberg's own count."""

    snapshot: int
    rows: int


class Branch:
    """A run's own line of commits on a table, which readers don't see."""

    def __init__(self, table: Table, name: str, base: int, head: int) -> None:
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
        self,
        column: str,
        days: Iterable[date] | Callable[["Column"], "Column"],
        rows: "DataFrame",
    ) -> Written:
        """Put these rows in the place of all rows of these days; one without rows becomes empty.

        Args:
            column: the date column.
            days: the days, or what tells of a day whether it is one of them.
            rows: the rows.
        """
        from pyspark.sql import functions as F  # noqa: N812

        day = F.col(self.table.stored(column))
        is_theirs = days(day) if callable(days) else day.isin(sorted(days))
        writer = self.table.by_stored_names(rows).writeTo(self._identifier)
        return self._write(lambda: writer.overwrite(is_theirs))

    def replace_all(self, rows: "DataFrame") -> Written:
        """Put these rows in the place of all."""
        from pyspark.sql import functions as F  # noqa: N812

        writer = self.table.by_stored_names(rows).writeTo(self._identifier)
        return self._write(lambda: writer.overwrite(F.lit(True)))

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


@cache
def _java_class(jvm: Any, name: str) -> Any:
    """A Java class; Java is asked once for each part of its name, so once is enough."""
    return reduce(getattr, name.split("."), jvm)


def open_table(spark: "SparkSession", settings: Settings, contract: Contract) -> Table:
    """The contract's table, made with an empty first snapshot where it isn't there.

    One that is there gets the contract's changes, whoever opens it, so no stage works by another.

    Raises:
        ContractError: the contract breaks the table, or its version isn't raised.
    """
    database, name = contract.table.split(".")
    namespace = f"{CATALOG}.{settings.database_prefix}{database}"
    table = Table(spark, contract, f"{namespace}.{name}")
    if not spark.catalog.tableExists(table.identifier):
        _create(spark, namespace, table)
    evolved = evolve(table, settings.project)
    table.shape, table.schema, table.changes = evolved.shape, evolved.schema, evolved.changes
    if table.history().head is None:
        # So that every run has a snapshot to branch from, and every reader one to read.
        table.java().newFastAppend().commit()
    return table


def _create(spark: "SparkSession", namespace: str, table: Table) -> None:
    """Make the table; one that another run makes at the same moment is as good."""
    try:
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {namespace}")
        spark.sql(create_table(table.contract, table.identifier))
    except Exception:
        if not spark.catalog.tableExists(table.identifier):
            raise
