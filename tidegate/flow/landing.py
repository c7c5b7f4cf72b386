"""The land stage: what a stream holds beyond what the raw table has, appended with its place."""

import time
from dataclasses import replace

from pyspark.sql import functions as F  # noqa: N812

from tidegate.aws import aws_config
from tidegate.contract import Contract
from tidegate.errors import ContractError
from tidegate.flow.commit import conclude, start_branch, with_books
from tidegate.flow.past import Change, with_past
from tidegate.flow.run import Run, StageReport, failures, last_page
from tidegate.gate.judge import Watch
from tidegate.gate.one_pass import ROWS
from tidegate.gate.verdict import BLOCK, WARN, Verdict
from tidegate.lake.ledger import Counts, Failure, History, days_of
from tidegate.lake.table import Table
from tidegate.land.kinesis import describe_stream
from tidegate.land.landing import Landing, ahead, landing_rows


def land_once(run: Run, name: str) -> StageReport | None:
    """Land what had arrived when the run started, up to the limit a shard.

    Args:
        run: the run.
        name: the raw table.

    Returns:
        The report, or None where nothing new has arrived.

    Raises:
        StreamError: the stream isn't there or can't be reached.
        PublishLost: another run published first; nothing of this attempt is visible.
        BooksError: rows were written that were not read, or the other way round.
    """
    started = time.monotonic()
    table = run.table(name)
    was = table.history()
    config = aws_config(run.settings)
    stream = describe_stream(config, stream_of(run, table.contract))
    number, limit = was.newest().number + 1, run.settings.land_records
    landing = Landing(config, stream, number, limit, run.started)
    shards = ahead(landing, _positions(table, was.main, stream.identity))
    if not shards:
        return None
    run.say(f"{name}: landing from {len(shards)} of {len(stream.shards)} shards")
    branch = start_branch(run, table, was.main)
    watch = Watch(
        table.contract,
        landing_rows(run.spark, landing, shards),
        # Texts, as Spark 4.0 hands over what it has observed of times as Java's own.
        F.min("arrived_at").cast("date").cast("string").alias("first"),
        F.max("arrived_at").cast("date").cast("string").alias("last"),
    )
    written = branch.append(watch.rows)
    found = watch.counted
    verdict = watch.verdict(written.rows, lambda: table.added(was.main, written.snapshot))
    days = ((found["first"], found["last"]),)
    change = Change(table, was.main, written.snapshot, frozenset(days_of(days)))
    verdict, _ = with_past(run, verdict, change)
    if verdict.word == BLOCK:  # what is kept back would be lost to the stream's retention
        verdict = replace(verdict, word=WARN)
    entry = run.entry(
        table.contract,
        was.newest(),
        rows=Counts(rows_in=found[ROWS], published=written.rows),
        days=days,
        verdict=verdict.word,
        failures=(*failures(run, verdict, was), *broken_before(run, verdict, was)),
    )
    entry = with_books(run, entry, was)
    conclude(branch, entry)
    report = run.report(entry, name, verdict, was)
    return replace(report, seconds=time.monotonic() - started)


def broken_before(run: Run, verdict: Verdict, was: History) -> tuple[Failure, ...]:
    """What earlier landings of this run broke, which the next run is to find broken."""
    before, broken = last_page(was), {one.rule.id for one in verdict.broken}
    if before.run != run.id:
        return ()
    return tuple(one for one in before.failures if one.rule not in broken)


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
