"""A job's increment: what of its table it computes anew when its inputs change, and what it reads.

A date here is the value of a partition: a day, or a week's Monday.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

Days = set[date]


@dataclass(frozen=True)
class WholeDays:
    """Each day that new or removed rows of any input touch is computed anew.

    Attributes:
        column: the date column, of the same name in the inputs and in the result. An input that
            hasn't got it is read whole.
        before: how many days before its own a row of the result depends on.
        after: how many days after its own.
    """

    column: str
    before: int = 0
    after: int = 0
    unit = "day"

    def __str__(self) -> str:
        """As a job declares it."""
        return f"whole_days({self.column!r})"

    @property
    def writes(self) -> str:
        """The result's column whose values are replaced."""
        return self.column

    @property
    def looks_around(self) -> bool:
        """Whether a job is given rows of days that it is not asked for."""
        return bool(self.before or self.after)

    def touched(self, days: Iterable[date]) -> Days:
        """The days of the result that depend on these days of an input."""
        return _around(days, self.after, self.before)

    def covers(self, days: Iterable[date]) -> Days:
        """All days that these values of the result stand for: themselves."""
        return set(days)

    def read(self, days: Iterable[date]) -> Days:
        """The days of the inputs on which these days of the result depend."""
        return _around(days, self.before, self.after)


@dataclass(frozen=True)
class WholeWeeks:
    """Each ISO week with a day that new or removed rows touch is computed anew.

    Attributes:
        column: the date column of the inputs. An input that hasn't got it is read whole.
        writes: the result's date column, which has the weeks' Mondays.
    """

    column: str
    writes: str
    unit = "week"
    looks_around = False

    def __str__(self) -> str:
        """As a job declares it."""
        return f"whole_weeks({self.column!r}, {self.writes!r})"

    def touched(self, days: Iterable[date]) -> Days:
        """The weeks of some days."""
        return {day - timedelta(day.weekday()) for day in days}

    def covers(self, weeks: Iterable[date]) -> Days:
        """All days that these values of the result stand for: those of the weeks."""
        return self.read(weeks)

    def read(self, weeks: Iterable[date]) -> Days:
        """The days of some weeks."""
        return {week + timedelta(step) for week in weeks for step in range(7)}


@dataclass(frozen=True)
class WholeKeys:
    """Each key that new or removed rows of the input touch is computed anew, from all its rows.

    Attributes:
        column: the key, of the same name in the input and in the result.
        dating: dates of the result on which rows of other days depend: where one changes, all
            days on which the key has rows have changed for those who read the result.
    """

    column: str
    dating: tuple[str, ...] = ()
    unit = "key"

    def __str__(self) -> str:
        """As a job declares it."""
        return f"whole_keys({self.column!r})"

    @property
    def writes(self) -> str:
        """The result's column whose values are replaced."""
        return self.column


Dated = WholeDays | WholeWeeks
Increment = Dated | WholeKeys


def whole_days(column: str, *, before: int = 0, after: int = 0) -> WholeDays:
    """The increment of a job whose every result row depends on its own day, or those around it.

    Args:
        column: the date column, of the same name in the inputs and in the result. An input that
            hasn't got it is read whole, and says itself which days a change of it touches.
        before: how many days before its own a row of the result depends on. The job is given their
            rows too; what it makes of them is left out where they weren't touched.
        after: how many days after its own, likewise.
    """
    return WholeDays(column, before, after)


def whole_weeks(column: str, writes: str) -> WholeWeeks:
    """The increment of a job whose every result row depends on the rows of its own ISO week.

    Args:
        column: the date column of the inputs.
        writes: the date column of the result, which has each week's Monday.
    """
    return WholeWeeks(column, writes)


def whole_keys(column: str, *, dating: Iterable[str] = ()) -> WholeKeys:
    """The increment of a job whose every result row depends on all rows of its own key.

    Args:
        column: the key, of the same name in the input and in the result.
        dating: dates of the result on which other tables' days depend, as the one on which
            somebody was first seen.
    """
    return WholeKeys(column, tuple(dating))


def _around(days: Iterable[date], before: int, after: int) -> Days:
    return {day + timedelta(step) for day in days for step in range(-before, after + 1)}
