"""An answer as bars in a terminal: a row a bar, labelled by what isn't drawn."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tidegate.errors import QuestionError
from tidegate.serve.answer import Answer
from tidegate.serve.show import NUMBERS, plain, visible

_EIGHTHS = " ▏▎▍▌▋▊▉"
_NARROWEST = 10  # columns of a terminal, for the longest bar
_LABEL = 40


def chart(answer: Answer, width: int = 100) -> str:
    """Bars of an answer's first number beside the texts, days and first column that name its row.

    Args:
        answer: what to draw.
        width: the columns there are.

    Raises:
        QuestionError: no column but the first is a number.
    """
    drawn = _drawn(answer)
    named = [
        place
        for place, kind in enumerate(answer.types)
        if place != drawn and (place == 0 or (place < drawn and not kind.startswith(NUMBERS)))
    ]
    labels = [_label(row, named) for row in answer.rows]
    values = [row[drawn] for row in answer.rows]
    words = ["–" if value is None else f"{value:,}" for value in values]
    wide = max(map(len, labels), default=0)
    figures = max(map(len, words), default=0)
    room = max(width - wide - figures - 4, _NARROWEST)
    longest = max((abs(float(value)) for value in values if value is not None), default=0)
    lines = [answer.columns[drawn]]
    for label, value, word in zip(labels, values, words, strict=True):
        size = abs(float(value)) / longest * room if value and longest else 0
        lines.append(f"{label:<{wide}}  {word:>{figures}}  {_bar(size)}".rstrip())
    return "\n".join(lines) + "\n"


def _drawn(answer: Answer) -> int:
    """The place of the column that is drawn."""
    for place, kind in enumerate(answer.types):
        if place and kind.startswith(NUMBERS) and not answer.columns[place].endswith("_id"):
            return place
    raise QuestionError(
        f"nothing to draw: of {', '.join(answer.columns)} none but the first is a number;"
        " use --format table"
    )


def _label(row: tuple[Any, ...], named: list[int]) -> str:
    words = [_word(row[place]) for place in named]
    text = visible("  ".join(words))
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def _word(value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f"{value} {value:%a}"
    return f"{value}" if isinstance(value, int | Decimal) else str(plain(value) or "")


def _bar(size: float) -> str:
    whole, rest = divmod(round(size * 8), 8)
    return "█" * whole + _EIGHTHS[rest].strip()
