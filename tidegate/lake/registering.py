"""Giving the catalog tables whose metadata is written already, as a recovery has written it."""

from collections.abc import Mapping
from pathlib import Path

from tidegate.errors import LakeError
from tidegate.lake.catalog import open_catalog, tables
from tidegate.lake.catalog_file import CATALOG, FILE, changed_catalog, lake_folder
from tidegate.settings import Settings

RECOVERED = "recovered"
"""What the name of a metadata file has in it that a recovery has written."""

_TABLE = "INSERT OR REPLACE INTO iceberg_tables VALUES (?, ?, ?, ?, NULL, 'TABLE')"
_NAMESPACE = "INSERT OR REPLACE INTO iceberg_namespace_properties VALUES (?, ?, 'exists', 'true')"


def check_free(settings: Settings, names: list[str]) -> None:
    """Refuse a catalog that has one of some tables already, but for what a recovery left there.

    A folder's catalog that was copied with it names files elsewhere; it counts for nothing.

    Args:
        settings: which catalog.
        names: the tables' names, without the prefix.

    Raises:
        LakeError: it has one.
    """
    if settings.catalog == "sqlite":
        lake_folder(settings)
    known = tables(settings) if settings.catalog == "glue" else _own(settings)
    there = {name: known[name] for name in names if name in known}
    used = {name: at for name, at in there.items() if not _is_left(settings, at)}
    for name, at in sorted(used.items()):
        told = ", whose files are elsewhere" if not _is_here(settings, at) else ""
        raise LakeError(
            f"the catalog has {settings.database_prefix}{name} already ({at}){told}; nothing was"
            " done\n  take it out of the catalog if its files are gone, or bring the replica back"
            " beside it with another TIDEGATE_DATABASE_PREFIX or at another place"
        )


def register(settings: Settings, locations: Mapping[str, str]) -> None:
    """Give the catalog some tables. What a recovery that died has left there is replaced.

    In a folder that is one transaction; in Glue it is a call a table.

    Args:
        settings: which catalog.
        locations: the address of each table's metadata file, by its name without the prefix.
    """
    full = {f"{settings.database_prefix}{name}": at for name, at in locations.items()}
    if settings.catalog == "glue":
        _register_in_glue(settings, full)
        return
    _set_aside(settings)
    with changed_catalog(settings) as db:
        for name, at in full.items():
            database, table = name.split(".")
            db.execute(_TABLE, [CATALOG, database, table, at])
            db.execute(_NAMESPACE, [CATALOG, database])


def _register_in_glue(settings: Settings, full: Mapping[str, str]) -> None:
    catalog = open_catalog(settings)
    for name, at in full.items():
        catalog.create_namespace_if_not_exists(name.split(".")[0])
        if catalog.table_exists(name):
            catalog.drop_table(name)  # its entry alone
        catalog.register_table(name, at)


def _is_here(settings: Settings, location: str) -> bool:
    return location.removeprefix("file:").startswith(f"{settings.lake}/")


def _is_left(settings: Settings, location: str) -> bool:
    """Whether an entry is a recovery's own, to which nobody has written since."""
    return _is_here(settings, location) and f"-{RECOVERED}-" in location.rsplit("/", 1)[-1]


def _own(settings: Settings) -> dict[str, str]:
    """The tables of a folder's catalog whose files are in that folder, without the prefix."""
    known, prefix = _entries(settings) or {}, settings.database_prefix
    return {
        name.removeprefix(prefix): at
        for name, at in known.items()
        if name.startswith(prefix) and _is_here(settings, at)
    }


def _entries(settings: Settings) -> dict[str, str] | None:
    """What a folder's catalog has, whatever the prefix; None where it was caught in mid-copy.

    Raises:
        LakeError: someone is writing to it.
    """
    if not (Path(settings.lake) / FILE).is_file():
        return {}
    try:
        return tables(settings.model_copy(update={"database_prefix": ""}))
    except LakeError as error:
        if "locked" in str(error):
            raise
        return None


def _set_aside(settings: Settings) -> None:
    """Leave a catalog that was copied, or is broken, as ``catalog.db.copied``.

    SQLite would take what was copied beside it for a transaction to roll back or to go on with.
    """
    known = _entries(settings)
    if known is not None and (not known or any(_is_here(settings, at) for at in known.values())):
        return
    file = Path(settings.lake) / FILE
    for name in (FILE, f"{FILE}-journal", f"{FILE}-wal", f"{FILE}-shm"):
        place = file.with_name(name)
        if place.exists():
            place.replace(place.with_name(f"{name}.copied"))
