"""What a run would do, and what a rebuild did, in words and as tables for a terminal."""

from collections.abc import Iterable
from datetime import date

from rich.table import Table
from rich.text import Text

from tidegate.errors import counted
from tidegate.flow.planning import NOTHING, Planned
from tidegate.flow.reports import Rebuilt
from tidegate.lake.days import stretches
from tidegate.report.tables import table_of

_UNKNOWN = "–"


def plan_table(stages: Iterable[Planned]) -> Table:
    """One row a stage: what it would do, on which days, how much it would read, for how long."""
    table = table_of("stage", "would", "days", "rows", "MB", "seconds, about")
    for one in stages:
        is_idle = one.does == NOTHING
        table.add_row(
            one.table,
            Text(one.does, "dim" if is_idle else ""),
            Text(in_stretches(one.days)),
            *(["", "", ""] if is_idle else _figures(one)),
        )
    return table


def _figures(one: Planned) -> list[str]:
    more = "+" if one.and_more and one.days else ""
    size = None if one.bytes is None else f"{one.bytes / 1e6:,.1f}"
    rows = None if one.rows is None else f"{one.rows:,}"
    seconds = None if one.seconds is None else f"{one.seconds:,.0f}"
    return [f"{figure}{more}" if figure else _UNKNOWN for figure in (rows, size, seconds)]


def plan_told(stages: list[Planned]) -> list[str]:
    """What else is to be said: the total, and the tables that no longer match their code."""
    busy = [one for one in stages if one.does != NOTHING]
    known = [one.seconds for one in busy if one.seconds]
    lines = ["nothing to do but to look for new records" if len(busy) < 2 else ""]
    if known:
        unknown = sum(one.seconds is None for one in busy)
        rest = f", and {counted(unknown, 'stage')} of which no earlier run tells" if unknown else ""
        lines.append(f"about {sum(known):,.0f} s, judging by earlier runs{rest}")
    for one in stages:
        if one.stale:
            told = (
                "1 day no longer matches the contract or function it is made by, or is left over"
                if len(one.stale) == 1
                else f"{len(one.stale):,} days no longer match the contract or function they are"
                " made by, or are left over"
            )
            lines.append(f"{one.table}: {told}: {in_stretches(one.stale)}")
        elif one.is_stale:
            lines.append(f"{one.table}: its rows no longer match the contract or function")
        if one.stale or one.is_stale:
            them = "it" if len(one.stale) == 1 else "them"
            lines.append(f"  make {them} anew: tidegate rebuild {one.table}")
    return [line for line in lines if line]


def rebuilt_told(one: Rebuilt) -> str:
    """What a rebuild of a table did, in one line."""
    if one.is_whole:
        return f"{one.table}: made anew, {one.seconds:.0f} s"
    if not one.done and not one.left:
        return f"{one.table}: nothing was made anew, as no such day has rows"
    every = counted(len(one.done) + len(one.left), "day")
    line = f"{one.table}: {len(one.done):,} of {every} made anew"
    if one.done:
        how = counted(one.slices, "slice")
        line += f" in {how}, {one.bytes / 1e6:,.1f} MB read, {one.seconds:.0f} s"
    return f"{line}; left: {in_stretches(one.left)}" if one.left else line


def in_stretches(days: Iterable[date], most: int = 3) -> str:
    """Days as unbroken stretches, the first few of them."""
    spans = stretches(set(days))
    told = [first if first == last else f"{first} to {last}" for first, last in spans]
    rest = [f"and {len(told) - most:,} more"] if len(told) > most else []
    return ", ".join(told[:most] + rest)
