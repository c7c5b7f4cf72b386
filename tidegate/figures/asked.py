"""What a request asks: values for a question's parameters, and which page of its answer.

Values are bound to the SQL, never pasted into it.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tidegate.errors import QuestionError, did_you_mean
from tidegate.figures.marked import OWN, Figure
from tidegate.serve.parameters import LARGEST, Parameter, Value
from tidegate.web.problems import Refused

PAGE, LARGEST_PAGE = 100, 1000
"""Rows of a page where a request doesn't say, and at the most."""
LONGEST = 1000
"""Characters of a text, at the most."""
CURSOR = "^[0-9]{1,9}-[0-9a-f]{16}$"
_LIMIT = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}

Schema = dict[str, Any]

_SCHEMAS: dict[str, Schema] = {
    "integer": {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
    "decimal": {"type": "string", "pattern": "^-?[0-9]{1,30}(\\.[0-9]{1,8})?$"},
    "text": {"type": "string", "maxLength": LONGEST, "pattern": "^[^\\u0000]*$"},
    "date": {"anyOf": [{"type": "string", "format": "date"}, {"enum": ["today", "yesterday"]}]},
    "timestamp": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
}
_IN_WORDS = {
    "integer": "a whole number",
    "decimal": "a decimal number",
    "text": f"a text of {LONGEST:,} characters at the most",
    "date": "a day as YYYY-MM-DD, today or yesterday",
    "timestamp": "a time, ISO 8601",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class Asked:
    """A request for figures.

    Attributes:
        values: the value of each parameter.
        limit: rows of the page.
        offset: rows before it.
        seen: what the page before was of; empty for the first page.
    """

    values: Mapping[str, Value]
    limit: int
    offset: int = 0
    seen: str = ""

    def words(self) -> dict[str, str]:
        """The values as a request says them, those that were defaults among them."""
        return {name: word(value) for name, value in self.values.items()}

    def next(self, path: str, rows: int, of: str) -> str:
        """The address of the page after one of so many rows."""
        cursor = f"{self.offset + rows}-{of}"
        return f"{path}?{urlencode({**self.words(), 'limit': self.limit, 'cursor': cursor})}"


@dataclass
class _Problems:
    """What is wrong with a request's parameters, each with what is expected and how it is asked."""

    found: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, problem: str, expected: str, example: str) -> None:
        self.found.append(
            {"parameter": name, "problem": problem, "expected": expected, "example": example}
        )

    def __iter__(self) -> Iterator[str]:
        for one in self.found:
            told = f'"{one["parameter"]}" {one["problem"]}: expected {one["expected"]}'
            yield f"{told}, e.g. {one['example']}"


def read(figure: Figure, query: str, today: dt.date) -> Asked:
    """What a request's query asks of a question.

    Args:
        figure: the question.
        query: what stands after the question mark.
        today: the UTC day that ``today`` and ``yesterday`` count from.

    Raises:
        Refused: a parameter is unknown, missing, given twice or not of its type; all are named,
            each with its type and an example.
    """
    problems = _Problems()
    words = _words(figure, query, problems)
    values = {}
    for parameter in figure.parameters:
        said = words.get(parameter.name, parameter.default)
        is_count = parameter.name in figure.counts
        example = f"{parameter.name}={parameter.example}"
        expected = _IN_WORDS[_kind(parameter)] + (", 0 or more" if is_count else "")
        if said is None:
            problems.add(parameter.name, "is missing", expected, example)
            continue
        try:
            values[parameter.name] = _value(parameter, said, is_count, today)
        except (QuestionError, ValueError):
            problems.add(parameter.name, f"is {said[:60]!r}", expected, example)
    limit, (offset, seen) = _limit(words, problems), _cursor(words, problems)
    if problems.found:
        raise Refused("wrong_parameter", "; ".join(problems), more={"errors": problems.found})
    return Asked(values, limit, offset, seen)


def schema(figure: Figure, parameter: Parameter) -> Schema:
    """A parameter's values, as JSON Schema."""
    kind = dict(_SCHEMAS[_kind(parameter)])
    if parameter.name in figure.counts:
        kind["minimum"] = 0
    return kind


def own_schemas() -> dict[str, Schema]:
    """Those of the parameters that every question has."""
    return {"limit": _LIMIT, "cursor": {"type": "string", "pattern": CURSOR}}


def word(value: Value) -> str:
    """A value as a request says it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _words(figure: Figure, query: str, problems: _Problems) -> dict[str, str]:
    """The words of a query, by their parameters."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refused("wrong_parameter", "the query isn't UTF-8", more={"errors": []}) from None
    known = [*(one.name for one in figure.parameters), *OWN]
    for name, times in Counter(name for name, _ in pairs).items():
        if name not in known:
            near = did_you_mean(name, known).strip()
            problem = f"is unknown ({near})" if near else "is unknown"
            problems.add(name[:60], problem, f"one of {', '.join(known)}", "limit=20")
        elif times > 1:
            problems.add(
                name, f"is given {times} times", "one value", f"{name}={dict(pairs)[name][:60]}"
            )
    return dict(pairs)


def _value(parameter: Parameter, said: str, is_count: bool, today: dt.date) -> Value:
    """A parameter's value; narrower than on the command line, as its schema is.

    Raises:
        QuestionError, ValueError: it isn't of the parameter's type.
    """
    kind = _kind(parameter)
    if kind == "integer" and not re.fullmatch(r"-?(0|[1-9][0-9]*)", said, re.ASCII):
        raise ValueError(said)
    if kind in ("decimal", "text") and not re.fullmatch(_SCHEMAS[kind]["pattern"][1:-1], said):
        raise ValueError(said)
    if len(said) > LONGEST:
        raise ValueError(said)
    value = parameter.value(said, today)
    if is_count and isinstance(value, int) and value < 0:
        raise ValueError(said)
    return value


def _limit(words: Mapping[str, str], problems: _Problems) -> int:
    said = words.get("limit", str(PAGE))
    if re.fullmatch(r"[1-9][0-9]{0,3}", said) and int(said) <= LARGEST_PAGE:
        return int(said)
    expected = f"a whole number from 1 to {LARGEST_PAGE:,}"
    problems.add("limit", f"is {said[:60]!r}", expected, f"limit={PAGE}")
    return PAGE


def _cursor(words: Mapping[str, str], problems: _Problems) -> tuple[int, str]:
    """Rows before the page, and what the page before was of."""
    said = words.get("cursor")
    if said is None:
        return 0, ""
    if re.fullmatch(CURSOR[1:-1], said):
        offset, _, seen = said.partition("-")
        return int(offset), seen
    expected = "what the link to the next page has, or none for the first page"
    problems.add("cursor", f"is {said[:60]!r}", expected, "cursor=100-0123456789abcdef")
    return 0, ""


def _kind(parameter: Parameter) -> str:
    return "text" if parameter.type == "string" else parameter.type
