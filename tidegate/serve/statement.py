"""One statement that reads, on its way through DuckDB: prepared, measured, run, stopped."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from tidegate.errors import FilesGone, QuestionError
from tidegate.lake import catalog
from tidegate.serve import dialect, engine, information, own_tables, past, views
from tidegate.serve.constants import Constants
from tidegate.serve.parameters import Value
from tidegate.serve.place import word_place
from tidegate.serve.running import Running
from tidegate.serve.scanned import bytes_scanned
from tidegate.settings import Settings

SOURCE = "SQL"

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
    """A statement can't be run.

    Attributes:
        kind: Trino's name for why, e.g. ``TABLE_NOT_FOUND``.
        whole: the message with what the statement is called, and the kind where it is part of it.
    """

    def __init__(self, kind: str, message: str, whole: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.whole = whole or message


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
class Statement(Running):
    """A statement that is ready to run.

    Attributes:
        scanned: the bytes of data files that it reads.
    """

    scanned: int
    _sql: str
    _values: Mapping[str, Value]
    _failed: Callable[[], AbstractContextManager[None]]

    def run(self) -> Found:
        """Run it.

        Raises:
            StatementError: it fails, or was stopped (``kind`` is ``INTERRUPTED``).
            LakeError: files of the lake can't be read.
        """
        try:
            with self._failed():
                return Found(*engine.run(self._lake, self._sql, self._values))
        finally:
            self.end()


@contextmanager
def prepared(
    settings: Settings,
    tree: exp.Query,
    text: str,
    *,
    values: Mapping[str, Value] | None = None,
    database: str = "",
    language: str = "athena",
    source: str = SOURCE,
) -> Iterator[Statement]:
    """A statement made ready over the lake as its readers see it, in a connection of its own.

    Args:
        settings: which lake.
        tree: the statement, as ``read`` gives it.
        text: its text, to mark places in.
        values: the value of each named placeholder; they are bound.
        database: the one of tables that are named without.
        language: ``athena`` or ``redshift``.
        source: what to call it in a message: a file's path, or ``SQL``.

    Raises:
        StatementError: it names what isn't there, or can't be translated.
        LakeError: there is no lake, or files of it can't be read.
    """
    locations, bound = catalog.tables(settings), values or {}
    refused, used = partial(refusing, source=source), dict[str, dialect.Columns]()
    failed = partial(failing, settings, text, used, source)
    _add_database(tree, database)
    with refused("TABLE_NOT_FOUND"):
        has_views = views.expand(settings, tree, text, source, language)
    with engine.reader(settings) as lake:
        known = [*locations, *information.show(settings, lake, tree, language)]
        own = own_tables.show(lake, known) if language == "redshift" else {}
        with refused("TABLE_NOT_FOUND"):
            names = dialect.table_names(tree, text, source, [*known, *own])
        with refused("INVALID_ARGUMENTS"):
            snapshots = past.travel(lake, settings, tree, locations)
        places = past.places(names, snapshots, locations)
        beside = information.COLUMNS | own  # what has no files in the lake
        used |= {name: beside[name] for name in names if name not in places}
        with failed():
            said = _view(settings, lake, places, used)
        with refused("NOT_SUPPORTED"):
            sql = dialect.to_duckdb(tree, used, source, language, bound)
        read = dialect.flat(tree, used, language) if has_views else tree
        constants = Constants(lake, language, bound)
        with failed():
            older = {name: snapshot for name, (_, snapshot) in places.items()}
            scanned = bytes_scanned(read, used, said, older, constants)
        yield Statement(lake, scanned, sql, bound, failed)


def _view(
    settings: Settings,
    lake: duckdb.DuckDBPyConnection,
    places: Mapping[str, past.Place],
    used: dict[str, dialect.Columns],
) -> dict[str, dict[str, Any]]:
    """Make each table that has files readable by its name; back comes what its metadata says."""
    said = {name: catalog.read_metadata(settings, name, one) for name, (one, _) in places.items()}
    for name, (location, snapshot) in places.items():
        used[name] = engine.view(lake, name, location, said[name], snapshot)
    return said


def read(text: str, language: str = "athena") -> exp.Query:
    """Parse a statement that only reads.

    Raises:
        StatementError: it doesn't parse, isn't one statement, or does more than read.
    """
    word = re.match(r"\w*", dialect.first_word(text))
    if word and _BEYOND.fullmatch(word[0]):
        told = f"{SOURCE}: {dialect.only_reading(language)}, not {word[0].upper()}"
        raise StatementError("NOT_SUPPORTED", told)
    try:
        return dialect.parse(text, SOURCE, language)
    except QuestionError as error:
        is_read_only = "only reading is allowed" in str(error) or "tables of the lake" in str(error)
        kind = "NOT_SUPPORTED" if is_read_only else "SYNTAX_ERROR"
        raise _named(kind, str(error), SOURCE) from None


def _add_database(tree: exp.Query, database: str) -> None:
    """Name the database of each table that has none and is not a query of the same statement."""
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_bare = isinstance(table.this, exp.Identifier) and table.name and not table.db
        if is_bare and database and table.name.lower() not in ctes:
            table.set("db", exp.to_identifier(database))


@contextmanager
def refusing(kind: str, source: str = SOURCE) -> Iterator[None]:
    """Give what is refused Trino's name."""
    try:
        yield
    except QuestionError as error:
        raise _named(kind, str(error), source) from None


def _named(kind: str, message: str, source: str) -> StatementError:
    """What is wrong, under Trino's name for it: the one that the message begins with, if any."""
    own = re.match(rf"(?:{re.escape(source)}: )?([A-Z]+(?:_[A-Z]+)+): ", message)
    return StatementError(own[1] if own else kind, message[own.end() if own else 0 :], message)


@contextmanager
def failing(
    settings: Settings, text: str, columns: dict[str, dialect.Columns], source: str = SOURCE
) -> Iterator[None]:
    """Say what DuckDB says, with Trino's name for it."""
    try:
        yield
    except (duckdb.IOException, duckdb.HTTPException) as error:
        raise FilesGone(f"{settings.lake}: {engine.first_line(error)}") from None
    except (duckdb.Error, pa.ArrowException) as error:
        # While rows are fetched, an interruption comes as whatever the fetching raises.
        if isinstance(error, duckdb.InterruptException) or "Interrupted!" in str(error):
            raise StatementError("INTERRUPTED", "the query was stopped") from None
        if isinstance(error, pa.ArrowException):
            raise
        said = engine.in_words(error, columns)
        kind = next((kind for one, kind in _KINDS.items() if isinstance(error, one)), None)
        if re.match('no column "', said):
            kind = "COLUMN_NOT_FOUND"
        elif re.match("Cannot compare values of type|No function matches", said):
            kind = "TYPE_MISMATCH"
        whole = f"{source}: {said}{word_place(said, text)}"
        named = _named(kind or "GENERIC_USER_ERROR", whole, source)
        raise named from None
