"""The same for programs: the fields of ``--json``, which docs/json.md documents and which stay."""

from dataclasses import asdict
from typing import Any

from tidegate.flow.books import Page, Standing, balanced
from tidegate.flow.run import StageReport
from tidegate.gate.verdict import BLOCK


def run_document(run: str, stages: tuple[StageReport, ...]) -> dict[str, Any]:
    """A run: its id, whether a stage was blocked, and what each stage did."""
    return {
        "run": run,
        "blocked": any(stage.verdict == BLOCK for stage in stages),
        "stages": [_stage(stage) for stage in stages],
    }


def _stage(stage: StageReport) -> dict[str, Any]:
    return {
        "table": stage.table,
        **asdict(stage.rows),
        "verdict": stage.verdict,
        "broken": [
            {
                "rule": one.rule.id,
                "severity": one.rule.severity.value,
                "description": one.rule.description,
                "rows": one.rows,
                "found": one.told,
                "examples": list(one.examples),
            }
            for one in stage.broken
        ],
        "notes": list(stage.notes),
        "commit": stage.number,
        "seconds": round(stage.seconds, 3),
    }


def status_document(standings: list[Standing]) -> dict[str, Any]:
    """Each table: its newest commit, and what is blocked."""
    return {
        "tables": [
            {
                "table": one.table,
                "commit": one.newest.number,
                "run": one.newest.run or None,
                "published_at": one.published_at or None,
                "verdict": one.newest.verdict if one.newest.number else None,
                "rows": one.rows,
                "totals": asdict(one.newest.totals),
                "blocked": list(one.blocked),
                "page": one.page,
            }
            for one in standings
        ]
    }


def books_document(pages: list[Page]) -> dict[str, Any]:
    """Each table's rows, and whether all are accounted for."""
    return {
        "balanced": balanced(pages),
        "tables": [{"table": page.table, "run": page.run, **asdict(page.rows)} for page in pages],
    }
