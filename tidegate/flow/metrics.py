"""The figures of each stage, for CloudWatch: a line of JSON in its embedded metric format.

CloudWatch makes metrics of such lines wherever they are logged, as Glue, EMR Serverless and ECS log
what a process prints. They are for alarms and the dashboard; nothing is decided by them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tidegate import embedded as lines
from tidegate.flow.project import flows, load_flow
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.gate.verdict import BLOCK, PASS, WARN
from tidegate.lake.figures import Asked, days
from tidegate.lake.ledger import TAG

# Each set of dimensions is a metric of its own: a table's, for the dashboard; all, for the alarms.
DIMENSIONS = [["Env", "Source", "Table"], ["Env"]]
UNITS = {
    "RowsIn": "Count",
    "RowsPublished": "Count",
    "RowsRefused": "Count",
    "Duplicates": "Count",
    "Verdict": "None",
    "Seconds": "Seconds",
    "LagSeconds": "Seconds",
    "AgeSeconds": "Seconds",
}
"""The figures and their units; of a stage without anything new there is no lag."""
VERDICTS = {PASS: 0, WARN: 1, BLOCK: 2, "nothing new": 0}


def tell_metrics(run: Run, reports: Iterable[StageReport]) -> None:
    """Print each stage's figures, where the setting ``metrics`` says so.

    It fails no run: where it can't, that is said in one line.
    """
    if run.settings.metrics != "cloudwatch":
        return
    try:
        sources = _sources(run)
        for report in reports:
            print(_line(run, report, sources.get(report.table, "")), flush=True)  # noqa: T201
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        run.say(f"metrics: the figures could not be told: {type(error).__name__}: {first}")


def embedded(now: datetime, dimensions: dict[str, str], values: dict[str, float], run: str) -> str:
    """One line in the embedded metric format.

    Args:
        now: what the figures are of.
        dimensions: ``Env``, ``Source`` and ``Table``.
        values: figures, by names of ``UNITS``.
        run: the run's id, which is found in the logs and is no dimension.
    """
    return lines.embedded(now, DIMENSIONS, {**dimensions, "Run": run}, values, UNITS)


def _line(run: Run, report: StageReport, source: str) -> str:
    now = datetime.now(UTC)
    values: dict[str, float] = {
        "RowsIn": report.rows.rows_in,
        "RowsPublished": 0 if report.verdict == BLOCK else report.rows.published,
        "RowsRefused": report.rows.quarantined,
        "Duplicates": report.rows.duplicates,
        "Verdict": VERDICTS[report.verdict],
        "Seconds": round(report.seconds, 3),
    }
    dimensions = {"Env": run.settings.environment, "Source": source, "Table": report.table}
    return embedded(now, dimensions, values | _times(run, report, now), run.id)


def _times(run: Run, report: StageReport, now: datetime) -> dict[str, float]:
    """How old the table is, and of what the stage has just published, how late its newest row."""
    table = run.table(report.table)
    was = table.history()
    shown = was.ref(TAG)
    if shown is None:
        return {}
    found = {"AgeSeconds": round(now.timestamp() - was.time(shown) / 1000, 3)}
    time = table.contract.time
    if report.rows.published and report.verdict != BLOCK and _is_moment(table.contract, time):
        newest = days({"now": Asked(table, was.main, times=(str(time),))})["now"].newest
        if str(time) in newest:
            late = (now - newest[str(time)]).total_seconds()
            found["LagSeconds"] = round(max(0.0, late), 3)
    return found


def _is_moment(contract: Any, time: str | None) -> bool:
    """Whether a column says when, and not only on which day."""
    return time is not None and contract.column(time).type == "timestamp"


def _sources(run: Run) -> dict[str, str]:
    """The source whose flow writes a table, by the table's name."""
    project = run.settings.project
    return {
        stage.writes: source
        for source in flows(project)
        for stage in load_flow(project, source).stages
    }
