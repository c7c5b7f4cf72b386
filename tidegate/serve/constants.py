"""What a part of a statement without columns is: ``:day``, or ``DATE_ADD('day', -7, :day)``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import exp

from tidegate.errors import QuestionError
from tidegate.serve import dialect
from tidegate.serve.parameters import Value

# What days are worked out with. Another function may take long, and nothing would stop it yet.
_OF_DAYS = (
    *(exp.Cast, exp.DateAdd, exp.DateSub, exp.DateTrunc, exp.TimestampTrunc, exp.Date),
    *(exp.TsOrDsToDate, exp.CurrentDate, exp.CurrentTimestamp),
)


@dataclass(frozen=True)
class Constants:
    """A statement's constants.

    Attributes:
        lake: what works out those that aren't plain.
        language: whose SQL the statement is.
        values: what its placeholders stand for.
    """

    lake: duckdb.DuckDBPyConnection
    language: str
    values: Mapping[str, Value]

    def value(self, node: exp.Expr) -> Any:
        """The value of an expression; None where it isn't constant, or null."""
        if isinstance(node, exp.Placeholder):
            return self.values.get(node.name)
        if isinstance(node, exp.Literal):
            return str(node.this) if node.is_string or not node.this.isdigit() else int(node.this)
        is_day = isinstance(node, exp.Cast) and node.is_type("date")
        if is_day and isinstance(node.this, exp.Literal | exp.Placeholder):
            return self.value(node.this)
        functions = node.find_all(exp.Func)
        if node.find(exp.Column, exp.Query) or any(type(one) not in _OF_DAYS for one in functions):
            return None
        return self._worked_out(node)

    def _worked_out(self, node: exp.Expr) -> Any:
        tree = exp.select(exp.alias_(node.copy(), "constant"))
        used = {name: self.values[name] for name in dialect.placeholders(tree) if name}
        try:
            text = dialect.to_duckdb(tree, {}, "SQL", self.language, used)
            # By way of Arrow: DuckDB's own rows need pytz for a time with a zone.
            return self.lake.execute(text, used).to_arrow_table().column(0)[0].as_py()
        except (duckdb.Error, QuestionError, KeyError):
            return None
