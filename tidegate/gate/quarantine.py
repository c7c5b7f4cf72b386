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
    """The rows of a quarantine that were refused and not released since, each once.

    A record may be refused again after its release: it is held by its newest refusal.

    Args:
        quarantine: all rows of the quarantine table.
    """
    is_refused = F.col("status") == REFUSED
    refused_more = F.sum(F.when(is_refused, 1).otherwise(-1)) > 0
    newest = F.max(F.when(is_refused, F.col("recorded_at"))).alias("recorded_at")
    places = quarantine.groupBy(*PLACE).agg(newest, refused_more.alias("_held"))
    held = places.where("_held").select(*PLACE, "recorded_at")
    refused = quarantine.where(is_refused).join(held, [*PLACE, "recorded_at"], "left_semi")
    return refused.select(*quarantine.columns)
