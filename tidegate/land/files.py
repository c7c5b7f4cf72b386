"""Dropped files read by Spark: each is checked whole first, then its records are rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa

from tidegate.aws import AwsConfig
from tidegate.contract import Dropped
from tidegate.land.containers import BadFile, records
from tidegate.land.kinesis import SCHEMA, SEQUENCE_DIGITS, SPARK_SCHEMA
from tidegate.land.objects import Bytes, File

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SHARD = "objects"
"""The one shard that all files of a bucket are records of."""
# Rows of a batch, and the bytes after which it has no more.
ROWS_AT_ONCE = 5_000
BYTES_AT_ONCE = 8 * 1024 * 1024
# What one task reads, unless a file alone is larger: a file in the table then has some of a day.
TASK_BYTES = 128 * 1024 * 1024
TASK_FILES = 100
_CHECKED = pa.schema([("place", pa.int64()), ("records", pa.int64()), ("reason", pa.string())])


@dataclass(frozen=True)
class Reading:
    """What all tasks of one landing of files share.

    Attributes:
        config: how a task reaches S3.
        dropped: what the contract says of the files.
        number: the landing's number, which every row carries.
        largest: bytes of an unpacked file, at most.
    """

    config: AwsConfig
    dropped: Dropped
    number: int
    largest: int

    @property
    def stream(self) -> str:
        """What the rows have for a stream: the bucket."""
        return f"s3://{self.dropped.bucket}"

    def records(self, file: File) -> Iterator[bytes]:
        """A file's payloads.

        Raises:
            BadFile: it can't be taken as what the contract says.
        """
        with Bytes(self.config, file) as source:
            yield from records(source, self.dropped, self.largest)


def check(
    spark: "SparkSession", reading: Reading, files: Sequence[File]
) -> tuple[dict[File, int], dict[File, str]]:
    """Read files to their end: how many records each has, or why it is refused."""

    def read(places: Iterator[int]) -> Iterator[pa.RecordBatch]:
        for place in places:
            count, reason = 0, None
            try:
                count = sum(1 for _ in reading.records(files[place]))
            except BadFile as error:
                reason = str(error)
            told = {"place": [place], "records": [count], "reason": [reason]}
            yield pa.RecordBatch.from_pydict(told, schema=_CHECKED)

    frame = _tasks(spark, files, read, "place bigint, records bigint, reason string")
    found = frame.collect()
    good = {files[row.place]: row.records for row in found if row.reason is None}
    return good, {files[row.place]: row.reason for row in found if row.reason is not None}


def file_rows(spark: "SparkSession", reading: Reading, files: Sequence[File]) -> "DataFrame":
    """The records of files that were checked, as rows with the columns of a raw table.

    A file's place in its landing is its rows' sequence number, and a record's place in the file its
    sub-sequence number, so that a later landing's are greater.
    """

    def read(places: Iterator[int]) -> Iterator[pa.RecordBatch]:
        for place in places:
            yield from _batches(reading, files[place], place)

    return _tasks(spark, files, read, SPARK_SCHEMA)


def _batches(reading: Reading, file: File, place: int) -> Iterator[pa.RecordBatch]:
    number = f"{reading.number}{place:09d}".zfill(SEQUENCE_DIGITS)
    found, sub = reading.records(file), 0
    while payloads := list(islice(_until(found, BYTES_AT_ONCE), ROWS_AT_ONCE)):
        count = len(payloads)
        yield pa.RecordBatch.from_pydict(
            {
                "stream": [reading.stream] * count,
                "shard": [SHARD] * count,
                "sequence_number": [number] * count,
                "sub_sequence_number": range(sub, sub + count),
                "partition_key": [file.name] * count,
                "arrived_at": [file.arrived] * count,
                "payload": payloads,
                "landing": [reading.number] * count,
            },
            schema=SCHEMA,
        )
        sub += count


def _until(payloads: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Payloads up to the first at which they have so many bytes together."""
    for payload in payloads:
        yield payload
        size -= len(payload)
        if size <= 0:
            return


def _tasks(
    spark: "SparkSession",
    files: Sequence[File],
    read: Callable[[Iterator[int]], Iterator[pa.RecordBatch]],
    schema: str,
) -> "DataFrame":
    """What is read of files, in as many Spark tasks as their sizes ask for."""
    parts = shares(files, spark.sparkContext.defaultParallelism)

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for part in batch.column(0).to_pylist():
                yield from read(iter(parts[part]))

    # A range of n rows in n slices has one row in each; repartitioning would let two rows meet.
    return spark.range(0, len(parts), 1, len(parts)).mapInArrow(task, schema)


def shares(files: Sequence[File], cores: int) -> list[range]:
    """Neighbours that one task reads, so that each core has some and none too much."""
    most = min(TASK_BYTES, max(1, sum(file.size for file in files) // cores))
    found, start, size = list[range](), 0, 0
    for place, file in enumerate(files):
        if place > start and (size + file.size > most or place - start == TASK_FILES):
            found.append(range(start, place))
            start, size = place, 0
        size += file.size
    return [*found, range(start, len(files))]
