"""The standard's SQL rules: a query that gives one value, and what the value must be.

The query is read here, without Spark and before a run; when a run starts, Spark's own analyser has
the last word (``gate.ahead``).
"""

import logging
import re
from collections.abc import Sequence
from typing import Any

import sqlglot
from open_data_contract_standard.model import DataQuality
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from tidegate.contract.literal import literal
from tidegate.contract.metrics import Expectation, Uncompiled
from tidegate.contract.model import Column
from tidegate.errors import did_you_mean

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it can't parse is told as an error

_ROWS = "rows_just_written"
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_OF_TABLE, _OF_COLUMN = ("object", "table"), ("property", "column")
_OPERATORS = {
    "mustBe": "=",
    "mustNotBe": "<>",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
}


def compile_sql(item: DataQuality, on: Column | None, columns: Sequence[Column]) -> Expectation:
    """The expectation for a rule of type ``sql``: no row in which its value isn't what it must be.

    The query is a scalar subquery: where it gives no row its value is null, which no threshold
    allows, and more than one row is an error, so that the rule "could not be judged".

    Raises:
        Uncompiled: the query doesn't read, names what isn't there, or has no threshold.
    """
    query = (item.query or "").strip().rstrip("; \n\t")
    _check_placeholders(query, on)
    readable = _filled(query, _ROWS, on)
    _check_value(_parsed(readable), columns)
    judged = _filled(query.replace("{", "{{").replace("}", "}}"), "{batch}", on, "${{%s}}")
    wrong = _condition(item).replace("{", "{{").replace("}", "}}")
    rows = f"SELECT value FROM (SELECT (\n{judged}\n) AS value) WHERE ({wrong}) IS NOT TRUE"
    return "unexpected_rows_expectation", {"unexpected_rows_query": rows}


def takes_whole_rows(query: str) -> bool:
    """Whether a query may tell values of columns that it doesn't name.

    It has a star other than COUNT(*), or gives a table's columns other names. One that doesn't
    read is taken to.
    """
    try:
        tree = sqlglot.parse_one(query.replace("{batch}", _ROWS), read="spark")
    except (ParseError, TokenError):
        return True
    stars = (star for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count))
    renames = any(alias.args.get("columns") for alias in tree.find_all(exp.TableAlias))
    return renames or any(stars)


def _check_placeholders(query: str, on: Column | None) -> None:
    names = _PLACEHOLDER.findall(query)
    for name in names:
        if name not in (*_OF_TABLE, *_OF_COLUMN):
            near = did_you_mean(name, [*_OF_TABLE, *_OF_COLUMN])
            expected = "expected ${object} or ${table}, ${property} or ${column}"
            raise Uncompiled(f"unknown placeholder ${{{name}}}; {expected}{near}", "query")
        if name in _OF_COLUMN and on is None:
            what = f"${{{name}}} is the column a rule is on; name it, or move the rule there"
            raise Uncompiled(what, "query")
    if not set(names) & set(_OF_TABLE):
        raise Uncompiled("query does not read ${object}, the rows just written", "query")


def _filled(query: str, rows: str, on: Column | None, form: str = "${%s}") -> str:
    """The query with its placeholders replaced."""
    for name in _OF_TABLE:
        query = query.replace(form % name, rows)
    for name in _OF_COLUMN:
        query = query.replace(form % name, f"`{on.name}`" if on else "")
    return query


def _parsed(query: str) -> exp.Query:
    try:
        trees = sqlglot.parse(query, read="spark")
    except ParseError as error:
        first = error.errors[0]
        where = f'near "{first["highlight"]}", line {first["line"]} of the query'
        raise Uncompiled(f"query doesn't read, {where}: {first['description']}", "query") from None
    except TokenError as error:
        raise Uncompiled(f"query doesn't read: {error}", "query") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise Uncompiled("query is not one SELECT", "query")
    return trees[0]


def _check_value(tree: exp.Query, columns: Sequence[Column]) -> None:
    """Refuse a query that gives more than a value, or takes it from anything but the rows."""
    if len(tree.selects) != 1 or tree.is_star:
        raise Uncompiled("query gives several columns; expected one value", "query")
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.sql().lower().split(" ")[0] != _ROWS:
                what = f'query reads "{source.sql(comments=False)}"; it can read ${{object}} only'
                raise Uncompiled(what, "query")
    names = [column.name for column in columns]
    try:
        qualify(tree.copy(), schema={_ROWS: dict.fromkeys(names, "string")}, dialect="spark")
    except OptimizeError as error:
        found = re.search(r"Column '?\"?`?(?:\w+\.)?(\w+)", str(error))
        if found is None or found[1] in names:
            raise Uncompiled(f"query doesn't read: {str(error).splitlines()[0]}", "query") from None
        what = f'query names "{found[1]}", which is not a column of this table'
        raise Uncompiled(what + did_you_mean(found[1], names), "query") from None


def _condition(item: DataQuality) -> str:
    """What the value must be, as SQL."""
    for key, operator in _OPERATORS.items():
        if getattr(item, key) is not None:
            return f"value {operator} {_literal(getattr(item, key), key)}"
    for key, word in (("mustBeBetween", "BETWEEN"), ("mustNotBeBetween", "NOT BETWEEN")):
        bounds = getattr(item, key)
        if bounds is not None:
            if bounds[0] > bounds[1]:
                raise Uncompiled(f"{key} is upside down: {bounds[0]} is more than {bounds[1]}", key)
            return f"value {word} {_literal(bounds[0], key)} AND {_literal(bounds[1], key)}"
    raise Uncompiled("a query needs what its value must be, e.g. mustBe: 0")


def _literal(value: Any, key: str) -> str:
    """A threshold as a literal of Spark's SQL."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return literal(value)
    raise Uncompiled(f"{key} is {value!r}; expected a number or text", key)
