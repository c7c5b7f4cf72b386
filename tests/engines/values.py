"""The rows of two engines in one form, and whether they are equal."""

import base64
import datetime as dt
import math
import re
from decimal import Decimal
from typing import Any

from tidegate.serve import Answer

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?")


def plain_type(name: str) -> str:
    """A type's name without a text's length and a time's precision, which Iceberg doesn't keep."""
    name = re.sub(r"\b(varchar|char|timestamp|time)\(\d+\)", r"\1", name)
    return re.sub(r"(\(\d+), ", r"\1,", name)


def of_trino(kinds: list[str], rows: list[list[Any]]) -> list[tuple[Any, ...]]:
    """Trino's rows, by their columns' types, as ``Answer`` has them."""
    return [tuple(map(_read, map(plain_type, kinds), row)) for row in rows]


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if found := re.fullmatch(r"array\((.+)\)", kind):
        return [_read(found[1], each) for each in value]
    if found := re.fullmatch(r"map\(([^,()]+), (.+)\)", kind):
        return {str(key): _read(found[2], each) for key, each in value.items()}
    if kind.startswith("row("):
        return list(value)
    if kind.startswith("decimal"):
        return Decimal(value)
    if kind == "date":
        return dt.date.fromisoformat(value)
    if kind.startswith("timestamp"):
        day, clock, rest = _MOMENT.match(value).groups()  # type: ignore[union-attr]
        zone = dt.UTC if "zone" in kind else None
        moment = dt.datetime.fromisoformat(f"{day}T{clock}{(rest or '')[:7]}")
        return moment.replace(tzinfo=zone)
    if kind in ("double", "real"):
        return float(value)
    return base64.b64decode(value) if kind == "varbinary" else value


def of_answer(answer: Answer) -> list[tuple[Any, ...]]:
    """An answer's rows, its maps and structs in the same form."""
    return [tuple(map(_settled, row)) for row in answer.rows]


def _settled(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
        return {str(key): _settled(each) for key, each in value}  # how Arrow hands on a map
    if isinstance(value, dict):
        return [_settled(each) for each in value.values()]
    return [_settled(each) for each in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are one; doubles to the last of 13 digits."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-13) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return str(one) == str(other)
    return type(one) is type(other) and bool(one == other)


def numbers_alike(rows: Any) -> list[list[Any]]:
    """Rows with numbers as numbers: two engines name the types of sums differently."""
    return [
        [
            float(one) if isinstance(one, int | Decimal) and not isinstance(one, bool) else one
            for one in row
        ]
        for row in rows
    ]
