"""Athena's SQL, read and translated to DuckDB's; the door that lets only reading through."""

import logging
import re
from collections.abc import Mapping
from types import MappingProxyType

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, OptimizeError, ParseError, SqlglotError, TokenError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from tidegate.errors import QuestionError, did_you_mean
from tidegate.serve.languages import LANGUAGES
from tidegate.serve.naming import mark_unnamed, name_as_redshift, name_by_place
from tidegate.serve.parameters import Value
from tidegate.serve.place import marked, open_quote, parse_error
from tidegate.serve.proven import check
from tidegate.serve.signs import check_frames, check_gaps, check_signs
from tidegate.serve.translate import MismatchError, UnequalError, translated
from tidegate.serve.types import metadata

CATALOG = "awsdatacatalog"  # what Athena calls the catalog whose tables these are

Columns = dict[str, str]  # a table's columns: name to DuckDB type, in order
_NONE: Mapping[str, Value] = MappingProxyType({})

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it can't parse is told as an error


def parse(text: str, source: str, language: str = "athena") -> exp.Query:
    """Read one statement that only reads.

    Args:
        text: the SQL.
        source: what to call it in a message: a file's path, or ``SQL``.
        language: whose SQL it is, ``athena`` or ``redshift``.

    Returns:
        The statement's tree.

    Raises:
        QuestionError: it doesn't parse (the place is marked), isn't one statement, or does more
            than read.
    """
    try:
        trees = sqlglot.parse(text, read=LANGUAGES[language])
    except ParseError as error:
        raise QuestionError(parse_error(error, text, source)) from None
    except TokenError:
        raise QuestionError(open_quote(text, source)) from None
    statements = [tree for tree in trees if tree and not isinstance(tree, exp.Semicolon)]
    if len(statements) != 1:
        raise QuestionError(f"{source}: expected one statement, found {len(statements)}")
    query = _only_reading(statements[0], text, source, language)
    check_gaps(text, source, language)
    if language == "athena":
        check_signs(text, source)
    else:
        check_frames(query, source)
    check(query, text, source, language)
    return query


def first_word(text: str) -> str:
    """The word that a statement begins with, behind any comments."""
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    return plain.split(maxsplit=1)[0] if plain.strip() else ""


def only_reading(language: str) -> str:
    """What is let through, in words."""
    reads = "SELECT, WITH" + (", SHOW TABLES, DESCRIBE" if language == "athena" else "")
    return f"only reading is allowed ({reads})"


def _only_reading(tree: exp.Expr, text: str, source: str, language: str) -> exp.Query:
    """The tree, once it is sure that it is a query over tables and nothing else."""
    beyond = tree.find(exp.DML, exp.DDL, exp.Command, exp.Into, exp.Describe)
    if beyond or not isinstance(tree, exp.Query):
        told = beyond.sql("athena", comments=False) if beyond not in (None, tree) else text
        word = first_word(told).upper()
        raise QuestionError(f"{source}: {only_reading(language)}, not {word}")
    sources = [*tree.find_all(exp.Table), *tree.find_all(exp.Lateral)]
    for node in sources:
        if not isinstance(node.this, exp.Identifier | exp.Subquery | exp.Unnest):
            name = node.this.sql("athena").split("(")[0].lower()
            raise QuestionError(
                f"{source}: reads tables of the lake only, not the function {name}(…)"
            )
    if any(not select.expressions for select in tree.find_all(exp.Select)):
        raise QuestionError(f"{source}: a SELECT that names no columns")
    return tree


def placeholders(tree: exp.Query) -> list[str]:
    """The names of the parameters a statement uses, each once; a bare ``?`` is an empty name."""
    names = [node.name if node.this else "" for node in tree.find_all(exp.Placeholder)]
    return list(dict.fromkeys(names))


def table_names(tree: exp.Query, text: str, source: str, known: list[str]) -> list[str]:
    """The lake's tables that a statement names, each once.

    Args:
        tree: the statement; a table's ``awsdatacatalog.`` is taken off.
        text: its text, to mark places in.
        source: what to call it in a message.
        known: the tables there are.

    Raises:
        QuestionError: it names a table that isn't among them.
    """
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    found = []
    for table in tree.find_all(exp.Table):
        if not table.db and table.name.lower() in ctes:
            continue
        if table.catalog.lower() == CATALOG:
            table.set("catalog", None)
        name = ".".join(part.name.lower() for part in table.parts)
        if name not in known:
            place = marked(text, table.this.meta.get("line"), table.this.meta.get("col"), name)
            raise no_table(name, source, known, place)
        found.append(name)
    return list(dict.fromkeys(found))


def no_table(name: str, source: str, known: list[str], place: str = "") -> QuestionError:
    """The error that says a table isn't there, and which one may be meant or which there are."""
    unqualified = [full for full in known if full.split(".")[-1] == name]
    hint = f'\n  did you mean "{unqualified[0]}"?' if unqualified else did_you_mean(name, known)
    hint = hint or f"\n  there are: {', '.join(known) or 'no tables yet'}"
    return QuestionError(f'{source}: no table "{name}" in the lake{hint}{place}')


def to_duckdb(
    tree: exp.Query,
    columns: dict[str, Columns],
    source: str,
    language: str = "athena",
    values: Mapping[str, Value] = _NONE,
) -> str:
    """Translate a statement to DuckDB's SQL.

    Args:
        tree: the statement.
        columns: the columns of each table it names.
        source: what to call it in a message.
        language: whose SQL it is.
        values: its parameters' values, of which the types count.

    Raises:
        QuestionError: it uses what has no equal in DuckDB.
    """
    types = _schema(columns)
    duckdb = Dialect.get_or_raise("duckdb").generator(unsupported_level=ErrorLevel.IGNORE)
    try:
        typed = _qualified(tree, types, language)
        rules = metadata(values)
        typed = annotate_types(typed, types, expression_metadata=rules, dialect=language)
        text = duckdb.generate(translated(typed, language))
    except OptimizeError:
        text = duckdb.generate(tree)  # DuckDB then says what is wrong with it
    except MismatchError as error:
        raise QuestionError(f"{source}: TYPE_MISMATCH: {error}") from None
    except UnequalError as error:
        raise QuestionError(f"{source}: NOT_SUPPORTED: {error} is not supported here") from None
    # Both engines read a timestamp's parts in UTC here.
    problems = [each for each in duckdb.unsupported_messages if "due to timezone" not in each]
    if problems:
        raise QuestionError(f"{source}: NOT_SUPPORTED: {problems[0]}")
    return text


def _qualified(
    tree: exp.Query, types: MappingSchema, language: str, *, validate: bool = False
) -> exp.Query:
    """A statement whose columns all have the names of their tables, and its own have theirs."""
    plain = tree.copy()
    if language == "athena":
        mark_unnamed(plain)
    else:
        name_as_redshift(plain)
    found = qualify(plain, schema=types, dialect=language, validate_qualify_columns=validate)
    assert isinstance(found, exp.Query)
    if language == "athena":
        name_by_place(found)
    return found


def result_types(
    tree: exp.Query, columns: dict[str, Columns], values: Mapping[str, Value], source: str
) -> dict[str, exp.DataType]:
    """The columns that a statement of Athena's answers with, in order, and Athena's types of them.

    Args:
        tree: the statement.
        columns: the columns of each table it names.
        values: its parameters' values, of which the types count.
        source: what to call it in a message.

    Raises:
        QuestionError: it names a column that isn't there, two columns are called the same, or a
            type can't be told.
    """
    types, rules = _schema(columns), metadata(values)
    try:
        named = _qualified(tree, types, "athena", validate=True)
        typed = annotate_types(named, types, expression_metadata=rules, dialect="athena")
    except OptimizeError as error:
        raise QuestionError(f"{source}: {str(error).splitlines()[0]}") from None
    assert isinstance(typed, exp.Query)
    names = [one.alias_or_name for one in typed.selects]
    if twice := [name for name in names if names.count(name) > 1]:
        raise QuestionError(f'{source}: two columns are named "{twice[0]}"; name one with AS')
    found = {one.alias_or_name: one.type for one in typed.selects}
    told = {name: kind for name, kind in found.items() if kind and not kind.is_type("unknown")}
    if untold := [name for name in found if name not in told]:
        raise QuestionError(f'{source}: the type of column "{untold[0]}" can\'t be told; CAST it')
    return told


def flat(tree: exp.Query, columns: dict[str, Columns], language: str) -> exp.Query:
    """A statement without subqueries that only choose and rename columns, as far as they can go.

    So what is asked of a view's columns is asked of its table's.

    Args:
        tree: the statement.
        columns: the columns of each table it names.
        language: whose SQL it is.
    """
    plain = tree.copy()
    try:
        named = qualify(
            plain, schema=_schema(columns), dialect=language, validate_qualify_columns=False
        )
        found = merge_subqueries(pushdown_projections(named))
    except SqlglotError:
        return tree
    assert isinstance(found, exp.Query)
    return found


def _schema(columns: dict[str, Columns]) -> MappingSchema:
    """The tables' columns and types, as sqlglot takes them."""
    schema: dict[str, object] = {}
    for name, found in columns.items():
        database, table = name.split(".")
        in_database = schema.setdefault(database, {})
        assert isinstance(in_database, dict)
        in_database[table] = found
    return MappingSchema(schema, dialect="duckdb")
