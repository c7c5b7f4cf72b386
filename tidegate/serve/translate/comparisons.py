"""Comparisons of what Athena doesn't compare, which DuckDB casts without a word."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, MismatchError

_KINDS = {
    **dict.fromkeys(("VARCHAR", "TEXT", "CHAR"), "text"),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "DOUBLE"), "number"),
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMPTZ"), "time"),
    "BOOLEAN": "boolean",
}


def _compared(node: exp.Binary) -> exp.Expr:
    _check(node.left, node.right)
    return node


def _between(node: exp.Between) -> exp.Expr:
    _check(node.this, node.args["low"])
    _check(node.this, node.args["high"])
    return node


def _among(node: exp.In) -> exp.Expr:
    for each in node.expressions:
        _check(node.this, each)
    return node


def _stacked(node: exp.SetOperation) -> exp.Expr:
    """Two queries one below the other, each column of one kind."""
    for place, both in enumerate(zip(node.left.selects, node.right.selects, strict=False), 1):
        one, other = map(_kind, both)
        if one and other and one != other:
            kinds = ", ".join(each.type.sql("trino").lower() for each in both if each.type)
            told = f"column {place} in {node.key.upper()} query has incompatible types: {kinds}"
            raise MismatchError(told)
    return node


def _kind(node: exp.Expr) -> str | None:
    """What an expression is, as far as its type is known."""
    return _KINDS.get(node.type.this.value) if node.type else None


def _check(one: exp.Expr, other: exp.Expr) -> None:
    """Two sides of a comparison are of one kind, as far as their types are known."""
    kinds = [_kind(one), _kind(other)]
    if None not in kinds and kinds[0] != kinds[1]:
        told = " and ".join(each.type.sql("trino").lower() for each in (one, other) if each.type)
        raise MismatchError(f"Cannot compare {told}; write a literal of its type, or CAST")


CHANGES: dict[type[exp.Expr], Change] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compared),
    exp.Between: _between,
    exp.In: _among,
    **dict.fromkeys((exp.Union, exp.Intersect, exp.Except), _stacked),
}
