"""Opening a contract's table: made where it isn't there, and given the contract's changes."""

from typing import TYPE_CHECKING

from tidegate.contract import Contract
from tidegate.contract.iceberg import create_table
from tidegate.lake.catalog_file import CATALOG
from tidegate.lake.evolving import evolve
from tidegate.lake.table import Table
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
