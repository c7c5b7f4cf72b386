"""From a raw payload to the contract's typed columns: what isn't so is refused, never nulled.

A payload is one RFC 8259 object and nothing else. Spark's ``from_json`` alone stops reading at the
object's end, so each payload is read as the first of two members of an array, whose second carries
a hash of the payload: whatever stands behind the object, or closes the array early, leaves the
second member missing or wrong.

Texts, dates and decimals are read as variants, which remember what they were in JSON; numbers and
booleans are read as such, and where one of them didn't fit (Spark then marks the whole row) that
row alone is read again to name the column.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Column, Contract

REASONS = "_reasons"
RAW = "_raw"
PLACE = ("stream", "shard", "sequence_number", "sub_sequence_number")

_OPTIONS = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "_bad",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
}
_NATIVE = {
    "integer": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
}
# What a column's type may be in JSON, in the words of Spark's schema_of_variant.
_KINDS = {
    "string": "STRING|BIGINT|DECIMAL.*|DOUBLE|FLOAT",
    "integer": "BIGINT",
    "long": "BIGINT",
    "float": "BIGINT|DECIMAL.*|DOUBLE|FLOAT",
    "double": "BIGINT|DECIMAL.*|DOUBLE|FLOAT",
    "decimal": "BIGINT|DECIMAL.*|DOUBLE|FLOAT",
    "boolean": "BOOLEAN",
    "timestamp": "STRING",
    "date": "STRING",
    "array<string>": r"ARRAY<(STRING|VOID)>",
}
# RFC 3339's date-time and full-date.
_FORMS = {
    "timestamp": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
}


@dataclass(frozen=True)
class _Value:
    """A column as read from the payload, and whether what stood there was of another type."""

    value: SparkColumn
    wrong: SparkColumn


def parse_payload(raw: DataFrame, contract: Contract) -> DataFrame:
    """Read each raw row by a clean table's contract.

    Args:
        raw: rows of the raw table.
        contract: the clean table's contract.

    Returns:
        One row a raw row: the contract's columns; ``_raw``, a struct of the raw row's columns;
        ``_reasons``, the ids of the rules that the payload itself breaks (empty where it breaks
        none): ``payload_empty``, ``payload_too_large``, ``payload_not_utf8``, ``payload_not_json``,
        and for a column ``<column>_wrong_type`` and ``<column>_missing``.
    """
    raws = F.struct(*raw.columns).alias(RAW)
    intake = _intake(int(contract.properties.get("maxPayloadBytes", 1_048_576)))
    text = F.when(intake.isNull(), F.col(f"{RAW}.payload").cast("string"))
    read = (
        raw.select(raws)
        .select(RAW, intake.alias("_intake"), text.alias("_text"))
        .select("*", F.xxhash64("_text").cast("string").alias("_end"))
        .select("*", F.from_json(_framed(), _schema(contract), _OPTIONS).alias("_json"))
    )
    is_object = (
        (F.size("_json._row") == 2) & _member(0).isNotNull() & (_member(1)["_end"] == F.col("_end"))
    )
    doubtful = F.col("_json._bad").isNotNull()
    judged = read.select(
        "*",
        F.coalesce(is_object, F.lit(False)).alias("_is_object"),
        F.when(doubtful, F.try_parse_json("_text")).alias("_again"),
        doubtful.alias("_doubtful"),
    )
    return _columns(judged, contract)


def _intake(limit: int) -> SparkColumn:
    """The rule that a payload breaks before it is read, or null."""
    payload = F.col(f"{RAW}.payload")
    blank = payload.cast("string").rlike(r"^[ \t\r\n]*$")
    return (
        F.when(payload.isNull() | (F.length(payload) == 0) | blank, "payload_empty")
        .when(F.length(payload) > limit, "payload_too_large")
        .when(~F.is_valid_utf8(payload.cast("string")), "payload_not_utf8")
    )


def _framed() -> SparkColumn:
    """The payload as the first member of an array, before one that only its frame can have."""
    return F.concat(
        F.lit('{"_row":['), F.col("_text"), F.lit(',{"_end":"'), F.col("_end"), F.lit('"}]}')
    )


def _member(place: int) -> SparkColumn:
    """A member of the frame's array; null where it has none there."""
    return F.get("_json._row", F.lit(place))


def _schema(contract: Contract) -> str:
    """The frame's schema, holding of the payload only the paths that columns are taken from."""
    tree: dict[str, Any] = {}
    for column in contract.columns:
        for path in column.json_paths:
            node = reduce(lambda inner, key: inner.setdefault(key, {}), path[:-1], tree)
            node[path[-1]] = _NATIVE.get(column.type, "variant")
    return f"_row array<struct<{_fields(tree)}, `_end`: string>>, _bad string"


def _fields(tree: dict[str, Any]) -> str:
    return ", ".join(
        f"{_quoted(key)}: " + (node if isinstance(node, str) else f"struct<{_fields(node)}>")
        for key, node in tree.items()
    )


def _quoted(key: str) -> str:
    return "`" + key.replace("`", "``") + "`"


def _columns(read: DataFrame, contract: Contract) -> DataFrame:
    """The contract's columns from what was read, in its order, and the reasons."""
    taken = [column for column in contract.columns if column.json_paths]
    values = {column.name: _value(column) for column in taken}
    out = read.select(
        *(value.value.alias(name) for name, value in values.items()),
        *(
            F.col(f"{RAW}.{column.raw_column}").alias(column.name)
            for column in contract.columns
            if column.raw_column
        ),
        *(value.wrong.alias(f"_wrong_{name}") for name, value in values.items()),
        RAW,
        "_intake",
        "_is_object",
        "_doubtful",
    )
    for column in contract.columns:
        if column.transform:
            out = out.withColumn(column.name, F.expr(column.transform))
    return out.select(
        *(column.name for column in contract.columns), RAW, _reasons(contract, taken).alias(REASONS)
    )


def _reasons(contract: Contract, taken: list[Column]) -> SparkColumn:
    """The ids of the rules a payload breaks by itself, in the contract's order."""
    is_object = F.col("_is_object")
    by_column = []
    for column in contract.columns:
        wrong = F.col(f"_wrong_{column.name}") if column in taken else F.lit(False)
        missing = F.lit(column.required and not column.transform) & F.col(column.name).isNull()
        by_column.append(
            F.when(is_object & wrong, f"{column.name}_wrong_type").when(
                is_object & missing, f"{column.name}_missing"
            )
        )
    unread = F.when(F.col("_intake").isNull() & ~is_object, "payload_not_json")
    told = F.array_compact(F.array(F.col("_intake"), unread, *by_column))
    # What is computed from a column that is refused already is not told a second time.
    computed = [
        F.when(F.col(column.name).isNull(), f"{column.name}_missing")
        for column in contract.columns
        if column.required and column.transform
    ]
    named = F.when(F.size(told) > 0, told).otherwise(F.array_compact(F.array(*computed)))
    # Marked by Spark, yet no column could be named: a name twice in one object, or worse.
    nameless = F.col("_doubtful") & F.col("_intake").isNull() & (F.size(named) == 0)
    return F.when(nameless, F.array(F.lit("payload_wrong_type"))).otherwise(named)


def _value(column: Column) -> _Value:
    """A column's value, from the first of its places that has one; and whether a type was wrong."""
    places = [_at(column, path) for path in column.json_paths]
    return _Value(
        F.coalesce(*(place.value for place in places)),
        reduce(lambda a, b: a | b, (place.wrong for place in places)),
    )


def _at(column: Column, path: tuple[str, ...]) -> _Value:
    """What stands at one place of the payload."""
    leaf = reduce(lambda inner, key: inner.getField(key), path, _member(0))
    again = [_again(path[:depth]) for depth in range(1, len(path) + 1)]
    no_object = [_is_other(step, "OBJECT.*") for step in again[:-1]]
    if column.type in _NATIVE:
        value, odd = leaf, _is_other(again[-1], _KINDS[column.type])
        if column.type == "integer":
            odd = odd | (F.try_variant_get(again[-1], "$", "int").isNull() & ~_is_null(again[-1]))
    else:
        value, odd = _from_variant(column.type, leaf)
    wrong = reduce(lambda a, b: a | b, [odd, *no_object])
    return _Value(value, F.coalesce(wrong, F.lit(False)))


def _again(path: tuple[str, ...]) -> SparkColumn:
    """What stands at a path of a row that is read again; null where nothing does."""
    steps = "".join("['" + key.replace("\\", "\\\\").replace("'", "\\'") + "']" for key in path)
    return F.try_variant_get(F.col("_again"), f"${steps}", "variant")


def _is_null(variant: SparkColumn) -> SparkColumn:
    return variant.isNull() | F.is_variant_null(variant)


def _is_other(variant: SparkColumn, kinds: str) -> SparkColumn:
    """Whether a JSON value is there and is of none of these kinds."""
    return ~_is_null(variant) & ~F.schema_of_variant(variant).rlike(f"^({kinds})$")


def _from_variant(kind: str, leaf: SparkColumn) -> tuple[SparkColumn, SparkColumn]:
    """A variant as a value of the column's type, and whether it is of another."""
    base = kind.split("(")[0]
    other = _is_other(leaf, _KINDS[base])
    if base == "string":
        return F.when(~other, leaf.cast("string")), other
    if base in _FORMS:
        text = F.upper(leaf.cast("string"))
        value = F.when(text.rlike(_FORMS[base]), text.try_cast(base))
    else:
        value = F.try_variant_get(leaf, "$", kind)
    return F.when(~other, value), other | (~_is_null(leaf) & value.isNull())
