"""Identity: an event is its day and its id, whatever else is sent under it later."""

import re

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Column, Contract
from tidegate.contract.shape import Older
from tidegate.gate.payload import PLACE, RAW

OUTCOME = "_outcome"
PUBLISHED, DUPLICATE, CONFLICT = "published", "duplicate", "conflicting_id"


def identify(
    valid: DataFrame, known: DataFrame, contract: Contract, older: Older | None = None
) -> DataFrame:
    """Tell which valid rows are new, which say again what is known, and which contradict it.

    Of the rows with one identity the first stays: one that is in the table already, else the first
    by landing, shard and sequence number. A later one that says the same in every column is a
    duplicate; one that says something else has a conflicting id. A row of the table that is null in
    a column added later contradicts nothing there, nor does one that was rounded to a float.

    Args:
        valid: candidate rows with the table's columns, as they are to be written, and ``_raw``.
        known: the table's rows of at least the candidates' days.
        contract: the clean table's contract.
        older: the columns in which the table's rows may say less than was sent.

    Returns:
        The candidates with ``_outcome``: ``published``, ``duplicate`` or ``conflicting_id``.
    """
    key = list(contract.key)
    told = _telling(contract)
    lenient = [one for one in told if older and one.name in older.added | older.rounded]
    said = _said([one for one in told if one not in lenient]).alias("_said")
    since = F.struct(F.lit(0).alias("_"), *(one.name for one in lenient)).alias("_since")
    candidates = valid.select("*", said, since, F.lit(False).alias("_known"))
    met = known.join(valid.select(*key), on=key, how="left_semi")
    before = met.select(*key, said, since, F.lit(True).alias("_known"))
    together = candidates.unionByName(before, allowMissingColumns=True)
    places = (F.col(f"{RAW}.{column}") for column in ("landing", *PLACE))
    order = [F.desc("_known"), *places]
    same = Window.partitionBy(*key).orderBy(*order)
    first = F.first(F.struct("_said", "_since", "_known")).over(same)
    judged = together.withColumn("_place", F.row_number().over(same)).withColumn("_first", first)
    agrees = " AND ".join(["_said = _first._said", *(_agrees(one, older) for one in lenient)])
    outcome = (
        F.when(F.col("_place") == 1, PUBLISHED).when(F.expr(agrees), DUPLICATE).otherwise(CONFLICT)
    )
    judged = judged.withColumn(OUTCOME, outcome).where(~F.col("_known"))
    return judged.drop("_said", "_since", "_known", "_place", "_first")


def _agrees(column: Column, older: Older | None) -> str:
    """Whether a row says in a column what the first one says, as far as that one can."""
    first, now = f"_first._since.`{column.name}`", f"_since.`{column.name}`"
    said = [f"{now} <=> {first}"]
    if older and column.name in older.added:
        said.append(f"_first._known AND {first} IS NULL")
    if older and column.name in older.rounded:
        said.append(f"_first._known AND CAST(CAST({now} AS FLOAT) AS {column.type}) <=> {first}")
    return f"({' OR '.join(said)})"


def _telling(contract: Contract) -> list[Column]:
    """The columns by which a row says something: not its arrival and other facts of its way."""
    way = [column.name for column in contract.columns if column.raw_column]
    of_way = re.compile(rf"\b({'|'.join(way) or '(?!)'})\b", re.IGNORECASE)
    return [
        column
        for column in contract.kept
        if not column.raw_column and not of_way.search(column.transform or "")
    ]


def _said(columns: list[Column]) -> SparkColumn:
    """What a row says, as a hash."""
    # xxhash64 runs a list's elements together with what stands beside it.
    named = [
        f"to_json(`{one.name}`)" if one.type.startswith("array") else f"`{one.name}`"
        for one in columns
    ]
    # xxhash64 skips nulls, so where they stand is hashed too.
    nulls = ", ".join(f"IF({name} IS NULL, '0', '1')" for name in named)
    return F.expr(f"xxhash64(concat({nulls}), {', '.join(named)})")
