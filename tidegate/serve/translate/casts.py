"""Casts: rounded, cut and refused as Trino does."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped, when
from tidegate.serve.translate.times import near_millisecond


def _cast(node: exp.Cast) -> exp.Expr:
    of, to = node.this, node.to
    name = to.this.value
    tries = isinstance(node, exp.TryCast) or isinstance(node.parent, exp.Try)
    kept = exp.TryCast if tries else exp.Cast
    if name in ("TINYINT", "SMALLINT", "INT", "BIGINT"):
        if of.is_type("double", "float"):
            return kept(this=call("round", of), to=to.copy())
        if of.is_type("varchar", "text", "char"):
            number = call("regexp_full_match", of, r"\s*[+-]?[0-9]+\s*")
            words = ("INVALID_CAST_ARGUMENT: Cannot cast '", of, f"' to {to.sql('trino').lower()}")
            told = call("concat", *words)
            checked = when(number, of, None if tries else call("error", told))
            bare = exp.Is(this=of.copy(), expression=exp.Null())
            return kept(
                this=exp.Case(
                    ifs=[exp.If(this=bare, true=exp.Null()), *checked.args["ifs"]],
                    default=checked.args.get("default"),
                ),
                to=to.copy(),
            )
    if name == "BOOLEAN" and of.is_type("varchar", "text", "char"):
        return _truth(of, tries=tries)
    if name in ("VARCHAR", "TEXT", "CHAR"):
        if of.is_type("double", "float", "timestamp", "timestamptz"):
            kind = of.type.sql("trino").lower() if of.type else ""
            raise UnequalError(f"CAST of {kind} AS varchar; use DATE_FORMAT or a decimal")
        if to.expressions and not tries:
            return call("left", cast_to(of, "VARCHAR"), to.expressions[0].this)
    if name == "DECIMAL" and not to.expressions:  # of other digits in each engine
        raise UnequalError("DECIMAL without its digits; as in CAST('1.50' AS decimal(3, 2)), it")
    if name in ("TIMESTAMP", "TIMESTAMPTZ"):
        if isinstance(of, exp.Literal | exp.Placeholder):  # exact, whatever digits it has
            return kept(this=of.copy(), to=exp.DataType.build(name))
        if to.expressions and to.expressions[0].name not in ("3", "6"):
            raise UnequalError("a timestamp but of 3 or 6 digits of a second")
        if not (to.expressions and to.expressions[0].name == "6"):
            return near_millisecond(kept(this=of.copy(), to=exp.DataType.build(name)))
    return node


def _truth(of: exp.Expr, *, tries: bool) -> exp.Expr:
    """A text as a truth, of which DuckDB knows more words than Trino."""
    told = "error(concat('INVALID_CAST_ARGUMENT: Cannot cast ''', :of, ''' to boolean'))"
    return shaped(
        "CASE WHEN lower(:of) IN ('t', 'true', '1') THEN true"
        " WHEN lower(:of) IN ('f', 'false', '0') THEN false"
        f" WHEN :of IS NOT NULL THEN {'CAST(NULL AS BOOLEAN)' if tries else told} END",
        of=of,
    )


CHANGES: dict[type[exp.Expr], Change] = {
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
}
