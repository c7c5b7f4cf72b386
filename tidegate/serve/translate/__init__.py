"""What sqlglot's translation from Athena's SQL to DuckDB's leaves different, made the same."""

from sqlglot import exp

from tidegate.serve.translate import (
    addresses,
    aggregates,
    casts,
    comparisons,
    lambdas,
    lists,
    names,
    numbers,
    texts,
    times,
)
from tidegate.serve.translate.pieces import Change, MismatchError, UnequalError

__all__ = ["MACROS", "MismatchError", "UnequalError", "translated"]

MACROS = (*numbers.MACROS, *lists.MACROS, *lambdas.MACROS, *addresses.MACROS)
"""What DuckDB must know before it reads what is translated."""

_CHANGES: dict[type[exp.Expr], Change] = {
    kind: change
    for part in (numbers, aggregates, times, texts, lists, lambdas, casts, names, comparisons)
    for kind, change in part.CHANGES.items()
}


def translated(tree: exp.Query) -> exp.Query:
    """A statement, its nodes typed, as DuckDB must read it to answer as Athena does.

    Raises:
        UnequalError: nothing there is equal.
    """
    for node in reversed(list(tree.walk(bfs=False))):
        change = _CHANGES.get(type(node))
        changed = change(node) if change else node
        if changed is not node:
            changed.type = node.type
            node.replace(changed)
    return tree
