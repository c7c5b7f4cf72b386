"""One statement that reads, on its way through DuckDB: prepared, measured, run, stopped."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from tidegate.errors import QuestionError, TidegateError
from tidegate.lake import catalog
from tidegate.serve import dialect, engine, information, past
from tidegate.serve.parameters import Value
from tidegate.serve.place import word_place
from tidegate.serve.scanned import bytes_scanned
from tidegate.settings import Settings

STEP = 0.05  # seconds between two attempts to interrupt
SOURCE = "SQL"

_KINDS = {
    duckdb.ConversionException: "INVALID_CAST_ARGUMENT",
    duckdb.OutOfRangeException: "NUMERIC_VALUE_OUT_OF_RANGE",
    duckdb.CatalogException: "FUNCTION_NOT_FOUND",
    duckdb.BinderException: "SYNTAX_ERROR",
    duckdb.OutOfMemoryException: "EXCEEDED_MEMORY_LIMIT",
}


class Refused(QuestionError):
    """A statement can't be run; ``kind`` is Trino's name for why, e.g. ``TABLE_NOT_FOUND``."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Found:
    """What a statement gave.

    Attributes:
        columns: the columns' names.
        types: their types, as Athena names them.
        table: the rows.
    """

    columns: list[str]
    types: list[str]
    table: pa.Table

    @classmethod
    def of(cls, columns: list[str], rows: list[tuple[str | None, ...]]) -> "Found":
        """A table of texts."""
        vectors = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
        arrays = [pa.array(vector, pa.string()) for vector in vectors]
        return cls(columns, ["varchar"] * len(columns), pa.Table.from_arrays(arrays, columns))


@dataclass
class Statement:
    """A statement that is ready to run.

    Attributes:
        scanned: the bytes of data files that it reads.
    """

    scanned: int
    _lake: duckdb.DuckDBPyConnection
    _sql: str
    _values: Mapping[str, Value]
    _text: str
    _columns: dict[str, dialect.Columns]
    _over: Event = field(default_factory=Event)

    def run(self) -> Found:
        """Run it.

        Raises:
            Refused: it fails, or was stopped (``kind`` is ``INTERRUPTED``).
            LakeError: files of the lake can't be read.
        """
        try:
            with _failing(self._text, self._columns):
                return Found(*engine.run(self._lake, self._sql, self._values))
        finally:
            self._over.set()

    def stop(self) -> None:
        """Interrupt it, from another thread, until it has ended."""
        self._lake.interrupt()
        while not self._over.wait(STEP):  # one that comes just before the start is forgotten
            self._lake.interrupt()


@contextmanager
def prepared(
    settings: Settings,
    tree: exp.Query,
    text: str,
    *,
    values: Mapping[str, Value] | None = None,
    database: str = "",
    language: str = "athena",
) -> Iterator[Statement]:
    """A statement made ready over the lake as its readers see it, in a connection of its own.

    Args:
        settings: which lake.
        tree: the statement, as ``read`` gives it.
        text: its text, to mark places in.
        values: the value of each named placeholder; they are bound.
        database: the one of tables that are named without.
        language: ``athena`` or ``redshift``.

    Raises:
        Refused: it names what isn't there, or can't be translated.
        LakeError: there is no lake, or files of it can't be read.
    """
    locations = catalog.tables(settings)
    _add_database(tree, database)
    with engine.reader(settings) as lake:
        known = [*locations, *information.show(settings, lake, tree)]
        with _refusing("TABLE_NOT_FOUND"):
            names = dialect.table_names(tree, text, SOURCE, known)
        snapshots = _travel(lake, settings, tree, locations)
        used = {name: columns for name, columns in information.COLUMNS.items() if name in names}
        with _failing(text, used):
            for name in [name for name in names if name in locations]:
                used[name] = engine.view(lake, name, locations[name])
            for name, (table, snapshot) in snapshots.items():
                used[name] = engine.view(lake, name, locations[table], snapshot)
        with _refusing("NOT_SUPPORTED"):
            sql = dialect.to_duckdb(tree, used, SOURCE, language)
        bound = values or {}
        scanned = bytes_scanned(settings, tree, used, snapshots, bound)
        yield Statement(scanned, lake, sql, bound, text, used)


def read(text: str, language: str = "athena") -> exp.Query:
    """Parse a statement that only reads.

    Raises:
        Refused: it doesn't parse, isn't one statement, or does more than read.
    """
    try:
        return dialect.parse(text, SOURCE, language)
    except QuestionError as error:
        is_read_only = "only reading is allowed" in str(error) or "tables of the lake" in str(error)
        raise Refused("NOT_SUPPORTED" if is_read_only else "SYNTAX_ERROR", str(error)) from None


def _add_database(tree: exp.Query, database: str) -> None:
    """Name the database of each table that has none and is not a query of the same statement."""
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not table.db and table.name:
            if database and table.name.lower() not in ctes:
                table.set("db", exp.to_identifier(database))


def _travel(
    lake: duckdb.DuckDBPyConnection,
    settings: Settings,
    tree: exp.Query,
    locations: Mapping[str, str],
) -> dict[str, tuple[str, int]]:
    """Point each table that has a ``FOR … AS OF`` to a view of that snapshot.

    Returns:
        The table and snapshot by the view's name.
    """
    found = {}
    for table in list(tree.find_all(exp.Table)):
        version = past.asked(table)
        name = f"{table.db.lower()}.{table.name.lower()}"
        if version is None or name not in locations:
            continue
        metadata = catalog.read_metadata(settings, name, locations[name])
        with _refusing("INVALID_ARGUMENTS"):
            meant = _constant(lake, version)
            if version.this == "TIMESTAMP":
                snapshot = past.snapshot_at(metadata, meant, name)
            else:
                snapshot = past.published(metadata, meant, name)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        view = f"{table.name.lower()}@{snapshot}"
        table.set("this", exp.to_identifier(view, quoted=True))
        table.set("version", None)
        found[f"{table.db.lower()}.{view}"] = name, snapshot
    return found


def _constant(lake: duckdb.DuckDBPyConnection, version: exp.Version) -> Any:
    """The moment or number that is meant."""
    kind = "TIMESTAMPTZ" if version.this == "TIMESTAMP" else "BIGINT"
    meant = version.expression
    if meant.find(exp.Column, exp.Query):
        raise QuestionError("FOR … AS OF takes a constant")
    try:
        # By way of a number: DuckDB needs pytz to hand out a time with a zone.
        asked = exp.cast(meant.copy(), kind).sql("duckdb")
        if kind == "BIGINT":
            return lake.execute(f"SELECT {asked}").fetchone()[0]  # type: ignore[index]
        return lake.execute(f"SELECT {asked} AS moment").to_arrow_table()["moment"][0].as_py()
    except duckdb.Error as error:
        raise QuestionError(f"FOR … AS OF: {engine.first_line(error)}") from None


@contextmanager
def _refusing(kind: str) -> Iterator[None]:
    """Give what is refused Trino's name."""
    try:
        yield
    except QuestionError as error:
        raise Refused(kind, str(error)) from None


@contextmanager
def _failing(text: str, columns: dict[str, dialect.Columns]) -> Iterator[None]:
    """Say what DuckDB says, with Trino's name for it."""
    try:
        yield
    except duckdb.InterruptException:
        raise Refused("INTERRUPTED", "the query was stopped") from None
    except (duckdb.IOException, duckdb.HTTPException) as error:
        raise TidegateError(engine.first_line(error)) from None
    except duckdb.Error as error:
        message = engine.in_words(error, columns)
        kind = next((kind for one, kind in _KINDS.items() if isinstance(error, one)), None)
        if re.match('no column "', message):
            kind = "COLUMN_NOT_FOUND"
        raise Refused(kind or "GENERIC_USER_ERROR", message + word_place(message, text)) from None
