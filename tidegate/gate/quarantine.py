"""Quarantine: what is refused is kept as it came, with every rule it broke."""

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.gate.payload import RAW, REASONS

REFUSED, RELEASED = "refused", "released"


def quarantine_rows(refused: DataFrame, contract: Contract, run: str, started: str) -> DataFrame:
    """Refused rows in the shape of the quarantine table.

    Args:
        refused: rows with ``_raw`` (the raw row, payload included) and ``_reasons``.
        contract: the quarantine table's contract.
        run: the run's id.
        started: when the run started, ISO 8601, UTC.
    """
    written: dict[str, SparkColumn] = {
        "status": F.lit(REFUSED),
        "reasons": F.col(REASONS),
        "recorded_at": F.lit(started).cast("timestamp"),
        "run": F.lit(run),
    }
    return refused.select(
        *(
            written.get(column.name, F.col(f"{RAW}.{column.name}")).alias(column.name)
            for column in contract.columns
        )
    )
