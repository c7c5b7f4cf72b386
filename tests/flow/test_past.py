"""Rules about the past in a stage: where their figures come from, and what the next run finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Rule, Severity

FIRST = datetime(2015, 1, 1, tzinfo=UTC)


def with_rules(lake: LakeOfATest, *rules: Rule) -> None:
    """Let the clean table have these rules and no others."""
    clean = lake.contracts["clean.github_events"]
    lake.change(replace(clean, rules=rules, promise=timedelta(hours=2)))


def rule(kind: str, severity: Severity = Severity.WARN, **arguments: Any) -> Rule:
    return Rule(kind.partition("_")[0], "", severity, "", kind, arguments, past=True)


def pushes(day: int, rows: int, **changes: Any) -> list[bytes]:
    """So many pushes on a day, counted from New Year's Day."""
    on = f"{FIRST + timedelta(days=day):%Y-%m-%d}"
    return [payload(id=f"{on} {n}", created_at=f"{on}T10:00:00Z", **changes) for n in range(rows)]


def told(report: Any) -> list[str]:
    return [one.told for one in report.broken]


@pytest.mark.slow
def test_days_are_held_against_the_days_before_them_in_every_figure(lake: LakeOfATest) -> None:
    lake.narrow("public")
    shares = {"days": 28, "min_days": 2, "min_rows": 2}
    with_rules(
        lake,
        rule("volume_within_usual", min_ratio=0.5, max_ratio=2, weeks=8, min_days=2),
        rule("refused_share_within_usual", max_ratio=3, min_share=0.001, **shares),
        rule("null_share_within_usual", column="public", max_increase=0.1, **shares),
        rule("freshness_within_promise"),
    )
    for week in range(2):
        lake.land(
            [*pushes(7 * week, 4), *pushes(7 * week + 1, 4), b"no JSON"],
            arrived=FIRST + timedelta(days=7 * week + 1, hours=12),
        )
        report = lake.clean()
    known = lake.newest("clean.github_events").refused

    assert "volume: too few days to compare: 1 of 2 (2015-01-08, 2015-01-09)" in report.notes
    assert known == {"2015-01-02": (1, 9), "2015-01-09": (1, 9)}
    assert [one.rule.id for one in report.broken] == ["freshness"]

    # A week later there is a row where four are usual, and nine without public, and more refusals.
    lake.land(
        [*pushes(14, 1), *pushes(15, 9, public=None), *[b"no JSON"] * 8],
        arrived=FIRST + timedelta(days=15, hours=12),
    )
    report = lake.clean()

    assert report.verdict == "warn"
    assert told(report)[:3] == [
        "2015-01-15 has 1 row, a usual Thursday 4, and at least 0.5 times that is expected;"
        " 2015-01-16 has 9 rows, a usual Friday 4, and at most 2 times that is expected",
        "2015-01-16 has 8 of 18 rows refused, 44.444%,"
        " where 11.111% is usual and at most 33.333% is expected",
        "2015-01-16 has 9 of 9 rows without public, 100.000%,"
        " where 0.000% is usual and at most 10.000% is expected",
    ]
    assert told(report)[3].startswith("the newest event_time is 2015-01-16 10:00 UTC, ")
    assert told(report)[3].endswith(" before the run; 2 h is promised")

    late = lake.clean()

    assert late.verdict == "nothing new"
    assert [one.rule.id for one in late.broken] == ["freshness"]


def test_a_day_is_judged_for_too_little_by_the_run_that_closes_it(lake: LakeOfATest) -> None:
    lake.narrow()
    bounds = {"min_ratio": 0.5, "max_ratio": 2, "weeks": 8, "min_days": 1}
    with_rules(lake, rule("volume_within_usual", Severity.BLOCK, **bounds))
    lake.land([*pushes(0, 4), *pushes(7, 1)], arrived=FIRST + timedelta(days=20))
    open_day = lake.clean()
    lake.land(pushes(9, 1), arrived=FIRST + timedelta(days=20))
    closing = lake.clean()

    assert open_day.verdict == "pass"
    assert closing.verdict == "block"
    assert told(closing) == [
        "2015-01-08 has 1 row, a usual Thursday 4, and at least 0.5 times that is expected"
    ]
