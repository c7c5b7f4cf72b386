"""UNLOAD and CREATE TABLE AS: what clients use to fetch a result as Parquet.

They write to S3 and never to the lake. A table made so is known to the local Glue until it is
dropped there or the endpoint stops; queries don't read it.
"""

import re
from dataclasses import dataclass, field
from threading import Lock

from tidegate.serve.statement import StatementError, read
from tidegate.serve.tables import table
from tidegate.settings import Settings

_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<folder>[^']*)'"
    r"(?:\s*WITH\s*\((?P<properties>[^()]*(?:\[[^]]*\][^()]*)*)\))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CTAS = re.compile(
    r"\s*CREATE\s+TABLE\s+(?:[`\"]?(?P<database>\w+)[`\"]?\.)?[`\"]?(?P<table>\w+)[`\"]?"
    r"\s*(?:WITH\s*\((?P<properties>[^()]*)\)\s*)?AS\s+(?P<query>.*?)"
    r"(?P<empty>\s+WITH\s+NO\s+DATA)?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PROPERTY = re.compile(r"(\w+)\s*=\s*(?:'([^']*)'|(\S[^,]*))")
_KNOWN = {"external_location", "format", "write_compression", "compression"}


@dataclass
class TemporaryTable:
    """What an UNLOAD or CREATE TABLE AS writes.

    Attributes:
        query: the SELECT in it.
        folder: where its file goes, an ``s3://`` address that ends in a slash.
        word: ``UNLOAD`` or ``CREATE_TABLE_AS_SELECT``.
        database, name: the table's; empty for UNLOAD.
        with_data: whether rows are written.
        columns: names and types, once it has run.
    """

    query: str
    folder: str
    word: str
    database: str = ""
    name: str = ""
    with_data: bool = True
    columns: list[tuple[str, str]] = field(default_factory=list)


class Registry:
    """Such tables, by database and name, once they are written."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], TemporaryTable] = {}
        self._lock = Lock()

    def add(self, one: TemporaryTable) -> None:
        """Show a table."""
        with self._lock:
            self._kept[one.database, one.name] = one

    def find(self, database: str, name: str) -> TemporaryTable | None:
        """A table, or None."""
        return self._kept.get((database, name))

    def drop(self, database: str, name: str) -> bool:
        """Forget a table; whether there was one."""
        with self._lock:
            return self._kept.pop((database, name), None) is not None


temporary = Registry()


def unload(text: str) -> TemporaryTable | None:
    """An UNLOAD statement; None for any other."""
    found = _UNLOAD.fullmatch(text)
    if not found:
        return None
    _properties(found["properties"])
    return TemporaryTable(found["query"], _folder(found["folder"]), "UNLOAD")


def ctas(text: str, settings: Settings, database: str, output: str) -> TemporaryTable | None:
    """A CREATE TABLE AS statement; None for any other.

    Raises:
        StatementError: it would be a table of the lake's, or asks for what isn't supported.
    """
    found = _CTAS.fullmatch(text)
    if not found:
        return None
    read(found["query"])
    home, name = (found["database"] or database).lower(), found["table"].lower()
    if table(settings, home, name):
        raise StatementError("TABLE_ALREADY_EXISTS", f"{home}.{name} is a table of the lake")
    given = _properties(found["properties"])
    folder = given.get("external_location") or f"{output}tables/{name}"
    return TemporaryTable(
        found["query"],
        _folder(folder),
        "CREATE_TABLE_AS_SELECT",
        home,
        name,
        with_data=not found["empty"],
    )


def _properties(text: str | None) -> dict[str, str]:
    """The properties in a WITH; only what leads to one Parquet file is supported."""
    given = {
        one[1].lower(): (one[2] if one[2] is not None else one[3]).strip()
        for one in _PROPERTY.finditer(text or "")
    }
    unknown = [name for name in given if name not in _KNOWN]
    if unknown:
        raise StatementError(
            "NOT_SUPPORTED", f"property {unknown[0]} is not supported here; leave it out"
        )
    if given.get("format", "PARQUET").upper() != "PARQUET":
        raise StatementError(
            "NOT_SUPPORTED", f"format {given['format']} is not supported here; use PARQUET"
        )
    return given


def _folder(address: str) -> str:
    if not re.match(r"s3://[^/]+", address):
        raise StatementError("INVALID_TABLE_PROPERTY", f"{address!r} is no address of S3")
    return address if address.endswith("/") else f"{address}/"
