"""Kinesis as a source: a stream and its shards, and the records of one shard beyond a position."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Literal

import pyarrow as pa

from tidegate.aws import AwsConfig
from tidegate.land.aggregated import user_records
from tidegate.land.asking import asking, patiently

# A sequence number has at most 128 digits; padded, its order as text is its order as a number.
SEQUENCE_DIGITS = 129
# Records asked for at once; an answer also ends at 10 MiB (GetRecords' limit).
RECORDS_AT_ONCE = 5_000
# Shards listed at once (ListShards' own default).
SHARDS_AT_ONCE = 1_000
# GetRecords may be called five times a second and shard.
BETWEEN_EMPTY_ANSWERS = 0.2

SCHEMA = pa.schema(
    [
        ("stream", pa.string()),
        ("shard", pa.string()),
        ("sequence_number", pa.string()),
        ("sub_sequence_number", pa.int32()),
        ("partition_key", pa.string()),
        ("arrived_at", pa.timestamp("us", "UTC")),
        ("payload", pa.binary()),
        ("landing", pa.int64()),
    ]
)
SPARK_SCHEMA = (
    "stream string, shard string, sequence_number string, sub_sequence_number int,"
    " partition_key string, arrived_at timestamp, payload binary, landing bigint"
)

# Sequence number, place in an aggregated record, partition key, arrival, payload.
_Row = tuple[str, int, str, datetime, bytes]


@dataclass(frozen=True)
class Shard:
    """One shard.

    Attributes:
        id: e.g. ``shardId-000000000000``.
        parents: the shards it was split or merged from; an expired one is no longer listed.
        closed: no record can be added to it any more.
    """

    id: str
    parents: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class Stream:
    """One stream. Made anew under the same name it is another one, and says so by its identity."""

    name: str
    arn: str
    created: datetime
    shards: tuple[Shard, ...]

    @property
    def identity(self) -> str:
        """The ARN and the time of creation, in UTC and milliseconds."""
        created = self.created.astimezone(UTC).replace(tzinfo=None)
        return f"{self.arn}@{created.isoformat(timespec='milliseconds')}Z"


def describe_stream(config: AwsConfig, name: str) -> Stream:
    """A stream and all its shards, those that are closed but not expired too.

    Raises:
        StreamError: the stream isn't there, or Kinesis can't be reached or asked.
    """
    client = config.client("kinesis")
    with asking(config, name):
        summary = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        shards = tuple(_shards(client, name))
    return Stream(name, summary["StreamARN"], summary["StreamCreationTimestamp"], shards)


def _shards(client: Any, name: str) -> Iterator[Shard]:
    """Every shard, page by page. A page's token stands for the stream: both at once are refused."""
    page: dict[str, str] = {"StreamName": name}
    while page:
        answer = client.list_shards(MaxResults=SHARDS_AT_ONCE, **page)
        for shard in answer["Shards"]:
            parents = (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
            closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
            yield Shard(shard["ShardId"], tuple(filter(None, parents)), closed)
        page = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}


def peek(
    config: AwsConfig, stream: Stream, shard: str, after: str | None, until: datetime
) -> Literal["records", "empty", "ended"]:
    """Whether a shard holds a record beyond a position that arrived not later than a time.

    Args:
        config: how Kinesis is reached.
        stream: the stream.
        shard: the shard's id.
        after: a sequence number, padded or not; None for the shard's oldest record.
        until: records that arrived later don't count.

    Returns:
        ``records``; ``empty`` where there is none yet; ``ended`` where there never will be one.

    Raises:
        StreamError: the stream isn't there, or Kinesis can't be reached or asked.
    """
    for answer in _answers(config, stream, shard, after, at_once=1):
        if answer["Records"]:
            arrived = answer["Records"][0]["ApproximateArrivalTimestamp"]
            return "records" if arrived <= until else "empty"
        if _caught_up(answer):
            is_closed = any(each.id == shard and each.closed for each in stream.shards)
            return "ended" if is_closed or not answer.get("NextShardIterator") else "empty"
    return "ended"


def oldest(config: AwsConfig, stream: Stream, shard: str) -> tuple[str, datetime] | None:
    """The oldest record that a shard still has: its sequence number, padded, and its arrival.

    Returns:
        None where it has none.

    Raises:
        StreamError: the stream isn't there, or Kinesis can't be reached or asked.
    """
    for answer in _answers(config, stream, shard, None, at_once=1):
        if answer["Records"]:
            first = answer["Records"][0]
            arrived = first["ApproximateArrivalTimestamp"].astimezone(UTC)
            return first["SequenceNumber"].zfill(SEQUENCE_DIGITS), arrived
        if _caught_up(answer):
            return None
    return None


def retention(config: AwsConfig, name: str) -> timedelta:
    """How long a stream keeps a record.

    Raises:
        StreamError: the stream isn't there, or Kinesis can't be reached or asked.
    """
    with asking(config, name):
        told = config.client("kinesis").describe_stream_summary(StreamName=name)
    return timedelta(hours=told["StreamDescriptionSummary"]["RetentionPeriodHours"])


def read_shard(
    config: AwsConfig,
    stream: Stream,
    shard: str,
    after: str | None,
    number: int,
    limit: int,
    until: datetime,
) -> Iterator[pa.RecordBatch]:
    """The records of one shard beyond a position, an answer of Kinesis at a time.

    It stops when it has caught up, at the shard's end, at the limit, or before the first record
    that arrived later than ``until``. A record that KPL has aggregated is taken apart, whole: the
    limit counts it as one, so that none of its records is left behind its sequence number.

    Args:
        config: how Kinesis is reached.
        stream: the stream.
        shard: the shard's id.
        after: a sequence number, padded or not; None for the shard's oldest record.
        number: the landing's number.
        limit: records of the stream, at most.
        until: the latest arrival.

    Yields:
        Batches of ``SCHEMA``, in the shard's order: at most 5,000 rows and 10 MiB.

    Raises:
        StreamError: the stream isn't there, or Kinesis can't be reached or asked.
    """
    left = limit
    for answer in _answers(config, stream, shard, after, RECORDS_AT_ONCE):
        found = answer["Records"]
        in_time = takewhile(lambda it: it["ApproximateArrivalTimestamp"] <= until, found[:left])
        records = list(in_time)
        rows = _rows(records)
        while some := list(islice(rows, RECORDS_AT_ONCE)):
            yield _batch(some, stream.identity, shard, number)
        left -= len(records)
        if left == 0 or len(records) < len(found) or _caught_up(answer):
            return


def _rows(records: list[dict[str, Any]]) -> Iterator[_Row]:
    """A row for each record that a sender has sent, with its place in what KPL aggregated."""
    for it in records:
        number = it["SequenceNumber"].zfill(SEQUENCE_DIGITS)
        for place, (key, data) in enumerate(user_records(it["PartitionKey"], it["Data"])):
            yield number, place, key, it["ApproximateArrivalTimestamp"], data


def _batch(rows: list[_Row], stream: str, shard: str, landing: int) -> pa.RecordBatch:
    count = len(rows)
    numbers, places, keys, arrivals, payloads = zip(*rows, strict=True)
    return pa.RecordBatch.from_pydict(
        {
            "stream": [stream] * count,
            "shard": [shard] * count,
            "sequence_number": numbers,
            "sub_sequence_number": places,
            "partition_key": keys,
            "arrived_at": arrivals,
            "payload": payloads,
            "landing": [landing] * count,
        },
        schema=SCHEMA,
    )


def _caught_up(answer: dict[str, Any]) -> bool:
    """Nothing is left. An empty answer alone may be a gap, and no lag alone is said too early."""
    return not answer["Records"] and not answer.get("MillisBehindLatest")


def _answers(
    config: AwsConfig, stream: Stream, shard: str, after: str | None, at_once: int
) -> Iterator[dict[str, Any]]:
    """Kinesis' answers beyond a position, to the shard's end; without end where it is open."""
    client = config.client("kinesis")
    iterator = None
    while True:
        with asking(config, stream.name):
            iterator = iterator or _iterator(client, stream.name, shard, after)
            try:
                answer = patiently(client.get_records, ShardIterator=iterator, Limit=at_once)
            except client.exceptions.ExpiredIteratorException:
                iterator = None
                continue
        yield answer
        iterator = answer.get("NextShardIterator")
        if not iterator:
            return
        if answer["Records"]:
            after = answer["Records"][-1]["SequenceNumber"]
        else:
            time.sleep(BETWEEN_EMPTY_ANSWERS)


def _iterator(client: Any, stream: str, shard: str, after: str | None) -> str:
    start: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
    if after is not None:
        start = {
            "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
            "StartingSequenceNumber": after.lstrip("0") or "0",
        }
    answer = patiently(client.get_shard_iterator, StreamName=stream, ShardId=shard, **start)
    iterator: str = answer["ShardIterator"]
    return iterator
