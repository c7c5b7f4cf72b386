"""Records to a Kinesis stream: those of many requests in one call, each answered by itself.

A record is accepted once the stream has said its shard and sequence number. What the stream takes
no more of is sent again after a while, for as long as the request may wait. A call that fails on
its way may have reached the stream: its records are sent again too, and may be there twice. Clean
counts such duplicates, by the id that the sender gave.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tidegate.aws import AwsConfig, code_of
from tidegate.land.asking import TOO_MUCH
from tidegate.land.send import BYTES_AT_ONCE, LARGEST_KIB, RECORDS_AT_ONCE, partition_key
from tidegate.logs import log
from tidegate.web.problems import Refused

CALLS_AT_ONCE, CALLS_OF_FEW = 8, 2
"""Calls to one stream that are on their way at once; and those while what waits fills none. So the
records of many small requests wait for one another, and one call carries them."""
CALL_SECONDS = 3
"""What one call may take; Kinesis answers in some hundredths of a second."""
KEY_BYTES = len(partition_key(b""))
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0  # seconds; a try's wait is up to twice the last one's
_GONE = "ResourceNotFoundException"


@dataclass(frozen=True)
class Outcome:
    """What became of a record.

    Attributes:
        reason: why it is refused; empty where the stream has it.
        shard, sequence_number: where it is on the stream.
    """

    reason: str = ""
    shard: str = ""
    sequence_number: str = ""


@dataclass
class _Lot:
    """The records of one request."""

    left: int
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Waiting:
    data: bytes
    key: str
    deadline: float
    lot: _Lot
    tries: int = 0
    outcome: Outcome | None = None

    @property
    def size(self) -> int:
        return len(self.data) + KEY_BYTES


class Stream:
    """One stream, as the requests of many threads write to it."""

    def __init__(self, config: AwsConfig, name: str, seconds: float) -> None:
        """Know a stream; it is asked for once something is put on it.

        Args:
            config: how Kinesis is reached.
            name: the stream's name.
            seconds: how long a record may wait to be taken.
        """
        self.config, self.name, self.seconds = config, name, seconds
        self._client = config.client("kinesis", CALL_SECONDS)
        self._largest: int | None = None
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0  # of what waits
        self._working = 0  # threads that call, or are about to
        self._lock = threading.Lock()
        self._calls = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix=name)

    @property
    def largest(self) -> int:
        """Bytes of a record, at most, as the stream says; its key isn't counted among them.

        Raises:
            Refused: the stream isn't there.
        """
        if self._largest is None:
            try:
                told = self._client.describe_stream_summary(StreamName=self.name)
            except (ClientError, BotoCoreError) as error:
                reason, _ = self._failed(error)
                if reason == "no_stream":
                    raise Refused(reason, f'there is no stream "{self.name}"') from None
                # As many copies start at once, some may ask too much; the next request asks again.
                return LARGEST_KIB * 1_024 - KEY_BYTES
            about = told["StreamDescriptionSummary"]
            self._largest = int(about.get("MaxRecordSizeInKiB", LARGEST_KIB)) * 1_024 - KEY_BYTES
        return self._largest

    def put(self, payloads: Sequence[bytes]) -> list[Outcome]:
        """Put records on the stream, and wait until it has said what became of each.

        What the stream hasn't taken in time is refused for the reason that it last had, or as
        ``busy`` where there was no call that it could have gone with.

        A record's partition key is its payload's hash, as ``tidegate send`` has it: the same record
        sent again goes to the shard that has it already, all shards are used alike whatever the
        events are about, and no contract need be read to find it.
        """
        if not payloads:
            return []
        lot, deadline = _Lot(len(payloads)), time.monotonic() + self.seconds
        mine = [_Waiting(one, partition_key(one), deadline, lot) for one in payloads]
        with self._lock:
            self._waiting.extend(mine)
            self._bytes += sum(one.size for one in mine)
            self._start()
        lot.done.wait()
        return [one.outcome or Outcome("defect") for one in mine]

    def _start(self) -> None:
        """Have one more thread call, where what waits is for more of them; under the lock."""
        full = max(len(self._waiting) // RECORDS_AT_ONCE, self._bytes // BYTES_AT_ONCE)
        if self._waiting and self._working < min(CALLS_AT_ONCE, CALLS_OF_FEW + full):
            self._working += 1
            self._calls.submit(self._work)

    def _work(self) -> None:
        """Send what waits, and again what the stream didn't take, until nothing is left."""
        held: list[_Waiting] = []
        while batch := self._take(held):
            try:
                held = self._send(batch)
            except Exception:
                log.exception("a defect while records were put on stream %s", self.name)
                self._settle((one, Outcome("defect")) for one in batch)
                held = []
            if held:
                self._pause(max(one.tries for one in held))

    def _pause(self, tries: int) -> None:
        """Let a while pass, in which others call."""
        with self._lock:
            self._working -= 1
            self._start()
        time.sleep(random.uniform(0, min(_FIRST_WAIT * 2**tries, _LONGEST_WAIT)))
        with self._lock:
            self._working += 1

    def _take(self, held: list[_Waiting]) -> list[_Waiting]:
        """What was held back, and as much of what waits as a call has room for."""
        batch, size = held, sum(one.size for one in held)
        self._drop_late()
        with self._lock:
            while self._waiting and len(batch) < RECORDS_AT_ONCE:
                size += self._waiting[0].size
                if batch and size > BYTES_AT_ONCE:
                    break
                self._bytes -= self._waiting[0].size
                batch.append(self._waiting.popleft())
            if batch:
                self._start()
            else:
                self._working -= 1
        return batch

    def _drop_late(self) -> None:
        """Refuse what has waited too long to be sent even once; the oldest waits in front."""
        now, late = time.monotonic(), []
        with self._lock:
            while self._waiting and self._waiting[0].deadline < now:
                self._bytes -= self._waiting[0].size
                late.append(self._waiting.popleft())
        self._settle((one, Outcome("busy")) for one in late)

    def _send(self, batch: list[_Waiting]) -> list[_Waiting]:
        """One call; back comes what is to be sent again."""
        try:
            answer = self._client.put_records(
                StreamName=self.name,
                Records=[{"Data": one.data, "PartitionKey": one.key} for one in batch],
            )
        except (ClientError, BotoCoreError) as error:
            reason, may_pass = self._failed(error)
            refused = [(one, reason) for one in batch]
        else:
            may_pass = True
            told = list(zip(batch, answer["Records"], strict=True))
            self._settle((one, _place(it)) for one, it in told if "ErrorCode" not in it)
            refused = [(one, _word(it["ErrorCode"])) for one, it in told if "ErrorCode" in it]
        now, again, ended = time.monotonic(), [], []
        for one, reason in refused:
            one.tries += 1
            if now >= one.deadline or not may_pass:
                ended.append((one, Outcome(reason)))
            else:
                again.append(one)
        self._settle(ended)
        return again

    def _settle(self, told: Iterable[tuple[_Waiting, Outcome]]) -> None:
        """Say what became of some records; who waits for the last of a lot goes on."""
        with self._lock:
            for one, outcome in told:
                if one.outcome is not None:
                    continue
                one.outcome = outcome
                one.lot.left -= 1
                if one.lot.left == 0:
                    one.lot.done.set()

    def _failed(self, error: ClientError | BotoCoreError) -> tuple[str, bool]:
        """Why a call failed, and whether the same call may do better in a moment."""
        code, status = code_of(error), 500
        if isinstance(error, ClientError):
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        log.warning("stream %s at %s: %s", self.name, self.config, code)
        reason = _word(code)
        return reason, reason == "throttled" or status >= 500


def _word(code: str) -> str:
    """The reason that stands for an error of Kinesis'."""
    if code == _GONE:
        return "no_stream"
    return "throttled" if code in TOO_MUCH else "stream_failed"


def _place(told: dict[str, Any]) -> Outcome:
    return Outcome("", told["ShardId"], told["SequenceNumber"])
