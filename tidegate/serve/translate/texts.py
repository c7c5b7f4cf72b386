"""Texts, patterns, bytes and JSON."""

import re

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped, when


def upper(node: exp.Upper) -> exp.Expr:
    """Upper case, the sharp s as it was."""
    kept = call("chr", 57344)
    return call("replace", call("upper", call("replace", node.this, "ß", kept)), kept, "ß")


def _substring(node: exp.Substring) -> exp.Expr:
    start = node.args.get("start")
    if (isinstance(start, exp.Literal) and start.name != "0") or isinstance(start, exp.Neg):
        return node
    assert start
    zero = exp.EQ(this=exp.paren(start.copy()), expression=exp.convert(0))
    return when(zero, call("left", node.this, 0), node)


def _split_part(node: exp.SplitPart) -> exp.Expr:
    parts = call("string_split", node.this, node.args["delimiter"])
    return call("list_extract", parts, node.args["part_index"])


def _regexp_extract(node: exp.RegexpExtract) -> exp.Expr:
    return when(call("regexp_matches", node.this, node.expression), node)


def regexp_replace(node: exp.RegexpReplace) -> exp.Expr:
    """Each place that a pattern meets by another text.

    Raises:
        UnequalError: the text refers to a group but by its number.
    """
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if not isinstance(replacement, exp.Literal) or re.search(r"\\|\$\D", replacement.name):
        raise UnequalError(
            "REGEXP_REPLACE but with a text such as '$1', of no escapes and no names"
        )
    said = re.sub(r"\$(\d)", r"\\\1", replacement.name)
    return call("regexp_replace", node.this, node.expression, said, "g")


_NUMBERS = ("double", "float", "decimal")


def _json_scalar(node: exp.JSONExtractScalar) -> exp.Expr:
    """A member that is a scalar, as text; null where it is an object or a list."""
    kind = call("json_type", cast_to(node.this, "JSON"), node.expression.copy())
    nested = exp.In(this=kind, expressions=[exp.convert("OBJECT"), exp.convert("ARRAY")])
    scalar: exp.Expr = node.copy()
    if not (isinstance(node.parent, exp.Cast) and node.parent.to.is_type(*_NUMBERS)):
        told = "NOT_SUPPORTED: a number with a fraction as text; CAST it AS double or decimal"
        is_double = exp.EQ(this=kind.copy(), expression=exp.convert("DOUBLE"))
        scalar = when(is_double, call("error", told), scalar)
    return when(exp.not_(nested), scalar)


def json_array_length(node: exp.Anonymous) -> exp.Expr:
    """The members of a JSON list; null of what is none."""
    listed = exp.EQ(this=call("json_type", *node.expressions), expression=exp.convert("ARRAY"))
    return cast_to(when(listed, call("json_array_length", *node.expressions)), "BIGINT")


def _concat_ws(node: exp.ConcatWs) -> exp.Expr:
    """Texts, or those of a list, with a text between them; nulls among them are left out."""
    between, *given = node.expressions
    if not any(one.is_type("array", "list") for one in given):
        return node
    if len(given) > 1:
        raise UnequalError("concat_ws of a list and other texts")
    return shaped(
        "CASE WHEN :of IS NOT NULL THEN"
        " coalesce(array_to_string(list_filter(:of, lambda _one: _one IS NOT NULL), :mark), '')"
        " END",
        of=given[0],
        mark=between,
    )


def json_size(node: exp.Anonymous) -> exp.Expr:
    """How many members what is at a path has; 0 of a scalar."""
    of, path = node.expressions
    return shaped(
        "CAST(CASE json_type(CAST(:of AS JSON), :path)"
        " WHEN 'ARRAY' THEN json_array_length(:of, :path)"
        " WHEN 'OBJECT' THEN len(json_keys(:of, :path))"
        " ELSE CASE WHEN json_type(CAST(:of AS JSON), :path) IS NOT NULL THEN 0 END END AS BIGINT)",
        of=of,
        path=path,
    )


def is_json_scalar(node: exp.Anonymous) -> exp.Expr:
    """Whether a JSON text is neither an object nor a list."""
    return shaped("json_type(CAST(:of AS JSON)) NOT IN ('OBJECT', 'ARRAY')", of=node.expressions[0])


CHANGES: dict[type[exp.Expr], Change] = {
    exp.Upper: upper,
    exp.ConcatWs: _concat_ws,
    exp.Substring: _substring,
    exp.SplitPart: _split_part,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: regexp_replace,
    exp.JSONExtractScalar: _json_scalar,
    exp.SHA: lambda node: call("unhex", call("sha1", node.this)),
    # DuckDB's decode fails on a byte that isn't UTF-8.
    exp.Decode: lambda node: call("from_utf8", node.this),
}
