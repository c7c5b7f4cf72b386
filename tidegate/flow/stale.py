"""Which days of a table no longer match the contract and function they are made by."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.contract import Contract
from tidegate.flow.increment import Dated, Days
from tidegate.lake.days import days_of, stretches
from tidegate.lake.history import History
from tidegate.lake.table import Table


@dataclass(frozen=True)
class Again:
    """What is made anew for another reason than that something it is made of has changed.

    Attributes:
        days: the days that are made anew now; of no meaning for a table that has none.
        owed: those that are to follow, and are kept in the ledger until they have.
        reads: for each input, the number of the ledger commit by which the days were chosen.
        others: of a clean table, the days that are made anew or owed, or match their code: where
            it is told, rows of any other day are made anew too; None where they are not.
        is_whole: whether all days of the table were asked for.
        is_first: whether none of them is left out, and these are the first.
    """

    days: Days
    owed: Days = field(default_factory=set)
    reads: Mapping[str, int] = field(default_factory=dict)
    others: frozenset[dt.date] | None = None
    is_whole: bool = False
    is_first: bool = False


def is_changed(was: History, code: str) -> bool:
    """Whether a table has rows that were last made by another contract or function."""
    last = was.newest()
    return bool(last.number) and last.made_by not in ("", code)


def stale_days(was: History, code: str, every: Iterable[dt.date]) -> Days:
    """The days that are to be made anew.

    Args:
        was: the table's ledger.
        code: what makes its rows now.
        every: all its days, and those that what it is made of may give it; looked at only where
            the code has changed since they were made.
    """
    stale = days_of(was.newest().stale)
    return stale | set(every) if is_changed(was, code) else stale


def days_given(increment: Dated, inputs: Iterable[tuple[Table, History]]) -> Days:
    """The days that the rows of a job's inputs may give its table."""
    days: Days = set()
    for table, at in inputs:
        if increment.column == partition_day(table.contract):
            days |= increment.touched(table.days(at, increment.column))
    return days


def days_arrived(raw: Table, at: History) -> Days:
    """The days on which raw rows have arrived, which are days that they may give a clean table."""
    day = raw.contract.day
    return raw.days(at, day) if day else set()


def earliest_arrival(contract: Contract, again: Again) -> dt.datetime | None:
    """When a raw row can have arrived at the earliest that is made anew; None for any time.

    An event can't have happened after its arrival, but for the clocks' skew; its day may be the
    next one, where it is told in a zone ahead of UTC.
    """
    if again.others is not None or "eventTime" not in contract.properties:
        return None
    earliest = dt.datetime.combine(min(again.days), dt.time(), dt.UTC)
    return earliest - dt.timedelta(days=1) - contract.clock_skew


def made(
    table: Table,
    was: History,
    code: str,
    replaced: Days | None,
    again: Again | None,
    given: Callable[[], Days] = set,
) -> dict[str, Any]:
    """What a page says of who made the table's rows.

    Args:
        table: the table.
        was: its ledger before the run.
        code: what makes its rows now.
        replaced: the days that are made anew; None where all of the table is.
        again: why, where nothing has changed.
        given: the days that what it is made of may give it; asked only where the code has changed.
    """
    if replaced is None:
        return {"made_by": code, "stale": ()}
    column = partition_day(table.contract)
    if column is None:  # it can't be told in part
        return {"made_by": was.newest().made_by if is_changed(was, code) else code}
    every = table.days(was, column) | given() if is_changed(was, code) else ()
    owed = again.owed if again else set()
    return {"made_by": code, "stale": stretches((stale_days(was, code, every) | owed) - replaced)}


def partition_day(contract: Contract) -> str | None:
    """The date column that a table is partitioned by; None where it is by none."""
    day = contract.day
    return day if day and contract.column(day).type == "date" else None
