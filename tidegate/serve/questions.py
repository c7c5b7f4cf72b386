"""A project's saved questions: ``sql/athena/*.sql``, one a file, in Athena's SQL.

The first line is the question, then come its parameters, each with a type and maybe a default::

    -- Which repositories gained the most stars on a day?
    -- :day date = yesterday
    -- :top integer = 20

A line ``-- figures`` among them, of a question for Redshift, has it answered over HTTP too.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from tidegate.errors import QuestionError, did_you_mean
from tidegate.serve.parameters import TYPES, Parameter

FOLDER = Path("sql") / "athena"
LANGUAGES = ("athena", "redshift")
"""Whose SQL a question may be written in: the folders of ``sql/``."""

_FIGURES = "-- figures"
_TITLE = re.compile(r"-- (?P<title>\S.*\?)\s*")
_PARAMETER = re.compile(
    r"-- :(?P<name>[a-z][a-z0-9_]*) (?P<type>[a-z]+)(?: = (?P<default>\S.*?))?\s*"
)


@dataclass(frozen=True)
class Question:
    """One saved question.

    Attributes:
        name: the file's name without ``.sql``.
        path: the file.
        title: the question in words.
        parameters: in the file's order.
        sql: the file's text, whole, so that a place in an error is a place in the file.
        is_figure: whether it is answered over HTTP.
    """

    name: str
    path: Path
    title: str
    parameters: tuple[Parameter, ...]
    sql: str
    is_figure: bool = False


def questions(project: Path, language: str = "athena") -> list[Question]:
    """The questions of a project in one of ``LANGUAGES``, by name.

    Raises:
        QuestionError: a file's first lines aren't a question and its parameters.
    """
    return [read_question(path) for path in sorted(_folder(project, language).glob("*.sql"))]


def _folder(project: Path, language: str) -> Path:
    return project / FOLDER.parent / language


def find_question(project: Path, name: str, language: str = "athena") -> Question:
    """The question of a name, which may be written with dashes.

    Raises:
        QuestionError: there is none, or its file's first lines aren't in form.
    """
    paths = {path.stem: path for path in sorted(_folder(project, language).glob("*.sql"))}
    path = paths.get(name) or paths.get(name.replace("-", "_"))
    if path is None:
        hint = did_you_mean(name.replace("-", "_"), list(paths))
        raise QuestionError(
            f'no question "{name}" in {_folder(project, language)};'
            f" `tidegate ask --list` names the {len(paths)} there are{hint}"
        )
    return read_question(path)


def read_question(path: Path) -> Question:
    """Read one file.

    Raises:
        QuestionError: its first line isn't a question, or a parameter isn't in form; the message
            names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: can't be read: {error}") from None
    lines = text.splitlines()
    title = _TITLE.fullmatch(lines[0] if lines else "")
    if not title:
        raise QuestionError(
            f'{path}:1: expected the question, e.g. "-- Which repositories gained the most stars?"'
        )
    parameters: list[Parameter] = []
    is_figure = False
    for number, line in enumerate(lines[1:], start=2):
        if not line.startswith("--"):
            break
        if line.startswith("-- :"):
            parameters.append(_parameter(line, f"{path}:{number}", parameters))
        is_figure = is_figure or line.rstrip() == _FIGURES
    return Question(path.stem, path, title["title"], tuple(parameters), text, is_figure)


def _parameter(line: str, place: str, before: list[Parameter]) -> Parameter:
    """The parameter that a line declares."""
    declared = _PARAMETER.fullmatch(line)
    if not declared:
        raise QuestionError(
            f'{place}: expected a parameter such as "-- :top integer = 20", not {line!r}'
        )
    name, kind, default = declared["name"], declared["type"], declared["default"]
    if kind not in TYPES:
        raise QuestionError(
            f'{place}: parameter "{name}" has type "{kind}"; expected one of {", ".join(TYPES)}'
            f"{did_you_mean(kind, list(TYPES))}"
        )
    if name in [parameter.name for parameter in before]:
        raise QuestionError(f'{place}: parameter "{name}" is declared twice')
    parameter = Parameter(name, kind, default)
    if default is not None:
        try:
            parameter.value(default, dt.date(2015, 1, 1))
        except QuestionError as error:
            raise QuestionError(f"{place}: {error}") from None
    return parameter
