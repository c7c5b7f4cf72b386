"""Records to a stream that throttles, fails and hangs up: accepted is what the stream has."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.land.rude import Answer, RudeKinesis, refuse, take_only
from tests.land.test_send import on
from tidegate.aws import AwsConfig
from tidegate.collect.streams import CALLS_AT_ONCE, CALLS_OF_FEW, Stream
from tidegate.web.problems import Refused

GoOn = Callable[[dict[str, Any]], Answer]


@pytest.fixture
def stream(rude: RudeKinesis, make_stream: Callable[..., str]) -> Stream:
    """A stream of the test's own, reached through what misbehaves."""
    return Stream(rude.config, make_stream(shards=2), seconds=5)


def hang_up(asked: dict[str, Any], go_on: GoOn) -> Answer:
    """Take the records, and let nobody know."""
    go_on(asked)
    raise ConnectionAbortedError


def fail(asked: dict[str, Any], go_on: GoOn) -> Answer:
    return 500, {"__type": "InternalFailure", "message": "not today"}


def test_what_is_throttled_is_sent_again_and_only_that(
    stream: Stream, rude: RudeKinesis, aws: AwsConfig
) -> None:
    rude.instead["PutRecords"] = [take_only(1), take_only()]

    outcomes = stream.put([b"{}", b'{"a": 1}', b'{"a": 2}'])

    assert [one.reason for one in outcomes] == ["", "", ""]
    assert [len(one["Records"]) for one in rude.calls("PutRecords")] == [3, 2, 2]
    assert sorted(on(aws, stream.name)) == [b'{"a": 1}', b'{"a": 2}', b"{}"]


@pytest.mark.parametrize(
    "misbehaviour",
    [fail, refuse("ProvisionedThroughputExceededException"), refuse("KMSThrottlingException")],
)
def test_a_call_that_fails_is_made_again(
    misbehaviour: Any, stream: Stream, rude: RudeKinesis, aws: AwsConfig
) -> None:
    rude.instead["PutRecords"] = [misbehaviour] * 3

    (outcome,) = stream.put([b"{}"])

    assert outcome.reason == ""
    assert len(rude.calls("PutRecords")) == 4
    assert on(aws, stream.name) == [b"{}"]


def test_where_the_answer_is_lost_the_record_is_there_at_least_once(
    stream: Stream, rude: RudeKinesis, aws: AwsConfig, capfd
) -> None:
    rude.instead["PutRecords"] = [hang_up]

    (outcome,) = stream.put([b"{}"])

    assert outcome.reason == ""
    assert on(aws, stream.name) == [b"{}", b"{}"]
    capfd.readouterr()  # what hung up says so


def test_what_the_stream_never_takes_is_refused_in_time_and_the_others_accepted(
    rude: RudeKinesis, make_stream: Callable[..., str], aws: AwsConfig
) -> None:
    stream = Stream(rude.config, make_stream(), seconds=0.5)
    rude.instead["PutRecords"] = [take_only(1), *[take_only()] * 100]
    began = time.monotonic()

    outcomes = stream.put([b'{"a": 0}', b'{"a": 1}', b'{"a": 2}'])

    assert time.monotonic() - began < 4
    assert [one.reason for one in outcomes] == ["throttled", "", "throttled"]
    assert on(aws, stream.name) == [b'{"a": 1}']


def test_a_stream_that_is_taken_away_is_told_at_once(
    stream: Stream, rude: RudeKinesis, aws: AwsConfig
) -> None:
    assert stream.put([b"{}"])[0].reason == ""
    rude.instead["PutRecords"] = [refuse("ResourceNotFoundException")]

    assert [one.reason for one in stream.put([b"{}", b"{}"])] == ["no_stream", "no_stream"]
    assert len(rude.calls("PutRecords")) == 2


def test_a_stream_that_isnt_there_says_so_when_it_is_asked(rude: RudeKinesis) -> None:
    with pytest.raises(Refused) as told:
        _ = Stream(rude.config, "nowhere", seconds=1).largest

    assert told.value.reason == "no_stream"


def test_a_stream_that_may_not_be_written_to_is_told(stream: Stream, rude: RudeKinesis) -> None:
    rude.instead["PutRecords"] = [refuse("AccessDeniedException")]

    assert stream.put([b"{}"])[0].reason == "stream_failed"
    assert len(rude.calls("PutRecords")) == 1


def test_where_a_stream_cant_say_what_it_takes_it_is_asked_again_with_the_next_request(
    stream: Stream, rude: RudeKinesis
) -> None:
    rude.instead["DescribeStreamSummary"] = [refuse("LimitExceededException")]

    assert [stream.largest for _ in range(3)] == [1_048_576 - 16] * 3
    assert len(rude.calls("DescribeStreamSummary")) == 2


def test_the_records_of_requests_that_wait_go_in_one_call(
    stream: Stream, rude: RudeKinesis, aws: AwsConfig
) -> None:
    def wait(asked: dict[str, Any], go_on: GoOn) -> Answer:
        time.sleep(0.5)
        return go_on(asked)

    rude.instead["PutRecords"] = [wait] * 8
    payloads = [json.dumps({"a": number}).encode() for number in range(100)]
    with ThreadPoolExecutor(100) as senders:
        outcomes = list(senders.map(lambda one: stream.put([one])[0], payloads))

    assert {one.reason for one in outcomes} == {""}
    assert sorted(on(aws, stream.name)) == sorted(payloads)
    assert len(rude.calls("PutRecords")) < 30


def test_a_call_holds_no_more_than_kinesis_takes(
    stream: Stream, rude: RudeKinesis, aws: AwsConfig
) -> None:
    large = b'{"a": "' + b"x" * 1_000_000 + b'"}'

    outcomes = stream.put([b"{}"] * 1_201 + [large] * 7)

    assert {one.reason for one in outcomes} == {""}
    calls = [one["Records"] for one in rude.calls("PutRecords")]
    assert max(len(one) for one in calls) == 500
    assert max(sum(len(it["Data"]) * 3 // 4 for it in one) for one in calls) <= 5 * 1024 * 1024
    assert len(on(aws, stream.name)) == 1_208


def test_what_would_wait_too_long_is_refused_without_being_sent(
    stream: Stream, rude: RudeKinesis, aws: AwsConfig
) -> None:
    at_work = threading.Semaphore(0)

    def wait(asked: dict[str, Any], go_on: GoOn) -> Answer:
        at_work.release()
        time.sleep(1)
        return go_on(asked)

    rude.instead["PutRecords"] = [wait] * CALLS_AT_ONCE
    with ThreadPoolExecutor(2) as senders:
        first = senders.submit(stream.put, [b'{"a": 1}'] * 500 * CALLS_AT_ONCE)
        # A call more begins while more is left than calls are on their way.
        for _ in range((CALLS_AT_ONCE + CALLS_OF_FEW) // 2):
            assert at_work.acquire(timeout=30)
        stream.seconds, began = 0.2, time.monotonic()
        (outcome,) = stream.put([b'{"a": 2}'])
        took = time.monotonic() - began

    assert outcome.reason == "busy"
    assert took < 4
    assert {one.reason for one in first.result()} == {""}
    assert set(on(aws, stream.name)) == {b'{"a": 1}'}
