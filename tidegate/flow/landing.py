"""The land stage: what a stream or a bucket holds beyond what the raw table has, appended."""

import time
from dataclasses import replace

from pyspark.sql import functions as F  # noqa: N812

from tidegate.aws import aws_config
from tidegate.contract import Contract
from tidegate.errors import ContractError
from tidegate.flow.dropping import files_of, land_files
from tidegate.flow.landed import land_rows
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.lake.table import Table
from tidegate.land.kinesis import describe_stream
from tidegate.land.landing import Landing, ahead, landing_rows


def land_once(run: Run, name: str) -> StageReport | None:
    """Land what had arrived when the run started: up to the limit a shard, or a thousand files.

    Args:
        run: the run.
        name: the raw table.

    Returns:
        The report, or None where nothing new has arrived.

    Raises:
        StreamError: the stream, or the files' queue or bucket, isn't there or can't be reached.
        PublishLost: another run published first; nothing of this attempt is visible.
        BooksError: rows were written that were not read, or the other way round.
    """
    started = time.monotonic()
    table = run.table(name)
    if dropped := files_of(run, table.contract):
        return land_files(run, table, dropped)
    was = table.history()
    config = aws_config(run.settings)
    stream = describe_stream(config, stream_of(run, table.contract))
    number, limit = was.newest().number + 1, run.settings.land_records
    landing = Landing(config, stream, number, limit, run.started)
    shards = ahead(landing, _positions(table, was.main, stream.identity))
    if not shards:
        return None
    run.say(f"{name}: landing from {len(shards)} of {len(stream.shards)} shards")
    report = land_rows(run, table, was, landing_rows(run.spark, landing, shards))
    return replace(report, seconds=time.monotonic() - started)


def stream_of(run: Run, contract: Contract) -> str:
    """The stream a raw table lands: the settings' word for its source, else its contract's.

    Raises:
        ContractError: neither names one.
    """
    source = contract.table.split(".")[1]
    stream = run.settings.streams.get(source, contract.stream)
    if not stream:
        raise ContractError(
            f"contracts/{contract.path.name}:{contract.line}: {contract.table} names no stream;"
            f" add a server of type kinesis, or the setting streams.{source}"
        )
    return stream


def _positions(table: Table, base: int, stream: str) -> dict[str, str]:
    """The greatest sequence number the table has of each shard, from its files' bounds."""
    bound = F.col("readable_metrics.sequence_number.upper_bound")
    files = table.files(base).where(F.col("partition.stream") == stream)
    found = files.groupBy("partition.shard").agg(F.max(bound)).collect()
    return {shard: bound for shard, bound in found if bound}
