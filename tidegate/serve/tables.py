"""What clients find in the lake: databases, with their prefix, tables, columns and types."""

import re
from dataclasses import dataclass
from typing import Any

from tidegate.errors import LakeError
from tidegate.lake import catalog
from tidegate.serve.again import once_more
from tidegate.serve.views import Installed, installed, views_database
from tidegate.settings import Settings

# Iceberg's types in Hive's words (Glue, DESCRIBE) and in Trino's (information_schema).
_HIVE = {"long": "bigint", "uuid": "string", "time": "string"}
_HIVE_OF = {"varchar": "string", "varbinary": "binary", "real": "float", "integer": "int"}
_TRINO = {
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "string": "varchar",
    "binary": "varbinary",
    "time": "time(6)",
    "timestamp": "timestamp(6)",
    "timestamptz": "timestamp(6) with time zone",
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        id: Iceberg's number for it.
        name: its name.
        hive: its type as Glue and DESCRIBE have it, e.g. ``array<string>``.
        trino: its type as SQL has it, e.g. ``array(varchar)``.
        comment: what its contract says of it; empty where it says nothing.
        is_required: whether it has a value in each row.
    """

    id: int
    name: str
    hive: str
    trino: str
    comment: str
    is_required: bool


@dataclass(frozen=True)
class Table:
    """A table of the lake.

    Attributes:
        database: its database, with the prefix.
        name: its name there.
        metadata: the address of its metadata file.
        location: the folder of its files.
        updated_ms: when it last changed, in milliseconds since 1970.
        columns: in order.
        select: what it selects, where it is a view; it has no files then.
    """

    database: str
    name: str
    metadata: str
    location: str
    updated_ms: int
    columns: tuple[Column, ...]
    select: str = ""


def databases(settings: Settings, language: str = "athena") -> list[str]:
    """The databases that have tables, or views of an engine; none where there is no lake yet."""
    found = [name.split(".")[0] for name in _names(settings)]
    of_views = [views_database(settings)] if installed(settings, language) else []
    return list(dict.fromkeys([*of_views, *found]))


@once_more
def tables(settings: Settings, database: str, language: str = "athena") -> list[Table]:
    """A database's tables, or an engine's views, by name; none where there is no such database."""
    if database == views_database(settings):
        return [_view(settings, one) for _, one in sorted(installed(settings, language).items())]
    found = _names(settings)
    inside = [name for name in found if name.split(".")[0] == database]
    return [_table(settings, name, found[name]) for name in inside]


@once_more
def table(settings: Settings, database: str, name: str) -> Table | None:
    """One table or view, or None where it isn't there."""
    if database == views_database(settings):
        view = installed(settings).get(name)
        return _view(settings, view) if view else None
    full, found = f"{database}.{name}", _names(settings)
    return _table(settings, full, found[full]) if full in found else None


def _names(settings: Settings) -> dict[str, str]:
    found = catalog.tables(settings) if catalog.is_there(settings) else {}
    return {f"{settings.database_prefix}{name}": address for name, address in found.items()}


def _table(settings: Settings, full: str, address: str) -> Table:
    kept = catalog.read_metadata(settings, full, address)
    current = kept["current-schema-id"]
    schema = next((one for one in kept["schemas"] if one["schema-id"] == current), None)
    if schema is None:
        raise LakeError(f"{full}: its metadata file {address} has no current schema")
    columns = tuple(
        Column(
            field["id"],
            field["name"],
            hive(field["type"]),
            trino(field["type"]),
            field.get("doc", ""),
            field["required"],
        )
        for field in schema["fields"]
    )
    database, name = full.split(".")
    return Table(database, name, address, kept["location"], kept["last-updated-ms"], columns)


def _view(settings: Settings, one: Installed) -> Table:
    columns = tuple(
        Column(place, name, hive_of(kind), kind, said, is_required=False)
        for place, (name, kind, said) in enumerate(one.columns, start=1)
    )
    return Table(views_database(settings), one.name, "", "", 0, columns, one.select)


def hive_of(kind: str) -> str:
    """Hive's word for a type of Athena's."""
    if kind.startswith("array("):
        return f"array<{hive_of(kind[6:-1])}>"
    plain = "timestamp" if kind.startswith("timestamp") else kind
    return _HIVE_OF.get(plain, plain)


def hive(kind: Any) -> str:
    """Hive's word for a type of Iceberg's spec."""
    if isinstance(kind, str):
        plain = kind.replace(" ", "")
        return "timestamp" if plain == "timestamptz" else _HIVE.get(plain, _sized(plain, "binary"))
    if kind["type"] == "list":
        return f"array<{hive(kind['element'])}>"
    if kind["type"] == "map":
        return f"map<{hive(kind['key'])},{hive(kind['value'])}>"
    inner = ",".join(f"{field['name']}:{hive(field['type'])}" for field in kind["fields"])
    return f"struct<{inner}>"


def trino(kind: Any) -> str:
    """Trino's, and so Athena's, word for a type of Iceberg's spec."""
    if isinstance(kind, str):
        plain = kind.replace(" ", "")
        return _TRINO.get(plain, _sized(plain, "varbinary"))
    if kind["type"] == "list":
        return f"array({trino(kind['element'])})"
    if kind["type"] == "map":
        return f"map({trino(kind['key'])}, {trino(kind['value'])})"
    inner = ", ".join(f"{field['name']} {trino(field['type'])}" for field in kind["fields"])
    return f"row({inner})"


def _sized(kind: str, bytes_of_a_size: str) -> str:
    return bytes_of_a_size if re.match(r"fixed\[", kind) else kind
