"""Which of the held records are meant: all of them, or those of a rule, a day, a run."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True)
class Selection:
    """Held records by what they were refused for and when; what is None narrows nothing.

    Attributes:
        rule: a rule they broke, or another reason of theirs.
        day: the day they arrived, in UTC.
        run: the run that refused them.
    """

    rule: str | None = None
    day: date | None = None
    run: str | None = None

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The moments between which they arrived, UTC, the second not among them."""
        if self.day is None:
            return None
        first = datetime.combine(self.day, time.min, UTC)
        return first, first + timedelta(days=1)
