"""Time travel: which snapshot of a table ``FOR … AS OF`` means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb
from sqlglot import exp

from tidegate.errors import QuestionError
from tidegate.lake import catalog
from tidegate.settings import Settings

Place = tuple[str, int | None]
"""A table's metadata file, and which of its snapshots is read where it isn't the newest."""


def snapshot_at(metadata: dict[str, Any], moment: datetime, name: str) -> int:
    """What a table's readers saw at a moment.

    Args:
        metadata: the table's, in the words of Iceberg's spec.
        moment: with its zone.
        name: what to call the table in a message.

    Raises:
        QuestionError: the table had nothing to read by then.
    """
    log = [(entry["timestamp-ms"], entry["snapshot-id"]) for entry in metadata["snapshot-log"]]
    before = [snapshot for time, snapshot in log if time <= moment.timestamp() * 1000]
    if not before:
        since = f"; it begins at {_moment(log[0][0])}" if log else ""
        raise QuestionError(f"no version of {name} at {moment.astimezone(UTC):%F %T} UTC{since}")
    return int(before[-1])


def published(metadata: dict[str, Any], snapshot: int, name: str) -> int:
    """A snapshot by its number, once it is sure that readers of the table have seen it.

    Raises:
        QuestionError: it isn't there, or is on a branch that was not published.
    """
    parents = {one["snapshot-id"]: one.get("parent-snapshot-id") for one in metadata["snapshots"]}
    at = metadata.get("current-snapshot-id")
    while at in parents and at != snapshot:
        at = parents[at]
    if at != snapshot:
        raise QuestionError(f"{name} has no published version {snapshot}")
    return snapshot


def travel(
    lake: duckdb.DuckDBPyConnection,
    settings: Settings,
    tree: exp.Query,
    locations: Mapping[str, str],
) -> dict[str, tuple[str, int]]:
    """Rename each table that has a ``FOR … AS OF``, so that a view of the snapshot can be it.

    Args:
        lake: what works out the moment that is meant.
        settings: which lake.
        tree: the statement, its tables named with their databases.
        locations: the metadata file of each table.

    Returns:
        The table and its snapshot by the new name.

    Raises:
        QuestionError: there is no such snapshot, or what is asked for is no constant.
        LakeError: a metadata file can't be read.
    """
    found = {}
    for table in list(tree.find_all(exp.Table)):
        version = table.args.get("version")
        name = f"{table.db.lower()}.{table.name.lower()}"
        if not isinstance(version, exp.Version) or name not in locations:
            continue
        metadata = catalog.read_metadata(settings, name, locations[name])
        meant = _constant(lake, version)
        if version.this == "TIMESTAMP":
            snapshot = snapshot_at(metadata, meant, name)
        else:
            snapshot = published(metadata, meant, name)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        view = f"{table.name.lower()}@{snapshot}"
        table.set("this", exp.to_identifier(view, quoted=True))
        table.set("version", None)
        found[f"{table.db.lower()}.{view}"] = name, snapshot
    return found


def places(
    names: list[str], snapshots: Mapping[str, tuple[str, int]], locations: Mapping[str, str]
) -> dict[str, Place]:
    """Where each table of the lake is: its metadata file, and its snapshot if an older one.

    Args:
        names: the tables that are read as they are.
        snapshots: the table and snapshot of each name that ``travel`` gave.
        locations: the metadata file of each table.
    """
    newest: dict[str, Place] = {
        name: (locations[name], None) for name in names if name in locations
    }
    older = {name: (locations[table], one) for name, (table, one) in snapshots.items()}
    return newest | older


def _constant(lake: duckdb.DuckDBPyConnection, version: exp.Version) -> Any:
    """The moment or number that is meant."""
    kind = "TIMESTAMPTZ" if version.this == "TIMESTAMP" else "BIGINT"
    meant = version.expression
    if meant.find(exp.Column, exp.Query, exp.Placeholder):
        raise QuestionError("FOR … AS OF takes a constant")
    try:
        # By way of Arrow: DuckDB's own rows need pytz for a time with a zone.
        asked = exp.cast(meant.copy(), kind).sql("duckdb")
        return lake.execute(f"SELECT {asked} AS meant").to_arrow_table()["meant"][0].as_py()
    except duckdb.Error as error:
        raise QuestionError(f"FOR … AS OF: {str(error).splitlines()[0]}") from None


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%F %T} UTC"
