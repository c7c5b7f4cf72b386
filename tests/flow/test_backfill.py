"""A rebuild or backfill in parts: one budget for all tables, blocks stay, the past only warns."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bench.scans import files, newest
from jobs.daily_activity import daily_activity
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Contracts, Rule, Severity
from tidegate.flow import Flow, clean
from tidegate.flow.owed import Ask
from tidegate.flow.planning import plan
from tidegate.flow.rebuilding import first_clean, rebuild, rebuild_all
from tidegate.flow.reports import Rebuilt
from tidegate.lake.ledger import Counts

EVENTS, HELD, MART = "clean.github_events", "quarantine.github_events", "mart.daily_activity"
OTHER = "clean.other_events"
FLOW = Flow("github", [clean(EVENTS), daily_activity, clean(OTHER)])
DAYS = [date(2014, 12, day) for day in (29, 30, 31)]
SPAN = {"first": DAYS[0], "last": DAYS[1], "slice_days": 1}
Told = list[tuple[str, list[date], list[date]]]


def on(day: date, **changes: object) -> bytes:
    return payload(created_at=f"{day}T08:00:00Z", **changes)


@pytest.fixture(scope="module")
def three_days(lake_of_module: LakeOfATest) -> LakeOfATest:
    """A lake with two clean tables of one raw table, and a mart of the first: an event a day."""
    lake = lake_of_module
    lake.narrow("event_type", "actor_id", "repository_id")
    own, held = lake.contracts[EVENTS], lake.contracts[HELD]
    properties = {**own.properties, "quarantine": "quarantine.other_events"}
    beside = [
        replace(own, table=OTHER, properties=properties),
        replace(held, table="quarantine.other_events"),
    ]
    known = {**lake.contracts.by_table, **{one.table: one for one in beside}}
    lake.contracts = Contracts(known)
    lake.land([on(day, id=str(day.day)) for day in DAYS])
    for stage in FLOW.stages:
        assert lake._stage(stage).verdict in ("pass", "warn")
    return lake


@pytest.fixture
def lake(three_days: LakeOfATest) -> LakeOfATest:
    return three_days.copy()


def backfilled(lake: LakeOfATest, **ask: Any) -> list[Rebuilt]:
    """Backfill the first two days of the flow, a day a slice."""
    stages = [(FLOW, stage) for stage in first_clean(FLOW)]
    done = rebuild_all(lake.run(), stages, Ask(following=True, **{**SPAN, **ask}))
    assert [one.failed for one in done] == [None] * len(done)
    return done


def told(done: Sequence[Rebuilt]) -> Told:
    return [(one.table, sorted(one.done), sorted(one.left)) for one in done]


def stale(lake: LakeOfATest) -> dict[str, set[date]]:
    found = plan(lake.settings, lake.contracts, FLOW)
    return {one.table: one.stale for one in found if one.stale}


def totals(lake: LakeOfATest) -> list[Counts]:
    return [lake.newest(table).totals for table in (EVENTS, OTHER)]


def with_rule(lake: LakeOfATest, table: str, expectation: str, **arguments: Any) -> None:
    """Let a table have one rule, which blocks."""
    is_past = expectation.startswith("freshness")
    rule = Rule("the_rule", "", Severity.BLOCK, "", expectation, arguments, past=is_past)
    lake.change(replace(lake.contracts[table], rules=(rule,)))


def without(lake: LakeOfATest, event: str) -> None:
    """Let a batch of clean rows with an event be blocked."""
    name = "expect_column_values_to_not_be_in_set"
    with_rule(lake, EVENTS, name, column="event_id", value_set=[event])


def test_a_budget_of_time_is_one_for_all_tables_and_the_same_command_goes_on(
    lake: LakeOfATest,
) -> None:
    rows, books = lake.rows(OTHER, "*"), totals(lake)
    first, second = DAYS[:2]

    assert told(backfilled(lake, seconds=0)) == [
        (EVENTS, [first], [second]),
        (OTHER, [], [first, second]),
    ]
    assert stale(lake) == {EVENTS: {second}, OTHER: {first, second}}
    assert told(backfilled(lake, seconds=0)) == [
        (EVENTS, [second], []),
        (OTHER, [], [first, second]),
    ]
    assert told(backfilled(lake, seconds=0)) == [(OTHER, [first], [second])]
    assert told(backfilled(lake)) == [(OTHER, [second], [])]

    assert stale(lake) == {}
    assert (lake.rows(OTHER, "*"), totals(lake)) == (rows, books)
    assert lake.unproven() == []


@pytest.mark.slow
def test_a_budget_of_bytes_is_one_for_all_tables(lake: LakeOfATest) -> None:
    first, second = DAYS[:2]
    (events, other) = backfilled(lake, bytes=1)
    assert told([events, other]) == [(EVENTS, [first], [second]), (OTHER, [], [first, second])]

    # As much as that slice has read, and a byte more, lets two slices begin.
    done = backfilled(lake, bytes=events.bytes + 1)

    assert told(done) == [(EVENTS, [second], []), (OTHER, [first], [second])]
    assert [one.slices for one in done] == [1, 1]


def test_what_a_block_leaves_undone_of_another_table_is_not_forgotten(lake: LakeOfATest) -> None:
    mended = lake.contracts[EVENTS]
    without(lake, "30")

    done = backfilled(lake)

    assert told(done) == [(EVENTS, DAYS[:1], DAYS[1:2]), (OTHER, [], DAYS[:2])]
    assert done[0].blocked is not None
    lake.change(mended)
    assert [(table, left) for table, _, left in told(backfilled(lake))] == [
        (EVENTS, []),
        (OTHER, []),
    ]
    assert stale(lake).get(OTHER) is None


def test_rules_about_the_past_only_warn_in_a_rebuild_and_in_what_follows_it(
    lake: LakeOfATest,
) -> None:
    for table in (EVENTS, MART):
        with_rule(lake, table, "freshness_within_promise", latency=2, unit="h")
    lake.land([on(DAYS[0], id="99")])

    done = rebuild(lake.run(), FLOW, clean(EVENTS), Ask(following=True))
    alone = rebuild(lake.run(), FLOW, daily_activity, Ask())

    assert (done.failed, done.blocked, alone.failed, alone.blocked) == (None, None, None, None)
    reports = [done.stages[EVENTS], done.stages[MART], alone.stages[MART]]
    assert [one.verdict for one in reports] == ["warn"] * 3
    assert {broken.told.split(",")[0] for one in reports for broken in one.broken} == {
        "the newest event_time is 2014-12-31 08:00 UTC",
        "the newest event_date is 2014-12-31",
    }
    assert lake.clean().verdict == "block"
    lake.change(replace(lake.contracts[EVENTS], rules=()))
    lake.clean()
    assert lake.derive(daily_activity).verdict == "block"


def test_a_blocked_result_stays_through_a_rebuild_until_the_next_run_judges_its_rows(
    lake: LakeOfATest,
) -> None:
    without(lake, "99")
    lake.land([on(DAYS[0], id="99"), b"no JSON"])
    blocked = lake.clean()
    branch = [f"run-{blocked.run}"]
    assert blocked.verdict == "block"
    assert lake.branches(EVENTS) == lake.branches(HELD) == branch

    done = rebuild(lake.run(), FLOW, clean(EVENTS), Ask())

    assert (done.failed, done.stages[EVENTS].verdict) == (None, "warn")
    assert done.stages[EVENTS].failures == ()  # it has not judged those rows
    assert [one.rule for one in lake.newest(EVENTS).failures] == ["the_rule"]
    assert (lake.branches(EVENTS), lake.branches(HELD)) == (branch, branch)
    again = lake.clean()
    assert (again.verdict, again.rows.rows_in) == ("block", 2)
    assert lake.branches(EVENTS) == lake.branches(HELD) == [f"run-{again.run}"]
    lake.change(replace(lake.contracts[EVENTS], rules=()))
    assert lake.clean().rows == Counts(rows_in=2, published=1, quarantined=1)
    assert lake.branches(EVENTS) == lake.branches(HELD) == []


def test_a_blocked_result_of_a_mart_stays_through_a_rebuild_of_other_days(
    lake: LakeOfATest,
) -> None:
    with_rule(lake, MART, "expect_column_max_to_be_between", column="events", max_value=1)
    lake.land([on(DAYS[0], id="99")])
    lake.clean()
    blocked = lake.derive(daily_activity)
    assert blocked.verdict == "block"

    done = rebuild(lake.run(), FLOW, daily_activity, Ask(first=DAYS[1], last=DAYS[2]))

    assert (done.failed, done.blocked, sorted(done.done)) == (None, None, DAYS[1:])
    assert lake.branches(MART) == [f"run-{blocked.run}"]
    assert [one.rule for one in lake.newest(MART).failures] == ["the_rule"]
    again = lake.derive(daily_activity)
    assert (again.verdict, lake.branches(MART)) == ("block", [f"run-{again.run}"])


def test_a_clean_slice_reads_no_raw_file_that_arrived_before_its_days(lake: LakeOfATest) -> None:
    late = date(2015, 1, 9)
    lake.land([on(late, id="109"), on(DAYS[0], id="98")], datetime(2015, 1, 9, 9, tzinfo=UTC))
    lake.clean()
    rows = lake.rows(EVENTS, "*")
    before = newest(lake.spark)
    done = rebuild(lake.run(), FLOW, clean(EVENTS), Ask(first=late, last=late))
    read, _ = files(lake.spark, before)
    between = newest(lake.spark)
    whole = rebuild(lake.run(), FLOW, clean(EVENTS), Ask(first=DAYS[0], last=DAYS[0]))
    read_whole, _ = files(lake.spark, between)

    assert (done.failed, done.done, lake.rows(EVENTS, "*")) == (None, {late}, rows)
    assert 0 < done.bytes < whole.bytes
    assert read < read_whole
    assert lake.unproven() == []
