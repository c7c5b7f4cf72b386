"""Two runs at once, in a process each: every record counts once, and the loser goes on."""

from pathlib import Path

import pytest

from tests.conftest import put
from tests.lake_of_a_test import LakeOfATest, payload
from tests.processes import two_at_once
from tidegate.aws import AwsConfig
from tidegate.lake.ledger import Counts

PAYLOADS = [payload(id=str(number)) for number in range(200)]


@pytest.mark.slow
def test_of_two_landings_one_starts_again_and_each_record_lands_once(
    streaming: LakeOfATest, aws: AwsConfig, tmp_path: Path
) -> None:
    put(aws, streaming, PAYLOADS)

    said = two_at_once(streaming, "raw.github", tmp_path, ["land", "github"], streaming.land_stream)

    assert sum("another run published first; starting again" in one for one in said) == 1
    assert sum("nothing new" in one for one in said) == 1
    assert streaming.rows("raw.github", "payload") == sorted((one,) for one in PAYLOADS)
    assert streaming.newest("raw.github").totals == Counts(rows_in=200, published=200)
    assert streaming.branches("raw.github") == []


@pytest.mark.slow
def test_of_two_runs_one_starts_its_stage_again_and_each_event_counts_once(
    streaming: LakeOfATest, aws: AwsConfig, tmp_path: Path
) -> None:
    put(aws, streaming, [*PAYLOADS, b"no JSON"])

    said = two_at_once(
        streaming, "clean.github_events", tmp_path, ["run", "github"], streaming.flow
    )

    assert sum("clean.github_events: another run published first" in one for one in said) == 1
    assert streaming.newest("clean.github_events").totals == Counts(
        rows_in=201, published=200, quarantined=1
    )
    assert streaming.quarantined() == [(b"no JSON", ["payload_not_json"])]
    assert streaming.rows("mart.daily_activity", "events") == [(200,)]
    assert streaming.branches("clean.github_events") == []
    assert streaming.branches("quarantine.github_events") == []
