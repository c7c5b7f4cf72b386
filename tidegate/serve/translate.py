"""What sqlglot's translation from Athena's SQL to DuckDB's leaves different, made the same."""

import re
from collections.abc import Callable

from sqlglot import exp

from tidegate.serve.types import decimal, is_decimal, is_whole

MACROS = (
    # Rounded half away from zero, as Trino rounds; both are whole numbers.
    """CREATE OR REPLACE MACRO memory.main.half_up(a, b) AS
        CAST(sign(a) * sign(b) AS HUGEINT) * ((2 * abs(a) + abs(b)) // (2 * abs(b)))""",
    """CREATE OR REPLACE MACRO memory.main.nonzero(b) AS
        CASE WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE b END""",
)

_RENAMED = {
    "every": "bool_and",
    "is_finite": "isfinite",
    "is_infinite": "isinf",
    "yow": "isoyear",
    "codepoint": "unicode",
}
_CONSTANTS = {"infinity": "'inf'::DOUBLE", "nan": "'nan'::DOUBLE", "e": "exp(1::DOUBLE)"}
# Joda's letters for parts of a time, as strftime's.
_JODA = {
    **{"yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dd": "%d", "d": "%-d"},
    **{"HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%g", "a": "%p", "EEE": "%a"},
    **{"EEEE": "%A"},
}


class UnequalError(Exception):
    """What has no equal in DuckDB; the message says what."""


def translated(tree: exp.Query) -> exp.Query:
    """A statement, its nodes typed, as DuckDB must read it to answer as Athena does.

    Raises:
        UnequalError: nothing there is equal.
    """
    for node in reversed(list(tree.walk(bfs=False))):
        change = _CHANGES.get(type(node))
        changed = change(node) if change else node
        if changed is not node:
            changed.type = node.type
            node.replace(changed)
    return tree


def _call(name: str, *given: exp.Expr | str | int) -> exp.Anonymous:
    """A call of a function of DuckDB's."""
    arguments = [exp.convert(each) if isinstance(each, str | int) else each for each in given]
    return exp.Anonymous(this=name, expressions=[each.copy() for each in arguments])


def _when(condition: exp.Expr, value: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Case:
    """CASE WHEN … THEN … ELSE … END."""
    case = exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])
    if otherwise is not None:
        case.set("default", otherwise.copy())
    return case


def _as(node: exp.Expr, kind: exp.DataType | str | None) -> exp.Expr:
    """A cast."""
    built = exp.DataType.build(kind, dialect="duckdb") if isinstance(kind, str) else kind
    return exp.Cast(this=node.copy(), to=built.copy()) if built else node


# Numbers


def _quotient(a: exp.Expr, b: exp.Expr, kind: exp.DataType) -> exp.Expr:
    """A quotient to a decimal's digits, by whole numbers: DuckDB makes a double of it."""
    (_, s1), (_, s2), (_, scale) = _decimal(a), _decimal(b), _decimal(kind)
    dividend = exp.Mul(
        this=_whole(a, s1), expression=_as(exp.convert(10 ** (s2 - s1 + scale)), "HUGEINT")
    )
    rounded = _call("memory.main.half_up", dividend, _whole(b, s2))
    unit = _as(
        exp.Literal.number(f"{10**-scale:.{scale}f}" if scale else "1"), f"DECIMAL(38, {scale})"
    )
    return _as(exp.Mul(this=_as(rounded, "DECIMAL(38, 0)"), expression=unit), kind)


def _whole(node: exp.Expr, scale: int) -> exp.Expr:
    """A decimal without its point."""
    power = _as(exp.convert(10**scale), f"DECIMAL({scale + 1}, 0)")
    wide = _as(node, f"DECIMAL(38, {scale})")
    return _as(exp.Mul(this=wide, expression=power) if scale else node, "HUGEINT")


def _decimal(node: exp.Expr | exp.DataType | None) -> tuple[int, int]:
    found = decimal(node)
    assert found
    return found


def _divide(node: exp.Div) -> exp.Expr:
    a, b = node.left, node.right
    if decimal(a) and decimal(b):
        if is_whole(a) and is_whole(b):
            return _as(exp.IntDiv(this=exp.paren(a.copy()), expression=_nonzero(node)), node.type)
        assert node.type
        return _quotient(a, _nonzero(node, b.type), node.type)
    if any(each.is_type("double", "float") for each in (a, b)):
        return node
    raise UnequalError("a division whose sides' types can't be told; CAST them, e.g. AS double")


def _nonzero(node: exp.Binary, kind: exp.DataType | None = None) -> exp.Expr:
    """A divisor that isn't zero; dividing by it fails there, where DuckDB gives null."""
    divisor = node.right
    if isinstance(node.parent, exp.Try):
        checked: exp.Expr = exp.Nullif(this=divisor.copy(), expression=exp.convert(0))
    elif isinstance(divisor, exp.Literal) and float(divisor.name):
        checked = divisor.copy()
    else:
        checked = _call("memory.main.nonzero", divisor)
    checked.type = kind
    return checked


def _modulo(node: exp.Mod) -> exp.Expr:
    if decimal(node.left) and decimal(node.right):
        rest = exp.Mod(this=exp.paren(node.left.copy()), expression=_nonzero(node))
        return _as(rest, node.type)
    return node


def _sum_or_moment(node: exp.Binary) -> exp.Expr:
    """A sum or a difference; a day and an interval of days make a day, not a timestamp."""
    if node.left.is_type("date") and isinstance(node.right, exp.Interval):
        return _as(node, "DATE")
    return _to_its_type(node)


def _literal(node: exp.Literal) -> exp.Expr:
    return _as(node, node.type) if is_decimal(node) and node.name.startswith("0.") else node


def _to_its_type(node: exp.Expr) -> exp.Expr:
    """A decimal with the digits Athena gives it; a sign with the type of what it is of."""
    to_cast = is_decimal(node) or (isinstance(node, exp.Sign) and node.type is not None)
    return _as(node, node.type) if to_cast and not isinstance(node.parent, exp.Case) else node


def _rounded(node: exp.Func) -> exp.Expr:
    if is_whole(node.this) and not node.args.get("decimals"):
        whole: exp.Expr = node.this.copy()
        return whole
    return _as(node, node.type) if is_decimal(node.this) or is_whole(node.this) else node


# Aggregates, within FILTER and OVER

_AROUND = (exp.Filter, exp.Window)


def _aggregate(node: exp.Expr) -> exp.Expr:
    """A sum of whole numbers as bigint, and an average of decimals as a decimal."""
    if isinstance(node.parent, _AROUND) and node.arg_key == "this":
        return node
    inner = node
    while isinstance(inner, _AROUND):
        inner = inner.this
    if isinstance(inner, exp.Sum) and decimal(inner):
        return _as(node, inner.type)
    if not (isinstance(inner, exp.Avg) and is_decimal(inner.this)):
        return node
    total, count = node.copy(), node.copy()
    for each, kind in ((total, exp.Sum), (count, exp.Count)):
        average = each.find(exp.Avg)
        assert average
        fresh = kind(this=average.this.copy())
        if average is each:
            each = fresh
        else:
            average.replace(fresh)
        total, count = (each, count) if kind is exp.Sum else (total, each)
    divisor: exp.Expr = exp.Nullif(this=count, expression=exp.convert(0))
    total.type, divisor.type = inner.type, exp.DataType.build("BIGINT")
    assert inner.type
    return _quotient(total, divisor, inner.type)


def _count_if(node: exp.CountIf) -> exp.Expr:
    return exp.Count(this=_when(node.this, exp.convert(1)))


# Days and times


def _date_kept(node: exp.Expr) -> exp.Expr:
    if node.this.is_type("date") and not isinstance(node.parent, exp.Cast):
        return _as(node, "DATE")  # DuckDB makes a timestamp of it
    return node


def _date_diff(node: exp.DateDiff) -> exp.Expr:
    """Whole units between two moments; DuckDB's date_diff counts the borders between them."""
    return _call("date_sub", node.args["unit"].name.lower(), node.expression, node.this)


_PARTS = {"DOW": "ISODOW", "DAY_OF_WEEK": "ISODOW", "DAY_OF_YEAR": "DOY", "DAY_OF_MONTH": "DAY"}
_PARTS |= {"YEAR_OF_WEEK": "ISOYEAR", "YOW": "ISOYEAR"}


def _extract(node: exp.Extract) -> exp.Expr:
    part = node.name.upper()
    return exp.Extract(this=exp.var(_PARTS.get(part, part)), expression=node.expression.copy())


def _format_datetime(node: exp.Anonymous) -> exp.Expr:
    moment, form = node.expressions
    letters = re.findall(r"([A-Za-z])(\1*)|('[^']*')|([^A-Za-z']+)", form.name)
    said = ""
    for letter, more, quoted, other in letters:
        if letter and letter + more not in _JODA:
            raise UnequalError(f'format_datetime with "{letter + more}"')
        said += _JODA[letter + more] if letter else quoted.strip("'") or other
    return _call("strftime", _near_millisecond(moment), said)


def _near_millisecond(moment: exp.Expr) -> exp.Expr:
    """A moment rounded to milliseconds, as Trino keeps where no precision is named."""
    half = exp.Interval(this=exp.convert("500"), unit=exp.var("MICROSECOND"))
    if moment.is_type("date"):
        return moment
    return _call(
        "date_trunc", "millisecond", exp.Add(this=exp.paren(moment.copy()), expression=half)
    )


def _date_format(node: exp.TimeToStr) -> exp.Expr:
    return exp.TimeToStr(this=_near_millisecond(node.this), format=node.args["format"].copy())


def _from_unix(node: exp.UnixToTime) -> exp.Expr:
    return node if is_whole(node.this) else _near_millisecond(node)


_OF_A_ZONE = (exp.Extract, exp.Hour, exp.Date, exp.Day, exp.Month, exp.Year, exp.Minute)
_OF_A_ZONE_TOO = (exp.TimeToStr, exp.DayOfWeekIso, exp.Week, exp.WeekOfYear, exp.DayOfYear)


def _in_zone(node: exp.AtTimeZone) -> exp.Expr:
    """A moment on a zone's clocks; DuckDB's keeps no zone, so only its parts are equal."""
    to_date = isinstance(node.parent, exp.Cast) and node.parent.to.is_type("date")
    if not to_date and not isinstance(node.parent, (*_OF_A_ZONE, *_OF_A_ZONE_TOO)):
        raise UnequalError("AT TIME ZONE but for a part of it, e.g. hour(… AT TIME ZONE …)")
    return node


# Texts


def _upper(node: exp.Upper) -> exp.Expr:
    """Upper case, the sharp s as it was."""
    kept = _call("chr", 57344)
    return _call("replace", _call("upper", _call("replace", node.this, "ß", kept)), kept, "ß")


def _substring(node: exp.Substring) -> exp.Expr:
    start = node.args.get("start")
    if (isinstance(start, exp.Literal) and start.name != "0") or isinstance(start, exp.Neg):
        return node
    assert start
    zero = exp.EQ(this=exp.paren(start.copy()), expression=exp.convert(0))
    return _when(zero, _call("left", node.this, 0), node)


def _split_part(node: exp.SplitPart) -> exp.Expr:
    parts = _call("string_split", node.this, node.args["delimiter"])
    return _call("list_extract", parts, node.args["part_index"])


def _regexp_extract(node: exp.RegexpExtract) -> exp.Expr:
    return _when(_call("regexp_matches", node.this, node.expression), node)


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expr:
    replacement = node.args["replacement"]
    if not isinstance(replacement, exp.Literal) or re.search(r"\\|\$\D", replacement.name):
        raise UnequalError(
            "REGEXP_REPLACE but with a text such as '$1', of no escapes and no names"
        )
    said = re.sub(r"\$(\d)", r"\\\1", replacement.name)
    return _call("regexp_replace", node.this, node.expression, said, "g")


_NUMBERS = ("double", "float", "decimal")


def _json_scalar(node: exp.JSONExtractScalar) -> exp.Expr:
    """A member that is a scalar, as text; null where it is an object or a list."""
    kind = _call("json_type", _as(node.this, "JSON"), node.expression.copy())
    nested = exp.In(this=kind, expressions=[exp.convert("OBJECT"), exp.convert("ARRAY")])
    scalar: exp.Expr = node.copy()
    if not (isinstance(node.parent, exp.Cast) and node.parent.to.is_type(*_NUMBERS)):
        told = "NOT_SUPPORTED: a number with a fraction as text; CAST it AS double or decimal"
        is_double = exp.EQ(this=kind.copy(), expression=exp.convert("DOUBLE"))
        scalar = _when(is_double, _call("error", told), scalar)
    return _when(exp.not_(nested), scalar)


def _json_array_length(node: exp.Anonymous) -> exp.Expr:
    listed = exp.EQ(this=_call("json_type", *node.expressions), expression=exp.convert("ARRAY"))
    return _as(_when(listed, _call("json_array_length", *node.expressions)), "BIGINT")


# Lists


def _sequence(node: exp.GenerateSeries) -> exp.Expr:
    if not node.args["start"].is_type("date"):
        return node
    step = node.args.get("step") or exp.Interval(this=exp.convert("1"), unit=exp.var("DAY"))
    return _as(_call("generate_series", node.args["start"], node.args["end"], step), "DATE[]")


def _array_position(node: exp.ArrayPosition) -> exp.Expr:
    found = _call("list_position", node.this, node.expression)
    both = [
        exp.Is(this=each.copy(), expression=exp.Null()) for each in (node.this, node.expression)
    ]
    nothing = _as(exp.Null(), "BIGINT")
    return _when(
        exp.or_(*both),
        nothing,
        exp.Coalesce(this=_as(found, "BIGINT"), expressions=[exp.convert(0)]),
    )


def _cardinality(node: exp.ArraySize) -> exp.Expr:
    name = "cardinality" if node.this.is_type("map") else "len"
    return _as(_call(name, node.this), "BIGINT")


def _subscript(node: exp.Bracket) -> exp.Expr:
    if node.args.get("safe"):
        return node
    if not node.this.is_type("array", "list"):
        raise UnequalError("a subscript of what isn't an array; use ELEMENT_AT")
    (place,) = node.expressions
    place = exp.Add(
        this=exp.paren(place.copy()), expression=exp.convert(1)
    )  # sqlglot counts from 0
    outside = exp.GT(this=place, expression=_call("len", node.this))
    told = "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length"
    return _when(outside, _call("error", told), _call("list_extract", node.this, place))


# Casts


def _cast(node: exp.Cast) -> exp.Expr:
    of, to = node.this, node.to
    name = to.this.value
    tries = isinstance(node, exp.TryCast) or isinstance(node.parent, exp.Try)
    kept = exp.TryCast if tries else exp.Cast
    if name in ("TINYINT", "SMALLINT", "INT", "BIGINT"):
        if of.is_type("double", "float"):
            return kept(this=_call("round", of), to=to.copy())
        if of.is_type("varchar", "text", "char"):
            number = _call("regexp_full_match", of, r"\s*[+-]?[0-9]+\s*")
            words = ("INVALID_CAST_ARGUMENT: Cannot cast '", of, f"' to {to.sql('trino').lower()}")
            told = _call("concat", *words)
            checked = _when(number, of, None if tries else _call("error", told))
            bare = exp.Is(this=of.copy(), expression=exp.Null())
            return kept(
                this=exp.Case(
                    ifs=[exp.If(this=bare, true=exp.Null()), *checked.args["ifs"]],
                    default=checked.args.get("default"),
                ),
                to=to.copy(),
            )
    if name in ("VARCHAR", "TEXT", "CHAR"):
        if of.is_type("double", "float", "timestamp", "timestamptz"):
            kind = of.type.sql("trino").lower() if of.type else ""
            raise UnequalError(f"CAST of {kind} AS varchar; use DATE_FORMAT or a decimal")
        if to.expressions and not tries:
            return _call("left", _as(of, "VARCHAR"), to.expressions[0].this)
    if name in ("TIMESTAMP", "TIMESTAMPTZ"):
        if isinstance(of, exp.Literal):
            return kept(this=of.copy(), to=exp.DataType.build(name))
        if to.expressions and to.expressions[0].name not in ("3", "6"):
            raise UnequalError("a timestamp but of 3 or 6 digits of a second")
        if not (to.expressions and to.expressions[0].name == "6"):
            return _near_millisecond(kept(this=of.copy(), to=exp.DataType.build(name)))
    return node


# Functions that sqlglot knows by name only


def _named(node: exp.Anonymous) -> exp.Expr:
    name = node.name.lower()
    given = node.expressions
    if name in _RENAMED:
        call = _call(_RENAMED[name], *given)
        return _as(call, "INTEGER") if name == "codepoint" else call
    if name in _CONSTANTS:
        return exp.paren(exp.maybe_parse(_CONSTANTS[name], dialect="duckdb"))
    if name == "millisecond":
        return exp.Mod(this=_call("millisecond", *given), expression=exp.convert(1000))
    if name == "at_timezone":
        return _in_zone_by_name(node)
    if name == "to_base":
        return _call("lower", node)
    if name == "json_array_length":
        return _json_array_length(node)
    return _format_datetime(node) if name == "format_datetime" else node


def _in_zone_by_name(node: exp.Anonymous) -> exp.Expr:
    moment, zone = node.expressions
    _in_zone(node)  # type: ignore[arg-type]
    return exp.AtTimeZone(this=moment.copy(), zone=zone.copy())


_CHANGES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Div: _divide,
    exp.Mod: _modulo,
    exp.Literal: _literal,
    **dict.fromkeys((exp.Add, exp.Sub), _sum_or_moment),
    **dict.fromkeys((exp.Mul, exp.Sign), _to_its_type),
    **dict.fromkeys((exp.Coalesce, exp.Case, exp.If, exp.Greatest, exp.Least), _to_its_type),
    **dict.fromkeys((exp.Round, exp.Ceil, exp.Floor, exp.Trunc), _rounded),
    **dict.fromkeys((exp.Sum, exp.Avg, exp.Filter, exp.Window), _aggregate),
    exp.CountIf: _count_if,
    **dict.fromkeys((exp.DateAdd, exp.DateSub, exp.DateTrunc, exp.TimestampTrunc), _date_kept),
    exp.DateDiff: _date_diff,
    exp.Extract: _extract,
    exp.AtTimeZone: _in_zone,
    exp.UnixToTime: _from_unix,
    exp.TimeToStr: _date_format,
    exp.Upper: _upper,
    exp.Substring: _substring,
    exp.SplitPart: _split_part,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.JSONExtractScalar: _json_scalar,
    exp.SHA: lambda node: _call("unhex", _call("sha1", node.this)),
    # DuckDB's decode fails on a byte that isn't UTF-8.
    exp.Decode: lambda node: _call("from_utf8", node.this),
    exp.GenerateSeries: _sequence,
    exp.ArrayPosition: _array_position,
    exp.ArraySize: _cardinality,
    exp.Bracket: _subscript,
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
    exp.Anonymous: _named,
}
