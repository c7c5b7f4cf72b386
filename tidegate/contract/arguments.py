"""Arguments that Great Expectations takes and that no row could keep, or no engine compute."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tidegate.contract.model import Column
from tidegate.errors import did_you_mean

Problem = tuple[str, str]
"""The argument to blame, and what is wrong with it."""

_NUMBERS = ("integer", "long", "float", "double")
_OF_VALUES = re.compile(r"expect_column_(values_to_(not_)?be_(between|in_set)|(max|min)_to_be_.*)")
_OF_NUMBERS = re.compile(r"expect_column_(mean|sum|stdev|median|quantile_values|value_z_scores)_.*")
_OF_TEXT = re.compile(r"expect_column_value(s_to_(not_)?match_.*|_lengths_.*)")

# What only Java's regular expressions know, in words of Python's that are refused no earlier.
_JAVA = (
    (re.compile(r"\\Q(.*?)(\\E|$)", re.DOTALL), lambda found: re.escape(found[1])),
    (re.compile(r"\\[pP](\{[^}]*\}|[A-Z])"), lambda _: r"\w"),
    (re.compile(r"\\x\{[0-9a-fA-F]+\}|\\[hHvVRX]"), lambda _: r"\s"),
    (re.compile(r"\\z"), lambda _: r"\Z"),
    (re.compile(r"\\k<(\w+)>"), lambda found: f"(?P={found[1]})"),
    (re.compile(r"\(\?<(?![=!])"), lambda _: "(?P<"),
    (re.compile(r"&&\[?\^?"), lambda _: ""),
)
_PYTHON = re.compile(r"(?<!\\)\(\?(P[<=>]|\()")


def wrong_arguments(
    expectation: str, arguments: Mapping[str, Any], columns: Sequence[Column]
) -> Iterator[Problem]:
    """What is wrong with an expectation's arguments: bounds, regular expressions, types."""
    yield from _upside_down(arguments)
    for key in ("regex", "regex_list"):
        given = arguments.get(key)
        for regex in given if isinstance(given, list) else [] if given is None else [given]:
            if told := _bad_regex(regex):
                yield key, f"{key} {regex!r} is no regular expression: {told}"
    column = next((one for one in columns if one.name == arguments.get("column")), None)
    if column is not None and column.type:
        yield from _wrong_types(expectation, arguments, column)


def _upside_down(arguments: Mapping[str, Any]) -> Iterator[Problem]:
    for key, low in arguments.items():
        other = key.replace("min_", "max_")
        high = arguments.get(other)
        if not key.startswith("min_") or type(low) not in (int, float, str):
            continue
        if not isinstance(high, str if isinstance(low, str) else int | float):
            continue
        strict = arguments.get("strict_min") or arguments.get("strict_max")
        if low > high or (low == high and strict):
            yield key, f"{key} {low} leaves nothing below {other} {high}"


def _bad_regex(regex: Any) -> str:
    """Why Java would not take a regular expression, as far as that shows without it."""
    if not isinstance(regex, str):
        return "expected text"
    if found := _PYTHON.search(regex):
        return f"Java has no {found[0]}; a named group is (?<name>…)"
    for pattern, instead in _JAVA:
        regex = pattern.sub(instead, regex)
    try:
        re.compile(regex)
    except re.error as error:
        return str(error)
    return ""


def _wrong_types(
    expectation: str, arguments: Mapping[str, Any], column: Column
) -> Iterator[Problem]:
    """Values that the column's type can't be held against, and types the expectation can't."""
    of = f'column "{column.name}" is {_article(column.type)}'
    is_number = _is_number(column.type)
    if _OF_NUMBERS.fullmatch(expectation) and not is_number:
        yield "type", f"{expectation} needs a number; {of}"
    if _OF_TEXT.fullmatch(expectation) and column.type in ("array<string>", "binary"):
        yield "type", f"{expectation} needs text; {of}"
    if not _OF_VALUES.fullmatch(expectation):
        return
    for key in ("min_value", "max_value"):
        value = arguments.get(key)
        if value is not None and column.type not in ("date", "timestamp") and not is_number:
            yield key, f"{key} needs a number or a time; {of}"
        elif value is not None and not _fits(value, column.type):
            yield key, f"{key} is {value!r}; {of}"
    values = arguments.get("value_set")
    for value in values if isinstance(values, list) else []:
        if value is not None and not _fits(value, column.type):
            near = did_you_mean(str(value), ["true", "false"]) if column.type == "boolean" else ""
            yield "value_set", f"value_set has {value!r}; {of}{near}"


def _fits(value: Any, kind: str) -> bool:
    """Whether a value of the contract's file can be one of a column's type."""
    if kind == "boolean":
        return isinstance(value, bool)
    if _is_number(kind):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in ("date", "timestamp"):
        return isinstance(value, str) and _is_time(value)
    return isinstance(value, str)


def _is_time(text: str) -> bool:
    for kind in (date, datetime):
        try:
            kind.fromisoformat(text)
        except ValueError:
            continue
        return True
    return False


def _is_number(kind: str) -> bool:
    return kind in _NUMBERS or kind.startswith("decimal")


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
