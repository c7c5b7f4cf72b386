"""A question as Athena takes it: ``?`` for each parameter, and its values as SQL writes them."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal

from tidegate.serve.parameters import Value

# A parameter, or what may hold a colon and isn't one.
_PARAMETER = re.compile(
    r"--[^\n]*|/\*.*?\*/|'[^']*'|\"[^\"]*\"|(?<![:\w]):(?P<name>[a-z][a-z0-9_]*)",
    re.DOTALL,
)


def positional(text: str, values: Mapping[str, Value]) -> tuple[str, list[str]]:
    """The SQL with a ``?`` where it names a parameter, and a literal for each, in that order.

    Args:
        text: SQL with parameters such as ``:day``, a comment's first lines among it.
        values: the value of each.
    """
    sql, names = marked(text)
    return sql, [literal(values[name]) for name in names]


def marked(text: str) -> tuple[str, list[str]]:
    """The SQL with a ``?`` where it names a parameter, and the parameter's name for each."""
    names = list[str]()

    def mark(found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0]
        names.append(found["name"])
        return "?"

    return _PARAMETER.sub(mark, text), names


def literal(value: Value) -> str:
    """A value as Athena's SQL writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"DECIMAL '{value:f}'"
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f} UTC'"
    if isinstance(value, dt.date):
        return f"DATE '{value}'"
    return "'" + value.replace("'", "''") + "'"
