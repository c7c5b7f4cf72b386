"""A laptop's catalog: an SQLite file in the lake's folder, as Iceberg's JDBC catalog keeps it.

Its two tables (schema V1) are made here, never by Iceberg: as it looks whether they are there,
Iceberg 1.10 begins to read and doesn't end, and while its process lives no other one can commit.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tidegate.errors import LakeError
from tidegate.settings import Settings

CATALOG = "lake"
"""Spark's name for the catalog, which the JDBC catalog writes into each of its rows."""

FILE = "catalog.db"
WAIT = 30.0
"""Seconds to wait for a writer that holds the file."""

_TABLES = (
    "CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL,"
    "table_namespace VARCHAR(255) NOT NULL,table_name VARCHAR(255) NOT NULL,"
    "metadata_location VARCHAR(1000),previous_metadata_location VARCHAR(1000),"
    " iceberg_type VARCHAR(5),PRIMARY KEY (catalog_name, table_namespace, table_name))",
    "CREATE TABLE iceberg_namespace_properties(catalog_name VARCHAR(255) NOT NULL,"
    "namespace VARCHAR(255) NOT NULL,property_key VARCHAR(255),property_value VARCHAR(1000),"
    "PRIMARY KEY (catalog_name, namespace, property_key))",
)


def lake_folder(settings: Settings) -> Path:
    """The lake's folder, whether it is there or not.

    Raises:
        LakeError: its place is none for a folder.
    """
    if "://" in settings.lake:
        raise LakeError(
            f"{settings.lake}: the sqlite catalog needs a folder; for S3 use catalog glue"
            " (TIDEGATE_CATALOG, or catalog in tidegate.toml)"
        )
    folder = Path(settings.lake)
    if folder.exists() and not folder.is_dir():
        raise LakeError(
            f"{folder}: not a lake, but a file; name a lake's folder with --warehouse"
            " or TIDEGATE_WAREHOUSE"
        )
    return folder


def find_tables(settings: Settings) -> dict[str, str]:
    """Full name (prefix and all) to metadata file, in one read of the file.

    Raises:
        LakeError: there is no lake, or what is there isn't one.
    """
    file = lake_folder(settings) / FILE
    if not file.is_file():
        raise LakeError(
            f"no lake at {file.parent}: run `tidegate run` first, or name one with --warehouse"
            " or TIDEGATE_WAREHOUSE"
        )
    # A view has a metadata file too, but no rows; V1's iceberg_type tells them apart.
    rows = (
        "SELECT table_namespace || '.' || table_name, metadata_location FROM iceberg_tables"
        " WHERE catalog_name = ? AND coalesce(iceberg_type, 'TABLE') = 'TABLE'"
    )
    with _opened(settings, f"{file.as_uri()}?mode=ro") as db:
        return dict(db.execute(rows, [CATALOG]))


def make_catalog(settings: Settings) -> None:
    """Make the lake's folder and the file in it, without a table; what is there stays.

    Raises:
        LakeError: it can't be made there, or what is there isn't a lake.
    """
    folder = lake_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeError(
            f"{folder}: no lake can be made there ({error.strerror}); name another place with"
            " --warehouse or TIDEGATE_WAREHOUSE"
        ) from None
    with changed_catalog(settings):
        pass


@contextmanager
def changed_catalog(settings: Settings) -> Iterator[sqlite3.Connection]:
    """The file, its tables made, in one transaction that ends with the block."""
    with _opened(settings, (lake_folder(settings) / FILE).as_uri()) as db, db:
        if not _is_made(db):
            db.execute("BEGIN IMMEDIATE")
        if not _is_made(db):  # by another run, meanwhile
            for statement in _TABLES:
                db.execute(statement)
        yield db


def _is_made(db: sqlite3.Connection) -> bool:
    """Whether the tables are there; a database of something else is left as it is."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "iceberg_tables" not in names:
        raise sqlite3.DatabaseError("no such table: iceberg_tables")
    return bool(names)


@contextmanager
def _opened(settings: Settings, uri: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=WAIT)) as db:
            yield db
    except sqlite3.DatabaseError as error:
        raise LakeError(
            f"{settings.lake}: not a lake: its {FILE} is not an Iceberg catalog ({error});"
            " name a lake with --warehouse or TIDEGATE_WAREHOUSE"
        ) from None
