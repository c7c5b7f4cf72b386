"""FORMAT: a text with values in the places of ``%s``, ``%d`` and ``%.2f``, as Java fills them."""

import re

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, UnequalError, call, cast_to, shaped
from tidegate.serve.types import is_decimal, is_whole

_PLACE = re.compile(r"%([-0,]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")
_AS_TEXT = ("varchar", "text", "char", "boolean", "date")


def _format(node: exp.Format) -> exp.Expr:
    if not isinstance(node.this, exp.Literal):
        raise UnequalError("FORMAT but with a text of its own")
    form, values = node.this.name, list(node.expressions)
    pieces: list[exp.Expr | str | int] = []
    end = 0
    for place in _PLACE.finditer(form):
        pieces.append(form[end : place.start()])
        end = place.end()
        if place[4] == "%":
            pieces.append("%")
        elif not values:
            raise UnequalError(f'FORMAT with no value for "{place[0]}"')
        else:
            pieces.append(_filled(place, values.pop(0)))
    if "%" in (rest := form[end:]):
        raise UnequalError(f'FORMAT with "{rest[rest.index("%") :]}"')
    return call("concat", *pieces, rest)


def _filled(place: re.Match[str], value: exp.Expr) -> exp.Expr:
    """A value as a place says."""
    flags, width, digits, letter = place.groups()
    text = _text(place[0], letter, digits, "," in flags, value)
    nothing = "null"[: int(digits)] if digits else "null"  # as Java cuts any text
    text = exp.Coalesce(this=text, expressions=[exp.Literal.string(nothing)])
    if not width:
        return text
    if "0" in flags:
        padded = "CASE WHEN :value IS NULL THEN lpad(:of, :wide, ' ')"
        padded += " WHEN :of LIKE '-%' THEN '-' || lpad(substr(:of, 2), :wide - 1, '0')"
        padded += " ELSE lpad(:of, :wide, '0') END"
    else:
        padded = "rpad(:of, :wide, ' ')" if "-" in flags else "lpad(:of, :wide, ' ')"
    return shaped(
        f"CASE WHEN len(:of) >= :wide THEN :of ELSE {padded} END",
        of=text,
        value=value,
        wide=exp.convert(int(width)),
    )


def _text(
    said: str, letter: str, digits: str | None, has_commas: bool, value: exp.Expr
) -> exp.Expr:
    if letter == "s" and not digits and (value.is_type(*_AS_TEXT) or _is_exact(value)):
        return cast_to(value, "VARCHAR")
    if letter == "d" and not digits and is_whole(value):
        return call("format", "{:,}", value) if has_commas else cast_to(value, "VARCHAR")
    if letter == "f" and (value.is_type("double") or is_decimal(value)):
        places = int(digits or 6)
        # By way of its text, as Java rounds what it would print, half up.
        number = cast_to(cast_to(value, "VARCHAR"), f"DECIMAL(38, {places})")
        return _with_commas(number, places) if has_commas else cast_to(number, "VARCHAR")
    kind = value.type.sql("trino").lower() if value.type else "value"
    raise UnequalError(f'FORMAT of "{said}" with a {kind}')


def _is_exact(value: exp.Expr) -> bool:
    return is_whole(value) or is_decimal(value)


def _with_commas(number: exp.Expr, places: int) -> exp.Expr:
    """A decimal with commas between its thousands."""
    return shaped(
        "CASE WHEN :of < 0 THEN '-' ELSE '' END"
        " || format('{:,}', CAST(trunc(abs(:of)) AS HUGEINT))"
        " || CASE WHEN :places > 0 THEN right(CAST(:of AS VARCHAR), :places + 1) ELSE '' END",
        of=number,
        places=exp.convert(places),
    )


CHANGES: dict[type[exp.Expr], Change] = {exp.Format: _format}
