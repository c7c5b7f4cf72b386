"""Which aggregates may be counted beside a write: those that no row can make fail.

With ANSI rules Spark raises where a text is no number or a sum overflows, and an aggregate that
raises takes the write with it. So an aggregate goes beside the write only if each expression in it
is known never to raise for any row; the others are computed from the rows once they are written,
where an error is that rule's alone.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame

# Spark's expressions that have a value, or null, for whatever they are given.
_TOTAL = frozenset(
    [
        "Alias",
        "AggregateExpression",
        "Count",
        "Max",
        "Min",
        "StddevSamp",
        "StddevPop",
        "VarianceSamp",
        "VariancePop",
        "AttributeReference",
        "Literal",
        "CaseWhen",
        "If",
        "Coalesce",
        "And",
        "Or",
        "Not",
        "IsNull",
        "IsNotNull",
        "IsNaN",
        "EqualTo",
        "EqualNullSafe",
        "In",
        "InSet",
        "LessThan",
        "LessThanOrEqual",
        "GreaterThan",
        "GreaterThanOrEqual",
        "Length",
        "Lower",
        "Upper",
        "StringTrim",
        "StringTrimLeft",
        "StringTrimRight",
        "Substring",
        "Concat",
        "StartsWith",
        "EndsWith",
        "Contains",
        "GetStructField",
        "ArrayContains",
        "Size",
        "Year",
        "Month",
        "DayOfMonth",
        "DayOfWeek",
        "Hour",
        "Minute",
        "Second",
    ]
)
_DIGITS = {"byte": 3, "short": 5, "integer": 10, "long": 20}
_PATTERN = "java.util.regex.Pattern"
_FRACTIONAL = ("float", "double")
_WIDEST = 38  # a decimal's greatest number of digits
_ROWS = 10  # digits that Spark adds to a decimal so that adding up 10^10 rows can't overflow


@dataclass(frozen=True)
class _Node:
    """One expression of a tree, as Spark writes it in JSON."""

    name: str
    fields: dict[str, Any]
    children: tuple["_Node", ...]

    @property
    def type(self) -> str | None:
        """Its type's name where its fields or its children's tell."""
        if "dataType" in self.fields:
            told = self.fields["dataType"]
            return told if isinstance(told, str) else None
        if self.name in ("CaseWhen", "If"):
            return self.children[1].type
        if self.name == "Coalesce":
            return self.children[0].type
        if self.name == "Add":
            return _added(self)
        return "integer" if self.name == "Length" else None

    @property
    def is_constant(self) -> bool:
        """Whether it is the same for every row."""
        return not any(node.name == "AttributeReference" for node in self.walk())

    def walk(self) -> Iterator["_Node"]:
        """The node and all under it."""
        yield self
        for child in self.children:
            yield from child.walk()


def harmless(template: DataFrame, aggregates: Sequence[SparkColumn]) -> list[str | None]:
    """Tell which aggregates no row can make fail.

    Args:
        template: a frame with the rows' schema; it is analysed, never run.
        aggregates: aggregates over its columns.

    Returns:
        One entry an aggregate: a text that is the same for equal aggregates, or None where a row
        could make it fail, or where Spark can't count it beside a write (distinct values, functions
        in Python).
    """
    if not aggregates:
        return []
    try:
        analysed, optimised = _trees(template, aggregates)
    except (PySparkException, Py4JError):
        if len(aggregates) == 1:
            return [None]
        middle = len(aggregates) // 2
        return harmless(template, aggregates[:middle]) + harmless(template, aggregates[middle:])
    return [
        _text(before) if _is_harmless(template, _tree(before), _tree(after)) else None
        for before, after in zip(analysed, optimised, strict=True)
    ]


def _trees(template: DataFrame, aggregates: Sequence[SparkColumn]) -> tuple[list[Any], list[Any]]:
    """The aggregates as Spark analysed them, and after it folded what is constant."""
    # Spark has no public way to an expression's tree.
    execution = template.agg(*aggregates)._jdf.queryExecution()
    analysed, optimised = execution.analyzed().toJSON(), execution.optimizedPlan().toJSON()
    return _aggregates(analysed), _aggregates(optimised)


def _aggregates(plan: str) -> list[Any]:
    nodes = [node for node in json.loads(plan) if node["class"].endswith(".Aggregate")]
    found: list[Any] = nodes[0]["aggregateExpressions"]
    return found


def _tree(nodes: list[dict[str, Any]]) -> _Node:
    """The tree of a list that holds it root first."""
    left = iter(nodes)

    def take() -> _Node:
        fields = next(left)
        children = tuple(take() for _ in range(fields["num-children"]))
        return _Node(fields["class"].rpartition(".")[2], fields, children)

    return take()


def _text(nodes: list[dict[str, Any]]) -> str:
    """What an aggregate is, without its name and the numbers that Spark gives each anew."""
    kept = [{key: node[key] for key in node if key != "resultId"} for node in nodes[1:]]
    return json.dumps(kept, sort_keys=True)


def _is_harmless(template: DataFrame, analysed: _Node, optimised: _Node) -> bool:
    # A constant that can't be cast stays a cast: Spark keeps the error for when it runs.
    fails = any(node.name == "Cast" and node.is_constant for node in optimised.walk())
    return not fails and all(_never_raises(template, node) for node in analysed.walk())


def _never_raises(template: DataFrame, node: _Node) -> bool:
    """Whether a node gives a value for whatever its children give."""
    if node.fields.get("isDistinct"):
        return False
    match node.name:
        case "Cast":
            return node.is_constant or _fits(node.children[0].type, node.type)
        case "Sum":
            return _sum_fits(node.children[0])
        case "Average":
            return _DIGITS.get(node.children[0].type or "", 0) > 0 or _sum_fits(node.children[0])
        case "Add":
            return node.type is not None
        case "RLike":
            return _is_regex(template, node.children[1])
        case "Like":
            # An escape before a letter is an error that only a row brings out.
            return "\\" not in str(node.children[1].fields.get("value", "\\"))
    return node.name in _TOTAL


def _fits(given: str | None, wanted: str | None) -> bool:
    """Whether every value of a type has one in another."""
    if given is None or wanted is None:
        return False
    if wanted in ("string", given) or (wanted == "double" and given == "float"):
        return True
    if given in ("date", "timestamp", "timestamp_ntz"):
        return wanted in ("date", "timestamp", "timestamp_ntz")
    whole, scale = _size(given)
    if whole and wanted in _FRACTIONAL:
        return True
    room, places = _size(wanted)
    return bool(whole) and whole <= room and scale <= places


def _size(name: str | None) -> tuple[int, int]:
    """A whole or decimal type's digits before and after the point; none for other types."""
    if name and name.startswith("decimal("):
        precision, scale = (int(part) for part in name[8:-1].split(","))
        return precision - scale, scale
    return _DIGITS.get(name or "", 0), 0


def _sum_fits(summed: _Node) -> bool:
    """Whether adding up a column can't overflow."""
    name = summed.type or ""
    if name in _FRACTIONAL or (summed.name == "CaseWhen" and name == "integer"):
        return True
    return name.startswith("decimal(") and sum(_size(name)) + _ROWS <= _WIDEST


def _added(node: _Node) -> str | None:
    """The type of a sum of a row's columns that can't overflow.

    Fractions never do, nor do decimals with digits to spare.
    """
    operands = [one for one in _operands(node) if not one.is_constant]
    if any(one.type in _FRACTIONAL for one in operands):
        return "double"
    if not all((one.type or "").startswith("decimal(") for one in operands):
        return None
    sizes = [_size(_source(one).type) for one in operands]
    whole, scale = max(size[0] for size in sizes), max(size[1] for size in sizes)
    fits = all(size[0] for size in sizes) and whole + scale + len(operands) <= _WIDEST
    return f"decimal({whole + scale + len(operands)},{scale})" if fits else None


def _operands(node: _Node) -> Iterator[_Node]:
    for child in node.children:
        yield from _operands(child) if child.name == "Add" else (child,)


def _source(node: _Node) -> _Node:
    """What a value was before it was cast."""
    return _source(node.children[0]) if node.name == "Cast" else node


def _is_regex(template: DataFrame, pattern: _Node) -> bool:
    """Whether a pattern is one that Java can read; a wrong one fails when a row comes."""
    if pattern.name != "Literal" or pattern.fields.get("value") is None:
        return False
    try:
        getattr(template.sparkSession._jvm, _PATTERN).compile(pattern.fields["value"])
    except (PySparkException, Py4JError):
        return False
    return True
