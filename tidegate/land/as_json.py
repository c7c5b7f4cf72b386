"""A CSV row or a Parquet row as one RFC 8259 object, a value as its own text says it."""

import base64
import json
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring as _quoted
from typing import Any, NoReturn


def of_texts(header: Sequence[str], as_json: frozenset[int]) -> Callable[[Sequence[str]], bytes]:
    """What makes a CSV row an object of texts; an empty cell is null.

    Args:
        header: the columns' names; each row has as many cells.
        as_json: the places of columns whose cells are JSON as they stand. What isn't a number,
            true or false there is a text all the same, which the gate then refuses.
    """
    names = [f"{_quoted(name)}:" for name in header]

    def row(cells: Sequence[str]) -> bytes:
        told = [
            name + (_quoted(cell) if cell else "null")
            for name, cell in zip(names, cells, strict=True)
        ]
        for place in as_json:
            if cells[place] and _is_literal(cells[place]):
                told[place] = names[place] + cells[place].strip()
        return f"{{{','.join(told)}}}".encode()

    return row


def _is_literal(cell: str) -> bool:
    """Whether a text is a number, true or false in JSON; Python also reads NaN and Infinity."""
    try:
        found = json.loads(cell, parse_constant=_no_json, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, bool | float)


def _no_json(word: str) -> NoReturn:
    raise ValueError(word)


def of_values(kinds: Iterable[object]) -> Callable[[dict[str, Any]], bytes]:
    """What makes a row of Python's values an object, by Arrow's types of its columns.

    A decimal keeps its digits; a time is RFC 3339 in UTC, as which one without a zone is taken;
    bytes are base64; what JSON has no word for, such as NaN, is a text.
    """
    if any(word in str(kind) for kind in kinds for word in ("decimal", "map<")):
        return lambda row: json_text(row).encode()

    def quickly(row: dict[str, Any]) -> bytes:
        try:
            return _encoder.encode(row).encode()
        except ValueError:  # NaN, or an infinite number
            return json_text(row).encode()

    return quickly


def json_text(value: Any) -> str:
    """A value as JSON, whatever it is."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case Decimal() if value.is_finite():
            return f"{value:f}"
        case dict():
            return _object(value.items())
        case [tuple(), *_]:  # a map, as Arrow hands it over
            return _object(value)
        case list():
            return f"[{','.join(map(json_text, value))}]"
        case _:
            return _quoted(_text(value))


def _object(members: Iterable[tuple[Any, Any]]) -> str:
    pairs = (f"{_quoted(str(key))}:{json_text(one)}" for key, one in members)
    return f"{{{','.join(pairs)}}}"


def _text(value: Any) -> str:
    """A value that JSON has no word for."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return f"{moment.replace(tzinfo=None).isoformat()}Z"
        case date():
            return value.isoformat()
        case _:
            return str(value)


_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_text, check_circular=False
)
