"""The lines of a file, plain or gzip, in constant memory however long a line is."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tidegate.errors import InputError

GZIP = b"\x1f\x8b"


class _Source(Protocol):
    def readline(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        file: where it is.
        number: counting from 1.
        data: its bytes without the newline; None where they are more than was asked for.
    """

    file: Path
    number: int
    data: bytes | None

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.number}"


def readable(file: Path) -> None:
    """Look whether a file can be read.

    Raises:
        InputError: it can't.
    """
    if not file.exists():
        raise InputError(f"{file}: no such file; nothing was sent")
    if file.is_dir():
        raise InputError(f"{file}: is a folder; nothing was sent")


def lines(file: Path, largest: int) -> Iterator[Line]:
    """A file's lines, the last one also where no newline ends it.

    Args:
        file: plain, or gzip, which its first bytes tell.
        largest: bytes of a line, at most.

    Raises:
        InputError: the file can't be read, or its gzip is broken.
    """
    number = 0
    try:
        with file.open("rb") as raw:
            is_gzip = raw.peek(2)[:2] == GZIP
            with gzip.open(raw) if is_gzip else raw as source:
                for number, data in enumerate(_cut(source, largest), start=1):
                    yield Line(file, number, data)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{file}: broken gzip after line {number:,}: {error}") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}") from None


def _cut(source: _Source, largest: int) -> Iterator[bytes | None]:
    """Each line, or None for one that is too long, of which only the largest part is ever held."""
    while part := source.readline(largest + 1):
        if part.endswith(b"\n"):
            yield part[:-1]
        elif len(part) <= largest:
            yield part  # the last line
        else:
            while part and not part.endswith(b"\n"):
                part = source.readline(largest)
            yield None
