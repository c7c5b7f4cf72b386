"""What a load of a mart has to do: what was published since the last one."""

import datetime as dt
from dataclasses import dataclass

from tidegate.lake import catalog
from tidegate.lake.history import History
from tidegate.serve.loads import Loaded
from tidegate.settings import Settings


@dataclass(frozen=True)
class Due:
    """What is to be loaded of a mart.

    Attributes:
        now: what its table holds afterwards.
        days: the days that were touched since it was loaded; None where that is all of it.
        published_at: when the snapshot was made that it then is.
    """

    now: Loaded
    days: set[dt.date] | None
    published_at: dt.datetime


def due(settings: Settings, table: str, definition: str, was: Loaded) -> Due | str:
    """What is to be loaded of a mart; where that is nothing, why.

    Args:
        settings: which lake.
        table: the mart.
        definition: the digest of the statements that make its table now.
        was: what its table holds.
    """
    if table not in catalog.tables(settings):
        return "skipped: the lake doesn't have it yet"
    metadata = catalog.metadata(settings, table)
    history = History(metadata)
    newest = history.newest().number
    if not newest:
        return "skipped: nothing was published yet"
    now = Loaded(metadata["table-uuid"], newest, history.main, definition)
    is_same = (was.made_of, was.definition) == (now.made_of, now.definition)
    if is_same and was.number == newest:
        return f"skipped: nothing new since commit {newest}"
    days = history.days_since(was.number) if is_same else None
    return Due(now, days, dt.datetime.fromtimestamp(history.time(history.main) / 1000, dt.UTC))
