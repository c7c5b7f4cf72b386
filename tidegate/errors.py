"""Every error a user can meet, and the exit code it ends a command with.

::

    TidegateError                 1  a defect of ours
    ├── UserError                 2  what the user gave
    │   ├── SettingsError            a setting that is wrong or missing
    │   ├── ProjectError             a folder that is not a project, a flow or job that isn't there
    │   ├── ContractError            a contract that is wrong, or isn't there
    │   ├── LakeError                a lake that is not a lake, a table or run that isn't there
    │   │   └── FilesGone            files that a table names can't be read
    │   ├── StreamError              a stream or endpoint that can't be reached
    │   ├── InputError               a file to send that can't be read
    │   ├── QuestionError            an unknown question or parameter, SQL that doesn't read
    │   └── DeployError              a stack that can't be made, changed or deleted
    ├── GateBlocked               3  a gate kept a stage's result from its readers
    ├── BooksError                4  rows in are not rows accounted for
    └── PublishLost               5  another run published first

A message is one line, or a few short ones: what is wrong, where, what to do next. The command line
prints it without a trace; ``str(error)`` is exactly what is printed after the class's name.
"""

from difflib import get_close_matches
from typing import ClassVar


class TidegateError(Exception):
    """The root: raised as it is only for a defect of ours."""

    exit_code: ClassVar[int] = 1


class UserError(TidegateError):
    """What the user gave can't be used."""

    exit_code = 2


class SettingsError(UserError):
    """A setting is wrong or missing; the message names it and the places searched."""


class ProjectError(UserError):
    """A folder is not a project, or a flow or job isn't in it."""


class ContractError(UserError):
    """A contract is wrong or isn't there; the message starts with ``file:line:``."""


class LakeError(UserError):
    """A lake can't be opened, or a table or run isn't in it."""


class FilesGone(LakeError):
    """Files that a table names can't be read; it may have moved on, and they expired."""


class StreamError(UserError):
    """A stream or the endpoint it is on can't be reached."""


class InputError(UserError):
    """A file that was to be sent can't be read."""


class QuestionError(UserError):
    """A question or parameter is unknown, or its SQL can't be run."""


class DeployError(UserError):
    """A stack, or what is in it, can't be made, changed or deleted."""


class GateBlocked(TidegateError):
    """A gate kept a stage's result from its readers."""

    exit_code = 3


class BooksError(TidegateError):
    """Rows in are not rows published, quarantined, duplicate or erased."""

    exit_code = 4


class PublishLost(TidegateError):
    """Another run published to the table first; nothing of this attempt is visible."""

    exit_code = 5


def did_you_mean(word: str, known: list[str], likeness: float = 0.6) -> str:
    """The line that names the nearest right word, or nothing where none is so near, of 1."""
    near = get_close_matches(word, known, n=1, cutoff=likeness)
    return f'\n  did you mean "{near[0]}"?' if near else ""


def counted(number: int, unit: str) -> str:
    """A number of things in words, e.g. ``1 day``, ``2,000 days``."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
