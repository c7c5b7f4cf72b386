"""Rules about the past: days held against the days before them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tidegate.contract import Column, Contract, Rule, Severity
from tidegate.gate.past import Figures, judge_past

pytestmark = pytest.mark.quick

STARTED = datetime(2015, 3, 1, 12, tzinfo=UTC)
MONDAY = date(2015, 2, 23)

VOLUME = {"min_ratio": 0.5, "max_ratio": 2.0, "weeks": 8, "min_days": 4}
SHARE = {"days": 28, "min_days": 3, "min_rows": 100}


def contract(kind: str, severity: Severity = Severity.WARN, **arguments: Any) -> Contract:
    rule = Rule("the_rule", "", severity, "", kind, arguments, past=True)
    columns = (Column("at", "timestamp"), Column("day", "date"), Column("ref", "string"))
    return Contract(
        Path(),
        "clean.clicks",
        "1.0.0",
        "",
        columns,
        partition=("day",),
        rules=(rule,),
        properties={"eventTime": "at"},
        promise=timedelta(hours=2),
    )


def back(*rows: int, step: int = 7) -> dict[date, int]:
    """Rows on Monday and on the days before it, a week or another step apart."""
    return {MONDAY - timedelta(days=step * at): count for at, count in enumerate(rows)}


def told(what: Contract, **figures: Any) -> tuple[list[str], list[str]]:
    broken, notes = judge_past(what, Figures(started=STARTED, **figures))
    return [one.told for one in broken], notes


def volume(rows: dict[date, int], before: date | None = None) -> tuple[list[str], list[str]]:
    what = contract("volume_within_usual", **VOLUME)
    return told(what, rows=rows, touched=frozenset([MONDAY]), before=before)


def test_a_day_with_more_than_its_weekday_s_usual_is_told_while_it_is_still_open():
    assert volume(back(2001, 1000, 1000, 900, 5000)) == (
        ["2015-02-23 has 2,001 rows, a usual Monday 1,000, and at most 2.0 times that is expected"],
        [],
    )


@pytest.mark.parametrize("rows", [2000, 500])
def test_a_day_at_the_edge_of_its_usual_holds(rows):
    later = {MONDAY + timedelta(days=1): 1}

    assert volume(back(rows, 1000, 1000, 900, 5000) | later) == ([], [])


def test_a_day_with_too_little_is_told_once_a_later_day_has_rows():
    rows = back(499, 1000, 1000, 1000, 1000)

    assert volume(rows) == ([], [])
    assert volume(rows | {MONDAY + timedelta(days=1): 1})[0] == [
        "2015-02-23 has 499 rows, a usual Monday 1,000, and at least 0.5 times that is expected"
    ]


def test_a_day_that_a_run_closes_without_touching_it_is_judged_and_so_is_one_left_out():
    usual = {MONDAY - timedelta(days=days): 1000 for days in range(7, 36)}
    rows = usual | {MONDAY - timedelta(days=1): 3, MONDAY + timedelta(days=1): 1000}
    what = contract("volume_within_usual", **VOLUME)
    touched = frozenset([MONDAY + timedelta(days=1)])

    assert told(what, rows=rows, touched=touched, before=MONDAY - timedelta(days=1)) == (
        [
            "2015-02-22 has 3 rows, a usual Sunday 1,000, and at least 0.5 times that is expected;"
            " 2015-02-23 has 0 rows, a usual Monday 1,000, and at least 0.5 times that is expected"
        ],
        [],
    )


def test_with_too_few_days_to_compare_the_rule_holds_and_says_so():
    assert volume(back(9000, 1, 1)) == (
        [],
        ["the_rule: too few days to compare: 2 of 4 (2015-02-23)"],
    )


def test_later_days_are_no_past():
    later = {MONDAY + timedelta(days=7 * week): 1 for week in range(1, 9)}

    assert volume(back(9000) | later)[1] == [
        "the_rule: too few days to compare: 0 of 4 (2015-02-23)"
    ]


def test_of_many_days_a_message_names_the_last_three():
    days = frozenset(MONDAY - timedelta(days=back) for back in range(5))
    what = contract("volume_within_usual", **VOLUME)

    [note] = told(what, rows=dict.fromkeys(days, 1), touched=days)[1]

    assert note == (
        "the_rule: too few days to compare: 0 of 4"
        " (2015-02-21, 2015-02-22, 2015-02-23, and 2 more days)"
    )


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (30, []),
        (
            31,
            [
                "2015-02-23 has 31 of 1,000 rows refused, 3.100%,"
                " where 1.000% is usual and at most 3.000% is expected"
            ],
        ),
    ],
)
def test_a_share_of_refusals_above_so_many_times_its_usual_is_told(refused, said):
    what = contract("refused_share_within_usual", max_ratio=3.0, min_share=0.001, **SHARE)
    shares = {day: (rows, 1000) for day, rows in back(refused, 10, 10, 10, step=1).items()}

    assert told(what, refused=shares, arrived=frozenset([MONDAY])) == (said, [])


def test_where_nothing_is_refused_as_a_rule_the_first_few_refusals_are_let_pass():
    what = contract("refused_share_within_usual", max_ratio=3.0, min_share=0.01, **SHARE)
    shares = {day: (rows, 1000) for day, rows in back(10, 0, 0, 0, step=1).items()}

    assert told(what, refused=shares, arrived=frozenset([MONDAY])) == ([], [])


def test_a_column_s_nulls_that_jump_are_told():
    what = contract("null_share_within_usual", column="ref", max_increase=0.1, **SHARE)
    rows = back(1000, 1000, 1000, 1000, 5, step=1)
    nulls = {"ref": back(701, 600, 600, 590, 0, step=1)}

    assert told(what, rows=rows, nulls=nulls, touched=frozenset([MONDAY])) == (
        [
            "2015-02-23 has 701 of 1,000 rows without ref, 70.100%,"
            " where 60.000% is usual and at most 70.000% is expected"
        ],
        [],
    )


def test_a_day_of_few_rows_is_neither_judged_by_its_share_nor_compared_with():
    what = contract("null_share_within_usual", column="ref", max_increase=0.1, **SHARE)
    rows = back(99, 1000, 1000, 99, step=1)
    few = told(what, rows=rows, nulls={"ref": rows}, touched=frozenset([MONDAY]))
    rows |= {MONDAY: 100}
    lonely = told(what, rows=rows, nulls={"ref": rows}, touched=frozenset([MONDAY]))

    assert few == (
        [],
        ["the_rule: too few rows to judge a share: fewer than 100 (2015-02-23)"],
    )
    assert lonely == ([], ["the_rule: too few days to compare: 2 of 3 (2015-02-23)"])


def test_nulls_that_nobody_counted_could_not_be_judged_and_block():
    what = contract("null_share_within_usual", column="ref", max_increase=0.1, **SHARE)

    nulls, touched = {"ref": {MONDAY: None}}, frozenset([MONDAY])
    figures = Figures(STARTED, rows={MONDAY: 5}, touched=touched, nulls=nulls)
    [broken] = judge_past(what, figures)[0]

    assert broken.told == "could not be judged: the table keeps no count of nulls in ref"
    assert broken.blocks


@pytest.mark.parametrize(
    ("arguments", "newest", "said"),
    [
        ({}, datetime(2015, 3, 1, 10, tzinfo=UTC), []),
        (
            {},
            datetime(2015, 2, 28, 9, 59, tzinfo=UTC),
            [
                "the newest at is 2015-02-28 09:59 UTC, 1 day 2 h 1 min before the run;"
                " 2 h is promised"
            ],
        ),
        ({"latency": 2, "unit": "d"}, datetime(2015, 2, 28, 9, 59, tzinfo=UTC), []),
        (
            {"column": "day"},
            datetime(2015, 2, 28, tzinfo=UTC),
            ["the newest day is 2015-02-28, 12 h before the run"],
        ),
        ({"column": "day"}, datetime(2015, 3, 1, tzinfo=UTC), []),
    ],
)
def test_the_newest_row_is_no_older_than_promised(arguments, newest, said):
    what = contract("freshness_within_promise", **arguments)
    [found, notes] = told(what, newest={arguments.get("column", "at"): newest})

    assert [one[: len(wanted)] for one, wanted in zip(found, said, strict=True)] == said
    assert notes == []


def test_in_a_rebuild_a_rule_that_would_block_only_warns():
    what = contract("volume_within_usual", Severity.BLOCK, **VOLUME)
    figures = Figures(STARTED, rows=back(9000, 1, 1, 1, 1), touched=frozenset([MONDAY]))

    [blocking] = judge_past(what, figures)[0]
    [warning] = judge_past(what, figures, only_warn=True)[0]

    assert (blocking.blocks, warning.blocks) == (True, False)
    assert warning.rule.severity is Severity.WARN


def test_nulls_that_nobody_counted_long_ago_are_no_matter():
    what = contract("null_share_within_usual", column="ref", max_increase=0.1, **SHARE)
    rows = back(1000, 1000, 1000, 1000, step=1) | back(1000, 1000, step=40)
    nulls = dict.fromkeys(rows, 10) | {MONDAY - timedelta(days=40): None}

    figures = {"rows": rows, "nulls": {"ref": nulls}, "touched": frozenset([MONDAY])}

    assert told(what, **figures) == ([], [])
