"""Aggregates, within FILTER and OVER: sums as bigint, averages of decimals as decimals."""

from sqlglot import exp

from tidegate.serve.translate.numbers import quotient
from tidegate.serve.translate.pieces import Change, cast_to, when
from tidegate.serve.types import decimal, is_decimal

_AROUND = (exp.Filter, exp.Window)


def _aggregate(node: exp.Expr) -> exp.Expr:
    """A sum of whole numbers as bigint, and an average of decimals as a decimal."""
    if isinstance(node.parent, _AROUND) and node.arg_key == "this":
        return node
    inner = node
    while isinstance(inner, _AROUND):
        inner = inner.this
    if isinstance(inner, exp.Sum) and decimal(inner):
        return cast_to(node, inner.type)
    if not (isinstance(inner, exp.Avg) and is_decimal(inner.this)):
        return node
    total, count = sum_and_count(node)
    divisor: exp.Expr = exp.Nullif(this=count, expression=exp.convert(0))
    total.type, divisor.type = inner.type, exp.DataType.build("BIGINT")
    assert inner.type
    return quotient(total, divisor, inner.type)


def sum_and_count(node: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """The sum and the count of which an average is made, each within what is around it."""
    made = []
    for kind in (exp.Sum, exp.Count):
        around = node.copy()
        average = around.find(exp.Avg)
        assert average
        fresh = kind(this=average.this.copy())
        if average is around:
            around = fresh
        else:
            average.replace(fresh)
        made.append(around)
    return made[0], made[1]


def _count_if(node: exp.CountIf) -> exp.Expr:
    return exp.Count(this=when(node.this, exp.convert(1)))


CHANGES: dict[type[exp.Expr], Change] = {
    **dict.fromkeys((exp.Sum, exp.Avg, exp.Filter, exp.Window), _aggregate),
    exp.CountIf: _count_if,
    exp.Grouping: lambda node: cast_to(node, "INTEGER"),
}
