"""A run that is killed, with Java and its workers: the next one ends as if it had never been."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY, put
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.aws import AwsConfig
from tidegate.lake.ledger import Counts

# Two days, a duplicate, an id that says two things, a row for quarantine.
PAYLOADS = [
    *(payload(id=str(number), actor={"id": number % 7, "login": "ann"}) for number in range(300)),
    payload(id="late", created_at="2014-12-31T10:00:00Z"),
    payload(id="7", actor={"id": 0, "login": "ann"}),
    payload(id="8", type="WatchEvent"),
    b"no JSON",
]
BOOKS = Counts(rows_in=304, published=301, quarantined=2, duplicates=1)


def killed_at(lake: LakeOfATest, point: str) -> None:
    """Run the flow in a process of its own until it dies there."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.killed", point, "run", "github"],
        cwd=REPOSITORY,
        env=lake.environment(),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == -9, ended.stderr.decode()


@pytest.fixture(scope="module")
def never_killed(lake_of_module: LakeOfATest) -> LakeOfATest:
    """What a run that nobody disturbs makes of the same payloads."""
    from jobs.daily_activity import daily_activity
    from jobs.repository_activity import repository_activity

    lake_of_module.land(PAYLOADS)
    lake_of_module.clean()
    lake_of_module.derive(repository_activity)
    lake_of_module.derive(daily_activity)
    return lake_of_module


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("raw.|write", id="while landing writes"),
        pytest.param("raw.|ledger", id="between landing's write and its ledger commit"),
        pytest.param("raw.|publish", id="before landing publishes"),
        pytest.param("clean.|write", id="while clean writes"),
        pytest.param("clean.|ledger", id="between clean's writes and its ledger commit"),
        pytest.param("quarantine.|publish", id="between clean's two publishes"),
        pytest.param("mart.|write", id="while a mart is written"),
        pytest.param("mart.|ledger", id="between a mart's write and its ledger commit"),
    ],
)
def test_after_a_kill_the_next_run_ends_with_the_same_tables(
    streaming: LakeOfATest, never_killed: LakeOfATest, aws: AwsConfig, point: str
) -> None:
    put(aws, streaming, PAYLOADS)

    killed_at(streaming, point)
    streaming.flow()

    assert streaming.contents() == never_killed.contents()
    assert streaming.pages()["clean.github_events"] == BOOKS
    assert streaming.flow().stages[0].verdict == "nothing new"


def test_killed_between_two_publishes_quarantine_is_published_by_whoever_comes_next(
    streaming: LakeOfATest, aws: AwsConfig
) -> None:
    put(aws, streaming, PAYLOADS[-3:])
    killed_at(streaming, "quarantine.|publish")
    assert streaming.quarantined() == []
    published = streaming.newest("clean.github_events")

    streaming.flow()

    assert streaming.quarantined() == [(b"no JSON", ["payload_not_json"])]
    assert streaming.newest("clean.github_events") == published
