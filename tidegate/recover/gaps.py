"""What a lake that was brought back can't get from its streams any more.

Where a raw table goes on stands in its rows, so what the replica missed is read again by the next
landing, as long as the stream has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tidegate.aws import AwsConfig, aws_config
from tidegate.contract import Contract, Contracts, Stage
from tidegate.lake.catalog import greatest, metadata, tables
from tidegate.lake.history import History
from tidegate.land.kinesis import Shard, Stream, describe_stream, oldest, retention
from tidegate.settings import Settings


@dataclass(frozen=True)
class Gap:
    """A time whose records are on no stream any more; those that hadn't landed are lost.

    Attributes:
        table: the raw table.
        stream: the stream's name.
        shard: the shard; empty where the whole stream is another one.
        since: after when a record may be lost, UTC; None where nothing says.
        until: before when.
        why: what became of them.
    """

    table: str
    stream: str
    shard: str
    since: datetime | None
    until: datetime
    why: str

    def __str__(self) -> str:
        """The gap in a line."""
        where = f"{self.stream} {self.shard}".strip()
        since = f"{self.since:%Y-%m-%dT%H:%M:%SZ}" if self.since else "its beginning"
        return (
            f"{self.table}: {where}: what arrived from {since} to {self.until:%Y-%m-%dT%H:%M:%SZ}"
            f" and hadn't landed is lost: {self.why}"
        )


def gaps(settings: Settings, contracts: Contracts) -> Iterator[Gap]:
    """What each raw table of the lake can't get from its stream any more.

    Raises:
        StreamError: a stream isn't there or can't be asked.
    """
    there = tables(settings)
    for name, contract in contracts.items():
        source = name.split(".")[1]
        stream = settings.streams.get(source, contract.stream)
        if name.startswith(f"{Stage.LAND}.") and name in there and stream:
            yield from _gaps(settings, contract, stream)


def _gaps(settings: Settings, contract: Contract, name: str) -> Iterator[Gap]:
    table, config = contract.table, aws_config(settings)
    stream = describe_stream(config, name)
    now = datetime.now(UTC)
    asked_of = ("stream", "shard"), ("sequence_number", "arrived_at")
    places = greatest(settings, table, *asked_of).items()
    landed = {of: told for of, told in places if ":kinesis:" in of[0]}
    mine = {shard: told for (of, shard), told in landed.items() if of == stream.identity}
    latest = max((told["arrived_at"] for told in landed.values()), default=None)
    if landed and not mine:
        (of, _), _ = max(landed.items(), key=lambda one: one[1]["arrived_at"])
        yield Gap(table, name, "", latest, now, f"they were on {of}, which is another stream")
        return
    keeps = retention(config, name)
    asked = _complete(settings, table, mine)
    shards = {shard.id: shard for shard in stream.shards}
    for shard in sorted(shards.keys() | mine.keys()):
        at = mine.get(shard, {})
        since = max((one for one in (at.get("arrived_at"), asked) if one), default=None)
        if since is None or since >= now - keeps:
            continue  # all that came after it is still kept
        first = _oldest(config, stream, shards.get(shard))
        if first and "sequence_number" in at and first[0] <= at["sequence_number"]:
            continue
        until = first[1] if first else now - keeps
        why = f"the stream keeps {keeps // timedelta(hours=1)} hours"
        yield Gap(table, name, shard, since, until, why)


def _oldest(config: AwsConfig, stream: Stream, shard: Shard | None) -> tuple[str, datetime] | None:
    """The oldest record of a shard; None where it has none, or isn't there any more."""
    return oldest(config, stream, shard.id) if shard else None


def _complete(settings: Settings, table: str, landed: object) -> datetime | None:
    """Until when all that had arrived has landed: when the newest landing began, if it was whole.

    One that brought as many records as a shard's limit may have left some behind.
    """
    page = History(metadata(settings, table)).newest()
    if not landed or not page.started or page.rows.rows_in >= settings.land_records:
        return None
    return datetime.fromisoformat(page.started)
