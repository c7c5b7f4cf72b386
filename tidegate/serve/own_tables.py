"""Redshift's own tables at the local endpoint: a DuckDB in memory, beside the lake's.

They are gone when the endpoint stops, and what says that they were loaded with them.
"""

import duckdb

from tidegate.serve.dialect import Columns

OWN = "redshift"  # the DuckDB's name


def show(lake: duckdb.DuckDBPyConnection, known: list[str]) -> dict[str, Columns]:
    """Make Redshift's own tables readable in a statement's connection; their columns.

    Args:
        lake: the connection.
        known: the names of the lake's tables, which stay the lake's.
    """
    attach(lake)
    found = lake.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $own",
        {"own": OWN},
    ).fetchall()
    shown = {}
    for schema, table in found:
        name = f"{schema}.{table}"
        if name not in known:
            lake.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            lake.execute(f'CREATE VIEW "{schema}"."{table}" AS FROM {OWN}."{schema}"."{table}"')
            described = lake.execute(f'DESCRIBE "{schema}"."{table}"').fetchall()
            shown[name] = {row[0]: row[1] for row in described}
    return shown


def attach(lake: duckdb.DuckDBPyConnection) -> None:
    """Make the DuckDB of those tables known to a connection."""
    lake.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {OWN}")
