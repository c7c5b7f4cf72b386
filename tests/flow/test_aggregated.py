"""Records that KPL has aggregated, from the stream to the clean table."""

import json

import pytest

from tests.conftest import put
from tests.lake_of_a_test import LakeOfATest, payload
from tests.land.test_aggregated import aggregate
from tidegate.aws import AwsConfig
from tidegate.lake.ledger import Counts


def test_an_aggregates_records_are_events_and_a_broken_one_is_held_whole(
    streaming: LakeOfATest, aws: AwsConfig
) -> None:
    events = [("ann", payload(id=str(number))) for number in range(5)]
    whole, broken = aggregate(*events[:4]), aggregate(*events[4:])[:-1] + b"\x00"
    put(aws, streaming, [payload(id="alone"), whole, broken, whole])
    limited = streaming.settings.model_copy(update={"land_records": 2})
    streaming.settings = limited  # an aggregate on either side of where a landing ends

    landed = streaming.land_stream()
    cleaned = streaming.clean()

    assert landed.rows == Counts(10, 10)
    assert cleaned.rows == Counts(10, 5, quarantined=1, duplicates=4)
    assert [json.loads(one)["id"] for (one,) in streaming.rows("raw.github", "payload")[:1]]
    assert streaming.quarantined() == [(broken, ["payload_not_utf8"])]
    places = streaming.rows("raw.github", "partition_key", "sub_sequence_number")
    assert [sub for key, sub in places if key == "ann"] == [0, 0, 1, 1, 2, 2, 3, 3]


pytest.importorskip("aws_kinesis_agg")
