"""Days as unbroken stretches, as a ledger keeps them, and in slices, as a rebuild takes them."""

from datetime import date, timedelta
from itertools import pairwise


def stretches(days: set[date]) -> tuple[tuple[str, str], ...]:
    """Days as unbroken stretches: first and last of each, in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple((first.isoformat(), last.isoformat()) for first, last in found)


def days_of(spans: tuple[tuple[str, str], ...]) -> set[date]:
    """The days of stretches, one by one."""
    return {
        date.fromisoformat(first) + timedelta(days=step)
        for first, last in spans
        for step in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    }


def covering(spans: tuple[tuple[str, str], ...], most: int) -> tuple[tuple[str, str], ...]:
    """At most so many stretches that cover all of these; days too many only cost work."""
    gaps = [
        (date.fromisoformat(after[0]) - date.fromisoformat(before[1]), place)
        for place, (before, after) in enumerate(pairwise(spans))
    ]
    widest = sorted(place for _, place in sorted(gaps)[::-1][: most - 1])
    firsts = [0, *(place + 1 for place in widest)]
    lasts = [*widest, len(spans) - 1]
    return tuple((spans[a][0], spans[b][1]) for a, b in zip(firsts, lasts, strict=True) if spans)


def slices(days: set[date], length: int) -> list[set[date]]:
    """The days in order, in parts that each span no more days than asked."""
    parts: list[set[date]] = []
    for day in sorted(days):
        if parts and day < min(parts[-1]) + timedelta(days=length):
            parts[-1].add(day)
        else:
            parts.append({day})
    return parts
