"""The types of Athena's expressions by Trino's rules, decimals to the digit."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.optimizer.annotate_types import TypeAnnotator

from tidegate.serve.parameters import Value

INTEGERS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19}  # digits of each as a decimal
_WIDEST = 38

_BIGINT = (
    *(exp.Count, exp.CountIf, exp.DateDiff, exp.Length, exp.StrPosition, exp.ArraySize),
    *(exp.Year, exp.Quarter, exp.Month, exp.Week, exp.WeekOfYear, exp.YearOfWeek, exp.Day),
    *(exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear, exp.Hour, exp.Minute),
    *(exp.Second, exp.Extract, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile),
    *(exp.RegexpCount, exp.ArrayPosition, exp.YearOfWeekIso),
)
_DOUBLE = (exp.TimeToUnix, exp.Pow, exp.Sqrt, exp.Sin, exp.Tanh, exp.Log, exp.Atan2)
_TEXTS = exp.DataType.build("ARRAY<VARCHAR>")
_BY_NAME = {
    **dict.fromkeys(("e", "infinity", "nan", "log2", "log10", "cosh", "sinh", "tanh"), "DOUBLE"),
    **dict.fromkeys(("regr_slope", "regr_intercept"), "DOUBLE"),
    **dict.fromkeys(("yow", "millisecond", "json_array_length"), "BIGINT"),
    **dict.fromkeys(("codepoint",), "INT"),
    **dict.fromkeys(("is_finite", "is_infinite", "every"), "BOOLEAN"),
    **dict.fromkeys(("any_match", "all_match", "none_match", "arrays_overlap"), "BOOLEAN"),
    **dict.fromkeys(("to_base", "from_utf8", "url_encode", "format_datetime"), "VARCHAR"),
    **dict.fromkeys(("to_iso8601", "url_extract_host", "url_extract_parameter"), "VARCHAR"),
    **dict.fromkeys(("url_extract_path", "url_extract_protocol", "url_extract_query"), "VARCHAR"),
    **dict.fromkeys(("url_extract_fragment",), "VARCHAR"),
    **dict.fromkeys(("url_extract_port",), "BIGINT"),
    **dict.fromkeys(("json_size",), "BIGINT"),
    **dict.fromkeys(("is_json_scalar",), "BOOLEAN"),
    **dict.fromkeys(("multimap_agg",), "MAP"),
    **dict.fromkeys(("histogram", "map_agg", "map_filter", "map_concat"), "MAP"),
    **dict.fromkeys(("transform_keys", "transform_values"), "MAP"),
    **dict.fromkeys(("array_union", "zip_with"), "ARRAY"),
}


def decimal(node: exp.Expr | exp.DataType | None) -> tuple[int, int] | None:
    """Digits, and those after the point, of a decimal or a whole number; None of anything else."""
    kind = node if isinstance(node, exp.DataType) else node.type if node else None
    if kind is None:
        return None
    if kind.this.value in INTEGERS:
        return INTEGERS[kind.this.value], 0
    if kind.this.value != "DECIMAL":
        return None
    said = [int(each.name) for each in kind.expressions]
    return (said[0], said[1] if len(said) > 1 else 0) if said else (_WIDEST, 0)


def is_whole(node: exp.Expr) -> bool:
    """Whether an expression is a whole number."""
    return node.type is not None and node.type.this.value in INTEGERS


def is_decimal(node: exp.Expr) -> bool:
    """Whether an expression is a decimal."""
    return node.is_type("decimal")


def decimal_type(digits: int, scale: int) -> exp.DataType:
    """The type of so many digits, so many of them after the point."""
    return exp.DataType.build(f"DECIMAL({min(digits, _WIDEST)}, {scale})", dialect="duckdb")


def wider(one: exp.DataType | None, other: exp.DataType | None) -> exp.DataType | None:
    """The decimal that holds both; None where neither is one or something else is among them."""
    if one is None or other is None or "DECIMAL" not in (one.this.value, other.this.value):
        return None
    a, b = decimal(one), decimal(other)
    if a is None or b is None:
        return None
    scale = max(a[1], b[1])
    return decimal_type(max(a[0] - a[1], b[0] - b[1]) + scale, scale)


_Annotator = Callable[[TypeAnnotator, Any], exp.Expr]


def _literal(self: TypeAnnotator, node: exp.Literal) -> exp.Expr:
    if node.is_string:
        return self._set_type(node, exp.DType.VARCHAR)
    if "e" in node.name.lower():
        return self._set_type(node, exp.DType.DOUBLE)
    whole, point, rest = node.name.partition(".")
    if not point:
        small = int(whole) < 2**31
        return self._set_type(node, exp.DType.INT if small else exp.DType.BIGINT)
    return self._set_type(node, decimal_type(max(len(whole.lstrip("0") + rest), 1), len(rest)))


def _arithmetic(self: TypeAnnotator, node: exp.Binary) -> exp.Expr:
    one, other = decimal(node.left), decimal(node.right)
    if one is None or other is None:
        floating = any(each.is_type("double", "float") for each in (node.left, node.right))
        if floating and all(
            each.is_type("double", "float", "unknown") or decimal(each)
            for each in (node.left, node.right)
        ):
            return self._set_type(node, exp.DType.DOUBLE)
        return self._annotate_binary(node)
    if is_whole(node.left) and is_whole(node.right):
        wide = max((node.left, node.right), key=lambda each: INTEGERS[each.type.this.value])  # type: ignore[union-attr]
        return self._set_type(node, wide.type)
    (p1, s1), (p2, s2) = one, other
    scale = max(s1, s2)
    if isinstance(node, exp.Mul):
        return self._set_type(node, decimal_type(p1 + p2, s1 + s2))
    if isinstance(node, exp.Div):
        return self._set_type(node, decimal_type(p1 + s2 + max(s2 - s1, 0), scale))
    if isinstance(node, exp.Mod):
        return self._set_type(node, decimal_type(min(p1 - s1, p2 - s2) + scale, scale))
    return self._set_type(node, decimal_type(max(p1 - s1, p2 - s2) + scale + 1, scale))


def _sum(self: TypeAnnotator, node: exp.Sum) -> exp.Expr:
    summed = node.this
    if is_decimal(summed):
        return self._set_type(node, decimal_type(_WIDEST, (decimal(summed) or (0, 0))[1]))
    return self._set_type(node, exp.DType.BIGINT if is_whole(summed) else summed.type)


def _average(self: TypeAnnotator, node: exp.Avg) -> exp.Expr:
    return self._set_type(node, node.this.type if is_decimal(node.this) else exp.DType.DOUBLE)


def _rounded(self: TypeAnnotator, node: exp.Func) -> exp.Expr:
    of, places = node.this, node.args.get("decimals")
    digits, scale = decimal(of) or (0, 0)
    if not is_decimal(of):
        return self._set_type(node, of.type)
    if places is not None:
        more = 1 if isinstance(node, exp.Round) else 0
        return self._set_type(node, decimal_type(digits + more, scale))
    more = 0 if isinstance(node, exp.Trunc) else min(scale, 1)
    return self._set_type(node, decimal_type(max(digits - scale + more, 1), 0))


def _sign(self: TypeAnnotator, node: exp.Sign) -> exp.Expr:
    return self._set_type(node, decimal_type(1, 0) if is_decimal(node.this) else node.this.type)


def _widest_of(*places: str) -> _Annotator:
    """One type for several arguments: decimals grow, the rest is as sqlglot has it."""

    def annotate(self: TypeAnnotator, node: exp.Expr) -> exp.Expr:
        found = [each for place in places for each in _listed(node.args.get(place))]
        if isinstance(node, exp.Case):
            found += [each.args["true"] for each in node.args["ifs"]]
        found = [each for each in found if not each.is_type("null")]
        if not found:
            return self._set_type(node, exp.DType.NULL)
        if any(map(is_decimal, found)):
            widest = found[0].type
            for each in found[1:]:
                widest = wider(widest, each.type) or (
                    each.type if each.is_type("double") else widest
                )
            return self._set_type(node, widest)
        return self._annotate_by_args(node, *found)

    return annotate


def _listed(given: Any) -> list[exp.Expr]:
    return given if isinstance(given, list) else [given] if given is not None else []


def _by_name(self: TypeAnnotator, node: exp.Anonymous) -> exp.Expr:
    if node.name.lower() == "zip":
        return self._set_type(node, rows_of(list(map(_member, node.expressions))))
    if node.name.lower() == "map_entries":
        return self._set_type(node, rows_of([None, None]))
    return self._set_type(node, exp.DataType.build(_BY_NAME.get(node.name.lower(), "UNKNOWN")))


def _member(node: exp.Expr) -> exp.DataType | None:
    """The type of an array's members, where it is known."""
    inner = node.type.expressions if node.type and node.is_type("array", "list") else []
    return inner[0] if inner and isinstance(inner[0], exp.DataType) else None


FIELD = "field{}"  # what Trino calls a member of a row that has no name


def rows_of(kinds: list[exp.DataType | None]) -> exp.DataType:
    """The type of an array of rows whose members have no names."""
    unknown = exp.DataType.build("UNKNOWN")
    members = [
        exp.ColumnDef(this=exp.to_identifier(FIELD.format(place)), kind=kind or unknown)
        for place, kind in enumerate(kinds)
    ]
    row = exp.DataType(this=exp.DType.STRUCT, expressions=members, nested=True)
    return exp.DataType(this=exp.DType.ARRAY, expressions=[row], nested=True)


def metadata(values: Mapping[str, Value]) -> dict[type[exp.Expr], dict[str, Any]]:
    """How sqlglot types each kind of expression, Trino's rules over its own."""

    def _parameter(self: TypeAnnotator, node: exp.Placeholder) -> exp.Expr:
        return self._set_type(node, _type_of(values.get(node.name)))

    own: dict[type[exp.Expr], _Annotator] = {
        exp.Literal: _literal,
        **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
        exp.Sum: _sum,
        exp.Avg: _average,
        **dict.fromkeys((exp.Round, exp.Ceil, exp.Floor, exp.Trunc), _rounded),
        exp.Sign: _sign,
        **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), _widest_of("this", "expressions")),
        exp.Case: _widest_of("default"),
        exp.If: _widest_of("true", "false"),
        exp.Nullif: _widest_of("this"),
        **dict.fromkeys((exp.Lag, exp.Lead), _widest_of("this")),
        exp.Anonymous: _by_name,
        exp.Placeholder: _parameter,
    }
    return {
        **Trino.EXPRESSION_METADATA,
        **{kind: {"returns": exp.DType.BIGINT} for kind in _BIGINT},
        **{kind: {"returns": exp.DType.DOUBLE} for kind in _DOUBLE},
        exp.ParseDatetime: {"returns": exp.DType.TIMESTAMPTZ},
        exp.Grouping: {"returns": exp.DType.INT},
        exp.StrToMap: {"returns": exp.DType.MAP},
        exp.Format: {"returns": exp.DType.VARCHAR},
        exp.WidthBucket: {"returns": exp.DType.BIGINT},
        **{kind: {"returns": exp.DType.ARRAY} for kind in (exp.Repeat, exp.ArrayDistinct)},
        **{kind: {"returns": _TEXTS} for kind in (exp.Split, exp.RegexpExtractAll)},
        **{kind: {"annotator": annotate} for kind, annotate in own.items()},
    }


def _type_of(value: Value | None) -> exp.DataType:
    """The type Athena gives a bound value."""
    names = {bool: "BOOLEAN", int: "BIGINT", str: "VARCHAR"}
    if type(value) in names:
        return exp.DataType.build(names[type(value)])
    kind = type(value).__name__.lower()
    if kind == "decimal":
        digits = value.as_tuple()  # type: ignore[union-attr]
        scale = max(-int(digits.exponent), 0)
        return decimal_type(max(len(digits.digits) + max(int(digits.exponent), 0), scale), scale)
    return exp.DataType.build({"date": "DATE", "datetime": "TIMESTAMPTZ"}.get(kind, "UNKNOWN"))
