"""Replay: what quarantine holds, judged by a mended contract; published once, however it goes."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.daily_activity import daily_activity
from tests.conftest import REPOSITORY
from tests.flow.test_past import rule, with_rules
from tests.lake_of_a_test import LakeOfATest, payload
from tests.processes import Dying, dying, points, two_at_once
from tidegate.flow.commit import blocked
from tidegate.flow.decide import accept
from tidegate.lake.ledger import Counts

KIND = "event_type_well_formed"
TABLES = ("clean.github_events", "quarantine.github_events")
NEGATIVE = payload(id="negative", payload={"size": -1, "distinct_size": 0})
BROKEN = b"no JSON"


def oddly_named(name: str, **changes: Any) -> bytes:
    """A push whose kind is not named as GitHub names kinds."""
    return payload(id=name, type="push", **changes)


def snapshots(lake: LakeOfATest) -> list[int]:
    return [lake.run().table(name).history().main for name in TABLES]


def totals(lake: LakeOfATest) -> Counts:
    return lake.newest("clean.github_events").totals


def events(lake: LakeOfATest) -> list[str]:
    return [row[0] for row in lake.rows("clean.github_events", "event_id")]


def test_once_a_rule_is_mended_all_its_records_move_and_a_second_replay_changes_nothing(
    lake: LakeOfATest,
) -> None:
    yesterday = oddly_named("3", created_at="2014-12-31T10:00:00Z")
    lake.land([payload(id="1"), oddly_named("2"), yesterday, NEGATIVE, BROKEN])
    lake.clean()
    lake.derive(daily_activity)
    refused = lake.newest("clean.github_events").refused
    assert totals(lake) == Counts(rows_in=5, published=1, quarantined=4)

    lake.mend(KIND)
    report = lake.replay(rule=KIND)

    assert (report.judged, report.still_held) == (2, {})
    assert report.stage.rows == Counts(published=2, quarantined=-2)
    assert totals(lake) == Counts(rows_in=5, published=3, quarantined=2)
    assert totals(lake).unaccounted == 0
    assert lake.unproven() == []
    assert events(lake) == ["1", "2", "3"]
    assert lake.held() == [(BROKEN, ["payload_not_json"]), (NEGATIVE, ["push_size_not_negative"])]
    assert lake.table("quarantine.github_events").where("status = 'released'").select(
        "run", "payload", "reasons"
    ).distinct().collect() == [(report.stage.run, b"", [KIND])]
    assert lake.newest("clean.github_events").refused == refused

    before = snapshots(lake)
    again = lake.replay(rule=KIND)

    assert (again.judged, again.stage.verdict) == (0, "nothing new")
    assert lake.replay().still_held == {"payload_not_json": 1, "push_size_not_negative": 1}
    assert snapshots(lake) == before

    # The marts find the days by themselves, and cleaning goes on where it was.
    assert lake.derive(daily_activity).rows == Counts(rows_in=3, published=3)
    lake.land([payload(id="4"), BROKEN])
    assert lake.clean().rows == Counts(rows_in=2, published=1, quarantined=1)
    assert lake.newest("clean.github_events").refused == {"2015-01-01": (5, 7)}


def test_what_is_in_the_table_already_is_released_and_what_contradicts_it_stays_held(
    lake: LakeOfATest,
) -> None:
    lake.land([oddly_named("1"), oddly_named("1"), oddly_named("2")])
    lake.clean()
    other = oddly_named("2", actor={"id": 8, "login": "bob"})
    lake.land([other])
    lake.clean()
    lake.mend(KIND)
    lake.land([oddly_named("2")])
    lake.clean()

    report = lake.replay()

    assert report.judged == 4
    assert report.stage.rows == Counts(published=1, quarantined=-3, duplicates=2)
    assert report.still_held == {"conflicting_id": 1}
    assert events(lake) == ["1", "2"]
    assert lake.held() == [(other, [KIND])]
    assert totals(lake) == Counts(rows_in=5, published=2, quarantined=1, duplicates=2)
    assert lake.newest("quarantine.github_events").totals == Counts(rows_in=7, published=7)

    before = snapshots(lake)
    assert lake.replay().stage.verdict == "nothing new"
    assert snapshots(lake) == before
    assert lake.branches("clean.github_events") == []


@pytest.mark.slow
def test_a_day_and_a_run_choose_what_is_replayed(lake: LakeOfATest) -> None:
    first, second, third = (datetime(2015, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3))
    lake.land([oddly_named("1")], arrived=first)
    lake.land([oddly_named("2")], arrived=second)
    lake.clean()
    lake.land([oddly_named("3")], arrived=third)
    lake.report = lake.clean()
    lake.mend(KIND)

    lake.replay(day=date(2015, 1, 2))
    assert events(lake) == ["2"]
    lake.replay(run=lake.report.run)
    assert events(lake) == ["2", "3"]
    assert lake.replay(rule=KIND, day=date(2015, 1, 2)).judged == 0


def test_a_replay_goes_through_the_same_gate_and_can_be_accepted(lake: LakeOfATest) -> None:
    lake.land([oddly_named("1", payload={"size": 1, "distinct_size": 2})])
    lake.clean()
    lake.mend(KIND)
    before = snapshots(lake)

    report = lake.replay()

    assert report.stage.verdict == "block"
    assert "distinct_size_within_size" in str(blocked(report.stage, f"run-{report.stage.run}"))
    assert snapshots(lake) == before

    accept(lake.run(), report.stage.run, "ann", "the sender counts otherwise")

    assert events(lake) == ["1"]
    assert lake.held() == []
    assert totals(lake) == Counts(rows_in=1, published=1)


@pytest.fixture(scope="module")
def holding(make_lake: Callable[[str], LakeOfATest]) -> LakeOfATest:
    """A lake that holds forty events of an odd kind, and one record that no contract lets pass."""
    lake = make_lake("none")
    lake.land([payload(id="1"), *(oddly_named(str(10 + n)) for n in range(40)), BROKEN])
    lake.clean()
    return lake


@pytest.fixture(scope="module")
def replay_mended(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that replays by a contract which lets odd kinds pass."""
    folder = tmp_path_factory.mktemp("mended")
    shutil.copytree(REPOSITORY / "contracts", folder / "contracts")
    file = folder / "contracts" / "clean.github_events.yaml"
    file.write_text(file.read_text().replace("^[A-Za-z]+Event$", "^[A-Za-z]+$"))
    return ["--project", str(folder), "quarantine", "replay"]


@pytest.fixture(scope="module")
def killed(
    request: pytest.FixtureRequest, holding: LakeOfATest, replay_mended: list[str]
) -> Iterator[Dying]:
    """For each point, a lake on which such a replay dies there."""
    with dying() as lakes:
        for point in points(request):
            lakes.at(point, holding.copy(), *replay_mended)
        yield lakes


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("clean.|write", marks=pytest.mark.slow, id="while it writes"),
        pytest.param("clean.|publish", marks=pytest.mark.slow, id="before it publishes"),
        pytest.param("quarantine.|publish", marks=pytest.mark.slow, id="between its two publishes"),
    ],
)
def test_after_a_kill_the_next_replay_finishes(killed: Dying, point: str) -> None:
    lake = killed.lake(point)
    half_published = "quarantine" in point
    assert [line.split("; ")[1:] for line in lake.unproven()] == (
        [["a run died between its two publishes, and the next run makes up for it"]]
        if half_published
        else []
    )
    lake.mend(KIND)

    lake.replay()

    assert lake.unproven() == []
    assert len(events(lake)) == len(set(events(lake))) == 41
    assert lake.held() == [(BROKEN, ["payload_not_json"])]
    assert totals(lake) == Counts(rows_in=42, published=41, quarantined=1)
    assert lake.rows("quarantine.github_events", "status").count(("released",)) == 40


@pytest.mark.slow
def test_of_two_replays_at_once_one_starts_again_and_each_record_is_published_once(
    holding: LakeOfATest, replay_mended: list[str], tmp_path: Path
) -> None:
    lake = holding.copy()

    lake.mend(KIND)

    said = two_at_once(lake, "clean.github_events", tmp_path, replay_mended, lake.replay)

    assert sum("another run published first; starting again" in one for one in said) == 1
    assert len(events(lake)) == 41
    assert lake.rows("quarantine.github_events", "status").count(("released",)) == 40
    assert totals(lake) == Counts(rows_in=42, published=41, quarantined=1)


@pytest.mark.slow
def test_a_replay_neither_judges_the_share_of_refusals_nor_says_that_it_is_well_again(
    lake: LakeOfATest,
) -> None:
    row_rule = next(one for one in lake.contracts["clean.github_events"].rules if one.id == KIND)
    share = {"max_ratio": 2, "min_share": 0.001, "days": 28, "min_days": 1, "min_rows": 1}
    with_rules(lake, row_rule, rule("refused_share_within_usual", **share))
    for day, odd in ((1, 1), (2, 9)):
        at = datetime(2015, 1, day, 12, tzinfo=UTC)
        named = [oddly_named(f"{day} odd {n}") for n in range(odd)]
        lake.land([*named, *(payload(id=f"{day} {n}") for n in range(9))], arrived=at)
        lake.report = lake.clean()
    assert [one.rule.id for one in lake.report.broken] == ["refused"]
    lake.mend(KIND)

    report = lake.replay()

    assert report.stage.rows.published == 10
    assert report.stage.recovered == ()
    assert [one.rule for one in lake.newest("clean.github_events").failures] == ["refused"]
    assert lake.newest("clean.github_events").refused == {
        "2015-01-01": (1, 10),
        "2015-01-02": (9, 18),
    }
