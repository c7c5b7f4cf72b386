"""A question's parameters: their types, and the values words stand for.

Values are bound to the SQL, never pasted into it.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tidegate.errors import QuestionError, did_you_mean

Value = int | Decimal | str | bool | dt.date | dt.datetime

LARGEST = 2**63 - 1  # Athena's bigint


@dataclass(frozen=True)
class Parameter:
    """One parameter of a question.

    Attributes:
        name: as it stands in the SQL after the colon.
        type: a key of ``TYPES``.
        default: the word that stands for its value where none is given; None where one must be.
    """

    name: str
    type: str
    default: str | None = None

    @property
    def example(self) -> str:
        """A word of its type."""
        return TYPES[self.type].example

    def value(self, word: str, today: dt.date) -> Value:
        """The value a word stands for.

        Args:
            word: what the user wrote.
            today: the UTC day that ``today`` and ``yesterday`` are counted from.

        Raises:
            QuestionError: the word isn't of the parameter's type.
        """
        try:
            return TYPES[self.type].read(word, today)
        except (ValueError, ArithmeticError):  # or beyond what a calendar or a decimal has
            raise QuestionError(
                f'parameter "{self.name}" is {self.type}, not {word!r};'
                f" e.g. --{self.name} {self.example}"
            ) from None


@dataclass(frozen=True)
class Type:
    """How a word of a type is read, and an example of one."""

    read: Callable[[str, dt.date], Value]
    example: str


def _integer(word: str, _: dt.date) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", word) or abs(int(word[:25])) > LARGEST:
        raise ValueError(word)
    return int(word)


def _decimal(word: str, _: dt.date) -> Decimal:
    number = Decimal(word)
    digits = number.as_tuple()
    if not number.is_finite() or len(digits.digits) > 38 or abs(int(digits.exponent)) > 38:
        raise ValueError(word)
    return number


def _date(word: str, today: dt.date) -> dt.date:
    named = {"today": today, "yesterday": today - dt.timedelta(days=1)}
    if word in named:
        return named[word]
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
        raise ValueError(word)
    return dt.date.fromisoformat(word)


def _timestamp(word: str, _: dt.date) -> dt.datetime:
    moment = dt.datetime.fromisoformat(word)
    if moment.tzinfo is None:  # a time without a zone is UTC, as everywhere here
        return moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)


def _boolean(word: str, _: dt.date) -> bool:
    if word not in ("true", "false"):
        raise ValueError(word)
    return word == "true"


_TEXT = Type(lambda word, _: word, "apache/spark")

TYPES = {
    "integer": Type(_integer, "20"),
    "decimal": Type(_decimal, "0.95"),
    "text": _TEXT,
    "string": _TEXT,
    "date": Type(_date, "2015-01-01"),
    "timestamp": Type(_timestamp, "2015-01-01T13:00:00Z"),
    "boolean": Type(_boolean, "true"),
}


def bind(
    question: str, parameters: tuple[Parameter, ...], words: dict[str, str], today: dt.date
) -> dict[str, Value]:
    """The value of every parameter of a question.

    Args:
        question: the question's name, for messages.
        parameters: what the question declares.
        words: what the user gave, by parameter; a name may be written with dashes.
        today: the UTC day that ``today`` and ``yesterday`` are counted from.

    Returns:
        A value for each declared parameter, from the user or the default.

    Raises:
        QuestionError: a parameter is unknown, missing, or not of its type.
    """
    given = {name.replace("-", "_"): word for name, word in words.items()}
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            takes = ", ".join(f"--{known}" for known in names) or "none"
            hint = did_you_mean(name, names)
            raise QuestionError(f'"{question}" has no parameter "{name}"; it takes {takes}{hint}')
    values = {}
    for parameter in parameters:
        word = given.get(parameter.name, parameter.default)
        if word is None:
            raise QuestionError(
                f'"{question}" needs --{parameter.name} ({parameter.type}),'
                f" e.g. --{parameter.name} {parameter.example}"
            )
        values[parameter.name] = parameter.value(word, today)
    return values
