"""A CSV row or a Parquet row as one RFC 8259 object, a value as its own text says it."""

import base64
import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn


def row_of_texts(header: Sequence[str], cells: Sequence[str], as_json: frozenset[int]) -> bytes:
    """A CSV row as an object of texts; an empty cell is null.

    Args:
        header: the columns' names.
        cells: as many texts.
        as_json: the places of columns whose cells are JSON as they stand. What isn't a number,
            true or false there is a text all the same, which the gate then refuses.
    """
    members = (
        f"{json_text(name)}:{_cell(cell, place in as_json)}"
        for place, (name, cell) in enumerate(zip(header, cells, strict=True))
    )
    return f"{{{','.join(members)}}}".encode()


def _cell(cell: str, as_json: bool) -> str:
    if not cell:
        return "null"
    return cell.strip() if as_json and _is_literal(cell) else json_text(cell)


def _is_literal(cell: str) -> bool:
    """Whether a text is a number, true or false in JSON; Python also reads NaN and Infinity."""
    try:
        found = json.loads(cell, parse_constant=_no_json, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, bool | float)


def _no_json(word: str) -> NoReturn:
    raise ValueError(word)


def json_text(value: Any) -> str:
    """A value of Python or Arrow as JSON.

    A decimal keeps its digits; a time is RFC 3339 in UTC, as which one without a zone is taken;
    bytes are base64; what JSON has no word for, such as NaN, is a text.
    """
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
        case bytes():
            return f'"{base64.b64encode(value).decode()}"'
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return f'"{moment.replace(tzinfo=None).isoformat()}Z"'
        case date():
            return f'"{value.isoformat()}"'
        case dict():
            return _object(value.items())
        case [tuple(), *_]:  # a map, as Arrow hands it over
            return _object(value)
        case list():
            return f"[{','.join(map(json_text, value))}]"
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def _object(members: Iterable[tuple[Any, Any]]) -> str:
    pairs = (f"{json.dumps(str(key), ensure_ascii=False)}:{json_text(one)}" for key, one in members)
    return f"{{{','.join(pairs)}}}"
