"""SHOW and DESCRIBE, in the columns that Athena answers them with."""

import re
from collections.abc import Callable

from tidegate.errors import did_you_mean
from tidegate.serve.statement import Found, StatementError
from tidegate.serve.tables import databases, table, tables
from tidegate.settings import Settings

_NAME = r"[`\"]?(\w+)[`\"]?"
_FULL = rf"(?:{_NAME}\.)?{_NAME}"
_LIKE = r"(?:\s+(?:LIKE\s+)?'([^']*)')?"

Answering = Callable[[Settings, str, "re.Match[str]"], Found]


def shown(settings: Settings, text: str, database: str) -> Found | None:
    """What a SHOW or DESCRIBE answers; None for any other statement.

    Args:
        settings: which lake.
        text: the statement.
        database: the one of tables that are named without.

    Raises:
        StatementError: it names what isn't there, or isn't supported.
        LakeError: files of the lake can't be read.
    """
    plain = text.strip().rstrip(";").strip()
    for pattern, answer in _ANSWERS:
        if found := re.fullmatch(pattern, plain, re.IGNORECASE):
            return answer(settings, database, found)
    if re.match(r"(SHOW|DESC|DESCRIBE)\b", plain, re.IGNORECASE):
        words = " ".join(plain.split()[:2]).upper()
        raise StatementError(
            "NOT_SUPPORTED",
            f"{words} is not supported here; there are SHOW DATABASES, SHOW TABLES, SHOW VIEWS,"
            " SHOW COLUMNS and DESCRIBE",
        )
    return None


def _databases(settings: Settings, _: str, found: "re.Match[str]") -> Found:
    return _matching("database_name", databases(settings), found[1])


def _tables(settings: Settings, database: str, found: "re.Match[str]") -> Found:
    inside = (found[1] or database or "default").lower()
    return _matching("tab_name", [one.name for one in tables(settings, inside)], found[2])


def _views(settings: Settings, database: str, found: "re.Match[str]") -> Found:
    inside = (found[1] or database or "default").lower()
    return _matching(
        "views", [one.name for one in tables(settings, inside) if one.select], found[2]
    )


def _columns(settings: Settings, database: str, found: "re.Match[str]") -> Found:
    inside = found[3] or found[1] or database
    return Found.of(["field"], [(name,) for name, _, _ in _described(settings, inside, found[2])])


def _describe(settings: Settings, database: str, found: "re.Match[str]") -> Found:
    rows = _described(settings, found[1] or database, found[2])
    return Found.of(["col_name", "data_type", "comment"], [*rows])


def _described(settings: Settings, database: str, name: str) -> list[tuple[str, str, str]]:
    """A table's columns: name, Hive's type, comment."""
    one = table(settings, database.lower(), name.lower())
    if one is None:
        known = [f"{each.database}.{each.name}" for each in tables(settings, database.lower())]
        full = f"{database or 'default'}.{name}".lower()
        raise StatementError(
            "TABLE_NOT_FOUND", f'no table "{full}" in the lake{did_you_mean(full, known)}'
        )
    return [(column.name, column.hive, column.comment) for column in one.columns]


def _matching(column: str, names: list[str], pattern: str | None) -> Found:
    """Names that meet Hive's pattern: ``*`` for anything, ``|`` for or."""
    if pattern:
        words = [re.escape(word).replace(r"\*", ".*") for word in pattern.split("|")]
        names = [name for name in names if re.fullmatch("|".join(words), name, re.IGNORECASE)]
    return Found.of([column], [(name,) for name in names])


_ANSWERS: list[tuple[str, Answering]] = [
    (rf"SHOW\s+(?:DATABASES|SCHEMAS){_LIKE}", _databases),
    (rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{_NAME})?{_LIKE}", _tables),
    (rf"SHOW\s+VIEWS(?:\s+(?:IN|FROM)\s+{_NAME})?{_LIKE}", _views),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_FULL}(?:\s+(?:IN|FROM)\s+{_NAME})?", _columns),
    (rf"(?:DESCRIBE|DESC)\s+(?:(?:EXTENDED|FORMATTED)\s+)?{_FULL}", _describe),
]
