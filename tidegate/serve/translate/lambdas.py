"""Functions that take a function: of a list's members, of two lists', of a map's entries."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, shaped

# Of truths in a list, as Trino counts: null where a null could turn it.
MACROS = (
    """CREATE OR REPLACE MACRO memory.main.any_true(truths) AS CASE
        WHEN truths IS NULL THEN NULL
        WHEN list_contains(truths, true) THEN true
        WHEN list_count(truths) < len(truths) THEN NULL
        ELSE false END""",
    """CREATE OR REPLACE MACRO memory.main.all_true(truths) AS CASE
        WHEN truths IS NULL THEN NULL
        WHEN list_contains(truths, false) THEN false
        WHEN list_count(truths) < len(truths) THEN NULL
        ELSE true END""",
)
_ENTRIES = "map_from_entries({}(map_entries(:map), lambda _one: {}))"
_MAPPED = {
    "map_filter": _ENTRIES.format("list_filter", ":made"),
    "transform_values": _ENTRIES.format("list_transform", "{'k': _one.key, 'v': :made}"),
    "transform_keys": _ENTRIES.format("list_transform", "{'k': :made, 'v': _one.value}"),
}


def _matches(node: exp.Anonymous) -> exp.Expr:
    members, condition = node.expressions
    truths = call("list_transform", members, condition)
    name = node.name.lower()
    if name == "all_match":
        return call("memory.main.all_true", truths)
    found = call("memory.main.any_true", truths)
    return exp.not_(found) if name == "none_match" else found


def _mapped(node: exp.Anonymous) -> exp.Expr:
    of, function = node.expressions
    made = _applied(function, "_one.key", "_one.value")
    return shaped(_MAPPED[node.name.lower()], map=of, made=made)


def _zip_with(node: exp.Anonymous) -> exp.Expr:
    one, other, function = node.expressions
    return shaped(
        "CASE WHEN :one IS NOT NULL AND :other IS NOT NULL"
        " THEN list_transform(list_zip(:one, :other), lambda _one: :made) END",
        one=one,
        other=other,
        made=_applied(function, "_one[1]", "_one[2]"),
    )


def _applied(function: exp.Expr, *values: str) -> exp.Expr:
    """What a function says of values, which DuckDB's SQL names."""
    if not isinstance(function, exp.Lambda):
        raise UnequalError("a function but as (one, other) -> …")
    if function.this.find(exp.Lambda):
        raise UnequalError("a function within a function of two")
    said = exp.paren(function.this.copy())
    given: dict[str, exp.Expr] = {
        each.name: exp.maybe_parse(value, dialect="duckdb")
        for each, value in zip(function.expressions, values, strict=True)
    }
    for word in list(said.find_all(exp.Identifier)):
        if word.name in given and not isinstance(word.parent, exp.Column | exp.Dot):
            word.replace(given[word.name].copy())
    return said


def _reduce(node: exp.Reduce) -> exp.Expr:
    return shaped(
        "CASE WHEN :of IS NOT NULL"
        " THEN list_transform([list_reduce(:of, :merge, :initial)], :finish)[1] END",
        of=node.this,
        initial=node.args["initial"],
        merge=node.args["merge"],
        finish=node.args["finish"],
    )


def _sorted(node: exp.ArraySort) -> exp.Expr:
    """A list in its own order, or in that of a function that says -1, 0 or 1 of two members.

    A member's place is the number of those that come before it.
    """
    function = node.args.get("expression")
    if function is None:
        return node
    compared = _applied(function, "_other", "_one")
    return shaped(
        "list_transform(list_sort(list_transform(:of, lambda _one, _at: {"
        " 'before': len(list_filter(:of, lambda _other, _there: CASE"
        " WHEN :compared IN (-1, 0, 1) THEN :compared < 0 OR (:compared = 0 AND _there < _at)"
        " ELSE error('INVALID_FUNCTION_ARGUMENT: Lambda comparator must return either -1, 0, or 1')"
        " END)), 'at': _at})), lambda _place: (:of)[_place['at']])",
        of=node.this,
        compared=compared,
    )


NAMED: dict[str, Change] = {
    **dict.fromkeys(("any_match", "all_match", "none_match"), _matches),
    **dict.fromkeys(_MAPPED, _mapped),
    "zip_with": _zip_with,
}
CHANGES: dict[type[exp.Expr], Change] = {exp.Reduce: _reduce, exp.ArraySort: _sorted}
