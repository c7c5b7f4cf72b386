"""What is held back of judged rows, and what is held no more, as the quarantine's own rows."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow.judging import Judged
from tidegate.flow.pair import Pair
from tidegate.flow.run import Run
from tidegate.gate.identity import CONFLICT, DUPLICATE, PUBLISHED
from tidegate.gate.payload import PLACE, RAW, REASONS
from tidegate.gate.quarantine import REFUSED, quarantine_rows


def refused_rows(judged: Judged, arrived: DataFrame, conflicts: int) -> DataFrame:
    """The rows for quarantine with their payloads: by a rule, or for an id that says two things."""
    refused = judged.rows.where(F.size(REASONS) > 0).select(RAW, REASONS)
    if not conflicts:
        return refused
    places = judged.places(CONFLICT)
    met = arrived.join(places, on=list(PLACE), how="left_semi").select(*arrived.columns)
    again = met.select(
        F.struct(*arrived.columns).alias(RAW), F.array(F.lit(CONFLICT)).alias(REASONS)
    )
    return refused.unionByName(again)


def released_rows(judged: Judged, held: DataFrame) -> DataFrame:
    """The held rows that pass now, without their payloads: the refusals have those."""
    passed = held.join(judged.places(PUBLISHED, DUPLICATE), on=list(PLACE), how="left_semi")
    row = F.struct(*held.columns).withField("payload", F.lit(b""))
    return passed.select(row.alias(RAW), F.col("reasons").alias(REASONS))


def as_held(run: Run, pair: Pair, rows: DataFrame, status: str = REFUSED) -> DataFrame:
    """Refused or released rows as this run writes them to the quarantine."""
    contract = pair.quarantine.contract
    return quarantine_rows(rows, contract, run.id, run.started.isoformat(), status)
