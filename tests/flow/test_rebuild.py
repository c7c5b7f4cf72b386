"""Days made anew: in slices, up to a budget, by today's contract and function."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame

from jobs.daily_activity import daily_activity
from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.contract import Severity
from tidegate.errors import BooksError, ContractError, ProjectError
from tidegate.flow import Flow, Job, clean, judging
from tidegate.flow.books import books
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.job import Clean
from tidegate.flow.owed import Ask
from tidegate.flow.planning import Planned, plan
from tidegate.flow.project import flows, load_flow
from tidegate.flow.rebuilding import find_stage, rebuild
from tidegate.flow.reports import Rebuilt
from tidegate.lake.ledger import Counts

EVENTS, MART, HELD = "clean.github_events", "mart.daily_activity", "quarantine.github_events"
FLOW = Flow("github", [clean(EVENTS), daily_activity])
DAYS = [*(date(2014, 12, day) for day in (29, 30, 31)), date(2015, 1, 1)]


def on(day: date, **changes: object) -> bytes:
    return payload(created_at=f"{day}T08:00:00Z", **changes)


@pytest.fixture(scope="module")
def four_days(lake_of_module: LakeOfATest) -> LakeOfATest:
    """A lake with two events on each of four days, one of them sent twice, and one broken line."""
    lake = lake_of_module
    lake.narrow("event_type", "actor_id", "repository_id")
    events = [on(day, id=f"{day.day}{n}") for day in DAYS for n in (1, 2)]
    lake.land([*events, events[0], b"no JSON"])
    lake.clean()
    lake.derive(daily_activity)
    return lake


@pytest.fixture
def lake(four_days: LakeOfATest) -> LakeOfATest:
    return four_days.copy()


def rebuilt(lake: LakeOfATest, stage: Clean | Job = daily_activity, **ask: Any) -> Rebuilt:
    stages = [stage if stage.writes == one.writes else one for one in FLOW.stages]
    done = rebuild(lake.run(), Flow("github", stages), stage, Ask(**ask))
    if done.failed:
        raise done.failed
    return done


def planned(lake: LakeOfATest, job: Job = daily_activity) -> dict[str, Planned]:
    found = plan(lake.settings, lake.contracts, Flow("github", [clean(EVENTS), job]))
    return {one.table: one for one in found}


def counted(lake: LakeOfATest) -> list[tuple[Any, ...]]:
    return lake.rows(MART, "event_date", "events")


def totals(lake: LakeOfATest) -> Counts:
    return lake.run().table(EVENTS).history().newest().totals


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            "raw.github",
            "raw.github is what the stream said, which nobody can make anew; rebuild what is made"
            " of it: clean.github_events, mart.repository_activity, mart.daily_activity",
        ),
        (
            "clean.catalogue",
            "clean.catalogue is what its file says: change the file, and the next run takes it",
        ),
        (
            "mart.daily_activty",
            'no flow makes a table "mart.daily_activty" that could be rebuilt'
            '\n  did you mean "mart.daily_activity"?',
        ),
    ],
)
def test_a_table_that_isnt_made_anew_is_told_with_what_is_done_instead(
    table: str, told: str
) -> None:
    every = [load_flow(REPOSITORY, name) for name in flows(REPOSITORY)]

    with pytest.raises(ProjectError) as raised:
        find_stage(every, table)

    assert str(raised.value) == told


def test_a_budget_ends_a_rebuild_between_slices_and_the_next_goes_on_with_what_is_left(
    lake: LakeOfATest,
) -> None:
    first = rebuilt(lake, slice_days=2, seconds=0)
    assert (sorted(first.done), sorted(first.left), first.slices) == (DAYS[:2], DAYS[2:], 1)
    assert first.bytes > 0
    assert planned(lake)[MART].stale == set(DAYS[2:])

    second = rebuilt(lake, slice_days=2)

    assert (sorted(second.done), second.left) == (DAYS[2:], set())
    assert planned(lake)[MART].stale == set()
    assert counted(lake) == [(day, 2) for day in DAYS]


def test_a_changed_function_makes_days_stale_until_they_are_made_anew(lake: LakeOfATest) -> None:
    job = replace(daily_activity, function=without_stars)
    assert planned(lake, job)[MART].stale == set(DAYS)
    lake.land([on(DAYS[1], id="99")])
    lake.clean()
    lake.derive(job)
    assert planned(lake, job)[MART].stale == {DAYS[0], DAYS[2], DAYS[3]}

    done = rebuilt(lake, job)

    assert sorted(done.done) == [DAYS[0], DAYS[2], DAYS[3]]
    assert planned(lake, job)[MART].stale == set()
    assert counted(lake) == []


def without_stars(events: DataFrame) -> DataFrame:
    return daily_activity(events=events.where("event_type = 'ForkEvent'"))


def test_a_change_of_words_alone_makes_nothing_stale(lake: LakeOfATest) -> None:
    contract = lake.contracts.table(EVENTS)
    columns = tuple(replace(one, description="Other words.") for one in contract.columns)
    lake.change(replace(contract, columns=columns, description="New.", version="1.0.1"))

    assert planned(lake)[EVENTS].stale == set()


def test_a_renamed_column_that_is_stored_as_before_makes_nothing_stale(lake: LakeOfATest) -> None:
    contract = lake.contracts.table(EVENTS)
    renamed = [
        replace(one, name="repository", physical=one.name) if one.name == "repository_id" else one
        for one in contract.columns
    ]
    lake.change(replace(contract, columns=tuple(renamed), version="1.1.0"))
    lake.land([on(DAYS[1], id="99")])
    lake.clean()

    assert planned(lake)[EVENTS].stale == set()
    other = [replace(c, json_paths=(("a",),)) if c.physical else c for c in renamed]
    lake.change(replace(contract, columns=tuple(other), version="1.1.1"))
    assert planned(lake)[EVENTS].stale == set(DAYS)


def test_clean_days_made_anew_move_rows_to_quarantine_and_back_and_the_books_balance(
    lake: LakeOfATest,
) -> None:
    before, was = totals(lake), lake.rows(EVENTS, "event_id")
    contract = lake.contracts.table(EVENTS)
    refuse(lake, "291", "311")
    rebuilt(lake, clean(EVENTS), slice_days=1)

    assert lake.rows(EVENTS, "event_id") == [row for row in was if row not in [("291",), ("311",)]]
    # The first event was sent twice: neither is published now.
    assert totals(lake) == replace(
        before,
        published=before.published - 2,
        quarantined=before.quarantined + 3,
        duplicates=before.duplicates - 1,
    )
    assert lake.rows(HELD, "reasons").count((["no_first"],)) == 3

    lake.change(contract)
    rebuilt(lake, clean(EVENTS))

    assert lake.rows(EVENTS, "event_id") == was
    assert totals(lake) == before


def refuse(lake: LakeOfATest, *ids: str, rule: str = "no_first") -> None:
    """Change the clean contract so that it refuses some events."""
    own = LakeOfATest(lake.spark, lake.settings).contracts.table(EVENTS)
    strict = replace(
        own.row_rules[0],
        id=rule,
        severity=Severity.REFUSE,
        expectation="expect_column_values_to_not_be_in_set",
        arguments={"column": "event_id", "value_set": list(ids)},
    )
    lake.change(replace(lake.contracts.table(EVENTS), rules=(strict,)))


def test_a_record_that_was_released_and_is_refused_again_is_held_once(lake: LakeOfATest) -> None:
    mended = lake.contracts.table(EVENTS)
    refuse(lake, "302")
    rebuilt(lake, clean(EVENTS))
    lake.change(mended)
    rebuilt(lake, clean(EVENTS))
    refuse(lake, "302", rule="no_second")
    rebuilt(lake, clean(EVENTS))
    held, books = lake.held(), totals(lake)

    assert [reasons for _, reasons in held] == [["payload_not_json"], ["no_second"]]
    rebuilt(lake, clean(EVENTS))

    assert (lake.held(), totals(lake)) == (held, books)
    assert lake.unproven() == []


def test_days_that_have_no_rows_yet_stay_stale_through_a_run_by_new_code(lake: LakeOfATest) -> None:
    none = replace(daily_activity, function=without_stars)
    rebuilt(lake, none)
    assert counted(lake) == []
    assert planned(lake)[MART].stale == set(DAYS)
    lake.land([on(DAYS[1], id="99")])
    lake.clean()
    lake.derive(daily_activity)
    assert planned(lake)[MART].stale == {DAYS[0], DAYS[2], DAYS[3]}

    rebuilt(lake)

    assert [row[0] for row in counted(lake)] == DAYS


def test_a_rebuild_takes_up_a_refused_event_of_a_day_that_no_row_has(lake: LakeOfATest) -> None:
    mended = lake.contracts.table(EVENTS)
    refuse(lake, "77")
    lake.land([on(date(2014, 12, 1), id="77")])
    lake.clean()
    lake.derive(daily_activity)
    assert sorted(reasons for _, reasons in lake.held()) == [["no_first"], ["payload_not_json"]]
    lake.change(mended)

    done = rebuilt(lake, clean(EVENTS), slice_days=2)

    assert done.left == set()
    assert [reasons for _, reasons in lake.held()] == [["payload_not_json"]]
    assert (date(2014, 12, 1),) in lake.rows(EVENTS, "event_date")
    assert lake.unproven() == []
    lake.derive(daily_activity)
    assert (date(2014, 12, 1), 1) in counted(lake)


@pytest.mark.parametrize("slice_days", [2, 30])
def test_a_rebuild_follows_rows_to_a_day_that_nothing_had(
    lake: LakeOfATest, slice_days: int
) -> None:
    before = totals(lake)
    contract = lake.contracts.table(EVENTS)
    moved = [
        replace(one, transform="DATE_SUB(CAST(event_time AS DATE), 20)")
        if one.name == "event_date"
        else one
        for one in contract.columns
    ]
    lake.change(replace(contract, columns=tuple(moved), version="1.1.0"))

    rebuilt(lake, clean(EVENTS), slice_days=slice_days)

    days = sorted({day for (day,) in lake.rows(EVENTS, "event_date")})
    assert days == [day - timedelta(20) for day in DAYS]
    assert totals(lake) == before
    assert lake.unproven() == []


def duplicates(lake: LakeOfATest) -> int:
    return totals(lake).duplicates


def test_duplicates_are_counted_in_slices_with_runs_and_a_budget_in_between(
    lake: LakeOfATest,
) -> None:
    future = on(date(2015, 1, 5), id="5")
    lake.land([future, on(DAYS[3], id="12"), on(DAYS[2], id="312")])
    lake.clean()
    before, held = totals(lake), lake.held()
    assert (before.duplicates, before.quarantined) == (3, 2)
    refuse(lake, "302")

    rebuilt(lake, clean(EVENTS), slice_days=1, seconds=0)
    assert lake.newest(EVENTS).recount is not None
    # of a day that is made anew, of one that is still to be, and of one that nothing had
    more = [on(DAYS[0], id="292"), on(DAYS[3], id="12"), on(date(2014, 12, 2), id="99")]
    lake.land([*more, on(DAYS[0], id="98")])
    lake.clean()
    done = rebuilt(lake, clean(EVENTS), slice_days=1)

    assert (sorted(done.done), done.left) == (DAYS[1:], set())
    assert lake.newest(EVENTS).recount is None
    assert totals(lake) == replace(
        before,
        rows_in=before.rows_in + 4,
        published=before.published + 1,
        quarantined=before.quarantined + 1,
        duplicates=before.duplicates + 2,
    )
    assert len(lake.held()) == len(held) + 1
    assert lake.unproven() == []


def lose(lake: LakeOfATest, event: str) -> None:
    """Lose a raw row, as nobody may."""
    raw = f"lake.{lake.settings.database_prefix}raw.github"
    lake.spark.sql(f'DELETE FROM {raw} WHERE CAST(payload AS STRING) LIKE \'%"id": "{event}"%\'')


@pytest.mark.parametrize(
    "slice_days",
    [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(30, marks=pytest.mark.slow)],
)
def test_a_raw_row_that_is_lost_breaks_the_books_when_all_slices_are_made(
    lake: LakeOfATest, slice_days: int
) -> None:
    before = totals(lake)
    lose(lake, "302")
    refuse(lake, "311")

    with pytest.raises(BooksError, match="the books don't balance: 0 rows in, but "):
        rebuilt(lake, clean(EVENTS), slice_days=slice_days)

    (branch,) = lake.branches(EVENTS)
    (page,) = books(lake.settings, lake.contracts, branch.removeprefix("run-"))[-1:]
    blocked = lake.run().table(EVENTS).history()
    entry = blocked.entry_at(blocked.ref(branch))
    assert entry is not None
    assert entry.rows.unaccounted == 1
    assert page.table == EVENTS
    assert totals(lake).rows_in == before.rows_in


def test_a_raw_row_that_is_lost_between_two_commands_breaks_the_books_of_the_second(
    lake: LakeOfATest,
) -> None:
    refuse(lake, "311")
    rebuilt(lake, clean(EVENTS), slice_days=2, seconds=0)
    lose(lake, "311")

    with pytest.raises(BooksError):
        rebuilt(lake, clean(EVENTS), slice_days=2)


def test_a_row_that_a_slice_loses_on_its_way_breaks_the_books_of_that_slice(
    lake: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(*args: Any, identify: Any = judging.identify) -> DataFrame:
        return identify(*args).where("event_id <> '311'")

    monkeypatch.setattr(judging, "identify", forgetful)
    done = rebuild(lake.run(), FLOW, clean(EVENTS), Ask(slice_days=1))

    assert isinstance(done.failed, BooksError)
    assert (sorted(done.done), sorted(done.left)) == (DAYS[:2], DAYS[2:])
    assert len(lake.rows(EVENTS, "event_id")) == 8


def test_a_slice_alone_counts_the_duplicates_of_its_days(lake: LakeOfATest) -> None:
    before = totals(lake)
    refuse(lake, "291")

    rebuilt(lake, clean(EVENTS), first=DAYS[0], last=DAYS[0])

    moved = {"published": -1, "quarantined": 2, "duplicates": -1}
    assert totals(lake) == before + Counts(**moved)


def test_stale_days_that_a_full_page_joins_to_others_are_no_days_of_the_table(
    lake: LakeOfATest,
) -> None:
    run = lake.run()
    table = run.table(MART)
    was = table.history()
    filled = (("2014-12-01", "2014-12-30"),)
    entry = run.entry(table.contract, was.newest(), reads=was.newest().reads, stale=filled)
    conclude(start_branch(run, table, was.main), entry)
    assert planned(lake)[MART].stale == set(DAYS[:2])

    done = rebuilt(lake)

    assert sorted(done.done) == DAYS[:2]


def test_a_day_that_comes_while_a_new_table_is_filled_is_left_to_the_next_run(
    four_days: LakeOfATest,
) -> None:
    lake = four_days.copy()
    lake.spark.sql(f"DROP TABLE lake.{lake.settings.database_prefix}{MART}")
    new, early = date(2014, 12, 2), list[str]()

    def say(line: str) -> None:
        if "days anew" in line and not early:
            early.append(line)
            lake.land([on(new, id="99")])
            lake.clean()

    done = rebuild(replace(lake.run(), say=say), FLOW, daily_activity, Ask(slice_days=2))
    assert (done.failed, sorted(done.done)) == (None, DAYS)
    assert counted(lake) == [(day, 2) for day in DAYS]

    lake.derive(daily_activity)
    assert counted(lake) == [(new, 1), *((day, 2) for day in DAYS)]


def test_what_follows_a_table_is_made_after_each_slice(lake: LakeOfATest) -> None:
    lake.land([on(DAYS[0], id="99")])
    lake.clean()

    done = rebuilt(lake, clean(EVENTS), following=True, first=DAYS[0], last=DAYS[1])

    assert sorted(done.done) == DAYS[:2]
    assert list(done.stages) == [EVENTS, MART]
    assert counted(lake) == [(DAYS[0], 3), *((day, 2) for day in DAYS[1:])]


def test_a_slice_is_done_where_only_what_follows_it_is_blocked(lake: LakeOfATest) -> None:
    lake.land([on(DAYS[0], id="99"), on(DAYS[2], id="98")])
    lake.clean()
    mart = lake.contracts.table(MART)
    strict = [
        replace(rule, severity=Severity.BLOCK) for rule in mart.rules if rule.id == "several_types"
    ]
    lake.change(replace(mart, rules=tuple(strict)))

    done = rebuilt(lake, clean(EVENTS), following=True, slice_days=2)

    assert done.blocked is not None
    assert (done.blocked.table, sorted(done.done), sorted(done.left)) == (MART, DAYS[:2], DAYS[2:])
    assert counted(lake) == [(day, 2) for day in DAYS]


def test_a_rebuild_that_a_contract_further_on_would_stop_writes_nothing(lake: LakeOfATest) -> None:
    mart = lake.contracts.table(MART)
    columns = [replace(c, type="string") if c.name == "people" else c for c in mart.columns]
    lake.change(replace(mart, version="1.1.0", columns=tuple(columns)))
    before = lake.newest(EVENTS)

    with pytest.raises(ContractError, match=r"breaks mart\.daily_activity"):
        rebuilt(lake, clean(EVENTS), following=True)

    assert lake.newest(EVENTS) == before


def test_a_slice_leaves_new_rows_of_other_days_to_the_next_run(lake: LakeOfATest) -> None:
    lake.land([on(DAYS[3], id="99")])
    lake.clean()

    rebuilt(lake, first=DAYS[0], last=DAYS[0])
    assert counted(lake) == [(day, 2) for day in DAYS]

    lake.derive(daily_activity)
    assert counted(lake) == [*((day, 2) for day in DAYS[:3]), (DAYS[3], 3)]


def test_a_slice_that_loses_to_another_run_is_done_again_alone(lake: LakeOfATest) -> None:
    lost = []

    def daily(events: DataFrame) -> DataFrame:
        if len(lost) == 1:  # the second slice
            lake.land([on(DAYS[3], id="99")])
            lake.clean()
            lake.derive(daily_activity)
        lost.append(events)
        return daily_activity(events=events)

    done = rebuilt(lake, replace(daily_activity, function=daily), slice_days=2)

    assert (done.slices, len(lost)) == (2, 3)
    assert counted(lake) == [*((day, 2) for day in DAYS[:3]), (DAYS[3], 3)]


def test_a_new_table_is_filled_in_slices_and_a_run_then_adds_only_what_is_new(
    four_days: LakeOfATest,
) -> None:
    lake = four_days.copy()
    lake.spark.sql(f"DROP TABLE lake.{lake.settings.database_prefix}{MART}")
    assert planned(lake)[MART].days == set(DAYS)

    first = rebuilt(lake, slice_days=2, bytes=0)
    assert (sorted(first.left), counted(lake)) == (DAYS[2:], [(day, 2) for day in DAYS[:2]])
    assert lake.derive(daily_activity).verdict == "nothing new"
    rebuilt(lake, slice_days=2)

    assert counted(lake) == [(day, 2) for day in DAYS]


def test_the_plan_tells_rows_days_and_bytes_and_how_long_it_took_before(lake: LakeOfATest) -> None:
    assert [one.does for one in planned(lake).values()] == ["nothing new"] * 2
    lake.land([on(DAYS[3], id="98"), on(DAYS[3], id="99")])

    events, mart = planned(lake).values()
    assert (events.rows, events.and_more, mart.and_more, mart.days) == (2, True, True, set())
    assert events.bytes
    assert events.seconds

    lake.clean()

    events, mart = planned(lake).values()
    assert (events.does, mart.days, mart.rows) == ("nothing new", {DAYS[3]}, 4)
    assert lake.derive(daily_activity).rows.rows_in == 4
