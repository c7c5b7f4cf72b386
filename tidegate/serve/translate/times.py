"""Days and times: whole units between them, their parts, their texts."""

import re

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to
from tidegate.serve.types import is_whole

# Joda's letters for parts of a time, as strftime's.
_JODA = {
    **{"yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dd": "%d", "d": "%-d"},
    **{"HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%g", "a": "%p", "EEE": "%a"},
    **{"EEEE": "%A"},
}


def _date_kept(node: exp.Expr) -> exp.Expr:
    if node.this.is_type("date") and not isinstance(node.parent, exp.Cast):
        return cast_to(node, "DATE")  # DuckDB makes a timestamp of it
    return node


def _date_diff(node: exp.DateDiff) -> exp.Expr:
    """Whole units between two moments; DuckDB's date_diff counts the borders between them."""
    return call("date_sub", node.args["unit"].name.lower(), node.expression, node.this)


_PARTS = {"DOW": "ISODOW", "DAY_OF_WEEK": "ISODOW", "DAY_OF_YEAR": "DOY", "DAY_OF_MONTH": "DAY"}
_PARTS |= {"YEAR_OF_WEEK": "ISOYEAR", "YOW": "ISOYEAR"}


def _extract(node: exp.Extract) -> exp.Expr:
    part = node.name.upper()
    return exp.Extract(this=exp.var(_PARTS.get(part, part)), expression=node.expression.copy())


def format_datetime(node: exp.Anonymous) -> exp.Expr:
    """A moment as Joda's letters write it.

    Raises:
        UnequalError: a letter has no equal.
    """
    moment, form = node.expressions
    return call("strftime", near_millisecond(moment), _in_letters(form, "format_datetime"))


def _in_letters(form: exp.Expr, function: str) -> str:
    """Joda's letters as strftime's.

    Raises:
        UnequalError: a letter has no equal.
    """
    letters = re.findall(r"([A-Za-z])(\1*)|('[^']*')|([^A-Za-z']+)", form.name)
    said = ""
    for letter, more, quoted, other in letters:
        if letter and letter + more not in _JODA:
            raise UnequalError(f'{function} with "{letter + more}"')
        said += _JODA[letter + more] if letter else quoted.strip("'") or other
    return said


def _parse_datetime(node: exp.ParseDatetime) -> exp.Expr:
    return cast_to(
        call("strptime", node.this, _in_letters(node.args["format"], "parse_datetime")),
        "TIMESTAMPTZ",
    )


def to_iso8601(node: exp.Anonymous) -> exp.Expr:
    """A day or a moment as ISO 8601 writes it."""
    (moment,) = node.expressions
    if moment.is_type("date"):
        return call("strftime", moment, "%Y-%m-%d")
    zone = "Z" if moment.is_type("timestamptz") else ""
    return call("strftime", moment, f"%Y-%m-%dT%H:%M:%S.%f{zone}")


def near_millisecond(moment: exp.Expr) -> exp.Expr:
    """A moment rounded to milliseconds, as Trino keeps where no precision is named."""
    half = exp.Interval(this=exp.convert("500"), unit=exp.var("MICROSECOND"))
    if moment.is_type("date"):
        return moment
    return call(
        "date_trunc", "millisecond", exp.Add(this=exp.paren(moment.copy()), expression=half)
    )


def _date_format(node: exp.TimeToStr) -> exp.Expr:
    return exp.TimeToStr(this=near_millisecond(node.this), format=node.args["format"].copy())


def _from_unix(node: exp.UnixToTime) -> exp.Expr:
    return node if is_whole(node.this) else near_millisecond(node)


_OF_A_ZONE = (exp.Extract, exp.Hour, exp.Date, exp.Day, exp.Month, exp.Year, exp.Minute)
_OF_A_ZONE_TOO = (exp.TimeToStr, exp.DayOfWeekIso, exp.Week, exp.WeekOfYear, exp.DayOfYear)


def in_zone(node: exp.AtTimeZone) -> exp.Expr:
    """A moment on a zone's clocks; DuckDB's keeps no zone, so only its parts are equal."""
    to_date = isinstance(node.parent, exp.Cast) and node.parent.to.is_type("date")
    if not to_date and not isinstance(node.parent, (*_OF_A_ZONE, *_OF_A_ZONE_TOO)):
        raise UnequalError("AT TIME ZONE but for a part of it, e.g. hour(… AT TIME ZONE …)")
    return node


CHANGES: dict[type[exp.Expr], Change] = {
    **dict.fromkeys((exp.DateAdd, exp.DateSub, exp.DateTrunc, exp.TimestampTrunc), _date_kept),
    exp.DateDiff: _date_diff,
    exp.Extract: _extract,
    exp.AtTimeZone: in_zone,
    exp.UnixToTime: _from_unix,
    exp.TimeToStr: _date_format,
    exp.ParseDatetime: _parse_datetime,
}
