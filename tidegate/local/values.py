"""How Athena writes values as text: in its CSV files and in GetQueryResults."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def text(value: Any) -> str | None:
    """A value as Athena writes it; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        zone = " UTC" if value.tzinfo else ""
        moment = value.astimezone(dt.UTC) if value.tzinfo else value
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}{zone}"
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={_inside(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list) and value and all(isinstance(one, tuple) for one in value):
        return text({_inside(key): one for key, one in value})  # a map, as Arrow has it
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inside(one) for one in value) + "]"
    return str(value)


def _inside(value: Any) -> str:
    """A value within another one."""
    written = text(value)
    return "null" if written is None else written


def _double(value: float) -> str:
    """As Java's ``Double.toString`` writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        written = format(Decimal(repr(value)), "f")
        return written if "." in written else written + ".0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) - 1 + int(exponent)
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{rest}E{power}"
