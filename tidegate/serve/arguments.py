"""The values for a statement's ``?``: SQL's literals, read as such and bound, never pasted."""

import datetime as dt
import re
from collections.abc import Mapping
from uuid import uuid4

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tidegate.errors import QuestionError
from tidegate.serve.languages import LANGUAGES
from tidegate.serve.parameters import LARGEST, Value


def bind_positions(tree: exp.Query, texts: list[str]) -> dict[str, Value]:
    """Give each ``?`` of a statement its value.

    Args:
        tree: the statement; its placeholders get names and types.
        texts: a literal for each, in order, e.g. ``'ann/sea'``, ``7``, ``DATE '2015-01-01'``.

    Returns:
        What to bind, by the placeholders' new names.

    Raises:
        QuestionError: a text is not a literal, or there are more or fewer than placeholders.
    """
    holes = _in_order(tree)
    if len(holes) != len(texts):
        raise QuestionError(
            f"Incorrect number of parameters: expected {len(holes)} but found {len(texts)}"
        )
    values: dict[str, Value] = {}
    for number, (hole, text) in enumerate(zip(holes, texts, strict=True), start=1):
        name = f"argument_{number}"
        shell, value = _literal(text, number, name)
        if value is not None:
            values[name] = value
        hole.replace(shell)
    return values


def fill_names(tree: exp.Expr, texts: Mapping[str, str]) -> None:
    """Give each ``:name`` of a statement its text, whose type is that of what it is compared with.

    As Redshift takes it, so it can't be bound with a type: it becomes a literal in the tree, which
    stays one value whatever is written in it.

    Raises:
        QuestionError: a name has no text, or a text no name.
    """
    holes = [hole for hole in tree.find_all(exp.Placeholder) if hole.this]
    used = {hole.name for hole in holes}
    if missing := sorted(used - set(texts)):
        raise QuestionError(f"parameter :{missing[0]} has no value")
    if unused := sorted(set(texts) - used):
        raise QuestionError(f"parameter {unused[0]} is not in the statement")
    for hole in holes:
        hole.replace(exp.Literal.string(texts[hole.name]))


def _in_order(tree: exp.Query) -> list[exp.Placeholder]:
    """A statement's ``?`` as they stand in its text, which the tree's own order isn't."""
    holes = [hole for hole in tree.find_all(exp.Placeholder) if not hole.this]
    mark = f"hole_{uuid4().hex}_"
    for number, hole in enumerate(holes):
        hole.set("this", f"{mark}{number}_")
    return [holes[int(number)] for number in re.findall(rf"{mark}(\d+)_", tree.sql("athena"))]


def _literal(text: str, number: int, name: str) -> tuple[exp.Expr, Value | None]:
    """A literal's typed place in a statement, and the value that is bound there."""
    try:
        tree = sqlglot.parse_one(text, read=LANGUAGES["athena"])
    except SqlglotError:
        raise _refusal(text, number) from None
    inner = tree.this if isinstance(tree, exp.Cast) else tree
    if isinstance(inner, exp.Null):
        return tree, None
    value = _value(inner)
    if value is None or (tree is not inner and not isinstance(value, str)):
        raise _refusal(text, number)
    hole = exp.Placeholder(this=name)
    if isinstance(tree, exp.Cast) and not _is_whole(tree, str(value)):
        raise _refusal(text, number)
    if tree is not inner:  # DATE '…' and the like: the text is bound, its type stays
        inner.replace(hole)
        return tree, value
    return exp.cast(hole, _kind(inner, value)), value


def _is_whole(tree: exp.Cast, text: str) -> bool:
    """Whether a text is a day or moment to its end; DuckDB would leave what follows unread."""
    try:
        if tree.is_type("date"):
            dt.date.fromisoformat(text)
        elif tree.is_type("timestamp", "timestamptz"):
            dt.datetime.fromisoformat(re.sub(r" (UTC|Z)$", "+00:00", text))
    except ValueError:
        return False
    return True


def _value(node: exp.Expr) -> Value | None:
    """What a bare literal says: a text, a whole number or a truth; a fraction as its text."""
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    sign, literal = ("-", node.this) if isinstance(node, exp.Neg) else ("", node)
    if not isinstance(literal, exp.Literal):
        return None
    if literal.is_string:
        return None if sign else str(literal.this)
    whole = literal.this.isdigit() and int(literal.this) <= LARGEST
    return int(sign + literal.this) if whole else sign + str(literal.this)


def _kind(node: exp.Expr, value: Value) -> str:
    """The type of a bare literal."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "bigint"
    literal = node.this if isinstance(node, exp.Neg) else node
    if literal.is_string:
        return "varchar"
    number = str(value).lower().lstrip("-")
    if "e" in number:
        return "double"
    whole, _, fraction = number.partition(".")
    return f"decimal({len(whole) + len(fraction)}, {len(fraction)})"


def _refusal(text: str, number: int) -> QuestionError:
    return QuestionError(
        f"parameter {number} is {text[:60]!r}, not a literal; write a text in single quotes,"
        " e.g. 'ann/sea', and others as 7, 0.5, true, DATE '2015-01-01'"
    )
