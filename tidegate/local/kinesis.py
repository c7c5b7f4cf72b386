"""Kinesis as moto makes it, mended where it differs from AWS in what a reader relies on.

AWS keeps a record in the shard that took it, under a number that grows; after a resharding only the
children take records, and a closed shard ends. moto 5.2 moves and renumbers the records of a shard
that is split, goes on sending to it, never ends it, and looks through all records at each call.
"""

import itertools
import threading
from bisect import bisect_right
from datetime import timedelta
from operator import attrgetter
from typing import Any, ClassVar

from moto.kinesis import models
from moto.kinesis.exceptions import InvalidArgumentError
from moto.kinesis.utils import decompose_shard_iterator
from moto.utilities.utils import md5_hash
from typing_extensions import override

# GetRecords' limits: records and bytes an answer.
RECORDS_AT_ONCE = 10_000
BYTES_AT_ONCE = 10 * 1024 * 1024

# One lock for all that changes a stream: the server answers each request in a thread of its own.
_changing = threading.RLock()
# As long as AWS' numbers (56 digits), so that nobody takes them for a machine's integer.
_sequence_numbers = itertools.count(49 * 10**54)


class LocalShard(models.Shard):
    """A shard that keeps what it took. moto's own ``records`` stays empty, so it moves nothing."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.taken: list[models.Record] = []

    @override
    def put_record(self, partition_key: str, data: str, explicit_hash_key: str) -> str:
        number = next(_sequence_numbers)
        self.taken.append(models.Record(partition_key, data, number, explicit_hash_key))
        return str(number)

    @override
    def get_records(
        self, last_sequence_id: str, limit: int | None
    ) -> tuple[list[models.Record], int, int]:
        last = int(last_sequence_id)
        first = bisect_right(self.taken, last, key=attrgetter("sequence_number"))
        asked = self.taken[first : first + min(limit or RECORDS_AT_ONCE, RECORDS_AT_ONCE)]
        sizes = itertools.accumulate(len(record.data) * 3 // 4 for record in asked)
        count = sum(size <= BYTES_AT_ONCE for size in sizes)
        records = asked[: max(count, 1)]
        if not records:
            return [], last, 0
        behind = int((self.taken[-1].created_at - records[-1].created_at) * 1_000)
        all_read = first + len(records) == len(self.taken)
        return records, records[-1].sequence_number, 0 if all_read else max(behind, 1)

    @override
    def get_min_sequence_number(self) -> int:
        return self.taken[0].sequence_number if self.taken else 0

    @override
    def get_max_sequence_number(self) -> int:
        return self.taken[-1].sequence_number if self.taken else 0

    @override
    def get_sequence_number_at(self, at_timestamp: float) -> int:
        before = [record for record in self.taken if record.created_at < at_timestamp]
        return before[-1].sequence_number if before else 0


class LocalStream(models.Stream):
    """A stream whose closed shards take nothing, and which no stream before it is mistaken for."""

    _latest: ClassVar[Any] = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        with _changing:
            latest = LocalStream._latest
            if latest and self.creation_datetime < latest + timedelta(milliseconds=1):
                self.creation_datetime = latest + timedelta(milliseconds=1)
            LocalStream._latest = self.creation_datetime

    @override
    def get_shard_for_key(self, partition_key: str, explicit_hash_key: str) -> models.Shard | None:
        super().get_shard_for_key(partition_key, explicit_hash_key)  # it refuses a wrong key
        hashed = int(md5_hash(partition_key.encode()).hexdigest(), 16)
        key = int(explicit_hash_key) if explicit_hash_key else hashed
        for shard in self.shards.values():
            if shard.is_open and shard.starting_hash <= key <= shard.ending_hash:
                return shard
        return None

    @override
    def put_record(self, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        with _changing:
            return super().put_record(partition_key, explicit_hash_key, data)

    @override
    def split_shard(self, shard_to_split: str, new_starting_hash_key: str) -> None:
        with _changing:
            super().split_shard(shard_to_split, new_starting_hash_key)

    @override
    def merge_shards(self, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        with _changing:
            super().merge_shards(shard_to_merge, adjacent_shard_to_merge)


class LocalKinesis(models.KinesisBackend):
    """The service: it ends closed shards and pages through shards as AWS does."""

    __module__ = models.__name__  # moto finds a service's addresses beside its class

    @override
    def get_records(
        self, stream_arn: str | None, shard_iterator: str, limit: int | None
    ) -> tuple[Any, list[models.Record], int]:
        name, shard_id, _ = decompose_shard_iterator(shard_iterator)
        shard = self.describe_stream(stream_arn, name).get_shard(shard_id)
        is_closed = not shard.is_open  # asked before reading: what came in between is not lost
        following, records, behind = super().get_records(stream_arn, shard_iterator, limit)
        reached = int(decompose_shard_iterator(following)[2])
        if is_closed and reached >= shard.get_max_sequence_number():
            return None, records, behind
        return following, records, behind

    @override
    def list_shards(  # type: ignore[override]
        self,
        stream_arn: str | None,
        stream_name: str | None,
        limit: int | None = None,
        next_token: str | None = None,
    ) -> tuple[list[models.Shard], str | None]:
        if next_token and (stream_name or stream_arn):
            raise InvalidArgumentError("NextToken and StreamName cannot be provided together.")
        name, _, last = (next_token or f"{stream_name or ''}/").partition("/")
        stream = self.describe_stream(stream_arn, name)
        beyond = sorted(shard for shard in stream.shards if shard > last)
        page = beyond[: limit or RECORDS_AT_ONCE]
        token = f"{stream.stream_name}/{page[-1]}" if len(page) < len(beyond) else None
        return [stream.shards[shard] for shard in page], token


def mend() -> None:
    """Put these classes in the place of moto's, before it has made its first stream."""
    models.Shard = LocalShard  # type: ignore[misc]
    models.Stream = LocalStream  # type: ignore[misc]
    models.kinesis_backends.backend = LocalKinesis
