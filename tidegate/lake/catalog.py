"""The lake's catalog for readers without Spark: its tables, and where each one's metadata is.

On a laptop the catalog is the SQLite file that Spark writes (Iceberg's JDBC catalog, schema V1);
on AWS it is Glue. Nothing here creates or changes anything.
"""

import datetime as dt
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidegate.aws import aws_config
from tidegate.errors import FilesGone, LakeError, did_you_mean
from tidegate.lake.catalog_file import CATALOG, FILE, find_tables
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

_EPOCH = dt.date(1970, 1, 1)  # Iceberg counts days from here


def open_catalog(settings: Settings) -> "Catalog":
    """The lake's catalog, as pyiceberg reads it.

    Args:
        settings: whose ``catalog`` and ``lake`` say which.

    Returns:
        The catalog that Spark writes, opened without creating anything.

    Raises:
        LakeError: there is no lake, or what is there isn't one.
    """
    if settings.catalog == "glue":
        from pyiceberg.catalog.glue import GlueCatalog

        return GlueCatalog(CATALOG, warehouse=settings.lake, **_aws_properties(settings))
    from pyiceberg.catalog.sql import SqlCatalog  # takes half a second to import

    find_tables(settings)  # says what is wrong before SQLite makes an empty file of it
    return SqlCatalog(
        CATALOG,
        uri=f"sqlite:///{Path(settings.lake) / FILE}",
        warehouse=settings.lake,
        init_catalog_tables="false",
    )


def tables(settings: Settings) -> dict[str, str]:
    """Every table of the lake, as of one moment.

    Args:
        settings: whose ``catalog``, ``lake`` and ``database_prefix`` say which.

    Returns:
        The address of its current metadata file by the table's full name without the prefix,
        in the names' order.

    Raises:
        LakeError: there is no lake, or what is there isn't one.
    """
    found = _glue_tables(settings) if settings.catalog == "glue" else find_tables(settings)
    prefix = settings.database_prefix
    return {
        name.removeprefix(prefix): location
        for name, location in sorted(found.items())
        if name.startswith(prefix)
    }


def is_there(settings: Settings) -> bool:
    """Whether there is a lake yet; a Glue catalog always is."""
    return settings.catalog == "glue" or (Path(settings.lake) / FILE).is_file()


def metadata(settings: Settings, table: str) -> dict[str, Any]:
    """A table's Iceberg metadata, in the words of Iceberg's spec.

    Args:
        settings: which lake.
        table: the table's full name without the prefix, e.g. ``clean.github_events``.

    Returns:
        The metadata file's content: ``current-snapshot-id``, ``snapshots``, ``refs`` and the rest.

    Raises:
        LakeError: there is no lake, no such table, or its metadata file can't be read.
    """
    known = tables(settings)
    if table not in known:
        there = did_you_mean(table, list(known)) or f"\n  it has: {', '.join(known) or 'no table'}"
        raise LakeError(f'the lake at {settings.lake} has no table "{table}"{there}')
    return read_metadata(settings, table, known[table])


def read_metadata(settings: Settings, table: str, location: str) -> dict[str, Any]:
    """A table's Iceberg metadata from its metadata file, of which ``tables`` has the address.

    Raises:
        LakeError: the file can't be read.
    """
    try:
        content = _read(settings, location)
        text = gzip.decompress(content) if location.endswith(".gz.metadata.json") else content
        found: dict[str, Any] = json.loads(text)
    except (OSError, ValueError) as error:
        raise FilesGone(f"{table}: its metadata file {location} can't be read: {error}") from None
    return found


def day_sizes(
    settings: Settings, table: str, partition: Sequence[str], day: str | None
) -> dict[dt.date | None, tuple[int, int]]:
    """How many rows and bytes each day of a table has, from its manifests.

    Args:
        settings: which lake.
        table: the table's full name without the prefix.
        partition: the columns it is partitioned by, in order.
        day: the one of them whose days are asked for, a date or a timestamp; None for all of the
            table, under None.

    Raises:
        LakeError: there is no lake, or no such table.
    """
    found: dict[dt.date | None, tuple[int, int]] = {}
    opened = open_catalog(settings).load_table(f"{settings.database_prefix}{table}")
    place = list(partition).index(day) if day else None
    for task in opened.scan().plan_files():
        days = None if place is None else task.file.partition[place]
        key = None if days is None else _EPOCH + dt.timedelta(days=days)
        rows, size = found.get(key, (0, 0))
        found[key] = rows + task.file.record_count, size + task.file.file_size_in_bytes
    return found


def days_with_rows(
    settings: Settings, table: str, partition: Sequence[str], day: str
) -> set[dt.date]:
    """The days that have rows, in UTC, from a table's manifests.

    Args:
        settings: which lake.
        table: the table's full name without the prefix.
        partition: the columns it is partitioned by, in order.
        day: the one of them whose days are asked for, a date or a timestamp.

    Raises:
        LakeError: there is no lake, or no such table.
    """
    opened = open_catalog(settings).load_table(f"{settings.database_prefix}{table}")
    place = list(partition).index(day)
    found = {task.file.partition[place] for task in opened.scan().plan_files()}
    return {_EPOCH + dt.timedelta(days=one) for one in found if one is not None}


def comments(settings: Settings, table: str) -> dict[str, str]:
    """What a table's schema says of its columns, for people; those it says nothing of are left out.

    Raises:
        LakeError: there is no lake, no such table, or its metadata file can't be read.
    """
    found = fields(metadata(settings, table))
    return {field["name"]: field["doc"] for field in found if field.get("doc")}


def columns(settings: Settings, table: str) -> list[str]:
    """The columns that a table has now, in order, by the names they are stored under.

    Raises:
        LakeError: there is no lake, no such table, or its metadata file can't be read.
    """
    return [field["name"] for field in fields(metadata(settings, table))]


def fields(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns that a table has now, as Iceberg's metadata has them."""
    current = metadata["current-schema-id"]
    found: list[dict[str, Any]] = next(
        schema["fields"] for schema in metadata["schemas"] if schema["schema-id"] == current
    )
    return found


def _read(settings: Settings, location: str) -> bytes:
    """A file of the lake, from the folder or from S3."""
    if location.startswith(("file:", "/")):
        return Path("/" + location.removeprefix("file:").lstrip("/")).read_bytes()
    from pyiceberg.io import load_file_io

    files = load_file_io(_aws_properties(settings), location)
    with files.new_input(location).open() as stream:
        return bytes(stream.read())


def _aws_properties(settings: Settings) -> dict[str, str]:
    """How pyiceberg reaches Glue and S3."""
    aws = aws_config(settings)
    given = {
        "client.region": aws.region,
        "glue.endpoint": aws.endpoint_url,
        "s3.endpoint": aws.endpoint_url,
        "client.access-key-id": aws.access_key,
        "client.secret-access-key": aws.secret,
    }
    return {name: value for name, value in given.items() if value}


def _glue_tables(settings: Settings) -> dict[str, str]:
    """Full name (prefix and all) to metadata file, from Glue's listing alone."""
    glue: Any = open_catalog(settings).glue  # type: ignore[attr-defined]
    databases = glue.get_paginator("get_databases").paginate()
    listed = (
        table
        for page in databases
        for database in page["DatabaseList"]
        if database["Name"].startswith(settings.database_prefix)
        for tables_page in glue.get_paginator("get_tables").paginate(DatabaseName=database["Name"])
        for table in tables_page["TableList"]
    )
    return {
        f"{table['DatabaseName']}.{table['Name']}": table["Parameters"]["metadata_location"]
        for table in listed
        if "metadata_location" in table.get("Parameters", {})
    }


def greatest(
    settings: Settings, table: str, of: Sequence[str], columns: Sequence[str]
) -> dict[tuple[str, ...], dict[str, Any]]:
    """The greatest value of some columns, of each value of a table's partitioning, from its files.

    Args:
        settings: which lake.
        table: the table's full name without the prefix.
        of: the columns of the partitioning that tell values apart; others are summed up.
        columns: whose bounds are asked; texts must be kept whole (``write.metadata.metrics``).

    Returns:
        By the partitioning's values, the greatest value by column: a text or a time in UTC.

    Raises:
        LakeError: there is no lake, or no such table.
    """
    from pyiceberg.conversions import from_bytes
    from pyiceberg.types import TimestamptzType

    opened = open_catalog(settings).load_table(f"{settings.database_prefix}{table}")
    schema, spec = opened.schema(), opened.spec()
    places = [[field.name for field in spec.fields].index(name) for name in of]
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for task in opened.scan().plan_files():
        told = found.setdefault(tuple(task.file.partition[place] for place in places), {})
        for name in columns:
            field = schema.find_field(name)
            bound = (task.file.upper_bounds or {}).get(field.field_id)
            if bound is not None:
                kind: Any = field.field_type
                value: Any = from_bytes(kind, bound)
                if isinstance(kind, TimestamptzType):
                    value = dt.datetime.fromtimestamp(value / 1e6, dt.UTC)
                told[name] = max(value, told.get(name, value))
    return found
