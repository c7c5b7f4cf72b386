"""Files to a stream."""

import gzip
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.land.rude import take_only
from tests.land.test_kinesis import now
from tidegate.aws import AwsConfig
from tidegate.errors import InputError, StreamError
from tidegate.land import send as sending
from tidegate.land.kinesis import describe_stream, read_shard
from tidegate.land.lines import lines
from tidegate.land.send import Sent, send

pytestmark = pytest.mark.quick

LARGEST = 1_048_576 - 16  # the key takes 16 bytes


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes, name: str = "events.json") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def on(config: AwsConfig, name: str) -> list[bytes]:
    """What a stream holds, shard by shard."""
    stream = describe_stream(config, name)
    return [
        payload
        for shard in stream.shards
        for batch in read_shard(config, stream, shard.id, None, 1, 1_000_000, now())
        for payload in batch["payload"].to_pylist()
    ]


def test_each_line_becomes_a_record_byte_for_byte(aws, make_stream, file):
    name = make_stream()

    sent = send(aws, [file(b'{"a": 1}\r\n\n  \nnot json \xff\nno newline at the end')], name)

    assert on(aws, name) == [b'{"a": 1}\r', b"not json \xff", b"no newline at the end"]
    assert sent == Sent(records=3, bytes=40, blank=2)


def test_gzip_is_told_by_content_and_not_by_name(aws, make_stream, file):
    name = make_stream()
    packed = file(gzip.compress(b"a\nb\n") + gzip.compress(b"c\n"), "packed.json")
    plain = file(b"d\n", "plain.gz")

    send(aws, [packed, plain], name)

    assert on(aws, name) == [b"a", b"b", b"c", b"d"]


def test_an_empty_file_sends_nothing(aws, make_stream, file):
    assert send(aws, [file(b"")], make_stream()) == Sent()


def test_a_request_holds_500_records_at_most(rude, make_stream, file):
    name = make_stream()
    sent = send(rude.config, [file(b"x\n" * 1_203)], name)

    assert sent.records == 1_203
    assert [len(call["Records"]) for call in rude.calls("PutRecords")] == [500, 500, 203]


def test_a_request_holds_five_mebibytes_at_most(rude, make_stream, file):
    name = make_stream()
    sent = send(rude.config, [file((b"x" * 1_000_000 + b"\n") * 7)], name)

    assert sent == Sent(records=7, bytes=7_000_000)
    assert [len(call["Records"]) for call in rude.calls("PutRecords")] == [5, 2]


def test_a_rate_is_not_exceeded_and_the_records_come_evenly(rude, make_stream, file):
    name = make_stream()
    started = time.monotonic()
    sent = send(rude.config, [file(b"x\n" * 12)], name, rate=50)

    assert time.monotonic() - started >= 12 / 50
    assert sent == Sent(records=12, bytes=12)
    assert [len(call["Records"]) for call in rude.calls("PutRecords")] == [5, 5, 2]


def test_the_largest_record_is_sent_and_a_larger_one_is_told(aws, make_stream, file):
    name = make_stream()
    content = [b"a", b"x" * LARGEST, b"x" * (LARGEST + 1), b"b", b"x" * 3_000_000, b"c"]
    source = file(b"\n".join(content))
    told = []

    with pytest.raises(InputError) as error:
        send(aws, [source], name, say=told.append)

    assert on(aws, name) == [b"a", b"x" * LARGEST, b"b", b"c"]
    assert told == [f"{source}:{line}: larger than the stream takes; not sent" for line in (3, 5)]
    assert str(error.value) == (
        f'not sent, being larger than stream "{name}" takes (1,048,576 bytes with the key):'
        f" 2 of 6 records ({source}:3, {source}:5)"
    )


def test_the_same_line_goes_to_the_same_shard_and_others_elsewhere(aws, make_stream, file):
    name = make_stream(shards=2)
    source = file(b"".join(b"%d\n" % number for number in range(20)))

    send(aws, [source], name)
    send(aws, [source], name)

    stream = describe_stream(aws, name)
    shards = [
        [it for batch in read_shard(aws, stream, shard.id, None, 1, 99, now()) for it in batch[6]]
        for shard in stream.shards
    ]
    assert all(shards)
    assert not {*map(str, shards[0])} & {*map(str, shards[1])}
    assert len(shards[0]) + len(shards[1]) == 40


def test_only_what_was_not_taken_is_sent_again(rude, make_stream, file, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE", (0.001, 0.001))
    rude.instead["PutRecords"] = [take_only(0, 3), take_only(1), take_only()]
    name = make_stream()

    sent = send(rude.config, [file(b"a\nb\nc\nd\ne\n")], name)

    assert sorted(on(rude.config, name)) == [b"a", b"b", b"c", b"d", b"e"]
    assert sent == Sent(records=5, bytes=5)
    assert [len(call["Records"]) for call in rude.calls("PutRecords")] == [5, 3, 2, 2]


def test_a_stream_that_takes_nothing_more_is_told(rude, make_stream, file, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE", (0.001, 0.001))
    rude.instead["PutRecords"] = [take_only(0), take_only(), take_only()]
    name = make_stream()

    with pytest.raises(StreamError) as error:
        send(rude.config, [file(b"a\nb\n")], name)

    assert str(error.value) == (
        f'stream "{name}" at {rude.config} takes nothing more'
        " (ProvisionedThroughputExceededException); records sent before: 1"
    )


def test_a_file_that_is_not_there_is_told_before_anything_is_sent(aws, make_stream, file, tmp_path):
    name = make_stream()
    there = file(b"a\n")

    with pytest.raises(InputError) as error:
        send(aws, [there, tmp_path / "missing.json"], name)
    assert str(error.value) == f"{tmp_path}/missing.json: no such file; nothing was sent"
    with pytest.raises(InputError) as error:
        send(aws, [there, tmp_path], name)
    assert str(error.value) == f"{tmp_path}: is a folder; nothing was sent"
    assert on(aws, name) == []


def test_a_broken_gzip_says_how_much_was_sent_before(aws, make_stream, file):
    name = make_stream()
    whole = file(b"a\nb\n", "whole.json")
    content = b"".join(b"%d\n" % number for number in range(6_000))
    broken = file(gzip.compress(content)[:-3_000], "broken.json.gz")

    with pytest.raises(InputError) as error:
        send(aws, [whole, broken], name)

    held = len(on(aws, name))
    assert 500 < held < 6_002
    assert str(error.value).startswith(f"{broken}: broken gzip after line ")
    assert str(error.value).endswith(f"; records sent before: {held:,}")
    assert "\n" not in str(error.value)


def test_a_stream_is_made_only_when_asked_for(aws, file):
    source = file(b"a\n")
    with pytest.raises(StreamError, match=r'there is no stream "not-made" .* --create"'):
        send(aws, [source], "not-made")

    send(aws, [source], "not-made", create=True, shards=3)
    send(aws, [source], "not-made", create=True, shards=1)

    assert on(aws, "not-made") == [b"a", b"a"]
    assert len(describe_stream(aws, "not-made").shards) == 3


def test_a_number_of_shards_no_stream_can_have_is_told_in_one_line(aws, file):
    with pytest.raises(StreamError, match=r'^stream "new" at .* ShardCount, value: 0, [^\n]*$'):
        send(aws, [file(b"a\n")], "new", create=True, shards=0)


def test_a_line_without_end_takes_no_memory(file):
    source = file(gzip.compress(b"x" * 32_000_000 + b"\nend"))
    tracemalloc.start()
    try:
        found = [(line.place, line.data) for line in lines(source, 1_000_000)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == [(f"{source}:1", None), (f"{source}:2", b"end")]
    assert peak < 10_000_000
