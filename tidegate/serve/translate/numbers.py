"""Numbers by Trino's rules: quotients, remainders, decimals to the digit."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped
from tidegate.serve.types import decimal, is_decimal, is_whole

MACROS = (
    # Rounded half away from zero, as Trino rounds; both are whole numbers.
    """CREATE OR REPLACE MACRO memory.main.half_up(a, b) AS
        CAST(sign(a) * sign(b) AS HUGEINT) * ((2 * abs(a) + abs(b)) // (2 * abs(b)))""",
    """CREATE OR REPLACE MACRO memory.main.nonzero(b) AS
        CASE WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE b END""",
)


def quotient(a: exp.Expr, b: exp.Expr, kind: exp.DataType) -> exp.Expr:
    """A quotient to a decimal's digits, by whole numbers: DuckDB makes a double of it."""
    (_, s1), (_, s2), (_, scale) = _decimal(a), _decimal(b), _decimal(kind)
    dividend = exp.Mul(
        this=_whole(a, s1), expression=cast_to(exp.convert(10 ** (s2 - s1 + scale)), "HUGEINT")
    )
    rounded = call("memory.main.half_up", dividend, _whole(b, s2))
    unit = cast_to(
        exp.Literal.number(f"{10**-scale:.{scale}f}" if scale else "1"), f"DECIMAL(38, {scale})"
    )
    return cast_to(exp.Mul(this=cast_to(rounded, "DECIMAL(38, 0)"), expression=unit), kind)


def _whole(node: exp.Expr, scale: int) -> exp.Expr:
    """A decimal without its point."""
    power = cast_to(exp.convert(10**scale), f"DECIMAL({scale + 1}, 0)")
    wide = cast_to(node, f"DECIMAL(38, {scale})")
    return cast_to(exp.Mul(this=wide, expression=power) if scale else node, "HUGEINT")


def _decimal(node: exp.Expr | exp.DataType | None) -> tuple[int, int]:
    found = decimal(node)
    assert found
    return found


def _divide(node: exp.Div) -> exp.Expr:
    a, b = node.left, node.right
    if decimal(a) and decimal(b):
        if is_whole(a) and is_whole(b):
            return cast_to(
                exp.IntDiv(this=exp.paren(a.copy()), expression=nonzero(node)), node.type
            )
        assert node.type
        return quotient(a, nonzero(node, b.type), node.type)
    if any(each.is_type("double", "float") for each in (a, b)):
        return node
    raise UnequalError("a division whose sides' types can't be told; CAST them, e.g. AS double")


def nonzero(node: exp.Binary, kind: exp.DataType | None = None) -> exp.Expr:
    """A divisor that isn't zero; dividing by it fails there, where DuckDB gives null."""
    divisor = node.right
    if isinstance(node.parent, exp.Try):
        checked: exp.Expr = exp.Nullif(this=divisor.copy(), expression=exp.convert(0))
    elif isinstance(divisor, exp.Literal) and float(divisor.name):
        checked = divisor.copy()
    else:
        checked = call("memory.main.nonzero", divisor)
    checked.type = kind
    return checked


def _modulo(node: exp.Mod) -> exp.Expr:
    if decimal(node.left) and decimal(node.right):
        rest = exp.Mod(this=exp.paren(node.left.copy()), expression=nonzero(node))
        return cast_to(rest, node.type)
    return node


def _sum_or_moment(node: exp.Binary) -> exp.Expr:
    """A sum or a difference; a day and an interval of days make a day, not a timestamp."""
    if node.left.is_type("date") and isinstance(node.right, exp.Interval):
        return cast_to(node, "DATE")
    return _to_its_type(node)


def _literal(node: exp.Literal) -> exp.Expr:
    return cast_to(node, node.type) if is_decimal(node) and node.name.startswith("0.") else node


def _to_its_type(node: exp.Expr) -> exp.Expr:
    """A decimal with the digits Athena gives it; a sign with the type of what it is of."""
    to_cast = is_decimal(node) or (isinstance(node, exp.Sign) and node.type is not None)
    return cast_to(node, node.type) if to_cast and not isinstance(node.parent, exp.Case) else node


def _rounded(node: exp.Func) -> exp.Expr:
    if is_whole(node.this) and not node.args.get("decimals"):
        whole: exp.Expr = node.this.copy()
        return whole
    return cast_to(node, node.type) if is_decimal(node.this) or is_whole(node.this) else node


def _width_bucket(node: exp.WidthBucket) -> exp.Expr:
    """The number of the bucket that a value falls into, of so many of one width."""
    if node.args.get("threshold"):
        raise UnequalError("width_bucket with a list of bounds")
    upwards = (
        "CASE WHEN :of < least(:low, :high) THEN 0"
        " WHEN :of >= greatest(:low, :high) THEN :count + 1 ELSE floor(CAST(:count AS DOUBLE)"
        " * (:of - least(:low, :high)) / (greatest(:low, :high) - least(:low, :high)) + 1) END"
    )
    return shaped(
        "CAST(CASE WHEN :low = :high OR :count <= 0"
        " THEN error('INVALID_FUNCTION_ARGUMENT: width_bucket takes two bounds and a count over 0')"
        f" WHEN :low < :high THEN {upwards} ELSE :count + 1 - ({upwards}) END AS BIGINT)",
        of=cast_to(node.this, "DOUBLE"),
        low=cast_to(node.args["min_value"], "DOUBLE"),
        high=cast_to(node.args["max_value"], "DOUBLE"),
        count=node.args["num_buckets"],
    )


CHANGES: dict[type[exp.Expr], Change] = {
    exp.Div: _divide,
    exp.Mod: _modulo,
    exp.Literal: _literal,
    exp.WidthBucket: _width_bucket,
    **dict.fromkeys((exp.Add, exp.Sub), _sum_or_moment),
    **dict.fromkeys((exp.Mul, exp.Sign), _to_its_type),
    **dict.fromkeys((exp.Coalesce, exp.Case, exp.If, exp.Greatest, exp.Least), _to_its_type),
    **dict.fromkeys((exp.Round, exp.Ceil, exp.Floor, exp.Trunc), _rounded),
}
