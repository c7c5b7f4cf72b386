"""Newline-delimited files to a Kinesis stream, a line a record, in constant memory."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.errors import InputError, StreamError, counted
from tidegate.land.asking import asking, patiently
from tidegate.land.lines import Line, lines, readable

# PutRecords' limit in records. In bytes it is 10 MiB, but was 5 MiB and still is in some places;
# a single larger record goes alone.
RECORDS_AT_ONCE = 500
BYTES_AT_ONCE = 5 * 1024 * 1024
# A stream's largest record, partition key included, where it doesn't say (CreateStream's default).
LARGEST_KIB = 1_024
# Seconds to wait, one after another, as long as Kinesis takes not one record of those sent.
PATIENCE = (0.1, 0.2, 0.5, 1, 2, 4, 8, 15, 30)
# Seconds between two words to whoever watches.
BETWEEN_WORDS = 5
# Places of refused lines that the closing error names.
PLACES_NAMED = 10


@dataclass
class Sent:
    """What one sending did.

    Attributes:
        records: records that are on the stream now.
        bytes: the bytes of their payloads.
        blank: lines with nothing in them, which are no records.
        refused: lines the stream can't take, being too large.
        places: the first of them, as ``file:line``.
    """

    records: int = 0
    bytes: int = 0
    blank: int = 0
    refused: int = 0
    places: list[str] = field(default_factory=list)


def send(
    config: AwsConfig,
    files: Sequence[Path],
    stream: str,
    *,
    create: bool = False,
    shards: int = 1,
    rate: float | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Sent:
    """Put each line of some files on a stream, byte for byte and without its newline.

    A line's partition key is its hash, so the same line always goes to the same shard. Lines are
    not checked: that is the gate's business. What is too large for the stream is left out and
    told, and the rest is sent.

    Args:
        config: how Kinesis is reached.
        files: newline-delimited files, plain or gzip, whatever their names.
        stream: the stream's name.
        create: make the stream where it isn't there.
        shards: how many shards it then gets.
        rate: how many records a second, at most.
        say: called with a line now and then.

    Raises:
        InputError: a file isn't there or can't be read, or a line was too large.
        StreamError: the stream isn't there, or Kinesis can't be reached or takes nothing more.
    """
    for file in files:
        readable(file)
    with asking(config, stream):
        if create:
            _create(config, stream, shards)
        sending = _Sending(config, stream, rate, say)
    for file in files:
        with _counting(sending.sent):
            for line in lines(file, sending.largest):
                sending.add(line)
    sending.flush()
    if sending.sent.refused:
        raise InputError(_refusal(sending.sent, stream, sending.largest))
    return sending.sent


def _refusal(sent: Sent, stream: str, largest: int) -> str:
    more = ", …" if sent.refused > len(sent.places) else ""
    return (
        f'not sent, being larger than stream "{stream}" takes ({largest:,} bytes with the key):'
        f" {sent.refused:,} of {counted(sent.refused + sent.records, 'record')}"
        f" ({', '.join(sent.places)}{more})"
    )


def _create(config: AwsConfig, stream: str, shards: int) -> None:
    client = config.client("kinesis")
    # It may be there already, or someone else is just making it.
    with suppress(client.exceptions.ResourceInUseException):
        client.create_stream(StreamName=stream, ShardCount=shards)
    waiting = {"Delay": 1, "MaxAttempts": 120}
    client.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig=waiting)


@contextmanager
def _counting(sent: Sent) -> Iterator[None]:
    """Say how many records were sent before a file failed."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{error}; records sent before: {sent.records:,}") from None


class _Sending:
    """The records of one request, and what was sent so far."""

    def __init__(
        self, config: AwsConfig, stream: str, rate: float | None, say: Callable[[str], None]
    ) -> None:
        self.config, self.stream, self.say = config, stream, say
        self.rate, self.started = rate, time.monotonic()
        # Where there is a rate, a request has no more than a tenth of a second's records.
        self.most = min(RECORDS_AT_ONCE, max(1, int(rate / 10))) if rate else RECORDS_AT_ONCE
        self.client = config.client("kinesis")
        about = self.client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
        self.largest: int = about.get("MaxRecordSizeInKiB", LARGEST_KIB) * 1_024
        self.sent = Sent()
        self.waiting: list[dict[str, Any]] = []
        self.size = 0
        self.said = time.monotonic()

    def add(self, line: Line) -> None:
        """Take a line, and send what waits where the request is full."""
        if line.data is not None and not line.data.strip():
            self.sent.blank += 1
            return
        key = partition_key(line.data) if line.data is not None else ""
        size = len(line.data or b"") + len(key)
        if line.data is None or size > self.largest:
            self._refuse(line)
            return
        if self.size + size > BYTES_AT_ONCE or len(self.waiting) == self.most:
            self.flush()
        self.waiting.append({"Data": line.data, "PartitionKey": key})
        self.size += size

    def flush(self) -> None:
        """Send what waits; what Kinesis doesn't take at once is sent again, and only that."""
        waits = iter(PATIENCE)
        while self.waiting:
            with asking(self.config, self.stream):
                answer = patiently(
                    self.client.put_records, StreamName=self.stream, Records=self.waiting
                )
            told = list(zip(self.waiting, answer["Records"], strict=True))
            self.waiting = [record for record, result in told if "ErrorCode" in result]
            taken = [record for record, result in told if "ErrorCode" not in result]
            self.sent.records += len(taken)
            self.sent.bytes += sum(len(record["Data"]) for record in taken)
            if self.waiting:
                waits = iter(PATIENCE) if taken else waits
                self._wait(next(waits, None), answer)
        self.size = 0
        self._tell()
        if self.rate:
            due = self.started + self.sent.records / self.rate
            time.sleep(max(0, due - time.monotonic()))

    def _wait(self, seconds: float | None, answer: dict[str, Any]) -> None:
        if seconds is None:
            why = next(it["ErrorCode"] for it in answer["Records"] if "ErrorCode" in it)
            raise StreamError(
                f'stream "{self.stream}" at {self.config} takes nothing more ({why});'
                f" records sent before: {self.sent.records:,}"
            )
        time.sleep(seconds * random.uniform(0.5, 1))

    def _refuse(self, line: Line) -> None:
        self.sent.refused += 1
        if len(self.sent.places) < PLACES_NAMED:
            self.sent.places.append(line.place)
            self.say(f"{line.place}: larger than the stream takes; not sent")

    def _tell(self) -> None:
        if time.monotonic() - self.said > BETWEEN_WORDS:
            self.said = time.monotonic()
            self.say(f"sent {counted(self.sent.records, 'record')}")


def partition_key(payload: bytes) -> str:
    """The payload's hash: what is sent again goes to the shard that has it, and all are used."""
    return hashlib.blake2b(payload, digest_size=8).hexdigest()
