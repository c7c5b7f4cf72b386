"""Records that KPL has aggregated: taken apart by the shard's reader, or landed as they are."""

import hashlib

import pytest

from tests.land.test_kinesis import FIRST, now, payloads, read
from tidegate.land import kinesis
from tidegate.land.aggregated import MAGIC, user_records
from tidegate.land.kinesis import describe_stream, peek, read_shard

pytestmark = pytest.mark.quick
pytest.importorskip("aws_kinesis_agg")


def aggregate(*records, hash_key=None) -> bytes:
    """What a producer with AWS' own aggregator puts on a stream, of (key, payload) pairs."""
    from aws_kinesis_agg.aggregator import RecordAggregator

    aggregator = RecordAggregator()
    for key, payload in records:
        aggregator.add_user_record(key, payload, hash_key)
    return aggregator.clear_and_get().get_contents()[2]


def message(text: bytes) -> bytes:
    """Any bytes in the frame of an aggregated record, with the right checksum."""
    return MAGIC + text + hashlib.md5(text).digest()


def put(aws, stream, *data):
    records = [{"Data": one, "PartitionKey": "of the aggregate"} for one in data]
    aws.client("kinesis").put_records(StreamName=stream, Records=records)


def test_each_of_an_aggregates_records_is_a_row_with_its_own_key_and_place(aws, make_stream):
    name = make_stream()
    put(aws, name, b"alone", aggregate(("ann", b"1"), ("bob", b"2"), ("ann", b"3")), b"after")

    table = read(aws, describe_stream(aws, name))

    assert payloads(table) == ["alone", "1", "2", "3", "after"]
    assert table["partition_key"].to_pylist() == [
        "of the aggregate", "ann", "bob", "ann", "of the aggregate",
    ]  # fmt: skip
    assert table["sub_sequence_number"].to_pylist() == [0, 0, 1, 2, 0]
    numbers = table["sequence_number"].to_pylist()
    assert numbers[1] == numbers[2] == numbers[3]
    assert sorted(set(numbers)) == [numbers[0], numbers[1], numbers[4]]


def test_an_explicit_hash_key_leaves_key_and_payload_as_they_are(aws, make_stream):
    name = make_stream()
    put(aws, name, aggregate(("ann", b"1"), ("bob", b"2"), hash_key=str(2**127)))

    table = read(aws, describe_stream(aws, name))

    assert payloads(table) == ["1", "2"]
    assert table["partition_key"].to_pylist() == ["ann", "bob"]


def test_a_limit_takes_an_aggregate_whole_and_goes_on_after_it(aws, make_stream):
    name = make_stream()
    put(aws, name, *(aggregate(*(("k", f"{n}{m}".encode()) for m in "abc")) for n in range(3)))
    stream = describe_stream(aws, name)

    first = read(aws, stream, limit=2)
    position = first["sequence_number"][-1].as_py()
    rest = read(aws, stream, after=position, limit=2)

    assert payloads(first) == ["0a", "0b", "0c", "1a", "1b", "1c"]
    assert payloads(rest) == ["2a", "2b", "2c"]
    assert peek(aws, stream, FIRST, rest["sequence_number"][-1].as_py(), now()) == "empty"


def test_an_aggregate_of_many_small_records_comes_in_batches(aws, make_stream, monkeypatch):
    monkeypatch.setattr(kinesis, "RECORDS_AT_ONCE", 4)
    name = make_stream()
    put(aws, name, aggregate(*(("k", b"%d" % number) for number in range(10))))

    batches = list(read_shard(aws, describe_stream(aws, name), FIRST, None, 1, 100, now()))

    assert [batch.num_rows for batch in batches] == [4, 4, 2]
    places = [place for batch in batches for place in batch["sub_sequence_number"].to_pylist()]
    assert places == list(range(10))


WHOLE = aggregate(("ann", b"1"), ("bob", b"2"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(WHOLE[:-1] + b"\x00", id="a wrong checksum"),
        pytest.param(WHOLE[:-20], id="cut"),
        pytest.param(MAGIC, id="nothing but the magic number"),
        pytest.param(MAGIC + b"short", id="shorter than a checksum"),
        pytest.param(message(b"\xff\xff not protobuf"), id="another message"),
        pytest.param(message(b""), id="no record in it"),
        pytest.param(message(b"\n\x01k\x1a\x05\x08\x07\x1a\x01x"), id="a key its table hasn't"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"a": 1}', id="not aggregated"),
    ],
)
def test_what_is_no_whole_aggregate_is_one_record_as_it_is(data):
    assert user_records("key", data) == [("key", data)]
