"""From a raw payload to the contract's typed columns: what isn't so is refused, never nulled.

A payload is one RFC 8259 object and nothing else. Spark's ``from_json`` alone stops reading at the
object's end, so each payload is read as the first of two members of an array, whose second carries
a hash of the payload: whatever stands behind the object, or closes the array early, leaves the
second member missing or wrong.

Numbers, booleans and texts are read as such. Where a number or a boolean didn't fit (Spark then
marks the whole row), and where a text looks like an object, a list, a boolean or a rounded number
(Spark takes those for texts), that row alone is read again as a variant, which remembers what each
value was in JSON. Decimals and lists are read as variants at once.

All of it is written as Spark's SQL: a call to Java for each step of each column takes seconds.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Column, Contract
from tidegate.contract.literal import literal

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
    "string": "string",
    "timestamp": "string",
    "date": "string",
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
    "array<string>": r"ARRAY<(STRING|VOID)>",
}
_BLANK = r"^[ \t\r\n]*$"
# A number as a text, as Spark writes one that it has rounded to a double.
_ROUNDED = r"^-?\d+\.\d+E-?\d+$"
# The payload as the first member of an array, before one that only its frame can have.
_FRAMED = """concat('{"_row":[', _text, ',{"_end":"', _end, '"}]}')"""
_IS_OBJECT = (
    "size(_json._row) = 2 AND get(_json._row, 0) IS NOT NULL AND get(_json._row, 1)._end = _end"
)
# RFC 3339's date-time and full-date.
_FORMS = {
    "timestamp": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
}


@dataclass(frozen=True)
class _Value:
    """A column as read from the payload, and whether what stood there was of another type."""

    value: str
    wrong: str


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
    limit = int(contract.properties.get("maxPayloadBytes", 1_048_576))
    read = (
        raw.select(F.struct(*raw.columns).alias(RAW))
        .selectExpr(RAW, f"{_intake(limit)} AS _intake")
        .selectExpr("*", f"IF(_intake IS NULL, CAST({RAW}.payload AS STRING), NULL) AS _text")
        .selectExpr("*", "CAST(xxhash64(_text) AS STRING) AS _end")
        .select("*", F.from_json(F.expr(_FRAMED), _schema(contract), _OPTIONS).alias("_json"))
        .selectExpr(
            *(RAW, "_intake", "_text"),
            "get(_json._row, 0) AS _object",
            f"coalesce({_IS_OBJECT}, false) AS _is_object",
            "_json._bad IS NOT NULL AS _doubtful",
        )
        .selectExpr("*", f"_doubtful OR {_looks_odd(contract)} AS _odd")
        .selectExpr("*", "IF(_odd, try_parse_json(_text), NULL) AS _again")
    )
    return _columns(read, contract)


def _intake(limit: int) -> str:
    """The rule that a payload breaks before it is read, or null."""
    payload = f"{RAW}.payload"
    return (
        f"CASE WHEN {payload} IS NULL OR CAST({payload} AS STRING) RLIKE {literal(_BLANK)}"
        f" THEN 'payload_empty'"
        f" WHEN length({payload}) > {limit} THEN 'payload_too_large'"
        f" WHEN NOT is_valid_utf8(CAST({payload} AS STRING)) THEN 'payload_not_utf8' END"
    )


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
        f"{_name(key)}: " + (node if isinstance(node, str) else f"struct<{_fields(node)}>")
        for key, node in tree.items()
    )


def _name(key: str) -> str:
    """A name as SQL has it."""
    return "`" + key.replace("`", "``") + "`"


def _looks_odd(contract: Contract) -> str:
    """Whether a text may have been an object, a list, a boolean or a rounded number in JSON."""
    texts = [
        _leaf(path)
        for column in contract.columns
        if column.type == "string"
        for path in column.json_paths
    ]
    whole = ", ".join(map(literal, ("true", "false", '"Infinity"', '"-Infinity"')))
    looks = (
        f"left({text}, 1) IN ('{{', '[') OR {text} IN ({whole})"
        f" OR contains({text}, 'E') AND {text} RLIKE {literal(_ROUNDED)}"
        for text in texts
    )
    return f"coalesce({' OR '.join(looks) or 'false'}, false)"


def _leaf(path: tuple[str, ...]) -> str:
    """What was read at a path of the payload."""
    return ".".join(["_object", *map(_name, path)])


def _columns(read: DataFrame, contract: Contract) -> DataFrame:
    """The contract's columns from what was read, in its order, and the reasons."""
    values = {column.name: _value(column) for column in contract.columns if column.json_paths}
    out = read.selectExpr(
        *(f"{value.value} AS {_name(name)}" for name, value in values.items()),
        *(
            f"{RAW}.{_name(column.raw_column)} AS {_name(column.name)}"
            for column in contract.columns
            if column.raw_column
        ),
        *(f"{value.wrong} AS {_name(f'_wrong_{name}')}" for name, value in values.items()),
        *(RAW, "_intake", "_is_object"),
        "_doubtful OR (_odd AND _again IS NULL) AS _doubtful",
    )
    for column in contract.columns:
        if column.transform:
            out = out.withColumn(column.name, F.expr(column.transform))
    names = [_name(column.name) for column in contract.columns]
    told, computed = _broken(contract, frozenset(values))
    # What is computed from a column that is refused already is not told a second time.
    named = f"IF(size(_told) > 0, _told, {computed})"
    # Read again in vain, or no column could be named: a name twice in one object, or worse.
    nameless = "_doubtful AND _intake IS NULL AND size(_named) = 0"
    return (
        out.selectExpr(*names, RAW, "_intake", "_doubtful", f"{told} AS _told")
        .selectExpr(*names, RAW, "_intake", "_doubtful", f"{named} AS _named")
        .selectExpr(
            *names, RAW, f"IF({nameless}, array('payload_wrong_type'), _named) AS {REASONS}"
        )
    )


def _broken(contract: Contract, taken: frozenset[str]) -> tuple[str, str]:
    """The ids of the rules a payload breaks by itself, and by what is computed from it."""
    told = ["_intake", "IF(_intake IS NULL AND NOT _is_object, 'payload_not_json', NULL)"]
    computed = []
    for column in contract.columns:
        name, missing = _name(column.name), literal(f"{column.name}_missing")
        if column.name in taken:
            wrong = literal(f"{column.name}_wrong_type")
            cases = f"WHEN _is_object AND {_name(f'_wrong_{column.name}')} THEN {wrong}"
            if column.required and not column.transform:
                cases += f" WHEN _is_object AND {name} IS NULL THEN {missing}"
            told.append(f"CASE {cases} END")
        elif column.required:
            if column.transform:
                computed.append(f"IF({name} IS NULL, {missing}, NULL)")
            else:
                told.append(f"IF(_is_object AND {name} IS NULL, {missing}, NULL)")
    return _texts(told), _texts(computed)


def _texts(values: list[str]) -> str:
    """An array of those texts that there are; quick where, as for most rows, there is none."""
    some = ", ".join(values) or "NULL"
    none = "CAST(array() AS array<string>)"
    return f"IF(coalesce({some}, NULL) IS NULL, {none}, array_compact(array({some})))"


def _value(column: Column) -> _Value:
    """A column's value, from the first of its places that has one; and whether a type was wrong."""
    places = [_at(column, path) for path in column.json_paths]
    wrong = " OR ".join(place.wrong for place in places)
    return _Value(f"coalesce({', '.join(place.value for place in places)})", wrong)


def _at(column: Column, path: tuple[str, ...]) -> _Value:
    """What stands at one place of the payload."""
    leaf = _leaf(path)
    again = [_again(path[:depth]) for depth in range(1, len(path) + 1)]
    no_object = [_is_other(step, "OBJECT.*") for step in again[:-1]]
    if column.type in _FORMS:
        value = _in_form(column.type, leaf)
        odd = f"{leaf} IS NOT NULL AND {value} IS NULL"
    elif column.type in _NATIVE:
        value, odd = leaf, _is_other(again[-1], _KINDS[column.type])
        if column.type == "integer":
            unfit = f"try_variant_get({again[-1]}, '$', 'int') IS NULL"
            odd = f"{odd} OR {unfit} AND NOT {_is_null(again[-1])}"
        if column.type == "string":
            told = f"IF({odd}, NULL, CAST({again[-1]} AS STRING))"
            value = f"IF(_again IS NULL, {leaf}, {told})"
    else:
        value, odd = _from_variant(column.type, leaf)
    return _Value(value, f"coalesce({' OR '.join([odd, *no_object])}, false)")


def _in_form(kind: str, text: str) -> str:
    """A time or a date in its one form; null where the text has another."""
    text = f"upper({text})"
    return f"IF({text} RLIKE {literal(_FORMS[kind])}, TRY_CAST({text} AS {kind}), NULL)"


def _again(path: tuple[str, ...]) -> str:
    """What stands at a path of a row that is read again; null where nothing does."""
    steps = "".join(f"['{key}']" for key in path)  # a contract's keys have no quotes
    return f"try_variant_get(_again, {literal(f'${steps}')}, 'variant')"


def _is_null(variant: str) -> str:
    return f"({variant} IS NULL OR is_variant_null({variant}))"


def _is_other(variant: str, kinds: str) -> str:
    """Whether a JSON value is of none of these kinds; null or false where there is no value."""
    return f"NOT schema_of_variant({variant}) RLIKE {literal(f'^(VOID|{kinds})$')}"


def _from_variant(kind: str, leaf: str) -> tuple[str, str]:
    """A variant as a value of the column's type, and whether it is of another."""
    other = _is_other(leaf, _KINDS[kind.split("(")[0]])
    value = f"try_variant_get({leaf}, '$', '{kind}')"
    odd = f"{other} OR NOT {_is_null(leaf)} AND {value} IS NULL"
    if kind.startswith("decimal"):
        odd = f"{odd} OR {_is_rounded(leaf, value, kind)}"
    return f"IF({odd}, NULL, {value})", odd


def _is_rounded(variant: str, value: str, kind: str) -> str:
    """Whether a number has more digits after its point than the decimal type it was cast to."""
    scale = int(kind.rstrip(")").split(",")[1])
    longer = literal(f"[.][0-9]{{{scale + 1}}}")
    text = f"try_variant_get({variant}, '$', 'string')"
    return (
        f"IF(contains({text}, 'E'), CAST({value} AS DOUBLE) <> CAST({text} AS DOUBLE),"
        f" {text} RLIKE {longer})"
    )
