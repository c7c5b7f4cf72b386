"""The saved questions of this project, on tables in the shape of its contracts."""

import datetime as dt

import pytest

from tidegate.serve import ask, questions
from tidegate.serve.questions import FOLDER

from .conftest import PROJECT, day, make_lake

pytestmark = pytest.mark.quick

NAMES = sorted(path.stem for path in (PROJECT / FOLDER).glob("*.sql"))
DAY = {"day": "2015-01-01"}
DAYS = {"first_day": "2015-01-01", "last_day": "2015-01-02"}


def at(hour: int) -> dt.datetime:
    return dt.datetime(2015, 1, 1, hour, tzinfo=dt.UTC)


def event(actor: str, kind: str, hour: int, **more: object) -> dict[str, object]:
    return {
        "event_date": day("2015-01-01"),
        "event_time": at(hour),
        "event_type": kind,
        "actor": actor,
        "actor_id": len(actor),
        "repository_id": 1,
        **more,
    }


def pull_request(organisation: str, merged: bool) -> dict[str, object]:
    closed = {"action": "closed", "pull_request_merged": merged, "organisation": organisation}
    return event("ann", "PullRequestEvent", 9, **closed)


def activity(repository: str, stars: int, people: int) -> dict[str, object]:
    counts = {"stars": stars, "people": people, "events": 10 * people, "forks": 1, "pushes": 2}
    return {"event_date": day("2015-01-01"), "repository": repository, **counts}


def record(number: int, status: str, *reasons: str) -> dict[str, object]:
    place = {"stream": "github", "shard": "shard-0", "sequence_number": f"{number:0129d}"}
    said = {"payload": b'{"id": \xff', "reasons": list(reasons), "status": status}
    return {**place, "sub_sequence_number": 0, "arrived_at": at(number), **said}


ROWS = {
    "clean.github_events": [
        event("ann", "PushEvent", 9, push_distinct_size=3),
        event("ann", "PushEvent", 9, push_distinct_size=1, repository_id=2),
        event("travis-bot", "PushEvent", 10, push_distinct_size=1),
        pull_request("tide", True),
        pull_request("tide", True),
        pull_request("tide", False),
        pull_request("sea", False),
    ],
    "mart.repository_activity": [
        activity("ann/sea", 3, 4),
        activity("bob/tide", 5, 2),
        {**activity("bob/tide", 1, 2), "event_date": day("2014-12-31")},
    ],
    "mart.daily_activity": [
        {"event_date": day("2015-01-01"), "event_type": kind, "events": events, "people": 1}
        for kind, events in [("PushEvent", 3), ("WatchEvent", 1)]
    ],
    "quarantine.github_events": [
        record(1, "refused", "not_json"),
        record(2, "refused", "not_json", "id_present"),
        record(2, "released"),
    ],
}


@pytest.fixture(scope="module")
def github(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("github"), ROWS)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("empty"), {})


def test_every_file_is_a_question():
    assert [question.name for question in questions(PROJECT)] == NAMES
    assert len(NAMES) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_every_question_runs_on_tables_without_rows(empty, name):
    [found] = [question for question in questions(PROJECT) if question.name == name]
    needed = {each.name: each.example for each in found.parameters if each.default is None}

    assert ask(empty, name, needed).rows == []


def test_most_starred_repositories(github):
    assert ask(github, "most_starred_repositories", DAY).rows == [
        ("bob/tide", 5, 1, 2),
        ("ann/sea", 3, 1, 4),
    ]


def test_repositories_with_most_people(github):
    answer = ask(github, "repositories_with_most_people", {**DAY, "top": "1"})

    assert answer.rows == [("ann/sea", 4, 40, 2, None, None)]


def test_most_active_pushers(github):
    assert ask(github, "most_active_pushers", DAY).rows == [
        ("ann", False, 2, 4, 2),
        ("travis-bot", True, 1, 1, 1),
    ]


def test_rising_repositories(github):
    assert ask(github, "rising_repositories", DAY).rows == [
        ("bob/tide", 1, 5, 4),
        ("ann/sea", 0, 3, 3),
    ]


def test_busiest_organisations(github):
    assert ask(github, "busiest_organisations", DAYS).rows == [
        ("tide", 3, 1, 1, 0, at(9), at(9)),
        ("sea", 1, 1, 1, 0, at(9), at(9)),
    ]


def test_busiest_hours(github):
    assert ask(github, "busiest_hours", DAYS).rows == [(9, 6, 2, 1), (10, 1, 1, 1)]


def test_pull_requests_merged_by_organisation(github):
    assert ask(github, "pull_requests_merged_by_organisation", DAYS).rows == [("tide", 3, 2, 66.7)]


def test_daily_activity_by_type(github):
    assert ask(github, "daily_activity_by_type", DAYS).rows == [
        (day("2015-01-01"), "PushEvent", 3, 1, None, 75.0),
        (day("2015-01-01"), "WatchEvent", 1, 1, None, 25.0),
    ]


def test_refused_and_why(github):
    assert ask(github, "refused_and_why", {}).rows == [
        ("not_json", 2, at(1), at(2), "github/shard-0/2"),
        ("id_present", 1, at(2), at(2), "github/shard-0/2"),
    ]


def test_still_held_records(github):
    assert ask(github, "still_held_records", {}).rows == [
        (at(1), "not_json", "github", "shard-0", "1")
    ]


def test_repository_by_day(github):
    [row] = ask(github, "repository_by_day", {"repository": "ann/sea"}).rows

    assert row[:3] == (day("2015-01-01"), 40, 4)
