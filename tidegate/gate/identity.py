"""Identity: an event is its day and its id, whatever else is sent under it later."""

import re

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.gate.payload import PLACE, RAW

OUTCOME = "_outcome"
PUBLISHED, DUPLICATE, CONFLICT = "published", "duplicate", "conflicting_id"


def identify(valid: DataFrame, known: DataFrame, contract: Contract) -> DataFrame:
    """Tell which valid rows are new, which say again what is known, and which contradict it.

    Of the rows with one identity the first stays: one that is in the table already, else the first
    by landing, shard and sequence number. A later one that says the same in every column is a
    duplicate; one that says something else has a conflicting id.

    Args:
        valid: candidate rows with the table's columns, as they are to be written, and ``_raw``.
        known: the table's rows of at least the candidates' days.
        contract: the clean table's contract.

    Returns:
        The candidates with ``_outcome``: ``published``, ``duplicate`` or ``conflicting_id``.
    """
    key = list(contract.key)
    said = _said(contract)
    candidates = valid.withColumn("_said", said).withColumn("_known", F.lit(False))
    met = known.join(valid.select(*key), on=key, how="left_semi")
    before = met.select(*key, said.alias("_said"), F.lit(True).alias("_known"))
    together = candidates.unionByName(before, allowMissingColumns=True)
    places = (F.col(f"{RAW}.{column}") for column in ("landing", *PLACE))
    order = [F.desc("_known"), *places]
    same = Window.partitionBy(*key).orderBy(*order)
    first = F.first("_said").over(same)
    judged = together.withColumn("_place", F.row_number().over(same)).withColumn("_first", first)
    outcome = (
        F.when(F.col("_place") == 1, PUBLISHED)
        .when(F.col("_said") == F.col("_first"), DUPLICATE)
        .otherwise(CONFLICT)
    )
    told = judged.withColumn(OUTCOME, outcome).where(~F.col("_known"))
    return told.drop("_said", "_known", "_place", "_first")


def _said(contract: Contract) -> SparkColumn:
    """What a row says: a hash of its columns, but for its arrival and other facts of its way."""
    way = [column.name for column in contract.columns if column.raw_column]
    of_way = re.compile(rf"\b({'|'.join(way) or '(?!)'})\b", re.IGNORECASE)
    said = [
        column
        for column in contract.stored
        if not column.raw_column and not of_way.search(column.transform or "")
    ]
    # xxhash64 runs a list's elements together with what stands beside it.
    named = [
        f"to_json(`{one.name}`)" if one.type.startswith("array") else f"`{one.name}`"
        for one in said
    ]
    # xxhash64 skips nulls, so where they stand is hashed too.
    nulls = ", ".join(f"IF({name} IS NULL, '0', '1')" for name in named)
    return F.expr(f"xxhash64(concat({nulls}), {', '.join(named)})")
