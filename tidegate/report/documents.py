"""The same for programs: the fields of ``--json``, which docs/json.md documents and which stay."""

from dataclasses import asdict
from typing import Any

from tidegate.flow.books import Page, Proof, Standing, balanced
from tidegate.flow.planning import Planned
from tidegate.flow.reports import Rebuilt, ReplayReport, StageReport
from tidegate.gate.verdict import BLOCK

_OF_A_GATE = ("verdict", "broken", "notes", "commit", "seconds")


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


def plan_document(flow: str, stages: list[Planned]) -> dict[str, Any]:
    """What a run of a flow would do, a stage an object."""
    return {
        "flow": flow,
        "stages": [
            {
                "table": one.table,
                "does": one.does,
                "days": sorted(map(str, one.days)),
                "and_more": one.and_more,
                "rows": one.rows,
                "bytes": one.bytes,
                "seconds": one.seconds,
                "stale_days": sorted(map(str, one.stale)),
                "stale": bool(one.stale or one.is_stale),
            }
            for one in stages
        ],
    }


def rebuilt_document(run: str, tables: list[Rebuilt]) -> dict[str, Any]:
    """A rebuild or backfill: the days that were made anew, those that are left, what each did."""
    return {
        "run": run,
        "blocked": any(one.blocked for one in tables),
        "tables": [
            {
                "table": one.table,
                "days": sorted(map(str, one.done)),
                "left": sorted(map(str, one.left)),
                "slices": one.slices,
                "bytes": one.bytes,
                "seconds": round(one.seconds, 3),
                "stages": [_stage(stage) for stage in one.stages.values()],
            }
            for one in tables
        ],
    }


def replay_document(run: str, replays: list[ReplayReport]) -> dict[str, Any]:
    """A replay: what was judged, what was published and is released, what is still held."""
    return {
        "run": run,
        "blocked": any(one.stage.verdict == BLOCK for one in replays),
        "tables": [
            {
                "table": one.stage.table,
                "judged": one.judged,
                "released": one.released,
                "published": one.stage.rows.published,
                "duplicates": one.stage.rows.duplicates,
                "still_held": dict(one.still_held),
                **{key: value for key, value in _stage(one.stage).items() if key in _OF_A_GATE},
            }
            for one in replays
        ],
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


def books_document(pages: list[Page], proofs: list[Proof] | None = None) -> dict[str, Any]:
    """Each table's rows, whether all are accounted for, and what the tables' own rows say."""
    document = {
        "balanced": balanced(pages),
        "tables": [
            {"table": one.table, "run": one.run, **asdict(one.rows), "blocked": one.blocked}
            for one in pages
        ],
    }
    if proofs is None:
        return document
    return document | {
        "proven": all(one.counted == one.ledger for one in proofs),
        "proofs": [asdict(one) for one in proofs],
    }
