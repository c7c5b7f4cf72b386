"""What a statement is made of, and the refusal of what no proven example is made of.

A part is a function by its name, a kind of node with the arguments it has, or a type. The parts of
a language's examples are its list; ``make test-engines`` asks each example of a real engine too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from tidegate.errors import QuestionError, did_you_mean
from tidegate.serve import functions, redshift_functions, redshift_statements, statements
from tidegate.serve.languages import CALLED, LANGUAGES
from tidegate.serve.place import marked
from tidegate.serve.redshift_functions import Example

Part = tuple[str, ...]

_SHORT = "sample AS (SELECT 1)"  # for the sample, which is read once
# Their arguments say nothing of what is done.
_BARE = (exp.Identifier, exp.Literal, exp.Column, exp.Table, exp.TableAlias, exp.Dot)
_SAID = ("side", "kind", "unit", "method")  # arguments of which the word counts
_WITH_A_FORMAT = (exp.TimeToStr, exp.StrToTime, exp.StrToDate)


@dataclass(frozen=True)
class Proof:
    """What of a language answers here as on its engine.

    Attributes:
        language: ``athena`` or ``redshift``.
        sample: the rows that the examples are of, as an entry of WITH.
        groups: by a group's title the examples of each function.
        statements: the examples of each kind of statement.
        page: where the documentation lists it.
        instead: what is exact, for what each engine approximates in its own way: no example of it
            could be equal.
    """

    language: str
    sample: str
    groups: Mapping[str, Mapping[str, tuple[Example, ...]]]
    statements: Mapping[str, tuple[Example, ...]]
    page: str
    instead: Mapping[str, str]

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions, in order."""
        return tuple(sorted(name for group in self.groups.values() for name in group))

    def examples(self) -> Iterator[tuple[str, str, str, str]]:
        """Each example: what it proves, its text, its statement here, and on the real engine."""
        for title, group in self.groups.items():
            order = "" if title == "Aggregates" else " ORDER BY id"
            for name, texts in group.items():
                for text in map(_both, texts):
                    here, there = (
                        self._whole(f"SELECT {one} AS v FROM sample{order}") for one in text
                    )
                    yield name, text[0], here, there
        for kind, texts in self.statements.items():
            for text in map(_both, texts):
                here, there = map(self._whole, text)
                yield kind, text[0], here, there

    def _whole(self, text: str) -> str:
        """A statement with its rows."""
        if text.startswith("WITH "):
            return text.replace("{sample}", self.sample)
        return f"WITH {self.sample}\n{text}" if "sample" in text.lower() else text


def _both(text: Example) -> tuple[str, str]:
    return (text, text) if isinstance(text, str) else text


PROOFS = {
    "athena": Proof(
        "athena",
        functions.SAMPLE,
        functions.GROUPS,
        statements.STATEMENTS,
        "docs/sql-functions.md",
        {
            "approx_distinct": "COUNT(DISTINCT …)",
            "approx_percentile": "ELEMENT_AT(ARRAY_AGG(x ORDER BY x), …)",
        },
    ),
    "redshift": Proof(
        "redshift",
        redshift_functions.SAMPLE,
        redshift_functions.GROUPS,
        redshift_statements.STATEMENTS,
        "docs/redshift-functions.md",
        {"ApproxDistinct": "COUNT(DISTINCT …)"},
    ),
}


def check(tree: exp.Query, text: str, source: str, language: str) -> None:
    """Refuse a statement with a part that isn't proven.

    Raises:
        QuestionError: it has one; the message names it as the engine would.
    """
    proven = _proven(language)
    for node in tree.walk():
        for part in _parts(node):
            if part not in proven:
                raise QuestionError(f"{source}: {_refusal(PROOFS[language], part, node, text)}")


@cache
def _proven(language: str) -> frozenset[Part]:
    """Every part of every example."""
    proof = PROOFS[language]
    texts = [f"WITH {proof.sample} SELECT 1"]
    texts += [here.replace(proof.sample, _SHORT) for *_, here, _ in proof.examples()]
    trees = [sqlglot.parse_one(text, read=LANGUAGES[language]) for text in texts]
    return frozenset(part for tree in trees for node in tree.walk() for part in _parts(node))


def _parts(node: exp.Expr) -> Iterator[Part]:
    """What one node is, and has."""
    kind = type(node).__name__
    if isinstance(node, exp.Placeholder | exp.Version):
        return
    if isinstance(node, exp.Anonymous):
        yield "function", node.name.lower(), str(len(node.expressions))
        return
    if name := node.meta.get(CALLED):
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
    if isinstance(node, exp.Extract):
        yield kind, "of", node.name.upper()
    if isinstance(node, exp.Try):
        inner = node.this.find_all(exp.Div, exp.Mod, exp.Cast, exp.Bracket)
        yield kind, "of", ",".join(type(each).__name__ for each in inner)
    if isinstance(node, _WITH_A_FORMAT):
        for letter in re.findall(r"%-?.", node.args["format"].name):
            yield kind, "format", letter


def _refusal(proof: Proof, part: Part, node: exp.Expr, text: str) -> str:
    """What isn't proven, in the words of the engine's own errors."""
    is_athena = proof.language == "athena"
    line, end = node.meta.get("line"), node.meta.get("col")
    more = f"; {proof.page} lists what is"
    if part[0] == "function":
        word = node.name if isinstance(node, exp.Anonymous) else str(node.meta[CALLED])
        place = f"line {line}:{max(end - len(word), 0) + 1}: " if line and end else ""
        mark = marked(text, line, end, word)
        if part[1] in proof.functions:
            given = f"{part[2]} argument{'s' if part[2] != '1' else ''}"
            return f"NOT_SUPPORTED: {place}{part[1]} with {given} is not supported here{more}{mark}"
        hint = _instead(proof, part[1]) or did_you_mean(part[1], list(proof.functions))
        told = (
            f"Function '{part[1]}' not registered here{more}"
            if is_athena
            else f"function {part[1]}(…) does not exist here; {proof.page} lists those that do"
        )
        return f"FUNCTION_NOT_FOUND: {place}{told}{hint}{mark}"
    shown = node
    if len(part) > 1 and isinstance(node.args.get(part[1]), exp.Expr):
        shown = node.args[part[1]]
    said = " ".join(shown.sql("trino" if is_athena else "redshift", comments=False).split())
    said = said if len(said) <= 60 else said[:59] + "…"
    words = str(node.meta.get(CALLED) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", part[0])).lower()
    detail = f" with {part[1].replace('_', ' ').rstrip('_')}" if len(part) > 1 else ""
    if part[1:2] == ("of",):
        detail = ""
    if part[0] == "type":
        words, detail = f"the type {part[1].lower()}", ""
    hint = _instead(proof, part[0])
    return f"NOT_SUPPORTED: {words}{detail} is not supported here: {said}{more}{hint}"


def _instead(proof: Proof, name: str) -> str:
    exact = proof.instead.get(name)
    return f"; write {exact}" if exact else ""
