"""What the local Kinesis does as AWS does; what a reader sees of it is in tests/land."""

import pytest

from tidegate.local.kinesis import LocalStream

pytestmark = pytest.mark.quick


def test_streams_made_at_once_differ_in_the_millisecond_of_their_creation():
    made = [LocalStream("same", 1, None, None, "123456789012", "us-east-1") for _ in range(5)]

    created = [it.creation_datetime.isoformat(timespec="milliseconds") for it in made]

    assert len(set(created)) == 5


def test_the_greatest_hash_has_a_shard():
    stream = LocalStream("any", 3, None, None, "123456789012", "us-east-1")

    shards = [stream.get_shard_for_key("key", str(place)) for place in (1, 2**127, 2**128 - 1)]

    assert shards == list(stream.shards.values())
