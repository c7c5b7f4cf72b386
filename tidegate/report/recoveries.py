"""What is brought back of a replica, as a table for a terminal and as JSON."""

from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from tidegate.recover.gaps import Gap
from tidegate.recover.recovering import Recovery
from tidegate.recover.together import Choice, told_of
from tidegate.report.tables import table_of


def recovery_table(recovery: Recovery) -> Table:
    """One row a table: its rows, its newest commit, and how far behind that is."""
    table = table_of("table", "rows", "commit", "published (UTC)", "which is")
    for one in recovery.choices:
        is_newest = one.state is not None and not one.because
        table.add_row(
            one.found.name,
            f"{_rows(one):,}",
            f"{one.number:,}",
            _published_at(one)[:16].replace("T", " ") or "–",
            Text(told_of(one), "" if is_newest else "yellow"),
        )
    return table


def recovery_document(recovery: Recovery, gaps: list[Gap]) -> dict[str, Any]:
    """What ``tidegate recover --json`` prints (docs/json.md)."""
    return {
        "origin": recovery.origin,
        "tables": [
            {
                "table": one.found.name,
                "recovered": one.state is not None,
                "rows": _rows(one),
                "commit": one.number,
                "published_at": _published_at(one),
                "commits_behind": one.behind,
                "rows_in_behind": one.rows_behind,
                "because": one.because,
                "dropped": list(one.dropped),
            }
            for one in recovery.choices
        ],
        "gaps": [
            {
                "table": gap.table,
                "stream": gap.stream,
                "shard": gap.shard,
                "since": gap.since.isoformat() if gap.since else "",
                "until": gap.until.isoformat(),
            }
            for gap in gaps
        ],
    }


def _rows(choice: Choice) -> int:
    if choice.state is None:
        return 0
    return int(choice.state.history.summary(choice.state.snapshot).get("total-records", 0))


def _published_at(choice: Choice) -> str:
    if choice.state is None:
        return ""
    made = choice.state.history.time(choice.state.snapshot)
    return datetime.fromtimestamp(made / 1000, UTC).isoformat()
