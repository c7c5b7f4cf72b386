"""Records that the Kinesis Producer Library has put together, taken apart.

The form is KPL's aggregation format: a magic number, a protobuf message, the MD5 of the message.
AWS' own library for it, ``aws-kinesis-agg``, brings the messages. Its loop isn't used: it prints a
message that it can't take apart, and drops it.
"""

import hashlib
import sys
from functools import cache
from typing import Any

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16  # bytes of an MD5


def user_records(key: str, data: bytes) -> list[tuple[str, bytes]]:
    """What a Kinesis record holds: its sender's records, in order.

    Explicit hash keys only chose the shard, and say nothing more. Whatever isn't an aggregated
    record in full (a wrong checksum, a key that its table hasn't, no record in it) is one record as
    it is, so that nothing is lost; the gate refuses it, as it is no JSON.

    Args:
        key: the Kinesis record's partition key.
        data: its data.

    Returns:
        Partition key and payload of each record; just the record itself where it isn't aggregated.
    """
    as_it_is = [(key, data)]
    if not data.startswith(MAGIC):
        return as_it_is
    message, digest = data[len(MAGIC) : -_DIGEST], data[-_DIGEST:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return as_it_is
    kind, wrong = _message()
    aggregated = kind()
    try:
        aggregated.ParseFromString(message)
        keys = aggregated.partition_key_table
        found = [(keys[one.partition_key_index], one.data) for one in aggregated.records]
    except (wrong, IndexError):
        return as_it_is
    return found or as_it_is


@cache
def _message() -> tuple[Any, type[Exception]]:
    """The message's class, and what it raises where bytes are none."""
    path = list(sys.path)
    try:
        # It puts its own folder before all others on the path, to find its modules there.
        from aws_kinesis_agg.deaggregator import messages_pb2
        from google.protobuf.message import DecodeError
    finally:
        sys.path[:] = path
    return messages_pb2.AggregatedRecord, DecodeError
