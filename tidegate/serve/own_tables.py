"""Redshift's own tables at the local endpoint: a DuckDB in memory, beside the lake's.

They are gone when the endpoint stops, and what says that they were loaded with them. A
materialized view is a plain table here, whose comment is what it selects.
"""

import duckdb

from tidegate.serve import engine
from tidegate.serve.dialect import Columns
from tidegate.serve.tables import Column, Table, hive_of
from tidegate.settings import Settings

OWN = "redshift"  # the DuckDB's name


def show(lake: duckdb.DuckDBPyConnection, known: list[str]) -> dict[str, Columns]:
    """Make Redshift's own tables readable in a statement's connection; their columns.

    Args:
        lake: the connection.
        known: the names of the lake's tables, which stay the lake's.
    """
    shown = {}
    for name in [name for name in selects(lake) if name not in known]:
        schema, table = (f'"{part}"' for part in name.split("."))
        lake.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        lake.execute(f"CREATE VIEW {schema}.{table} AS FROM {OWN}.{schema}.{table}")
        described = lake.execute(f"DESCRIBE {schema}.{table}").fetchall()
        shown[name] = {row[0]: row[1] for row in described}
    return shown


def selects(lake: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What each materialized view selects, in Redshift's SQL; nothing, for other own tables."""
    lake.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {OWN}")
    found = lake.execute(
        "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = $own",
        {"own": OWN},
    ).fetchall()
    return {f"{schema}.{table}": comment or "" for schema, table, comment in found}


def listed(settings: Settings) -> list[Table]:
    """Redshift's own tables as clients find them, by name; their databases have the prefix."""
    with engine.reader(settings) as lake:
        found = sorted(show(lake, []).items())
    return [_table(f"{settings.database_prefix}{name}", columns) for name, columns in found]


def _table(name: str, columns: Columns) -> Table:
    kinds = {column: engine.athena_type(duckdb.sqltype(kind)) for column, kind in columns.items()}
    found = tuple(
        Column(place, column, hive_of(kind), kind, "", is_required=False)
        for place, (column, kind) in enumerate(kinds.items(), start=1)
    )
    schema, table = name.split(".")
    return Table(schema, table, "", "", 0, found)
