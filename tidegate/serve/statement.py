"""One statement that reads, on its way through DuckDB: prepared, measured, run, stopped."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

import duckdb
import pyarrow as pa
from sqlglot import exp

from tidegate.errors import FilesGone, QuestionError
from tidegate.lake import catalog
from tidegate.serve import dialect, engine, information, past, views
from tidegate.serve.constants import Constants
from tidegate.serve.parameters import Value
from tidegate.serve.place import word_place
from tidegate.serve.scanned import bytes_scanned
from tidegate.settings import Settings

STEP = 0.05  # seconds between two attempts to interrupt
SOURCE = "SQL"

ONLY_READING = "only reading is allowed (SELECT, WITH, SHOW TABLES, DESCRIBE)"
# What sqlglot can't parse of it would else be told as a slip of the pen.
_BEYOND = re.compile(
    r"ALTER|ANALYZE|CALL|COMMENT|COPY|CREATE|DELETE|DROP|GRANT|INSERT|MERGE|MSCK|OPTIMIZE|REFRESH"
    r"|RENAME|REPLACE|REVOKE|SET|TRUNCATE|UPDATE|USE|VACUUM",
    re.IGNORECASE,
)
_KINDS = {
    duckdb.ConversionException: "INVALID_CAST_ARGUMENT",
    duckdb.OutOfRangeException: "NUMERIC_VALUE_OUT_OF_RANGE",
    duckdb.CatalogException: "FUNCTION_NOT_FOUND",
    duckdb.BinderException: "SYNTAX_ERROR",
    duckdb.OutOfMemoryException: "EXCEEDED_MEMORY_LIMIT",
}


class StatementError(QuestionError):
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
            StatementError: it fails, or was stopped (``kind`` is ``INTERRUPTED``).
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
        StatementError: it names what isn't there, or can't be translated.
        LakeError: there is no lake, or files of it can't be read.
    """
    locations, bound = catalog.tables(settings), values or {}
    _add_database(tree, database)
    with _refusing("TABLE_NOT_FOUND"):
        has_views = views.expand(settings, tree, text, SOURCE)
    with engine.reader(settings) as lake:
        known = [*locations, *information.show(settings, lake, tree)]
        with _refusing("TABLE_NOT_FOUND"):
            names = dialect.table_names(tree, text, SOURCE, known)
        with _refusing("INVALID_ARGUMENTS"):
            snapshots = past.travel(lake, settings, tree, locations)
        used = {name: columns for name, columns in information.COLUMNS.items() if name in names}
        with _failing(text, used):
            for name in [name for name in names if name in locations]:
                used[name] = engine.view(lake, name, locations[name])
            for name, (table, snapshot) in snapshots.items():
                used[name] = engine.view(lake, name, locations[table], snapshot)
        with _refusing("NOT_SUPPORTED"):
            sql = dialect.to_duckdb(tree, used, SOURCE, language, bound)
        read = dialect.flat(tree, used, language) if has_views else tree
        places = past.places([name for name in names if name in locations], snapshots, locations)
        constants = Constants(lake, language, bound)
        scanned = bytes_scanned(settings, read, used, places, constants)
        yield Statement(scanned, lake, sql, bound, text, used)


def read(text: str, language: str = "athena") -> exp.Query:
    """Parse a statement that only reads.

    Raises:
        StatementError: it doesn't parse, isn't one statement, or does more than read.
    """
    word = re.match(r"\s*(\w*)", re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL))
    if word and _BEYOND.fullmatch(word[1]):
        raise StatementError("NOT_SUPPORTED", f"{SOURCE}: {ONLY_READING}, not {word[1].upper()}")
    try:
        return dialect.parse(text, SOURCE, language)
    except QuestionError as error:
        is_read_only = "only reading is allowed" in str(error) or "tables of the lake" in str(error)
        raise _named("NOT_SUPPORTED" if is_read_only else "SYNTAX_ERROR", str(error)) from None


def _add_database(tree: exp.Query, database: str) -> None:
    """Name the database of each table that has none and is not a query of the same statement."""
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_bare = isinstance(table.this, exp.Identifier) and table.name and not table.db
        if is_bare and database and table.name.lower() not in ctes:
            table.set("db", exp.to_identifier(database))


@contextmanager
def _refusing(kind: str) -> Iterator[None]:
    """Give what is refused Trino's name."""
    try:
        yield
    except QuestionError as error:
        raise _named(kind, str(error)) from None


def _named(kind: str, message: str) -> StatementError:
    """What is wrong, under Trino's name for it: the one that the message begins with, if any."""
    own = re.match(rf"(?:{SOURCE}: )?([A-Z]+(?:_[A-Z]+)+): ", message)
    return StatementError(own[1], message[own.end() :]) if own else StatementError(kind, message)


@contextmanager
def _failing(text: str, columns: dict[str, dialect.Columns]) -> Iterator[None]:
    """Say what DuckDB says, with Trino's name for it."""
    try:
        yield
    except (duckdb.IOException, duckdb.HTTPException) as error:
        raise FilesGone(engine.first_line(error)) from None
    except (duckdb.Error, pa.ArrowException) as error:
        # While rows are fetched, an interruption comes as whatever the fetching raises.
        if isinstance(error, duckdb.InterruptException) or "Interrupted!" in str(error):
            raise StatementError("INTERRUPTED", "the query was stopped") from None
        if isinstance(error, pa.ArrowException):
            raise
        message = engine.in_words(error, columns)
        kind = next((kind for one, kind in _KINDS.items() if isinstance(error, one)), None)
        if re.match('no column "', message):
            kind = "COLUMN_NOT_FOUND"
        elif re.match("Cannot compare values of type|No function matches", message):
            kind = "TYPE_MISMATCH"
        raise _named(kind or "GENERIC_USER_ERROR", message + word_place(message, text)) from None
