"""``information_schema``: what the lake has, as a statement reads it."""

import duckdb
from sqlglot import exp

from tidegate.serve import dialect
from tidegate.serve.tables import Table, databases, tables
from tidegate.settings import Settings

SCHEMA = "information_schema"
_STORED = "of_the_lake"  # DuckDB has an information_schema of its own

COLUMNS: dict[str, dialect.Columns] = {
    f"{_STORED}.schemata": {"catalog_name": "VARCHAR", "schema_name": "VARCHAR"},
    f"{_STORED}.tables": {
        "table_catalog": "VARCHAR",
        "table_schema": "VARCHAR",
        "table_name": "VARCHAR",
        "table_type": "VARCHAR",
    },
    f"{_STORED}.columns": {
        "table_catalog": "VARCHAR",
        "table_schema": "VARCHAR",
        "table_name": "VARCHAR",
        "column_name": "VARCHAR",
        "ordinal_position": "BIGINT",
        "column_default": "VARCHAR",
        "is_nullable": "VARCHAR",
        "data_type": "VARCHAR",
        "comment": "VARCHAR",
        "extra_info": "VARCHAR",
    },
}


def show(
    settings: Settings, lake: duckdb.DuckDBPyConnection, tree: exp.Query, language: str
) -> list[str]:
    """Make what a statement reads of ``information_schema`` readable; its tables' names here."""
    asked = [one for one in tree.find_all(exp.Table) if one.db.lower() == SCHEMA]
    for table in asked:
        table.set("db", exp.to_identifier(_STORED))
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    if not asked:
        return []
    lake.execute(f"CREATE SCHEMA {_STORED}")
    rows = _rows(settings, language)
    for name, columns in COLUMNS.items():
        typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        lake.execute(f"CREATE TABLE {name} ({typed})")
        if rows[name]:
            holes = ", ".join("?" for _ in columns)
            lake.executemany(f"INSERT INTO {name} VALUES ({holes})", rows[name])
    return list(COLUMNS)


def _kind(one: Table) -> str:
    return "VIEW" if one.select else "BASE TABLE"


def _rows(settings: Settings, language: str) -> dict[str, list[list[object]]]:
    """Each table's rows."""
    named = [*databases(settings, language), SCHEMA]
    found = [one for database in named for one in tables(settings, database, language)]
    catalog = dialect.CATALOG
    return {
        f"{_STORED}.schemata": [[catalog, database] for database in named],
        f"{_STORED}.tables": [[catalog, one.database, one.name, _kind(one)] for one in found],
        f"{_STORED}.columns": [
            [
                catalog,
                one.database,
                one.name,
                column.name,
                place,
                None,
                "NO" if column.is_required else "YES",
                column.trino,
                column.comment or None,
                None,
            ]
            for one in found
            for place, column in enumerate(one.columns, start=1)
        ],
    }
