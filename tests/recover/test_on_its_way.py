"""What a copy may hold besides whole commits, and what may happen while it is brought back.

It may hold blocked runs and deletes by position; it may be killed, and find a stream that has
forgotten what the copy missed.
"""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import REPOSITORY, put
from tests.lake_of_a_test import LakeOfATest, payload
from tests.recover.replica import Replicated, commits, gone, recovered
from tidegate.aws import AwsConfig
from tidegate.flow.decide import accept
from tidegate.flow.history import record
from tidegate.lake.ledger import Counts
from tidegate.land.kinesis import describe_stream
from tidegate.recover.gaps import gaps

CLEAN, HELD = "clean.github_events", "quarantine.github_events"


def mixed_up(id_: str) -> bytes:
    """A push that says it brought more distinct commits than commits."""
    return payload(id=id_, payload={"size": 1, "distinct_size": 2})


class Blocked:
    """A lake that is gone, with a blocked run of its second landing."""

    def __init__(self, lake: LakeOfATest) -> None:
        lake.land([payload(id="1"), b"no JSON"])
        lake.clean()
        self.before = Replicated(lake)
        lake.land([mixed_up("2"), b"nor this"])
        self.run = lake.clean().run
        self.files = Replicated(lake)
        gone(lake)

    @property
    def new(self) -> set[tuple[str, str]]:
        """What the blocked run, and the landing before it, have added."""
        return set(self.files.files.keys() - self.before.files.keys())


@pytest.fixture(scope="module")
def blocked(lake_of_module: LakeOfATest) -> Blocked:
    return Blocked(lake_of_module)


def test_a_blocked_run_of_the_copy_can_still_be_accepted(blocked: Blocked) -> None:
    lake = blocked.files.copied()

    recovered(lake)

    assert lake.branches(CLEAN) == lake.branches(HELD) == [f"run-{blocked.run}"]
    assert lake.rows(CLEAN, "event_id") == [("1",)]
    accept(lake.run(), blocked.run, "ann", "the sender counts otherwise")
    assert lake.rows(CLEAN, "event_id") == [("1",), ("2",)]
    assert lake.held() == [
        (b"no JSON", ["payload_not_json"]),
        (b"nor this", ["payload_not_json"]),
    ]
    assert lake.unproven() == []


@pytest.mark.parametrize("table", [HELD, "raw.github"])
def test_a_blocked_run_that_has_not_arrived_whole_is_dropped_and_its_records_judged_again(
    blocked: Blocked, table: str
) -> None:
    lost = min(one for one in blocked.new if one[0] == table and one[1].endswith(".parquet"))
    lake = blocked.files.copied(lambda of, file: (of, file) != lost)

    found = recovered(lake)

    (told,) = [line for one in found.choices if one.found.name == CLEAN for line in one.dropped]
    assert told.startswith(f"blocked run {blocked.run} is dropped, and judged again: ")
    assert lake.branches(CLEAN) == []
    if table == HELD:
        again = lake.clean()
        assert (again.verdict, again.rows) == (
            "block",
            Counts(rows_in=2, published=1, quarantined=1),
        )


@pytest.fixture(scope="module")
def small(make_lake: Callable[[str], LakeOfATest], streams: Callable[..., str]) -> Replicated:
    """A lake of one landing, and of a mart from which a row was deleted by its position."""
    lake = make_lake(streams())
    lake.land([payload(id="1"), payload(id="2"), b"no JSON"])
    record(lake.run(), [lake.clean()])
    name = f"lake.{lake.settings.database_prefix}quality.verdicts"
    lake.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    (kept,), *_ = lake.rows("quality.verdicts", "rule")
    lake.spark.sql(f"DELETE FROM {name} WHERE rule <> '{kept}'")
    files = Replicated(lake)
    files.verdicts = lake.rows("quality.verdicts", "rule")  # type: ignore[attr-defined]
    gone(lake)
    return files


def test_rows_that_were_deleted_by_their_position_stay_deleted(small: Replicated) -> None:
    lake = small.copied()

    recovered(lake)

    files = lake.spark.table(f"lake.{lake.settings.database_prefix}quality.verdicts.delete_files")
    assert files.count() > 0
    assert lake.rows("quality.verdicts", "rule") == small.verdicts  # type: ignore[attr-defined]


@pytest.mark.parametrize("point", ["0", "5", "registered"])
def test_killed_on_its_way_it_does_it_again_and_ends_as_if_it_had_not_been(
    small: Replicated, point: str
) -> None:
    lake, calm = small.copied(), small.copied()
    found = recovered(calm)

    ended = subprocess.run(
        [sys.executable, "-m", "tests.recover.killed", point, "recover", "--yes"],
        cwd=REPOSITORY,
        env=lake.environment(),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -9, ended.stderr.decode()
    assert not lake.spark.catalog.tableExists(f"lake.{lake.settings.database_prefix}raw.github")

    assert commits(recovered(lake)) == commits(found)
    assert lake.rows(CLEAN, "*") == calm.rows(CLEAN, "*")
    assert lake.unproven() == []


DAYS = timedelta(days=1)
NOW = datetime.now(UTC)


def landed(lake: LakeOfATest, aws: AwsConfig, arrived: datetime, number: int) -> None:
    """Land a record of the lake's stream by hand, as one of some time ago."""
    stream = describe_stream(aws, lake.settings.streams["github"])
    shard = stream.shards[0].id
    lake.land([payload(id="1")], arrived, at=(stream.identity, shard, number), started=arrived)


@pytest.mark.parametrize(
    ("days", "number", "is_lost"),
    [
        pytest.param(3, 1, True, id="it landed three days ago, and the stream keeps one"),
        pytest.param(0, 1, False, id="it landed just now"),
        pytest.param(3, 10**60, False, id="what the stream has had landed"),
    ],
)
def test_what_the_stream_has_forgotten_since_the_copys_last_record_is_told(
    make_lake: Callable[[str], LakeOfATest],
    make_stream: Callable[..., str],
    aws: AwsConfig,
    days: int,
    number: int,
    is_lost: bool,
) -> None:
    lake = make_lake(make_stream())
    put(aws, lake, [payload(id="2")])
    landed(lake, aws, NOW - days * DAYS, number)

    found = list(gaps(lake.settings, lake.contracts))

    assert len(found) == is_lost
    for gap in found:
        assert gap.since == NOW - days * DAYS
        assert gap.until > NOW - timedelta(minutes=1)
        assert "the stream keeps 24 hours" in str(gap)


def test_a_stream_of_another_region_or_made_anew_is_told(
    make_lake: Callable[[str], LakeOfATest], make_stream: Callable[..., str], aws: AwsConfig
) -> None:
    lake = make_lake(make_stream())
    landed(lake, aws, NOW, 1)
    elsewhere = replace_stream(lake, make_stream())

    (gap,) = gaps(elsewhere.settings, elsewhere.contracts)

    assert (gap.since, gap.shard) == (NOW, "")
    assert "which is another stream" in str(gap)


def replace_stream(lake: LakeOfATest, stream: str) -> LakeOfATest:
    settings = lake.settings.model_copy(update={"streams": {"github": stream}})
    return LakeOfATest(lake.spark, settings)


def test_the_command_ends_with_4_where_records_are_lost(
    make_lake: Callable[[str], LakeOfATest], make_stream: Callable[..., str], aws: AwsConfig
) -> None:
    lake = make_lake(make_stream())
    put(aws, lake, [payload(id="2")])
    landed(lake, aws, NOW - 3 * DAYS, 1)
    files = Replicated(lake)
    gone(lake)
    copy = files.copied()

    ended = subprocess.run(
        [sys.executable, "-c", "from tidegate.cli import main; main()", "recover", "--yes"],
        cwd=REPOSITORY,
        env=copy.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 4, ended.stderr
    assert "and hadn't landed is lost: the stream keeps 24 hours" in ended.stderr
    assert copy.rows("raw.github", "payload") == [(bytearray(payload(id="1")),)]
