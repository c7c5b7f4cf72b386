"""Functions that sqlglot knows by name only."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, call, cast_to
from tidegate.serve.translate.texts import json_array_length
from tidegate.serve.translate.times import format_datetime, in_zone

_RENAMED = {
    "every": "bool_and",
    "is_finite": "isfinite",
    "is_infinite": "isinf",
    "yow": "isoyear",
    "codepoint": "unicode",
}
_CONSTANTS = {"infinity": "'inf'::DOUBLE", "nan": "'nan'::DOUBLE", "e": "exp(1::DOUBLE)"}


def _named(node: exp.Anonymous) -> exp.Expr:
    name = node.name.lower()
    given = node.expressions
    if name in _RENAMED:
        renamed = call(_RENAMED[name], *given)
        return cast_to(renamed, "INTEGER") if name == "codepoint" else renamed
    if name in _CONSTANTS:
        return exp.paren(exp.maybe_parse(_CONSTANTS[name], dialect="duckdb"))
    if name == "millisecond":
        return exp.Mod(this=call("millisecond", *given), expression=exp.convert(1000))
    if name == "at_timezone":
        return _in_zone_by_name(node)
    if name == "to_base":
        return call("lower", node)
    if name == "json_array_length":
        return json_array_length(node)
    return format_datetime(node) if name == "format_datetime" else node


def _in_zone_by_name(node: exp.Anonymous) -> exp.Expr:
    moment, zone = node.expressions
    in_zone(node)  # type: ignore[arg-type]
    return exp.AtTimeZone(this=moment.copy(), zone=zone.copy())


CHANGES: dict[type[exp.Expr], Change] = {
    exp.Anonymous: _named,
}
