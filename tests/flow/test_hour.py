"""A real hour of GitHub, from a stream to the marts, held against what DuckDB computes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest
from tidegate.aws import aws_config
from tidegate.lake.ledger import Counts
from tidegate.land.send import send

if TYPE_CHECKING:
    from tidegate.aws import Endpoint
    from tidegate.flow.run_flow import FlowReport

HOUR = REPOSITORY / "examples" / "github" / "2015-01-01-0.json.gz"
STREAM = "hour"
TABLES = (
    "raw.github",
    "clean.github_events",
    "mart.repository_activity",
    "mart.daily_activity",
)


@pytest.fixture(scope="module")
def github(lake_of_module: LakeOfATest, endpoint: "Endpoint") -> Iterator[LakeOfATest]:
    """The hour, sent to two shards, landed, cleaned and derived."""
    streaming = {"endpoint": endpoint.address, "streams": {"github": STREAM}}
    lake = LakeOfATest(lake_of_module.spark, lake_of_module.settings.model_copy(update=streaming))
    lake.report = run_after_sending(lake)
    yield lake
    aws_config(lake.settings).client("kinesis").delete_stream(StreamName=STREAM)


def run_after_sending(lake: LakeOfATest) -> "FlowReport":
    """Send the hour, made into a stream where there is none, and run the flow."""
    sent = send(aws_config(lake.settings), [HOUR], STREAM, create=True, shards=2)
    assert sent.records == 7702
    return lake.flow()


def snapshots(lake: LakeOfATest) -> dict[str, int]:
    return {name: lake.run().table(name).history().main for name in TABLES}


def straight(query: str, file: Path = HOUR) -> list[tuple[Any, ...]]:
    """What DuckDB answers over the file's events."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW events AS SELECT json AS e FROM"
            f" read_ndjson_objects('{file}', maximum_object_size = 10000000)"
        )
        return sorted(connection.execute(query).fetchall())


def test_each_event_of_the_hour_is_landed_and_published_once(github: LakeOfATest) -> None:
    landed, cleaned, *marts = github.report.stages

    assert landed.rows == Counts(rows_in=7702, published=7702)
    assert cleaned.rows == Counts(rows_in=7702, published=7702)
    assert [mart.verdict for mart in marts] == ["pass", "pass"]
    assert github.table("raw.github").select("shard").distinct().count() == 2
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


def test_a_second_run_finds_nothing_new_and_commits_nothing(github: LakeOfATest) -> None:
    before = snapshots(github)

    report = github.flow()

    assert {stage.verdict for stage in report.stages} == {"nothing new"}
    assert snapshots(github) == before


@pytest.mark.parametrize("made_anew", [False, True], ids=["the same stream", "one made anew"])
def test_the_hour_sent_again_is_7702_duplicates_and_leaves_the_marts_as_they_are(
    github: LakeOfATest, made_anew: bool
) -> None:
    before = snapshots(github)
    if made_anew:
        aws_config(github.settings).client("kinesis").delete_stream(StreamName=STREAM)

    landed, cleaned, *marts = run_after_sending(github).stages

    assert landed.rows == Counts(rows_in=7702, published=7702)
    assert cleaned.rows == Counts(rows_in=7702, duplicates=7702)
    assert {mart.verdict for mart in marts} == {"nothing new"}
    assert {name: snapshots(github)[name] for name in TABLES[2:]} == {
        name: before[name] for name in TABLES[2:]
    }
