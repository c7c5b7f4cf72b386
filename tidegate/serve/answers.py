"""A question's answer: one statement over the lake, as Python has its rows.

DuckDB answers on a laptop and isn't on AWS, where views are installed: it is imported by what asks.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tidegate.errors import QuestionError
from tidegate.serve import dialect
from tidegate.serve.again import once_more
from tidegate.serve.parameters import Value
from tidegate.settings import Settings

if TYPE_CHECKING:  # what answers over HTTP on AWS doesn't carry it
    import pyarrow as pa


@dataclass(frozen=True)
class Answer:
    """What a question gave.

    Attributes:
        columns: the columns' names.
        types: their types, as Athena names them, e.g. ``bigint``, ``array(varchar)``.
        rows: in order; int, Decimal, float, str, bool, bytes, date, datetime (UTC), list, dict
            or None.
        scanned: bytes read to give it; None where that isn't known.
    """

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]
    scanned: int | None = None

    def by_name(self) -> list[dict[str, Any]]:
        """The rows, each with its values by their columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@once_more
def answer(
    settings: Settings,
    text: str,
    source: str,
    values: Mapping[str, Value],
    language: str = "athena",
) -> Answer:
    """Run a SQL text over the lake.

    Args:
        settings: which lake.
        text: one statement that only reads.
        source: what to call it in a message: a file's path, or ``SQL``.
        values: the value of each parameter; they are bound.
        language: whose SQL it is, ``athena`` or ``redshift``.

    Raises:
        QuestionError: the SQL doesn't parse, does more than read, names a table or column that
            isn't there, or fails.
        LakeError: there is no lake, or files of it can't be read, twice.
    """
    from tidegate.serve.statement import StatementError, prepared

    tree = dialect.parse(text, source, language)
    try:
        with prepared(
            settings, tree, text, values=values, language=language, source=source
        ) as statement:
            found = statement.run()
            rows = _rows(found.types, found.table)
            return Answer(found.columns, found.types, rows, statement.scanned)
    except StatementError as error:
        raise QuestionError(error.whole) from None


def _rows(types: list[str], found: "pa.Table") -> list[tuple[Any, ...]]:
    """A result's rows as Python has them; a time with a zone in UTC."""
    vectors = [column.to_pylist() for column in found.columns]
    for place, kind in enumerate(types):
        if kind == "timestamp(6) with time zone":
            vectors[place] = [value and value.astimezone(dt.UTC) for value in vectors[place]]
    return list(zip(*vectors, strict=True))
