"""What translations are built of."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp


class UnequalError(Exception):
    """What has no equal in DuckDB; the message says what."""


class MismatchError(UnequalError):
    """What Athena wouldn't take: types that don't go together."""


Change = Callable[[Any], exp.Expr]
"""A node, its types known, to what DuckDB must read."""


def call(name: str, *given: exp.Expr | str | int) -> exp.Anonymous:
    """A call of a function of DuckDB's."""
    arguments = [exp.convert(each) if isinstance(each, str | int) else each for each in given]
    return exp.Anonymous(this=name, expressions=[each.copy() for each in arguments])


def when(condition: exp.Expr, value: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Case:
    """CASE WHEN … THEN … ELSE … END."""
    case = exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])
    if otherwise is not None:
        case.set("default", otherwise.copy())
    return case


def cast_to(node: exp.Expr, kind: exp.DataType | str | None) -> exp.Expr:
    """A cast."""
    built = exp.DataType.build(kind, dialect="duckdb") if isinstance(kind, str) else kind
    return exp.Cast(this=node.copy(), to=built.copy()) if built else node


def shaped(text: str, **parts: exp.Expr) -> exp.Expr:
    """DuckDB's SQL with expressions in the place of its ``:names``."""
    tree: exp.Expr = exp.maybe_parse(text, dialect="duckdb")
    for hole in list(tree.find_all(exp.Placeholder)):
        hole.replace(parts[hole.name].copy())
    return tree
