"""What sqlglot's translation to DuckDB's SQL leaves different, made the same."""

from sqlglot import exp

from tidegate.serve.translate import (
    addresses,
    aggregates,
    casts,
    comparisons,
    formats,
    lambdas,
    lists,
    names,
    numbers,
    redshift,
    rows,
    texts,
    times,
)
from tidegate.serve.translate.pieces import Change, MismatchError, UnequalError

__all__ = ["MACROS", "MismatchError", "UnequalError", "translated"]

MACROS = (*numbers.MACROS, *lists.MACROS, *lambdas.MACROS, *addresses.MACROS, *rows.MACROS)
"""What DuckDB must know before it reads what is translated."""

_OF_ATHENA = (
    *(numbers, aggregates, times, texts, formats, lists, rows, lambdas, casts, names, comparisons),
)
_CHANGES: dict[str, dict[type[exp.Expr], Change]] = {
    "athena": {kind: change for part in _OF_ATHENA for kind, change in part.CHANGES.items()},
    "redshift": redshift.CHANGES,
}


def translated(tree: exp.Query, language: str) -> exp.Query:
    """A statement, its nodes typed, as DuckDB must read it to answer as its engine does.

    Raises:
        UnequalError: nothing there is equal.
    """
    for node in reversed(list(tree.walk(bfs=False))):
        change = _CHANGES[language].get(type(node))
        changed = change(node) if change else node
        if changed is not node:
            changed.type = node.type
            node.replace(changed)
    return tree
