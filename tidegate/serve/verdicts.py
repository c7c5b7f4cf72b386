"""The verdicts that the engine kept, read without Spark."""

import datetime as dt
from typing import Any

from tidegate.contract import VERDICTS
from tidegate.errors import LakeError
from tidegate.lake import catalog
from tidegate.settings import Settings

_SINCE = f"""
SELECT *
FROM {VERDICTS}
WHERE judged_at >= :since OR run = :run
ORDER BY judged_at DESC, run DESC, table_name ASC, commit_number DESC, rule ASC
"""


def kept_verdicts(
    settings: Settings, days: int, run: str = "", now: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """Rows of ``quality.verdicts``: those of the last days, and those of one run.

    Args:
        settings: which lake.
        days: how many days back, of 24 hours each.
        run: a run whose verdicts are wanted, however old they are.
        now: what the days count back from; by default, this moment.

    Returns:
        A dict a row, its keys the table's columns: a verdict's rows together, the newest first.

    Raises:
        LakeError: there is no lake, no run has kept a verdict yet, or files can't be read.
    """
    from tidegate.serve import engine

    if VERDICTS not in catalog.tables(settings):
        raise LakeError(
            f"{settings.lake}: no verdict was kept yet; the next tidegate run keeps its"
        )
    since = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(days=days)
    found = engine.answer(settings, _SINCE, VERDICTS, {"since": since, "run": run})
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]
