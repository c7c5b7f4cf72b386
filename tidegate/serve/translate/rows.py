"""Rows within arrays, and UNNEST into several columns: of arrays side by side, maps, rows."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped
from tidegate.serve.types import FIELD

MACROS = (
    # Each key once, where it stands first, with all that stands beside it.
    """CREATE OR REPLACE MACRO memory.main.multimap_of(pairs) AS map_from_entries(list_transform(
        list_filter(pairs, lambda one, place:
            list_position(list_transform(pairs, lambda each: each.k), one.k) = place),
        lambda one: {'k': one.k, 'v': list_transform(
            list_filter(pairs, lambda other: other.k = one.k), lambda other: other.v)}))""",
    """CREATE OR REPLACE MACRO memory.main.entry_of(entry, mark) AS CASE
        WHEN len(string_split(entry, mark)) <> 2 THEN error(concat(
            'INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly once in each'
            ' entry. Bad input: ''', entry, ''''))
        ELSE {'k': string_split(entry, mark)[1], 'v': string_split(entry, mark)[2]} END""",
)


def _row(*members: str) -> str:
    """A row of DuckDB's."""
    named = (f"'{FIELD.format(place)}': {member}" for place, member in enumerate(members))
    return "{" + ", ".join(named) + "}"


def _zip(node: exp.Anonymous) -> exp.Expr:
    names = [f"of{place}" for place in range(len(node.expressions))]
    there = " AND ".join(f":{name} IS NOT NULL" for name in names)
    lists = ", ".join(f":{name}" for name in names)
    row = _row(*(f"_one[{place}]" for place in range(1, len(names) + 1)))
    return shaped(
        f"CASE WHEN {there} THEN list_transform(list_zip({lists}), lambda _one: {row}) END",
        **dict(zip(names, node.expressions, strict=True)),
    )


def _map_entries(node: exp.Anonymous) -> exp.Expr:
    row = _row("_one.key", "_one.value")
    return shaped(f"list_transform(map_entries(:of), lambda _one: {row})", of=node.expressions[0])


def _multimap_agg(node: exp.Anonymous) -> exp.Expr:
    if isinstance(node.parent, exp.Filter | exp.Window):
        raise UnequalError("multimap_agg with FILTER or OVER")
    key, value = node.expressions
    return shaped(
        "memory.main.multimap_of(list({'k': :key, 'v': :value}) FILTER (WHERE :key IS NOT NULL))",
        key=key,
        value=value,
    )


def _split_to_map(node: exp.StrToMap) -> exp.Expr:
    return shaped(
        "map_from_entries(list_transform(list_filter(string_split(:of, :by),"
        " lambda _one, _place: _one <> '' OR _place < len(string_split(:of, :by))),"
        " lambda _one: memory.main.entry_of(_one, :mark)))",
        of=node.this,
        by=node.args["pair_delim"],
        mark=node.args["key_value_delim"],
    )


def _struct(node: exp.Struct) -> exp.Expr:
    names = [f"of{place}" for place in range(len(node.expressions))]
    given = dict(zip(names, node.expressions, strict=True))
    return shaped(_row(*(f":{name}" for name in names)), **given)


def _unnest(node: exp.Unnest) -> exp.Expr:
    """Several columns of arrays side by side, of maps' keys and values, of rows' members."""
    lists = [each for one in node.expressions for each in _columns(one)]
    if len(lists) == 1:
        return node
    alias = node.args["alias"].copy()
    made: list[exp.Expr] = [call("unnest", one) for one in lists]
    ordinal = node.args.get("offset")
    if ordinal:
        sizes = [exp.Coalesce(this=call("len", one), expressions=[exp.convert(0)]) for one in lists]
        end = exp.Add(this=call("greatest", *sizes), expression=exp.convert(1))
        made.append(cast_to(call("unnest", call("range", 1, end)), "BIGINT"))
        if len(alias.args["columns"]) < len(made):
            alias.append("columns", ordinal.copy())
    for column, one in zip(alias.args["columns"], made, strict=True):
        one.set("alias", None)
        made[made.index(one)] = exp.alias_(one, column.copy())
    query = exp.Subquery(this=exp.Select(expressions=made))
    if isinstance(node.parent, exp.From):
        query.set("alias", alias)
        return query
    return exp.Lateral(this=query, alias=alias)


def _columns(one: exp.Expr) -> list[exp.Expr]:
    """The lists that an array or a map falls into."""
    kind = one.type
    if one.is_type("map"):
        return [call("map_keys", one), call("map_values", one)]
    inner = (
        kind.expressions[0] if kind and one.is_type("array", "list") and kind.expressions else None
    )
    if isinstance(inner, exp.DataType) and inner.this == exp.DType.STRUCT:
        return [
            shaped(f'list_transform(:of, lambda _one: _one."{member.name}")', of=one)
            for member in inner.expressions
        ]
    return [one]


NAMED: dict[str, Change] = {
    "zip": _zip,
    "map_entries": _map_entries,
    "multimap_agg": _multimap_agg,
}
CHANGES: dict[type[exp.Expr], Change] = {
    exp.StrToMap: _split_to_map,
    exp.Struct: _struct,
    exp.Unnest: _unnest,
}
