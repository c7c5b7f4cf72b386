"""A question's answer from PostgreSQL: the snapshot it is of, and one page of its rows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from tidegate.figures.asked import Asked
from tidegate.figures.books import Dated, loaded
from tidegate.figures.marked import Figure
from tidegate.serve.loads import digest
from tidegate.web.problems import Refused

_FORM = "1"  # another one where the answer's form is another
_EXACT = Context(prec=80)
_WHOLE = ("tinyint", "smallint", "integer", "bigint")


@dataclass(frozen=True)
class State:
    """Which figures a question would be answered from.

    Attributes:
        marts: what each mart that it reads holds.
        of: what tells these figures, and this question with these values, from others.
    """

    marts: Mapping[str, Dated]
    of: str

    @property
    def as_of(self) -> dt.datetime:
        """When the oldest of the marts was published."""
        return min(one.published_at for one in self.marts.values())

    def tag(self, asked: Asked) -> str:
        """The entity tag of a page."""
        return f'"{digest(self.of, str(asked.limit), str(asked.offset))}"'


def state(connection: Any, figure: Figure, asked: Asked) -> State:
    """Which figures a transaction answers a question from.

    The marts are locked first, and the transaction's snapshot is taken after that: a load that
    puts another table in the place of one can't come between the two.

    Raises:
        Refused: a mart isn't loaded yet.
    """
    names = [f'"{schema}"."{name}"' for schema, name in (one.split(".") for one in figure.tables)]
    connection.run(f"LOCK TABLE {', '.join(names)} IN ACCESS SHARE MODE")
    known = loaded(connection)
    if missing := [one for one in figure.tables if one not in known]:
        raise Refused("not_loaded", f"{missing[0]} isn't loaded yet: tidegate figures load")
    marts = {one: known[one] for one in figure.tables}
    held = [f"{one.made_of} {one.snapshot} {one.loaded_at.isoformat()}" for one in marts.values()]
    words = [f"{name}={word}" for name, word in asked.words().items()]
    return State(marts, digest(_FORM, figure.digest, *held, *words))


def page(connection: Any, figure: Figure, asked: Asked) -> tuple[list[tuple[Any, ...]], bool]:
    """One page of an answer, in the question's own order, and whether there are more."""
    connection.run(f"DECLARE answer NO SCROLL CURSOR FOR\n{figure.question.sql}", **asked.values)
    if asked.offset:
        connection.run(f"MOVE FORWARD {asked.offset:d} FROM answer")
    rows = connection.run(f"FETCH FORWARD {asked.limit + 1:d} FROM answer")
    named = [one["name"] for one in connection.columns]
    if named != [*figure.columns]:
        raise ValueError(f"{figure.name} answers {named}, not {[*figure.columns]}")
    kinds = [*figure.columns.values()]
    found = [tuple(map(_as, kinds, row)) for row in rows[: asked.limit]]
    return found, len(rows) > asked.limit


def _as(kind: str, value: Any) -> Any:
    """A value as Athena's type has it: PostgreSQL's sums are of other types.

    Raises:
        ValueError: it isn't one of that type.
    """
    if value is None:
        return None
    if kind in _WHOLE:
        if value != int(value):
            raise ValueError(f"{value} is no {kind}")
        return int(value)
    if kind.startswith("decimal"):
        places = int(kind.rstrip(")").split(",")[1])
        return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    if kind in ("double", "real"):
        return float(value)
    if kind == "timestamp(6) with time zone":
        return value.astimezone(dt.UTC)
    return value
