"""One Iceberg table as runs use it: read at a snapshot, branched from, published by swap."""

import json
from collections.abc import Callable
from datetime import date
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError

from tidegate.contract import Contract
from tidegate.contract.changes import Change
from tidegate.contract.shape import Shape, shape_of
from tidegate.errors import PublishLost
from tidegate.lake.branch import Branch
from tidegate.lake.evolving import is_conflict
from tidegate.lake.history import History
from tidegate.lake.ledger import TAG

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

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

    def branch(self, name: str, base: int) -> Branch:
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


@cache
def _java_class(jvm: Any, name: str) -> Any:
    """A Java class; Java is asked once for each part of its name, so once is enough."""
    return reduce(getattr, name.split("."), jvm)
