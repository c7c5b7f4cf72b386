"""Reading a shard: the same tests on the local endpoint and on an independent Kinesis."""

import pickle
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest

from tests.land.rude import RudeKinesis, gap, refuse
from tidegate.aws import AwsConfig
from tidegate.errors import StreamError
from tidegate.land import asking, kinesis
from tidegate.land.kinesis import SCHEMA, SPARK_SCHEMA, Stream, describe_stream, peek, read_shard

FIRST = "shardId-000000000000"
MIDDLE = str(2**127)
KINDS = [pytest.param("local", marks=pytest.mark.quick), pytest.param("independent")]

only_local = pytest.mark.parametrize("aws", KINDS[:1], indirect=True)


@pytest.fixture(params=KINDS)
def aws(request: pytest.FixtureRequest, endpoint: Any) -> Iterator[AwsConfig]:
    """How each kind is reached; the stream factory follows it."""
    if request.param == "independent":
        return request.getfixturevalue("independent")
    return AwsConfig(endpoint.address, "us-east-1", "local", "local")


def put(config: AwsConfig, stream: str, *payloads: str | bytes) -> None:
    """Put records with the payload as their key."""
    for start in range(0, len(payloads), 4):
        some = [it if isinstance(it, bytes) else it.encode() for it in payloads[start : start + 4]]
        config.client("kinesis").put_records(
            StreamName=stream,
            Records=[{"Data": it, "PartitionKey": str(it[:20])} for it in some],
        )


def now() -> datetime:
    """A moment later than anything sent so far."""
    return datetime.now(UTC) + timedelta(seconds=1)


def read(
    config: AwsConfig,
    stream: Stream,
    shard: str = FIRST,
    after: str | None = None,
    limit: int = 1_000_000,
    until: datetime | None = None,
) -> pa.Table:
    batches = read_shard(config, stream, shard, after, 7, limit, until or now())
    return pa.Table.from_batches(list(batches), SCHEMA)


def payloads(table: pa.Table) -> list[str]:
    return [bytes(it).decode() for it in table["payload"].to_pylist()]


def settled(config: AwsConfig, name: str) -> Stream:
    """The stream, once a resharding is over."""
    client = config.client("kinesis")
    time.sleep(0.02)
    client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 0.05})
    return describe_stream(config, name)


def test_a_record_comes_with_its_place_and_byte_for_byte(aws, make_stream):
    name = make_stream()
    before = datetime.now(UTC)
    put(aws, name, b"\xff\x00 not text", b'{"a": 1}')
    stream = describe_stream(aws, name)

    table = read(aws, stream)

    assert table.schema == SCHEMA
    assert table["payload"].to_pylist() == [b"\xff\x00 not text", b'{"a": 1}']
    assert table["partition_key"].to_pylist() == [str(b"\xff\x00 not text"), str(b'{"a": 1}')]
    assert set(table["stream"].to_pylist()) == {stream.identity}
    assert set(table["shard"].to_pylist()) == {FIRST}
    assert set(table["landing"].to_pylist()) == {7}
    assert set(table["sub_sequence_number"].to_pylist()) == {0}
    numbers = table["sequence_number"].to_pylist()
    assert [len(number) for number in numbers] == [129, 129]
    assert numbers[0] < numbers[1]
    for arrived in table["arrived_at"].to_pylist():
        assert abs(arrived - before) < timedelta(seconds=5)
        assert arrived.utcoffset() == timedelta(0)


def test_reading_goes_on_after_the_position_that_was_reached(aws, make_stream):
    name = make_stream()
    put(aws, name, "a", "b", "c")
    stream = describe_stream(aws, name)

    first = read(aws, stream, limit=2)
    rest = read(aws, stream, after=first["sequence_number"][-1].as_py())

    assert (payloads(first), payloads(rest)) == (["a", "b"], ["c"])


def test_more_records_than_an_answer_holds_are_all_read(aws, make_stream, monkeypatch):
    monkeypatch.setattr(kinesis, "RECORDS_AT_ONCE", 3)
    name = make_stream()
    sent = [f"{number}" for number in range(10)]
    put(aws, name, *sent)

    batches = list(read_shard(aws, describe_stream(aws, name), FIRST, None, 1, 100, now()))

    assert payloads(pa.Table.from_batches(batches)) == sent
    assert [batch.num_rows for batch in batches] == [3, 3, 3, 1]


@pytest.mark.parametrize("aws", ["local"], indirect=True)
def test_an_answer_holds_no_more_than_ten_mebibytes(aws, make_stream):
    name = make_stream()
    large = [bytes([65 + place]) * 1_000_000 for place in range(12)]
    put(aws, name, *large)

    batches = list(read_shard(aws, describe_stream(aws, name), FIRST, None, 1, 100, now()))

    assert [it for batch in batches for it in batch["payload"].to_pylist()] == large
    assert max(batch.nbytes for batch in batches) < 10.1 * 1024 * 1024


def test_a_record_that_came_later_is_left_for_the_next_landing(aws, make_stream):
    name = make_stream()
    put(aws, name, "in time")
    time.sleep(0.01)
    until = datetime.now(UTC)
    time.sleep(0.01)
    stream = describe_stream(aws, name)
    assert peek(aws, stream, FIRST, None, until) == "records"
    put(aws, name, "late")

    reached = read(aws, stream, until=until)

    assert payloads(reached) == ["in time"]
    position = reached["sequence_number"][-1].as_py()
    assert peek(aws, stream, FIRST, position, until) == "empty"
    assert peek(aws, stream, FIRST, position, now()) == "records"


def test_an_open_shard_without_records_is_empty(aws, make_stream):
    stream = describe_stream(aws, make_stream())

    assert peek(aws, stream, FIRST, None, now()) == "empty"
    assert read(aws, stream).num_rows == 0


def test_a_split_shard_keeps_its_records_and_ends(aws, make_stream):
    name = make_stream()
    put(aws, name, "a", "b")
    before = read(aws, describe_stream(aws, name))

    aws.client("kinesis").split_shard(
        StreamName=name, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE
    )
    stream = settled(aws, name)
    put(aws, name, *"cdefghij")

    assert read(aws, stream).equals(before)
    assert [(shard.parents, shard.closed) for shard in stream.shards] == [
        ((), True),
        ((FIRST,), False),
        ((FIRST,), False),
    ]
    position = before["sequence_number"][-1].as_py()
    assert peek(aws, stream, FIRST, None, now()) == "records"
    assert peek(aws, stream, FIRST, position, now()) == "ended"
    children = [read(aws, stream, shard.id) for shard in stream.shards[1:]]
    assert sorted(payloads(pa.concat_tables(children))) == list("cdefghij")
    assert all(child.num_rows for child in children)
    assert min(min(child["sequence_number"].to_pylist()) for child in children) > position


def test_reading_a_closed_shard_ends_by_itself(aws, make_stream):
    name = make_stream()
    put(aws, name, "a", "b")
    position = read(aws, describe_stream(aws, name), limit=1)["sequence_number"][0].as_py()
    aws.client("kinesis").split_shard(
        StreamName=name, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE
    )
    stream = settled(aws, name)

    answers = kinesis._answers(aws, stream, FIRST, position, 100)

    first_two = list(islice(answers, 2))
    assert [it["Data"] for answer in first_two for it in answer["Records"]] == [b"b"]
    assert next(answers, None) is None


def test_a_merged_shard_has_two_parents(aws, make_stream):
    name = make_stream(shards=2)
    put(aws, name, *"abcdefgh")
    parents = [shard.id for shard in describe_stream(aws, name).shards]

    aws.client("kinesis").merge_shards(
        StreamName=name, ShardToMerge=parents[0], AdjacentShardToMerge=parents[1]
    )
    stream = settled(aws, name)
    put(aws, name, "new")

    child = stream.shards[-1]
    assert (child.parents, child.closed) == (tuple(parents), False)
    assert payloads(read(aws, stream, child.id)) == ["new"]
    kept = pa.concat_tables([read(aws, stream, parent) for parent in parents])
    assert sorted(payloads(kept)) == list("abcdefgh")


def test_a_closed_shard_that_never_had_a_record_has_ended(aws, make_stream):
    name = make_stream()
    aws.client("kinesis").split_shard(
        StreamName=name, ShardToSplit=FIRST, NewStartingHashKey=MIDDLE
    )
    stream = settled(aws, name)

    assert [peek(aws, stream, shard.id, None, now()) for shard in stream.shards] == [
        "ended",
        "empty",
        "empty",
    ]


def test_shards_are_listed_to_the_last_page(aws, make_stream, monkeypatch):
    monkeypatch.setattr(kinesis, "SHARDS_AT_ONCE", 2)

    stream = describe_stream(aws, make_stream(shards=5))

    assert [shard.id[-1] for shard in stream.shards] == list("01234")


def test_a_stream_made_anew_is_another_stream(aws, make_stream):
    name = make_stream()
    first = describe_stream(aws, name)
    assert first.identity == describe_stream(aws, name).identity
    assert first.identity.startswith(f"{first.arn}@20")

    client = aws.client("kinesis")
    client.delete_stream(StreamName=name)
    client.get_waiter("stream_not_exists").wait(
        StreamName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100}
    )
    client.create_stream(StreamName=name, ShardCount=1)
    again = settled(aws, name)

    assert again.arn == first.arn
    assert again.identity != first.identity


def test_a_stream_that_is_not_there_is_named_with_the_nearest(aws, make_stream):
    name = make_stream(name="nearly-right")

    with pytest.raises(StreamError) as error:
        describe_stream(aws, "nearly-write")

    assert str(error.value) == (
        f'there is no stream "nearly-write" at {aws.endpoint_url};'
        ' "tidegate send FILE --stream nearly-write --create" makes it'
        f'\n  did you mean "{name}"?'
    )


def test_an_endpoint_that_does_not_answer_is_named():
    config = AwsConfig("http://127.0.0.1:9", "us-east-1", "local", "local")

    with pytest.raises(StreamError, match=r"^http://127.0.0.1:9 can't be reached .*endpoint$"):
        describe_stream(config, "any")


@pytest.fixture
def rude_stream(rude: RudeKinesis, make_stream: Callable[..., str], monkeypatch) -> Stream:
    """A stream of the misbehaving Kinesis with the records a to e, and no patience needed."""
    monkeypatch.setattr(asking, "PATIENCE", (0.01, 0.01))
    monkeypatch.setattr(kinesis, "BETWEEN_EMPTY_ANSWERS", 0.01)
    monkeypatch.setattr(kinesis, "RECORDS_AT_ONCE", 2)
    name = make_stream()
    put(rude.config, name, *"abcde")
    return describe_stream(rude.config, name)


@only_local
def test_gaps_without_records_are_crossed(rude, rude_stream):
    rude.instead["GetRecords"] = [gap(lag=5_000), gap(lag=1)]
    assert peek(rude.config, rude_stream, FIRST, None, now()) == "records"

    rude.instead["GetRecords"] = [gap(lag=5_000), gap(lag=1)]
    assert payloads(read(rude.config, rude_stream)) == list("abcde")


@only_local
def test_an_expired_iterator_is_taken_anew_after_the_last_record(rude, rude_stream):
    def as_it_is(asked, go_on):
        return go_on(asked)

    rude.instead["GetRecords"] = [as_it_is, refuse("ExpiredIteratorException")]

    assert payloads(read(rude.config, rude_stream)) == list("abcde")
    taken = [it["ShardIteratorType"] for it in rude.calls("GetShardIterator")]
    assert taken == ["TRIM_HORIZON", "AFTER_SEQUENCE_NUMBER"]


@pytest.mark.parametrize("aws", ["local"], indirect=True)
def test_being_throttled_is_waited_out(rude, rude_stream):
    often = [refuse("ProvisionedThroughputExceededException")] * 5
    rude.instead["GetRecords"] = often

    assert payloads(read(rude.config, rude_stream)) == list("abcde")


@pytest.mark.parametrize("aws", ["local"], indirect=True)
def test_being_throttled_for_good_is_told(rude, rude_stream, monkeypatch):
    monkeypatch.setattr(asking, "PATIENCE", ())
    rude.instead["GetRecords"] = [refuse("ProvisionedThroughputExceededException")] * 99

    with pytest.raises(StreamError, match=r"ProvisionedThroughputExceededException: not now$"):
        read(rude.config, rude_stream)


@only_local
def test_a_refusal_is_told_in_one_line(rude, rude_stream):
    rude.instead["GetRecords"] = [refuse("AccessDeniedException")]

    with pytest.raises(StreamError) as error:
        peek(rude.config, rude_stream, FIRST, None, now())

    assert str(error.value) == (
        f'stream "{rude_stream.name}" at {rude.config}: AccessDeniedException: not now'
    )


@pytest.mark.quick
def test_what_a_task_needs_can_be_pickled():
    config = AwsConfig("http://127.0.0.1:1", "us-east-1", "key", "hidden")
    config.client("kinesis")

    assert pickle.loads(pickle.dumps(config)) == config
    assert "hidden" not in repr(config)


@pytest.mark.quick
def test_spark_and_arrow_agree_on_the_columns():
    names = [column.split()[0] for column in SPARK_SCHEMA.split(",")]

    assert names == SCHEMA.names


@only_local
def test_who_may_not_list_streams_is_still_told_that_one_is_not_there(rude, rude_stream):
    rude.instead["ListStreams"] = [refuse("AccessDeniedException")]

    with pytest.raises(StreamError, match=r'^there is no stream "other" at .* makes it$'):
        describe_stream(rude.config, "other")
