"""The history of verdicts: a row a rule and verdict in ``quality.verdicts``. It decides nothing.

Where it is kept, the figures of each stage are told too, for alarms.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from tidegate.contract import VERDICTS
from tidegate.contract.spark import spark_schema
from tidegate.flow.metrics import tell_metrics
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.logs import log


def record(run: Run, reports: Sequence[StageReport], unasked: Collection[str] = ()) -> None:
    """Append a run's verdicts to ``quality.verdicts``, in one write.

    It fails no run: where it can't, that is said in one line.

    Args:
        run: the run.
        reports: what its stages did; those that judged nothing are passed over.
        unasked: the kinds of rule about the past that were not asked.
    """
    tell_metrics(run, reports)
    try:
        rows = [
            row for report in reports for one in report.parts for row in _rows(run, one, unasked)
        ]
        if rows:
            _append(run, rows)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        run.say(f"{VERDICTS}: the verdicts could not be kept: {type(error).__name__}: {first}")
        log.info("the verdicts could not be kept", exc_info=error)


def _rows(run: Run, report: StageReport, unasked: Collection[str]) -> list[dict[str, Any]]:
    """The rows of one stage's verdict."""
    if report.judged is None:
        return []
    from tidegate.gate.keep import keep

    contract = run.contracts.table(report.table)
    of_verdict = {
        "run": run.id,
        "table_name": report.table,
        "commit_number": report.number,
        "judged_at": run.started,
        "contract_version": contract.version,
        "verdict": report.verdict,
    }
    asked = tuple(rule for rule in contract.rules if rule.expectation not in unasked)
    kept = keep(report.judged, replace(contract, rules=asked))
    return [of_verdict | of_rule for of_rule in kept]


def _append(run: Run, rows: list[dict[str, Any]]) -> None:
    table = run.table(VERDICTS)
    schema = spark_schema(table.contract)
    values = [tuple(row[name] for name in schema.names) for row in rows]
    table.append(run.spark.createDataFrame(values, schema).coalesce(1))
