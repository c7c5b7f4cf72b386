"""Quarantine: what is refused is kept as it came, with every rule it broke."""

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.gate.payload import PLACE, RAW, REASONS

REFUSED, RELEASED = "refused", "released"


def quarantine_rows(
    rows: DataFrame, contract: Contract, run: str, started: str, status: str = REFUSED
) -> DataFrame:
    """Refused or released rows in the shape of the quarantine table.

    Args:
        rows: rows with ``_raw`` (the raw row, payload included) and ``_reasons``.
        contract: the quarantine table's contract.
        run: the run's id.
        started: when the run started, ISO 8601, UTC.
        status: ``refused`` or ``released``.
    """
    written: dict[str, SparkColumn] = {
        "status": F.lit(status),
        "reasons": F.col(REASONS),
        "recorded_at": F.lit(started).cast("timestamp"),
        "run": F.lit(run),
    }
    return rows.select(
        *(
            written.get(column.name, F.col(f"{RAW}.{column.name}")).alias(column.name)
            for column in contract.columns
        )
    )


def held_rows(quarantine: DataFrame) -> DataFrame:
    """The rows of a quarantine that were refused and not released since.

    Args:
        quarantine: all rows of the quarantine table.
    """
    released = quarantine.where(F.col("status") == RELEASED).select(*PLACE)
    refused = quarantine.where(F.col("status") == REFUSED)
    return refused.join(released, on=list(PLACE), how="left_anti").select(*quarantine.columns)
