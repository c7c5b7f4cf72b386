"""What a statement is made of, and the refusal of what no proven example is made of.

A part is a function by its name, a kind of node with the arguments it has, or a type. The parts of
the examples in ``functions.py`` and ``statements.py`` are the list; ``make test-engines`` asks each
example of real Trino too.
"""

import re
from collections.abc import Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.trino import Trino

from tidegate.errors import QuestionError, did_you_mean
from tidegate.serve.functions import GROUPS, SAMPLE
from tidegate.serve.place import marked
from tidegate.serve.statements import STATEMENTS

FUNCTIONS = tuple(sorted(name for group in GROUPS.values() for name in group))
"""The names of the functions proven."""

Part = tuple[str, ...]

_NAME = "athena_name"
_SHORT = "sample AS (SELECT 1)"  # for the sample, which is read once
# Their arguments say nothing of what is done.
_BARE = (exp.Identifier, exp.Literal, exp.Column, exp.Table, exp.TableAlias, exp.Dot)
_AFTER_A_LIST = ("FROM", "R_PAREN", "WHERE", "GROUP_BY", "HAVING", "ORDER_BY", "LIMIT", "UNION")
_SAID = ("side", "kind", "unit", "method")  # arguments of which the word counts

# Each engine approximates in its own way, so no example could be equal; what is exact is.
_INSTEAD = {
    "approx_distinct": "COUNT(DISTINCT …)",
    "approx_percentile": "ELEMENT_AT(ARRAY_AGG(x ORDER BY x), …)",
}


class AthenaSql(Trino):
    """Athena's SQL as sqlglot reads Trino's, each function with the name it was called by."""

    ORIGINAL_NAME_META_KEY = _NAME


def examples() -> Iterator[tuple[str, str, str]]:
    """What an example proves (a function's name, a kind of statement), its text, its statement."""
    for title, group in GROUPS.items():
        order = "" if title == "Aggregates" else " ORDER BY id"
        for name, texts in group.items():
            for text in texts:
                yield name, text, f"WITH {SAMPLE}\nSELECT {text} AS v FROM sample{order}"
    for kind, texts in STATEMENTS.items():
        for text in texts:
            whole = text.replace("{sample}", SAMPLE)
            if not text.startswith("WITH "):
                whole = f"WITH {SAMPLE}\n{text}" if "sample" in text.lower() else text
            yield kind, text, whole


def check(tree: exp.Query, text: str, source: str) -> None:
    """Refuse a statement with a part that isn't proven.

    Raises:
        QuestionError: it has one; the message names it as Athena would.
    """
    _check_signs(text, source)
    proven = _proven()
    for node in tree.walk():
        for part in _parts(node):
            if part not in proven:
                raise QuestionError(f"{source}: {_refusal(part, node, text)}")


def _check_signs(text: str, source: str) -> None:
    """Refuse signs that sqlglot reads and Athena doesn't: ``::``, a list or struct in brackets."""
    before = ""
    for token in AthenaSql().tokenize(text):
        sign = token.token_type.name
        subscript = before in ("VAR", "IDENTIFIER", "ARRAY", "R_PAREN", "R_BRACKET")
        instead = {"DCOLON": "CAST(… AS …)", "L_BRACE": "ROW(…)"}.get(sign)
        if sign == "L_BRACKET" and not subscript:
            instead = "ARRAY[…]"
        if instead:
            place = f"line {token.line}:{token.col - len(token.text) + 1}"
            mark = marked(text, token.line, token.col, token.text)
            told = f"{place}: {token.text} is not supported; write {instead}"
            raise QuestionError(f"{source}: NOT_SUPPORTED: {told}{mark}")
        before = sign


def check_gaps(text: str, source: str, language: str) -> None:
    """Refuse what sqlglot reads as whole: nothing after a comma, a query that begins with FROM.

    Raises:
        QuestionError: it has such a gap; the place is marked.
    """
    before = "BEGIN"
    for token in Dialect.get_or_raise(language).tokenize(text):
        sign = token.token_type.name
        is_headless = sign == "FROM" and before in ("BEGIN", "L_PAREN")
        if is_headless or (before == "COMMA" and sign in _AFTER_A_LIST):
            column = token.col - len(token.text) + 1
            missing = "SELECT is missing" if is_headless else "something is missing after a comma"
            mark = marked(text, token.line, token.col, token.text)
            what = f"{token.line}:{column}: {missing} at {token.text!r}{mark}"
            raise QuestionError(f"{source}:{what}")
        before = sign


@cache
def _proven() -> frozenset[Part]:
    """Every part of every example."""
    found = set[Part]()
    texts = [
        f"WITH {SAMPLE} SELECT 1",
        *(whole.replace(SAMPLE, _SHORT) for *_, whole in examples()),
    ]
    for text in texts:
        for node in sqlglot.parse_one(text, read=AthenaSql).walk():
            found.update(_parts(node))
    return frozenset(found)


def _parts(node: exp.Expr) -> Iterator[Part]:
    """What one node is, and has."""
    kind = type(node).__name__
    if isinstance(node, exp.Placeholder | exp.Version):
        return
    if isinstance(node, exp.Anonymous):
        yield "function", node.name.lower(), str(len(node.expressions))
        return
    if name := node.meta.get(_NAME):
        yield "function", str(name).lower()
    if isinstance(node, exp.DataType):
        yield "type", node.this.value
        return
    yield (kind,)
    if isinstance(node, _BARE):
        return
    for key, value in node.args.items():
        if value is None or value is False or value == []:
            continue
        yield kind, key
        if key in _SAID:
            yield kind, key, (value if isinstance(value, str) else value.name).upper()
    if isinstance(node, exp.Try):
        inner = node.this.find_all(exp.Div, exp.Mod, exp.Cast, exp.Bracket)
        yield kind, "of", ",".join(type(each).__name__ for each in inner)
    if isinstance(node, exp.TimeToStr | exp.StrToTime):
        for letter in re.findall(r"%-?.", node.args["format"].name):
            yield kind, "format", letter


def _refusal(part: Part, node: exp.Expr, text: str) -> str:
    """What isn't proven, in the words of Athena's own errors."""
    line, end = node.meta.get("line"), node.meta.get("col")
    more = "; docs/sql-functions.md lists what is"
    if part[0] == "function":
        word = node.name if isinstance(node, exp.Anonymous) else str(node.meta[_NAME])
        place = f"line {line}:{max(end - len(word), 0) + 1}: " if line and end else ""
        mark = marked(text, line, end, word)
        if part[1] in FUNCTIONS:
            given = f"{part[2]} argument{'s' if part[2] != '1' else ''}"
            return f"NOT_SUPPORTED: {place}{part[1]} with {given} is not supported here{more}{mark}"
        exact = _INSTEAD.get(part[1])
        hint = f"; write {exact}" if exact else did_you_mean(part[1], list(FUNCTIONS))
        return (
            f"FUNCTION_NOT_FOUND: {place}Function '{part[1]}' not registered here{more}{hint}{mark}"
        )
    shown = node
    if len(part) > 1 and isinstance(node.args.get(part[1]), exp.Expr):
        shown = node.args[part[1]]
    said = " ".join(shown.sql("trino", comments=False).split())
    said = said if len(said) <= 60 else said[:59] + "…"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part[0]).lower()
    detail = f" with {part[1].replace('_', ' ').rstrip('_')}" if len(part) > 1 else ""
    if part[0] == "type":
        words, detail = f"the type {part[1].lower()}", ""
    return f"NOT_SUPPORTED: {words}{detail} is not supported here: {said}{more}"
