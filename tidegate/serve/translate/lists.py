"""Lists: their places, sizes and subscripts."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, when


def _sequence(node: exp.GenerateSeries) -> exp.Expr:
    if not node.args["start"].is_type("date"):
        return node
    step = node.args.get("step") or exp.Interval(this=exp.convert("1"), unit=exp.var("DAY"))
    return cast_to(call("generate_series", node.args["start"], node.args["end"], step), "DATE[]")


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
    if not node.this.is_type("array", "list"):
        raise UnequalError("a subscript of what isn't an array; use ELEMENT_AT")
    (place,) = node.expressions
    place = exp.Add(
        this=exp.paren(place.copy()), expression=exp.convert(1)
    )  # sqlglot counts from 0
    outside = exp.GT(this=place, expression=call("len", node.this))
    told = "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length"
    return when(outside, call("error", told), call("list_extract", node.this, place))


CHANGES: dict[type[exp.Expr], Change] = {
    exp.GenerateSeries: _sequence,
    exp.ArrayPosition: _array_position,
    exp.ArraySize: _cardinality,
    exp.Bracket: _subscript,
}
