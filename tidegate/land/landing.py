"""One landing: what each shard holds beyond what the lake has, read by one Spark task a shard."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tidegate.aws import AwsConfig
from tidegate.land.kinesis import Shard, Stream, open_shards, peek, read_shard

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Shards asked at once on the driver whether they hold anything new.
ASKED_AT_ONCE = 16


@dataclass(frozen=True)
class Landing:
    """What all tasks of one landing share.

    Attributes:
        config: how a task reaches Kinesis.
        stream: the stream, with its shards.
        number: the landing's number, which every row carries.
        limit: records a shard, at most.
        until: records that arrived later are left for the next landing.
    """

    config: AwsConfig
    stream: Stream
    number: int
    limit: int
    until: datetime
