"""One landing: what each shard holds beyond what the lake has, read by one Spark task a shard."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from tidegate.aws import AwsConfig
from tidegate.land.kinesis import SPARK_SCHEMA, Shard, Stream, peek, read_shard

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


def ahead(landing: Landing, positions: Mapping[str, str]) -> dict[str, str | None]:
    """The shards that hold records beyond what the lake has, each with the position it has reached.

    A child of a resharding is read when its parents are drained, so that a key's records land in
    the order they were sent in.

    Args:
        landing: the landing.
        positions: the greatest sequence number landed of each shard that has any.
    """
    told: dict[str, str] = {}

    def ask(shard: Shard) -> None:
        told[shard.id] = peek(
            landing.config, landing.stream, shard.id, positions.get(shard.id), landing.until
        )

    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        while ready := _readable(landing.stream, told):
            list(pool.map(ask, ready))
    return {shard: positions.get(shard) for shard, state in told.items() if state == "records"}


def _readable(stream: Stream, told: Mapping[str, str]) -> list[Shard]:
    """The shards not asked yet whose parents have ended, or are no longer part of the stream."""
    there = {shard.id for shard in stream.shards}
    return [
        shard
        for shard in stream.shards
        if shard.id not in told
        and all(told.get(parent) == "ended" for parent in shard.parents if parent in there)
    ]


def landing_rows(
    spark: "SparkSession", landing: Landing, shards: Mapping[str, str | None]
) -> "DataFrame":
    """The records of some shards beyond their positions, one Spark task a shard.

    Args:
        spark: the session.
        landing: the landing.
        shards: the shards to read, each with the sequence number to go on after.

    Returns:
        Rows with the columns of a raw table.
    """
    tasks = sorted(shards.items())

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for place in batch.column(0).to_pylist():
                shard, after = tasks[place]
                yield from read_shard(
                    landing.config,
                    landing.stream,
                    shard,
                    after,
                    landing.number,
                    landing.limit,
                    landing.until,
                )

    # A range of n rows in n slices has one row in each; repartitioning would let two rows meet.
    places = spark.range(0, len(tasks), 1, len(tasks))
    return places.mapInArrow(read, SPARK_SCHEMA)
