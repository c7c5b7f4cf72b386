"""Lists and maps: their places, sizes, subscripts and members once each."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped, when

MACROS = (
    # Each member once, where it stands first; a null too.
    """CREATE OR REPLACE MACRO memory.main.once_each(members) AS list_filter(members,
        lambda one, place: CASE
            WHEN one IS NULL THEN len(members[:place]) - list_count(members[:place]) = 1
            ELSE list_position(members, one) = place END)""",
    """CREATE OR REPLACE MACRO memory.main.overlap(one, other) AS CASE
        WHEN one IS NULL OR other IS NULL THEN NULL
        WHEN list_has_any(one, other) THEN true
        WHEN len(one) > 0 AND len(other) > 0
            AND list_count(one) + list_count(other) < len(one) + len(other) THEN NULL
        ELSE false END""",
    """CREATE OR REPLACE MACRO memory.main.map_of(pairs) AS map_from_entries(list_filter(pairs,
        lambda one, place: list_position(list_transform(pairs, lambda each: each.k), one.k)
            = place))""",
)


def _sequence(node: exp.GenerateSeries) -> exp.Expr:
    start, end, step = (node.args.get(name) for name in ("start", "end", "step"))
    assert start
    assert end
    is_of_days = start.is_type("date")
    if step is None:  # towards the end, whichever side it is on
        one = "INTERVAL 1 DAY" if is_of_days else "1"
        step = shaped(f"CASE WHEN :start <= :end THEN {one} ELSE -{one} END", start=start, end=end)
    made = call("generate_series", start, end, step)
    return cast_to(made, "DATE[]") if is_of_days else made


def _array_position(node: exp.ArrayPosition) -> exp.Expr:
    found = call("list_position", node.this, node.expression)
    both = [
        exp.Is(this=each.copy(), expression=exp.Null()) for each in (node.this, node.expression)
    ]
    nothing = cast_to(exp.Null(), "BIGINT")
    return when(
        exp.or_(*both),
        nothing,
        exp.Coalesce(this=cast_to(found, "BIGINT"), expressions=[exp.convert(0)]),
    )


def _cardinality(node: exp.ArraySize) -> exp.Expr:
    name = "cardinality" if node.this.is_type("map") else "len"
    return cast_to(call(name, node.this), "BIGINT")


def _subscript(node: exp.Bracket) -> exp.Expr:
    if node.args.get("safe"):
        return node
    if node.this.is_type("map"):
        return _of_key(node)
    if not node.this.is_type("array", "list"):
        raise UnequalError("a subscript of what isn't an array; use ELEMENT_AT")
    (place,) = node.expressions
    place = exp.Add(
        this=exp.paren(place.copy()), expression=exp.convert(1)
    )  # sqlglot counts from 0
    outside = exp.GT(this=place, expression=call("len", node.this))
    told = "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length"
    return when(outside, call("error", told), call("list_extract", node.this, place))


def _of_key(node: exp.Bracket) -> exp.Expr:
    """What a map has under a key, which must be there."""
    (key,) = node.expressions
    if not key.is_type("varchar", "text", "char"):
        raise UnequalError("a subscript of a map but by a text; use ELEMENT_AT")
    return shaped(
        "CASE WHEN map_contains(:map, :key) THEN map_extract_value(:map, :key)"
        " WHEN :map IS NOT NULL THEN"
        " error(concat('INVALID_FUNCTION_ARGUMENT: Key not present in map: ', :key)) END",
        map=node.this,
        key=key,
    )


def _union(node: exp.Anonymous) -> exp.Expr:
    text = (
        "CASE WHEN :one IS NOT NULL AND :other IS NOT NULL"
        " THEN memory.main.once_each(list_concat(:one, :other)) END"
    )
    one, other = node.expressions
    return shaped(text, one=one, other=other)


def _repeat(node: exp.Repeat) -> exp.Expr:
    """A member so many times, of which Trino takes 10,000 at most."""
    return shaped(
        "CASE WHEN :times BETWEEN 0 AND 10000 THEN repeat([:one], least(:times, 10000))"
        " WHEN :times IS NOT NULL THEN"
        " error('INVALID_FUNCTION_ARGUMENT: repeat takes a count of 0 to 10000') END",
        one=node.this,
        times=node.args["times"],
    )


def _map_agg(node: exp.Anonymous) -> exp.Expr:
    """A map of pairs; of those with one key, one, as there."""
    _alone(node)
    key, value = node.expressions
    return shaped(
        "memory.main.map_of(list({'k': :key, 'v': :value}) FILTER (WHERE :key IS NOT NULL))",
        key=key,
        value=value,
    )


def _histogram(node: exp.Anonymous) -> exp.Expr:
    _alone(node)
    return shaped(
        "map_from_entries(list_transform(map_entries(histogram(:of)),"
        " lambda _one: {'k': _one.key, 'v': CAST(_one.value AS BIGINT)}))",
        of=node.expressions[0],
    )


def _alone(node: exp.Anonymous) -> None:
    if isinstance(node.parent, exp.Filter | exp.Window | exp.WithinGroup):
        raise UnequalError(f"{node.name.lower()} with FILTER or OVER")


NAMED: dict[str, Change] = {
    "array_union": _union,
    "arrays_overlap": lambda node: call("memory.main.overlap", *node.expressions),
    "histogram": _histogram,
    "map_agg": _map_agg,
}
CHANGES: dict[type[exp.Expr], Change] = {
    exp.GenerateSeries: _sequence,
    exp.ArrayPosition: _array_position,
    exp.ArraySize: _cardinality,
    exp.Bracket: _subscript,
    exp.ArrayDistinct: lambda node: call("memory.main.once_each", node.this),
    exp.Repeat: _repeat,
}
