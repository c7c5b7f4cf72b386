"""Archives whose bytes say what is in them and nothing of when or where they were made."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

Entry = tuple[str, bytes]
"""A file of an archive: its name there, and its bytes."""

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that the format knows
_READABLE = 0o100644 << 16


def pack(file: Path, entries: Iterable[Entry], *, deflate: bool = True) -> Path:
    """Write an archive of some entries, in the order they come in.

    Args:
        file: where.
        entries: what is in it.
        deflate: whether to make them smaller; not worth it for what is an archive already.

    Returns:
        The file.
    """
    with zipfile.ZipFile(file, "w") as archive:
        _add(archive, entries, zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED)
    return file


def append(file: Path, entries: Iterable[Entry]) -> Path:
    """Add entries to the end of an archive."""
    with zipfile.ZipFile(file, "a") as archive:
        _add(archive, entries, zipfile.ZIP_DEFLATED)
    return file


def entries_of(file: Path) -> list[Entry]:
    """The files of an archive."""
    with zipfile.ZipFile(file) as archive:
        return [(one.filename, archive.read(one)) for one in archive.infolist() if not one.is_dir()]


def entries_under(folder: Path, root: Path) -> list[Entry]:
    """A folder's files, named from a root; what Python has compiled and hidden files left out."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [
        (file.relative_to(root).as_posix(), file.read_bytes())
        for file in files
        if not any(part.startswith((".", "__pycache__")) for part in file.relative_to(root).parts)
    ]


def _add(archive: zipfile.ZipFile, entries: Iterable[Entry], method: int) -> None:
    for name, content in entries:
        told = zipfile.ZipInfo(name, _MOMENT)
        told.compress_type = method
        told.external_attr = _READABLE
        archive.writestr(told, content)
