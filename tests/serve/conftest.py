"""A tiny lake, written with pyiceberg: as Spark's, with no Spark."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog

from tests.conftest import project_contracts
from tidegate.settings import Settings, load_settings

PROJECT = Path(__file__).parents[2]

Rows = Mapping[str, list[dict[str, Any]]]  # of tables by name

STARS = {"event_date": "date", "repository": "string", "stars": "long", "share": "decimal(5,2)"}
EVENTS = {"id": "string", "happened_at": "timestamp", "tags": "array<string>", "payload": "binary"}

TYPES = {
    "string": pa.string(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "binary": pa.binary(),
    "decimal(5,2)": pa.decimal128(5, 2),
    "decimal(18,6)": pa.decimal128(18, 6),
    "array<string>": pa.list_(pa.string()),
}


def schema(columns: dict[str, str]) -> pa.Schema:
    return pa.schema([pa.field(name, TYPES[kind]) for name, kind in columns.items()])


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def stars(*rows: tuple[str, str, int]) -> pa.Table:
    """Rows of mart.stars, e.g. ("2015-01-01", "ann/sea", 7)."""
    columns = [
        {"event_date": day(date), "repository": name, "stars": count, "share": Decimal("12.50")}
        for date, name, count in rows
    ]
    return pa.Table.from_pylist(columns, schema=schema(STARS))


def open_for_writing(folder: Path) -> SqlCatalog:
    folder.mkdir(parents=True, exist_ok=True)
    return SqlCatalog("lake", uri=f"sqlite:///{folder}/catalog.db", warehouse=str(folder))


def make_events(catalog: SqlCatalog) -> None:
    """clean.events: one row of the awkward types."""
    events = catalog.create_table("clean.events", schema(EVENTS))
    moment = dt.datetime(2015, 1, 1, 13, 5, 0, 250_000, tzinfo=dt.UTC)
    row = {"id": "1", "happened_at": moment, "tags": ["a", "b"], "payload": b"\xffA"}
    events.append(pa.Table.from_pylist([row], schema=schema(EVENTS)))


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """mart.stars: a replaced day, and a branch ahead of main. mart.nothing: no rows yet.

    clean.events: one row of the awkward types.
    """
    project = tmp_path_factory.mktemp("project")
    (project / "contracts").mkdir()
    catalog = open_for_writing(project / ".tidegate" / "lake")
    for database in ("mart", "clean"):
        catalog.create_namespace(database)

    table = catalog.create_table("mart.stars", schema(STARS))
    table.append(stars(("2015-01-01", "ann/sea", 1), ("2015-01-02", "bob/tide", 7)))
    table.overwrite(stars(("2015-01-01", "ann/sea", 1234)), "event_date = '2015-01-01'")
    snapshot = table.current_snapshot()
    assert snapshot
    table.manage_snapshots().create_branch(snapshot.snapshot_id, "run-2").commit()
    table.append(stars(("2015-01-03", "eve/flood", 99)), branch="run-2")
    table.delete("repository = 'bob/tide'", branch="run-2")

    catalog.create_table("mart.nothing", schema(STARS))

    make_events(catalog)
    return load_settings(project)


@pytest.fixture
def question(lake: Settings):
    """Saves a text as a question of the project; takes the file away afterwards."""
    folder = lake.project / "sql" / "athena"
    folder.mkdir(parents=True, exist_ok=True)
    written = []

    def save(name: str, text: str) -> Path:
        path = folder / f"{name}.sql"
        path.write_text(text)
        written.append(path)
        return path

    yield save
    for path in written:
        path.unlink()


def make_lake(folder: Path, rows: Rows) -> Settings:
    """A lake with the project's tables, of which some have rows."""
    make_tables(open_for_writing(folder), rows)
    return load_settings(PROJECT, warehouse=str(folder))


def make_tables(catalog: Catalog, rows: Rows) -> None:
    """The project's tables in a catalog."""
    for name, contract in project_contracts().items():
        columns = schema({column.stored: column.type for column in contract.kept})
        catalog.create_namespace_if_not_exists(name.split(".")[0])
        table = catalog.create_table(name, columns)
        if name in rows:
            table.append(pa.Table.from_pylist(rows[name], schema=columns))
