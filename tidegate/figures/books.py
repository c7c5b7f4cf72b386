"""What the tables of figures hold, as table ``tidegate.loads`` says beside them: a row a mart."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tidegate.serve.loads import Loaded

PREPARE = (
    "CREATE SCHEMA IF NOT EXISTS tidegate",
    "CREATE TABLE IF NOT EXISTS tidegate.loads (table_name TEXT PRIMARY KEY, made_of TEXT NOT NULL,"
    " number BIGINT NOT NULL, snapshot BIGINT NOT NULL, definition TEXT NOT NULL,"
    " published_at TIMESTAMPTZ NOT NULL, loaded_at TIMESTAMPTZ NOT NULL)",
)
"""What makes the table where it isn't there."""

_READ = (
    "SELECT table_name, made_of, number, snapshot, definition, published_at, loaded_at"
    " FROM tidegate.loads ORDER BY table_name"
)
_WRITE = (
    "INSERT INTO tidegate.loads VALUES"
    " (:table, :made_of, :number, :snapshot, :definition, :published_at, clock_timestamp())"
    " ON CONFLICT (table_name) DO UPDATE SET made_of = excluded.made_of, number = excluded.number,"
    " snapshot = excluded.snapshot, definition = excluded.definition,"
    " published_at = excluded.published_at, loaded_at = excluded.loaded_at"
)
_NEVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Dated(Loaded):
    """What a mart's table holds, and since when.

    Attributes:
        published_at: when the snapshot was made that it is.
        loaded_at: when it was loaded.
    """

    published_at: dt.datetime = _NEVER
    loaded_at: dt.datetime = _NEVER


def loaded(connection: Any) -> dict[str, Dated]:
    """What was loaded, by the mart's name."""
    return {name: Dated(*told) for name, *told in connection.run(_READ)}


def record(connection: Any, table: str, now: Loaded, published_at: dt.datetime) -> None:
    """Say what a mart's table now holds."""
    connection.run(
        _WRITE,
        table=table,
        made_of=now.made_of,
        number=now.number,
        snapshot=now.snapshot,
        definition=now.definition,
        published_at=published_at,
    )
