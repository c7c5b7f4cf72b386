"""DuckDB over the lake: reads what readers see, each table's ``main``, and nothing else."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa

from tidegate.errors import did_you_mean
from tidegate.serve import dialect, manifests
from tidegate.serve.parameters import Value
from tidegate.serve.storage import allowed, s3_secret
from tidegate.serve.translate import MACROS
from tidegate.settings import Settings

_opened: dict[str, duckdb.DuckDBPyConnection] = {}  # by the lake's address
_opening = Lock()
_rooms = count()

_ATHENA_TYPES = {
    "HUGEINT": "bigint",  # a sum of bigint, which Athena keeps bigint
    "UBIGINT": "bigint",
    "UINTEGER": "bigint",
    "FLOAT": "real",
    "BLOB": "varbinary",
    "TIMESTAMP": "timestamp(6)",
    "TIMESTAMP WITH TIME ZONE": "timestamp(6) with time zone",
    "UUID": "varchar",
    '"NULL"': "varchar",
}


@contextmanager
def reader(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one statement, which sees no other's views and opens the lake's files only.

    Opening DuckDB takes longer than most questions, so a process does it once a lake.
    """
    with _opening:
        if settings.lake not in _opened:
            _opened[settings.lake] = _open(settings)
        lake = _opened[settings.lake].cursor()
        room = f"answer_{next(_rooms)}"
    lake.execute(f"ATTACH ':memory:' AS {room}")
    lake.execute(f"USE {room}")
    try:
        yield lake
    finally:
        lake.execute("USE memory")
        lake.execute(f"DETACH {room}")
        lake.close()


def _open(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, in UTC, that reads Iceberg tables of the lake and is then locked.

    The extensions come from installed packages; nothing is downloaded.
    """
    lake = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "temp_directory": str(settings.state / "spill"),
        }
    )
    lake.execute("SET GLOBAL TimeZone = 'UTC'")
    lake.create_function("from_utf8", _from_utf8, ["BLOB"], "VARCHAR")
    for macro in MACROS:
        lake.execute(macro)
    on_s3 = settings.lake.startswith("s3")
    for name in ["avro", *(["httpfs"] if on_s3 else []), "iceberg"]:  # iceberg needs avro before it
        folder = Path(str(import_module(f"duckdb_extension_{name}").__file__)).parent
        file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        lake.load_extension(str(file))
    if on_s3:
        lake.execute(s3_secret(settings))
    lake.execute("SET allowed_directories = $folders", {"folders": allowed(settings)})
    lake.execute("SET enable_external_access = false")
    lake.execute("SET lock_configuration = true")
    return lake


def view(
    lake: duckdb.DuckDBPyConnection,
    name: str,
    location: str,
    metadata: dict[str, Any],
    snapshot: int | None = None,
) -> dialect.Columns:
    """Make a table of the lake readable by a name; its columns and their DuckDB types.

    Args:
        lake: the connection.
        name: the name, with its database.
        location: the table's metadata file.
        metadata: what is in it.
        snapshot: which of its snapshots; by default the one its readers see.

    Raises:
        duckdb.Error: a manifest can't be read.
    """
    database, table = (f'"{part}"' for part in name.split("."))
    lake.execute(f"CREATE SCHEMA IF NOT EXISTS {database}")
    file = location.replace("'", "''")
    which = f", snapshot_from_id = {snapshot:d}" if snapshot is not None else ""
    # iceberg_scan ends the process where a manifest is gone; this raises an error instead.
    manifests.check(lake, metadata, snapshot)
    lake.execute(f"CREATE VIEW {database}.{table} AS SELECT * FROM iceberg_scan('{file}'{which})")
    # DESCRIBE would plan the scan, and so read every manifest, once more.
    kept = "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = $room"
    kept += " AND schema_name = $database AND table_name = $table ORDER BY column_index"
    room = lake.execute("SELECT current_database()").fetchall()[0][0]
    named = {"room": room, "database": name.split(".")[0], "table": name.split(".")[1]}
    return dict(lake.execute(kept, named).fetchall())


def run(
    lake: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Value]
) -> tuple[list[str], list[str], pa.Table]:
    """Run a translated statement: columns and types, as Athena names them, and the rows."""
    result = lake.execute(sql, dict(values))
    described = result.description or []
    columns = [re.sub(r"^_col_(\d+)$", r"_col\1", column[0]) for column in described]
    # By way of Arrow: DuckDB's own rows need pytz for a timestamp with a zone.
    found = result.to_arrow_table().rename_columns(columns)
    for place, column in enumerate(described):
        if str(column[1]) == "HUGEINT":
            name = found.column_names[place]
            found = found.set_column(place, name, _bigint(found.column(place)))
    return columns, [athena_type(column[1]) for column in described], found


def _bigint(sums: pa.ChunkedArray) -> pa.ChunkedArray:
    """DuckDB's 128 bits as Athena's bigint."""
    try:
        return sums.cast(pa.decimal128(38, 0)).cast(pa.int64())
    except pa.ArrowInvalid:
        raise duckdb.OutOfRangeException("a bigint overflows") from None


def athena_type(kind: Any) -> str:
    """Athena's name for a DuckDB type; a row's members have none where nobody named them.

    Args:
        kind: the type, as DuckDB's Python has it.
    """
    if kind.id not in ("list", "map", "struct"):
        return _ATHENA_TYPES.get(str(kind), str(kind).lower())
    inside = [(name, athena_type(one)) for name, one in kind.children]
    if kind.id == "list":
        return f"array({inside[0][1]})"
    if kind.id == "map":
        return f"map({inside[0][1]}, {inside[1][1]})"
    members = (one if re.fullmatch(r"field\d+", name) else f"{name} {one}" for name, one in inside)
    return f"row({', '.join(members)})"


def in_words(error: duckdb.Error, columns: Mapping[str, dialect.Columns]) -> str:
    """What DuckDB says, with the nearest column where one isn't there."""
    said = first_line(error)
    unknown = re.match(r'(?:Referenced c|C)olumn "([^"]+)" (?:not found|referenced that)', said)
    if not unknown:
        return said
    known = list(dict.fromkeys(column for found in columns.values() for column in found))
    hint = did_you_mean(unknown[1].lower(), known)
    return f'no column "{unknown[1]}" in {", ".join(columns) or "what is selected"}{hint}'


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without the candidates and the translated SQL it lists below."""
    first = str(error).strip().splitlines()[0]
    return re.sub(r"^(Invalid Input|[A-Z]\w+) Error: ", "", first)


def _from_utf8(payload: bytes) -> str:
    """Athena's from_utf8: a byte that isn't UTF-8 becomes the replacement character."""
    return payload.decode("utf-8", "replace")
