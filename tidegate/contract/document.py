"""A contract's file: its plain data, the line of every place in it, and what is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tidegate.errors import ContractError, did_you_mean

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value from the document's root."""


@dataclass
class Document:
    """One YAML file.

    Attributes:
        path: the file.
        data: what it says, in dicts, lists and scalars; None where it can't be read. Documents of
            one text share it.
        problems: what is wrong with it so far, as (line, text).
        settled: lines of which nothing more is said, as what is wrong there would only follow.
    """

    path: Path
    data: Any = None
    problems: dict[tuple[int, str], None] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()
    _marked: Any = None

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a file; one that can't be read has that as its problem."""
        try:
            return cls.parse(path, path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, OSError) as error:
            document = cls(path)
            document.problems[1, f"can't be read: {str(error).splitlines()[0]}"] = None
            return document

    @classmethod
    def parse(cls, path: Path, text: str) -> "Document":
        """Read a text as if it stood in a file."""
        document = cls(path)
        try:
            document._marked, document.data = _read(text)
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            document.problems[line, f"isn't YAML: {error.problem}"] = None
        except YAMLError as error:
            document.problems[1, f"can't be read: {str(error).splitlines()[0]}"] = None
        return document

    @property
    def name(self) -> str:
        """The file as messages name it, wherever the command was typed."""
        return f"contracts/{self.path.name}"

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it that is in the file (1-based)."""
        node, line = self._marked, 1
        for part in place:
            try:
                if isinstance(node, CommentedMap):
                    line = node.lc.key(part)[0] + 1
                elif isinstance(node, CommentedSeq):
                    line = node.lc.item(part)[0] + 1
                node = node[part]
            except (LookupError, TypeError, AttributeError):
                break
        return line

    def refuse(self, place: Place, what: str, word: str = "", known: Iterable[str] = ()) -> None:
        """Note a problem; where a wrong word is given, the nearest known one is named."""
        line = self.line(place)
        if line not in self.settled:
            self.problems[line, what + did_you_mean(word, list(known))] = None

    def settle(self) -> None:
        """Say nothing more of the lines that have a problem so far."""
        self.settled = frozenset(line for line, _ in self.problems)

    def errors(self) -> list[ContractError]:
        """The problems so far, by line."""
        return [
            ContractError(f"{self.name}:{line}: {what}") for line, what in sorted(self.problems)
        ]


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[Any, Any]:
    """What a text says, with its lines and without; nobody changes it, so a text is read once."""
    marked = YAML(typ="rt", pure=True).load(text)
    return marked, _plain(marked)


def _plain(node: Any) -> Any:
    """The same without the round-trip loader's types; a date becomes the text it was written as."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, date):
        return node.isoformat()
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
