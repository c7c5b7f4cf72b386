"""Functions that sqlglot knows by name only."""

from sqlglot import exp

from tidegate.serve.translate import addresses, lambdas, lists, rows
from tidegate.serve.translate.pieces import Change, call, cast_to
from tidegate.serve.translate.texts import is_json_scalar, json_array_length, json_size
from tidegate.serve.translate.times import format_datetime, in_zone, to_iso8601

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
    return _CHANGED[name](node) if name in _CHANGED else node


def _in_zone_by_name(node: exp.Anonymous) -> exp.Expr:
    moment, zone = node.expressions
    in_zone(node)  # type: ignore[arg-type]
    return exp.AtTimeZone(this=moment.copy(), zone=zone.copy())


_CHANGED: dict[str, Change] = {
    "millisecond": lambda node: exp.Mod(
        this=call("millisecond", *node.expressions), expression=exp.convert(1000)
    ),
    "at_timezone": _in_zone_by_name,
    "to_base": lambda node: call("lower", node),
    "json_array_length": json_array_length,
    "json_size": json_size,
    "is_json_scalar": is_json_scalar,
    "format_datetime": format_datetime,
    "to_iso8601": to_iso8601,
    **lists.NAMED,
    **lambdas.NAMED,
    **addresses.NAMED,
    **rows.NAMED,
}
CHANGES: dict[type[exp.Expr], Change] = {
    exp.Anonymous: _named,
}
