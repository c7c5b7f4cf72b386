"""What sqlglot's translation from Redshift's SQL to DuckDB's leaves different, made the same."""

import re

from sqlglot import exp

from tidegate.serve.translate.aggregates import sum_and_count
from tidegate.serve.translate.numbers import nonzero
from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped, when
from tidegate.serve.translate.texts import regexp_replace, upper
from tidegate.serve.types import is_decimal, is_whole

_FLOATS = ("double", "float")


def _divide(node: exp.Div) -> exp.Expr:
    """Whole numbers make a whole one, and nothing is divided by zero."""
    if is_whole(node.left) and is_whole(node.right):
        return cast_to(
            exp.IntDiv(this=exp.paren(node.left.copy()), expression=nonzero(node)), node.type
        )
    return exp.Div(this=node.left.copy(), expression=nonzero(node))


def _modulo(node: exp.Mod) -> exp.Expr:
    return exp.Mod(this=exp.paren(node.left.copy()), expression=nonzero(node))


def _rounded(node: exp.Round) -> exp.Expr:
    """A half of a float to the even side, of a decimal away from zero."""
    if node.this.is_type(*_FLOATS) and not node.args.get("decimals"):
        return call("round_even", node.this, 0)
    return node


def _aggregate(node: exp.Expr) -> exp.Expr:
    """The average of whole numbers without its fraction, and a share of a window's sum."""
    if isinstance(node.parent, exp.Window) and node.arg_key == "this":
        return node
    inner = node.this if isinstance(node, exp.Window) else node
    if isinstance(inner, exp.Avg) and is_decimal(inner.this):
        raise UnequalError("AVG of a decimal, which Redshift cuts to its digits; CAST it AS float8")
    if isinstance(inner, exp.Avg) and is_whole(inner.this):
        total, count = sum_and_count(node)
        some = exp.Nullif(this=count, expression=exp.convert(0))
        return cast_to(exp.IntDiv(this=total, expression=some), "BIGINT")
    if isinstance(inner, exp.Anonymous) and inner.name.lower() == "ratio_to_report":
        (share,) = inner.expressions
        total = node.copy()
        total.set("this", exp.Sum(this=share.copy()))
        return exp.Div(this=cast_to(share, "DOUBLE"), expression=total)
    return node


def _cast(node: exp.Cast) -> exp.Expr:
    if node.to.this.value in ("VARCHAR", "TEXT"):
        if node.this.is_type(*_FLOATS):
            raise UnequalError("CAST of a float AS varchar; CAST it AS decimal first")
        if node.to.expressions:
            return call("left", cast_to(node.this, "VARCHAR"), node.to.expressions[0].this)
    return node


def _concat(node: exp.Concat) -> exp.Expr:
    """One text after the other; null where one is."""
    first, *others = node.expressions
    joined: exp.Expr = exp.paren(first.copy())
    for other in others:
        joined = exp.DPipe(this=joined, expression=exp.paren(other.copy()))
    return exp.paren(joined)


def _substring(node: exp.Substring) -> exp.Expr:
    """A part of a text; what would begin before it is cut off."""
    start, length = node.args["start"], node.args.get("length")
    if isinstance(start, exp.Literal) and start.name != "0":
        return node
    if length is None:
        return shaped("substring(:of, greatest(:start, 1))", of=node.this, start=start)
    return shaped(
        "substring(:of, greatest(:start, 1), greatest(:length + least(:start, 1) - 1, 0))",
        of=node.this,
        start=exp.paren(start.copy()),
        length=exp.paren(length.copy()),
    )


def _like(node: exp.Like | exp.ILike) -> exp.Expr:
    """A pattern, of which a backslash takes the meaning off the next letter."""
    pattern = node.expression
    is_plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.name
    if is_plain or isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def _to_char(node: exp.TimeToStr) -> exp.Expr:
    form = node.args["format"]
    if not node.this.is_type("date", "timestamp", "timestamptz"):
        raise UnequalError("TO_CHAR of what isn't a day or a moment; CAST it AS varchar")
    _check_letters("TO_CHAR", form)
    return node


def _to_date(node: exp.StrToDate) -> exp.Expr:
    _check_letters("TO_DATE", node.args["format"])
    return node


def _check_letters(function: str, form: exp.Expr) -> None:
    """Refuse letters of a form that have no equal, which would stay as they are."""
    if not isinstance(form, exp.Literal):
        raise UnequalError(f"{function} but with a text for its form")
    if left := re.search(r"[A-Za-z]+", re.sub(r"%-?.", " ", form.name)):
        raise UnequalError(f'{function} with "{left[0]}" in its form')


def _json_text(node: exp.JSONExtractScalar) -> exp.Expr:
    """A member that is a scalar, as text; one that JSON may write otherwise than Redshift fails."""
    refused = ["OBJECT", "ARRAY"]
    if not (isinstance(node.parent, exp.Cast) and node.parent.to.is_type(*_FLOATS, "decimal")):
        refused.append("DOUBLE")
    return when(
        exp.In(
            this=call("json_type", cast_to(node.this, "JSON"), node.expression.copy()),
            expressions=[exp.convert(one) for one in refused],
        ),
        call(
            "error",
            "NOT_SUPPORTED: JSON_EXTRACT_PATH_TEXT of an object, of a list, or of a fraction that"
            " isn't CAST AS a number",
        ),
        node,
    )


CHANGES: dict[type[exp.Expr], Change] = {
    exp.Div: _divide,
    exp.Mod: _modulo,
    exp.Round: _rounded,
    **dict.fromkeys((exp.Avg, exp.Window), _aggregate),
    exp.Cast: _cast,
    exp.Concat: _concat,
    exp.Substring: _substring,
    **dict.fromkeys((exp.Like, exp.ILike), _like),
    exp.Upper: upper,
    exp.RegexpReplace: regexp_replace,
    exp.TimeToStr: _to_char,
    exp.StrToDate: _to_date,
    exp.JSONExtractScalar: _json_text,
    exp.CurrentTimestamp: lambda _: cast_to(exp.CurrentTimestamp(), "TIMESTAMP"),
}
