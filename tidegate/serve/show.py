"""An answer as people or programs read it: a table, CSV or JSON.

CSV is RFC 4180's: a header, lines that end in CR LF; a null is an empty field, an empty string
``""``.
JSON is an array of objects, one a row; a decimal is a string, so that no digit is lost.
In all three: dates ``2015-01-01``, timestamps ``2015-01-01T13:00:00Z`` (UTC, with microseconds
where there are any), bytes as hexadecimal pairs, as Athena writes them.
"""

import datetime as dt
import io
import json
import math
import re
import sys
from decimal import Decimal
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tidegate.errors import QuestionError, counted, did_you_mean
from tidegate.serve.answers import Answer

FORMATS = ("table", "csv", "json", "parquet", "chart")

NUMBERS = ("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[\t\n]")


def show(answer: Answer, form: str = "table", stream: TextIO | None = None) -> None:
    """Write an answer; a table takes a terminal's width, and elsewhere what it needs.

    Raises:
        QuestionError: the format is unknown, JSON can't have two columns of one name, a chart has
            nothing to draw, or Parquet would fill a terminal.
    """
    out = stream or sys.stdout
    if form == "parquet":
        if out.isatty():
            raise QuestionError(
                "Parquet isn't for a terminal; send it to a file: … > answer.parquet"
            )
        from tidegate.serve.arrow import parquet

        out.buffer.write(parquet(answer))
    elif form == "chart":
        from tidegate.serve.chart import chart

        out.write(chart(answer, Console(file=out).width if out.isatty() else 100))
    elif form == "table" and out.isatty():
        Console(file=out).print(as_table(answer))
    else:
        out.write(render(answer, form))


def render(answer: Answer, form: str) -> str:
    """An answer as text, ending in a line break.

    Args:
        answer: what to write.
        form: ``table``, ``csv`` or ``json``.

    Raises:
        QuestionError: the format is unknown, or JSON can't have two columns of one name.
    """
    check_format(form)
    writers = {"table": _table, "csv": _csv, "json": _json}
    return writers[form](answer)


def told_scanned(answer: Answer) -> str:
    """How many bytes an answer took, in words; nothing where that isn't known."""
    if answer.scanned is None:
        return ""
    size = float(answer.scanned)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"scanned {size:,.0f} bytes" if unit == "bytes" else f"scanned {size:,.1f} {unit}"


def check_format(form: str) -> None:
    """Say that a format is unknown before anything is computed.

    Raises:
        QuestionError: it is.
    """
    if form not in FORMATS:
        hint = did_you_mean(form, list(FORMATS))
        raise QuestionError(f'unknown format "{form}"; expected one of {", ".join(FORMATS)}{hint}')


def as_table(answer: Answer) -> Table:
    """An answer as a rich table: numbers to the right, their thousands separated."""
    table = Table(
        box=box.SIMPLE_HEAD, caption=counted(len(answer.rows), "row"), caption_justify="left"
    )
    for name, kind in zip(answer.columns, answer.types, strict=True):
        right = kind.startswith(NUMBERS)
        table.add_column(Text(visible(name)), justify="right" if right else "left", overflow="fold")
    for row in answer.rows:
        table.add_row(*map(_cell, answer.columns, row))
    return table


def _table(answer: Answer) -> str:
    text = io.StringIO()
    # Wide enough for any line, so that nothing is folded.
    Console(file=text, width=1_000_000, color_system=None).print(as_table(answer), crop=False)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _csv(answer: Answer) -> str:
    lines: list[list[str | None]] = [[*answer.columns]]
    lines += [[_word(value) for value in row] for row in answer.rows]
    return "".join(",".join(map(_field, line)) + "\r\n" for line in lines)


def _json(answer: Answer) -> str:
    for name in answer.columns:
        if answer.columns.count(name) > 1:
            raise QuestionError(f'two columns are named "{name}"; tell them apart with AS')
    rows = [dict(zip(answer.columns, map(plain, row), strict=True)) for row in answer.rows]
    return json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _cell(column: str, value: Any) -> Text:
    """A table's cell; what comes from a sender can neither style it nor steer the terminal."""
    names_something = column == "id" or column.endswith(("_id", "number"))
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Text(str(value) if names_something else f"{value:,}")
    return Text(visible(_word(value) or ""))


def visible(text: str) -> str:
    """Text with control characters written out, so that it can't steer a terminal."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _field(word: str | None) -> str:
    """A CSV field, quoted where it must be."""
    if word is None:
        return ""
    if word == "" or re.search(r'[",\r\n]|^\s|\s$', word):
        return '"' + word.replace('"', '""') + '"'
    return word


def _word(value: Any) -> str | None:
    """A value as one word; None stays None."""
    said = plain(value)
    if said is None or isinstance(said, str):
        return said
    return json.dumps(said, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dt.datetime):
        zone = "Z" if value.tzinfo else ""
        return value.replace(tzinfo=None).isoformat() + zone
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
