"""What becomes of personal columns before they are written: hashed, truncated or dropped.

A valid row's columns hold what is written from its identity on; what the payload says waits beside
them, for the table rules, which are asked of that. All of it is Spark's own SQL, in the pass that
writes.
"""

import hashlib
from typing import Any

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Column, Contract, Treatment
from tidegate.contract.literal import literal
from tidegate.contract.reasons import not_an_address

SAID, KEPT = "_said_by_payload", "_kept"
BLOCK = 64  # bytes that SHA-256 takes at a time (FIPS 180-4)

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"{_OCTET}(?:[.]{_OCTET}){{3}}"
_H = "[0-9a-f]{1,4}"
_SOME = f"(?:{_H}(?::{_H})*)?"
# An IPv6 address in lower case (RFC 4291, 2.2): eight groups, or up to seven around the one "::"
# that stands for the rest; an IPv4 address may be the last two of them.
_V6 = (
    rf"^(?:(?:{_H}:){{7}}{_H}|(?:{_H}:){{6}}{_V4}"
    rf"|(?=(?::{{0,2}}{_H}){{0,7}}(?:::)?\z){_SOME}::{_SOME}"
    rf"|(?=(?::{{0,2}}{_H}){{0,5}}:{{1,2}}{_V4}\z){_SOME}::(?:{_H}:)*{_V4})\z"
)
_TAIL = rf"(?:{_H}:{_H}|{_V4})\z"
# One whose "::" stands for so little that groups behind it are of the first three.
_CROWDED = rf"^(?:{_H})?::(?:{_H}:){{4}}{_TAIL}|^::(?:{_H}:){{5}}{_TAIL}"
_MAPPED = rf"^[0:]*:ffff:{_V4}\z"


def not_addresses(contract: Contract) -> SparkColumn:
    """The reasons of a row for its columns that are to be truncated and are no IP addresses."""
    found = [
        F.when(~F.expr(_is_address(f"`{one.name}`")), name)
        for one in contract.treated
        if one.treatment is Treatment.TRUNCATE
        for name in [F.lit(not_an_address(one))]
    ]
    none = F.array().cast("array<string>")
    return F.array_compact(F.array(*found)) if found else none


def treat(valid: DataFrame, contract: Contract, key: bytes | None) -> DataFrame:
    """Rows with their personal columns as they are written, and none of those that are dropped.

    - **hash**: HMAC-SHA256 (RFC 2104, FIPS 198-1) of the text's UTF-8 bytes, 64 hexadecimal
      digits; null stays null.
    - **truncate**: an IPv4 address to its /24, an IPv6 address to its /48, which is what Google
      Analytics publishes of its IP masking; as canonical text (RFC 5952). An IPv4 address within
      an IPv6 one (``::ffff:…``, ``2002:…``) keeps no more than its own /24.

    Args:
        valid: rows with the contract's columns as the payload says them.
        contract: the clean table's contract.
        key: what hashed columns are hashed with; None where there is none.

    Returns:
        The same rows; ``_said_by_payload`` holds the treated columns as they were.
    """
    if not contract.treated:
        return valid
    pads = _pads(valid.sparkSession, key) if key is not None and contract.hashes else None
    written = {
        column.name: _written(column, pads)
        for column in contract.treated
        if column.treatment is not Treatment.DROP
    }
    names = [column.name for column in contract.treated]
    dropped = [name for name in names if name not in written]
    said = valid.withColumn(SAID, F.struct(*names))
    return said.withColumns(written).drop(*dropped)


def as_said(rows: DataFrame, contract: Contract) -> DataFrame:
    """Treated rows with the contract's columns as the payload says them, for the rules.

    What is written waits in ``_kept``, for ``as_written``.
    """
    if not contract.treated:
        return rows.select(*(column.name for column in contract.columns))
    said = {column.name: F.col(f"{SAID}.{column.name}") for column in contract.treated}
    kept = [column.name for column in contract.kept if column.treatment]
    columns = (said.get(one.name, F.col(one.name)).alias(one.name) for one in contract.columns)
    return rows.select(*columns, *([F.struct(*kept).alias(KEPT)] if kept else []))


def as_written(rows: DataFrame, contract: Contract) -> DataFrame:
    """The rows of ``as_said`` with the table's columns, as they are written."""
    return rows.select(
        *(
            F.col(f"{KEPT}.{one.name}" if one.treatment else one.name).alias(one.name)
            for one in contract.kept
        )
    )


def _written(column: Column, pads: DataFrame | None) -> SparkColumn:
    if column.treatment is Treatment.TRUNCATE:
        return F.expr(_network(f"`{column.name}`"))
    if pads is None:
        raise ValueError(f"{column.name} is to be hashed, and there is no key")
    inner, outer = (pads.select(name).scalar() for name in pads.columns)
    inside = F.sha2(F.concat(inner, F.col(column.name).cast("binary")), 256)
    return F.sha2(F.concat(outer, F.unhex(inside)), 256)


def _pads(spark: SparkSession, key: bytes) -> DataFrame:
    """The key's inner and outer pad (RFC 2104) as one row.

    A subquery on rows that the driver holds, not two literals: Spark prints a literal wherever it
    prints a plan (its log, its event log, its UI), and of such rows only their columns' names.
    """
    block = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    java: Any = spark._jvm
    gateway: Any = spark._sc._gateway
    values = gateway.new_array(java.java.lang.Object, 2)
    for place, pad in enumerate((0x36, 0x5C)):
        values[place] = bytes(byte ^ pad for byte in block)
    rows = java.java.util.ArrayList()
    rows.add(java.org.apache.spark.sql.RowFactory.create(values))
    schema = java.org.apache.spark.sql.types.StructType.fromDDL("i BINARY, o BINARY")
    return DataFrame(spark._jsparkSession.createDataFrame(rows, schema), spark)


def _is_v4(text: str) -> str:
    whole = literal(rf"^{_V4}\z")
    return f"{text} RLIKE {whole}"


def _is_address(text: str) -> str:
    """Whether a text is an IP address, as SQL; null where there is none."""
    return f"({_is_v4(text)} OR lower({text}) RLIKE {literal(_V6)})"


def _network(text: str) -> str:
    """The network of an IP address, as SQL; null where the text is none."""
    v6 = f"lower({text})"
    tail = f"substring_index({v6}, ':', -1)"
    return (
        f"CASE WHEN {_is_v4(text)} THEN {_of_v4(text)}"
        f" WHEN NOT {v6} RLIKE {literal(_V6)} THEN NULL"
        f" WHEN {v6} RLIKE {literal(_MAPPED)} THEN {_of_v4(tail)}"
        f" WHEN {v6} LIKE '2002:%' THEN '2002::'"
        f" WHEN {v6} RLIKE {literal(_CROWDED)} THEN {_of_v6(_with_room(v6))}"
        f" ELSE {_of_v6(v6)} END"
    )


def _of_v4(text: str) -> str:
    return f"concat(substring_index({text}, '.', 3), '.0')"


def _of_v6(text: str) -> str:
    """The first three groups of a valid address, as the address of its network (RFC 5952)."""
    groups = f"substring_index(substring_index({text}, '::', 1), ':', 3)"
    zeros, trailing = literal("(^|:)0+(?=[0-9a-f])"), literal(r"(^|:)0(:0)*\z")
    return f"concat(regexp_replace(regexp_replace({groups}, {zeros}, '$1'), {trailing}, ''), '::')"


def _with_room(text: str) -> str:
    """A crowded address with zeros for its "::"."""
    for short, long in (
        (f"^::(?=(?:{_H}:){{5}}{_TAIL})", "0:"),
        (f"^::(?=(?:{_H}:){{4}}{_TAIL})", "0:0:"),
        (f"^({_H})::(?=(?:{_H}:){{4}}{_TAIL})", "$1:0:"),
    ):
        text = f"regexp_replace({text}, {literal(short)}, '{long}')"
    return text
