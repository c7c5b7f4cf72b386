"""A run's days held against the days before them: figures in, broken rules and notes out.

A day is judged for too much whenever a run touches it, and for too little once it is closed, which
it is when a later day has rows: by the run that closes it and by each that touches it afterwards.
Only days before the judged one are looked at, so a rebuild comes to the same words.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from tidegate.contract import Contract, Rule, Severity
from tidegate.contract.past import FRESHNESS, NULLS, REFUSED, VOLUME, latency
from tidegate.errors import counted
from tidegate.gate.verdict import Broken

TOLD = 3  # days that a message names

Share = tuple[int, int]
"""Some of the rows, and all of them."""


@dataclass(frozen=True)
class Figures:
    """What is known of a table's days when a run has written its rows.

    Attributes:
        started: when the run started, UTC.
        rows: the rows of each day that has any, this run's among them.
        touched: the days whose rows this run added or replaced.
        before: the newest day that had rows before the run; None where there was none.
        nulls: for a column, the rows of each day in which it is null; None where it isn't counted.
        refused: of the rows that arrived on a day, those refused, and all.
        arrived: the days of ``refused`` that this run changed.
        newest: for a column, its newest time.
    """

    started: datetime
    rows: Mapping[date, int] = field(default_factory=dict)
    touched: frozenset[date] = frozenset()
    before: date | None = None
    nulls: Mapping[str, Mapping[date, int | None]] = field(default_factory=dict)
    refused: Mapping[date, Share] = field(default_factory=dict)
    arrived: frozenset[date] = frozenset()
    newest: Mapping[str, datetime] = field(default_factory=dict)


@dataclass
class _Found:
    """What a rule's days are like."""

    wrong: list[str] = field(default_factory=list)
    judged: bool = True
    too_few: dict[str, list[date]] = field(default_factory=dict)

    def lacks(self, what: str, day: date) -> None:
        """Note that a day can't be judged, and what there is too little of."""
        self.too_few.setdefault(what, []).append(day)


def judge_past(
    contract: Contract, figures: Figures, *, only_warn: bool = False
) -> tuple[list[Broken], list[str]]:
    """Judge the rules of a contract that compare with the past.

    Args:
        contract: the table's contract.
        figures: what is known of its days.
        only_warn: whether no rule may block, as in a rebuild or backfill.

    Returns:
        The rules that don't hold, and notes on those that hold for want of a past.
    """
    judges: Mapping[str, Callable[[Contract, Rule, Figures], _Found]] = {
        VOLUME: _volume,
        REFUSED: _refused,
        NULLS: _nulls,
        FRESHNESS: _freshness,
    }
    broken, notes = [], []
    for rule in contract.past_rules:
        found = judges[rule.expectation](contract, rule, figures)
        if found.wrong:
            judged = replace(rule, severity=Severity.WARN) if only_warn else rule
            broken.append(Broken(judged, 0, _some(found.wrong, "; "), judged=found.judged))
        notes += [
            f"{rule.id}: {what} ({_some([str(day) for day in days], ', ')})"
            for what, days in found.too_few.items()
        ]
    return broken, notes


def _volume(_: Contract, rule: Rule, figures: Figures) -> _Found:
    """A day's rows against the median of the same weekday's."""
    found, asks = _Found(), rule.arguments
    newest = max(figures.rows, default=date.min)
    closing = set(_days(figures.before, newest))
    for day in sorted(figures.touched | closing):
        rows = figures.rows.get(day, 0)
        weeks = (day - timedelta(weeks=back) for back in range(1, asks["weeks"] + 1))
        past = [figures.rows[one] for one in weeks if one in figures.rows]
        if len(past) < asks["min_days"]:
            if rows:
                found.lacks(_too_few(len(past), asks), day)
            continue
        usual = median(past)
        told = f"{day} has {counted(rows, 'row')}, a usual {day:%A} {usual:,.0f}"
        if rows > usual * asks["max_ratio"]:
            found.wrong.append(f"{told}, and at most {asks['max_ratio']} times that is expected")
        elif rows < usual * asks["min_ratio"] and day < newest:
            found.wrong.append(f"{told}, and at least {asks['min_ratio']} times that is expected")
    return found


def _refused(_: Contract, rule: Rule, figures: Figures) -> _Found:
    """The share of a day's arrivals that was refused against its usual."""
    asks = rule.arguments
    return _shares(
        asks,
        figures.refused,
        figures.arrived,
        "refused",
        lambda usual: max(asks["min_share"], usual * asks["max_ratio"]),
    )


def _nulls(_: Contract, rule: Rule, figures: Figures) -> _Found:
    """The share of a day's rows in which a column is null against its usual."""
    column, asks = rule.arguments["column"], rule.arguments
    counts = figures.nulls.get(column, {})
    judged = figures.touched & figures.rows.keys()
    windows = {one for day in judged for one in _days(day - timedelta(days=asks["days"]), day)}
    if any(counts.get(day, 0) is None for day in judged | windows):
        told = f"could not be judged: the table keeps no count of nulls in {column}"
        return _Found([told], judged=False)
    shares = {day: (counts.get(day) or 0, rows) for day, rows in figures.rows.items()}
    return _shares(
        asks,
        shares,
        judged,
        f"without {column}",
        lambda usual: usual + asks["max_increase"],
    )


def _shares(
    asks: Mapping[str, Any],
    shares: Mapping[date, Share],
    judged: Iterable[date],
    word: str,
    most: Callable[[float], float],
) -> _Found:
    """Each judged day's share against the median of the days before it."""
    found = _Found()
    for day in sorted(judged):
        part, whole = shares[day]
        if whole < asks["min_rows"]:
            found.lacks(f"too few rows to judge a share: fewer than {asks['min_rows']}", day)
            continue
        window = _days(day - timedelta(days=asks["days"]), day)
        known = [shares[one] for one in window if one in shares]
        past = [some / rows for some, rows in known if rows >= asks["min_rows"]]
        if len(past) < asks["min_days"]:
            found.lacks(_too_few(len(past), asks), day)
            continue
        usual, share = median(past), part / whole
        if share > most(usual):
            found.wrong.append(
                f"{day} has {part:,} of {counted(whole, 'row')} {word}, {share:.3%},"
                f" where {usual:.3%} is usual and at most {most(usual):.3%} is expected"
            )
    return found


def _freshness(contract: Contract, rule: Rule, figures: Figures) -> _Found:
    """How old the newest row is against what is promised."""
    column = rule.arguments.get("column", contract.time)
    promised = latency(rule.arguments, contract.promise)
    newest = figures.newest.get(column)
    if promised is None:
        return _Found()
    if newest is None:
        return _Found([f"the table has no row; {_length(promised)} is promised"])
    told = f"the newest {column} is {newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if contract.column(column).type == "date":
        told = f"the newest {column} is {newest:%Y-%m-%d}"
        newest += timedelta(days=1)  # rows of a day may be of its last moment
    age = figures.started - newest
    if age <= promised:
        return _Found()
    return _Found([f"{told}, {_length(age)} before the run; {_length(promised)} is promised"])


def _days(first: date | None, end: date) -> Iterable[date]:
    """The days from one up to another, without it."""
    if first is None:
        return []
    return (first + timedelta(days=step) for step in range((end - first).days))


def _too_few(there: int, asks: Mapping[str, Any]) -> str:
    return f"too few days to compare: {there} of {asks['min_days']}"


def _some(told: list[str], joint: str) -> str:
    """The last of a list, and how many more there are."""
    rest = len(told) - TOLD
    return joint.join(told[-TOLD:]) + (
        f"{joint}and {counted(rest, 'more day')}" if rest > 0 else ""
    )


def _length(span: timedelta) -> str:
    """A length of time for people, e.g. ``2 days 3 h`` or ``45 min``."""
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "days" if days > 1 else "day"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "less than a minute"
