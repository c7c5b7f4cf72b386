"""The marts of a real hour of GitHub, held against what DuckDB computes straight from the file."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jobs.daily_activity import daily_activity
from jobs.repository_activity import repository_activity
from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest
from tidegate.lake.ledger import Counts

HOUR = REPOSITORY / "examples" / "github" / "2015-01-01-0.json.gz"


@pytest.fixture(scope="module")
def github(lake_of_module: LakeOfATest) -> Iterator[LakeOfATest]:
    """The hour, landed, cleaned and derived."""
    lines = gzip.decompress(HOUR.read_bytes()).splitlines()
    lake_of_module.land(lines)
    lake_of_module.clean()
    for mart in (repository_activity, daily_activity):
        lake_of_module.derive(mart)
    yield lake_of_module


def straight(query: str, file: Path = HOUR) -> list[tuple[Any, ...]]:
    """What DuckDB answers over the file's events."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW events AS SELECT json AS e FROM"
            f" read_ndjson_objects('{file}', maximum_object_size = 10000000)"
        )
        return sorted(connection.execute(query).fetchall())


def test_each_event_of_the_hour_is_published_once(github: LakeOfATest) -> None:
    assert github.newest("clean.github_events").rows == Counts(rows_in=7702, published=7702)
    assert github.table("clean.github_events").select("event_id").distinct().count() == 7702


def test_every_column_of_the_clean_table_says_what_the_file_says(github: LakeOfATest) -> None:
    wanted = straight("""
        SELECT e->>'$.id', e->>'$.type', (e->>'$.created_at')::timestamp,
            (e->>'$.actor.id')::bigint, e->>'$.actor.login',
            (e->>'$.repo.id')::bigint, e->>'$.repo.name', e->>'$.org.login',
            (e->>'$.public')::boolean,
            (e->>'$.payload.size')::bigint, (e->>'$.payload.distinct_size')::bigint,
            e->>'$.payload.ref', e->>'$.payload.action',
            coalesce(e->>'$.payload.number', e->>'$.payload.issue.number',
                e->>'$.payload.pull_request.number')::bigint
        FROM events
    """)
    found = github.table("clean.github_events").select(
        "event_id",
        "event_type",
        "event_time",
        "actor_id",
        "actor",
        "repository_id",
        "repository",
        "organisation",
        "public",
        "push_size",
        "push_distinct_size",
        "ref",
        "action",
        "number",
    )

    assert sorted(tuple(row) for row in found.collect()) == wanted


def test_repository_activity_equals_what_duckdb_computes_from_the_file(github: LakeOfATest) -> None:
    wanted = straight("""
        WITH told AS (
            SELECT (e->>'$.repo.id')::bigint AS repository_id, e->>'$.repo.name' AS repository,
                e->>'$.id' AS id, (e->>'$.created_at')::timestamp AS happened,
                e->>'$.type' AS type, e->>'$.actor.id' AS actor,
                e->>'$.payload.action' AS action,
                (e->>'$.payload.size')::bigint AS size,
                coalesce((e->>'$.payload.pull_request.merged')::boolean, false) AS merged
            FROM events
        )
        SELECT happened::date, repository_id, max_by(repository, (happened, id)), count(*),
            count(DISTINCT actor),
            count(*) FILTER (type = 'PushEvent'),
            coalesce(sum(size) FILTER (type = 'PushEvent'), 0)::bigint,
            count(*) FILTER (type = 'WatchEvent'),
            count(*) FILTER (type = 'ForkEvent'),
            count(*) FILTER (type = 'IssuesEvent' AND action = 'opened'),
            count(*) FILTER (type = 'PullRequestEvent' AND action = 'opened'),
            count(*) FILTER (type = 'PullRequestEvent' AND action = 'closed' AND merged)
        FROM told GROUP BY happened::date, repository_id
    """)
    found = github.rows(
        "mart.repository_activity",
        "event_date",
        "repository_id",
        "repository",
        "events",
        "people",
        "pushes",
        "commits",
        "stars",
        "forks",
        "issues_opened",
        "pull_requests_opened",
        "pull_requests_merged",
    )

    assert found == wanted


def test_daily_activity_equals_what_duckdb_computes_from_the_file(github: LakeOfATest) -> None:
    wanted = straight("""
        SELECT (e->>'$.created_at')::timestamp::date, e->>'$.type', count(*),
            count(DISTINCT e->>'$.actor.id'), count(DISTINCT e->>'$.repo.id')
        FROM events GROUP BY ALL
    """)
    found = github.rows(
        "mart.daily_activity", "event_date", "event_type", "events", "people", "repositories"
    )

    assert found == wanted
