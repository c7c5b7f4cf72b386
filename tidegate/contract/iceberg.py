"""A contract as the statement that creates its Iceberg table."""

from typing import Any

from tidegate.contract.literal import literal
from tidegate.contract.model import Column, Contract
from tidegate.contract.shape import shape_of

_TYPES = {"integer": "INT", "long": "BIGINT"}
# What Iceberg's metadata calls types by other words than a contract.
_WORDS = {"int": "integer", "timestamptz": "timestamp", "timestamp": "timestamp without zone"}
_LIST = "array<string>"

_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    # The engine places the shuffle: what it counts on the way must be above the last exchange.
    "write.distribution-mode": "none",
    "write.spark.fanout.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}

# A shard's position is read from the files' bounds, which Iceberg otherwise cuts at 16 characters,
# and so is which of them may have rows of a dropped file.
_EXACT_BOUNDS = ("stream", "shard", "sequence_number", "partition_key")


def create_table(contract: Contract, identifier: str) -> str:
    """The SQL that creates a contract's table where it doesn't exist.

    No column is NOT NULL: a frame read from JSON is nullable throughout, so Spark would refuse to
    write it to such a column, or check each value a second time. The gate sees to required columns.

    Args:
        contract: the table's contract.
        identifier: the table's full name in Spark, catalog and prefix included.
    """
    columns = ",\n  ".join(_column(column) for column in contract.kept)
    partition = ", ".join(_partition(contract.column(name)) for name in contract.partition)
    properties = ",\n  ".join(
        f"{literal(name)} = {literal(value)}" for name, value in table_properties(contract).items()
    )
    return (
        f"CREATE TABLE IF NOT EXISTS {identifier} (\n  {columns}\n)\n"
        "USING iceberg\n"
        + (f"PARTITIONED BY ({partition})\n" if partition else "")
        + (f"COMMENT {literal(contract.description)}\n" if contract.description else "")
        + f"TBLPROPERTIES (\n  {properties}\n)"
    )


def table_properties(contract: Contract) -> dict[str, str]:
    """The Iceberg table properties of a contract's table."""
    exact = [column.name for column in contract.columns if column.name in _EXACT_BOUNDS]
    bounds = {f"write.metadata.metrics.column.{name}": "full" for name in exact}
    return {**_PROPERTIES, **bounds, **shape_of(contract).properties()}


def contract_type(held: Any) -> str:
    """A type of Iceberg's metadata in a contract's words; one that no contract has as it is."""
    if isinstance(held, dict):
        is_list = held.get("type") == "list" and held.get("element") == "string"
        return _LIST if is_list else str(held.get("type"))
    return _WORDS.get(held, str(held).replace(" ", ""))


def _column(column: Column) -> str:
    kind = _TYPES.get(column.type, column.type.upper())
    comment = f" COMMENT {literal(column.description)}" if column.description else ""
    return f"`{column.stored}` {kind}{comment}"


def _partition(column: Column) -> str:
    return f"days(`{column.stored}`)" if column.type == "timestamp" else f"`{column.stored}`"
