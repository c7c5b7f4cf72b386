"""Landing files that were dropped into S3: each once, whole or not at all."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812

from tidegate.aws import aws_config
from tidegate.contract import Contract, Dropped
from tidegate.errors import ContractError, PublishLost, SettingsError, StreamError, counted
from tidegate.flow.landed import WHOLE, land_nothing, land_rows
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.gate.verdict import Broken
from tidegate.lake.table import Table
from tidegate.land.containers import BadFile
from tidegate.land.events import Created, NoEvent, created
from tidegate.land.files import Reading, check, file_rows
from tidegate.land.objects import Closed, File, list_files, look
from tidegate.land.queue import Message, Queue, open_queue
from tidegate.logs import in_words, log

# Messages of one landing, at most.
MESSAGES = 1_000
# Objects that are asked for at once.
_ASKED_AT_ONCE = 16
# Iceberg holds no longer list of values against the bounds of its files.
_NAMES_AT_ONCE = 200
_TOLD = 3  # refused files that a message names


@dataclass(frozen=True)
class Refused:
    """A message, or one file of it, that doesn't land.

    Attributes:
        what: the file's address, or what else it is.
        reason: why.
        body: the message that goes to the dead-letter queue.
        is_closed: whether the file is there and this role can't read it.
    """

    what: str
    reason: str
    body: str
    is_closed: bool = False

    def __str__(self) -> str:
        """In a line."""
        return f"{self.what}: {self.reason}"


def files_of(run: Run, contract: Contract) -> Dropped | None:
    """The files that a raw table lands, by its contract and the settings; None for a stream's.

    A contract may have a stream and files: the stream is landed, unless the settings name a queue.

    Raises:
        ContractError: the settings name a queue for a contract without files.
        SettingsError: they name a location that is none of S3.
    """
    source, settings = contract.table.split(".")[1], run.settings
    queue, location = settings.queues.get(source), settings.locations.get(source)
    if contract.dropped is None:
        if queue:
            raise ContractError(
                f"contracts/{contract.path.name}:{contract.line}: {contract.table} lands no files;"
                f" add a server of type s3, or take the setting queues.{source} away"
            )
        return None
    if contract.stream and not queue:
        return None
    if location and not location.startswith("s3://"):
        raise SettingsError(
            f'setting "locations" has "{location}" for {source}; expected s3://bucket/folder'
        )
    given = contract.dropped
    return replace(given, queue=queue or given.queue, location=location or given.location)


def land_files(run: Run, table: Table, dropped: Dropped) -> StageReport | None:
    """Land the files that the queue told of before the run started, a thousand messages at a time.

    A message is deleted once its files are published, were before, or are refused and in the
    dead-letter queue; whatever goes wrong before that, it is received again.

    Returns:
        The report, or None where nothing new has come.

    Raises:
        StreamError: the queue or the bucket isn't there or can't be reached.
        PublishLost: another run published first, or a file changed while it was read.
        BooksError: rows were written that were not read, or the other way round.
    """
    started = time.monotonic()
    queue = open_queue(aws_config(run.settings), dropped.queue)
    while taken := _taken(run, queue):
        try:
            report = _land(run, table, dropped, queue, taken)
        except BaseException as error:
            with suppress(Exception):  # else they come back by themselves, but later
                queue.put_back(taken)
            if isinstance(error, PySparkException) and PublishLost.__name__ in str(error):
                raise in_words(error) from None
            raise
        if report:
            return replace(report, seconds=time.monotonic() - started)
    return None


def rescan(run: Run, name: str) -> Run:
    """Tell the queue of each file that is in the bucket and hasn't landed, as if it were new.

    It makes up for events that were lost, or are older than the queue. A file that was refused is
    told of again.

    Args:
        run: the run.
        name: the raw table.

    Returns:
        The run, started anew, so that it lands what the queue was told.

    Raises:
        ContractError: the table lands no files.
        StreamError: the queue or the bucket isn't there or can't be reached.
    """
    table = run.table(name)
    dropped = files_of(run, table.contract)
    if dropped is None:
        raise ContractError(f"{name} lands a stream, and --scan looks for files; leave it out")
    config, base = aws_config(run.settings), table.history().main
    queue, count = open_queue(config, dropped.queue), 0
    for files in list_files(config, dropped.bucket, dropped.prefix):
        known = landed(table, base, dropped, files)
        missing = [one for one in files if one.name not in known and not one.key.endswith("/")]
        queue.tell(Created(one.bucket, one.key, None, one.arrived).event() for one in missing)
        count += len(missing)
    run.say(f"{name}: {counted(count, 'file')} of {dropped.location} told of again")
    return replace(run, started=datetime.now(UTC))


def landed(table: Table, base: int, dropped: Dropped, files: Iterable[File]) -> set[str]:
    """Those of some files' names that the table has rows of, as of a snapshot.

    The bounds of the table's files say which of them may have a name, and their dictionaries which
    have it, so that few rows are read.
    """
    names, found = sorted(file.name for file in files), set[str]()
    rows = table.rows(base).where(F.col("stream") == f"s3://{dropped.bucket}")
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = names[start : start + _NAMES_AT_ONCE]
        told = rows.where(F.col("partition_key").isin(some)).select("partition_key").distinct()
        found |= {row[0] for row in told.collect()}
    return found


def _taken(run: Run, queue: Queue) -> list[Message]:
    taken: list[Message] = []
    more = True
    while more and len(taken) < MESSAGES:
        some, more = queue.take(run.started)
        taken += some
    return taken


def _land(
    run: Run, table: Table, dropped: Dropped, queue: Queue, taken: Sequence[Message]
) -> StageReport | None:
    """Land what some messages tell of; then take them out of the queue."""
    was = table.history()
    number, largest = was.newest().number + 1, run.settings.land_file_bytes
    reading = Reading(queue.config, dropped, number, largest)
    files, refused = _found(reading, taken)
    known = landed(table, was.main, dropped, files)
    fresh = [file for file in files if file.name not in known]
    good: dict[File, int] = {}
    if fresh:
        run.say(f"{table.name}: landing {counted(len(fresh), 'file')} of {dropped.location}")
        good, bad = check(run.spark, reading, fresh)
        refused += [_refused(file, reason) for file, reason in bad.items()]
    broken = _broken(refused)
    report = None
    if good:
        rows = file_rows(run.spark, reading, list(good))
        report = land_rows(run, table, was, rows, read=sum(good.values()), broken=broken)
    elif refused:
        report = land_nothing(run, table, was, broken)
    for one in refused:
        queue.refuse(one.body, one.reason, table.name)
        told = f"{table.name}: refused {one}; it is in the queue {queue.dead}"
        run.say(told)
        log.warning(told)
    queue.delete(taken)
    return report


def _found(reading: Reading, taken: Iterable[Message]) -> tuple[list[File], list[Refused]]:
    """The files that messages tell of, in the order of their names, each once; what is no such."""
    told: dict[Created, None] = {}
    refused: list[Refused] = []
    for message in taken:
        try:
            told |= dict.fromkeys(created(message.body))
        except NoEvent as error:
            refused.append(Refused("a message", str(error), message.body))
    inside = [one for one in told if not one.key.endswith("/")]  # what consoles make for a folder
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        looked = list(pool.map(lambda one: _look(reading, one), inside))
    closed = [one for one in looked if isinstance(one, Refused) and one.is_closed]
    if closed and len(closed) == len(looked):  # it is the role, and not the files
        raise StreamError(f"{closed[0]}; let this role read s3://{reading.dropped.bucket}")
    files = {one.name: one for one in reversed(looked) if isinstance(one, File)}
    refused += [one for one in looked if isinstance(one, Refused)]
    return [files[name] for name in sorted(files)], refused


def _look(reading: Reading, told: Created) -> File | Refused:
    """A file that an event tells of, or why it doesn't land, as far as its size and place say."""
    dropped = reading.dropped
    if told.bucket != dropped.bucket or not told.key.startswith(dropped.prefix):
        reason = f"it isn't in {dropped.location}, which the contract lands"
        return Refused(told.address, reason, told.event())
    try:
        file = look(reading.config, told)
    except BadFile as error:
        return Refused(told.address, str(error), told.event(), isinstance(error, Closed))
    if file.size > reading.largest:
        return _refused(
            file, f"it has {file.size:,} bytes, more than {reading.largest:,} (land_file_bytes)"
        )
    return file


def _refused(file: File, reason: str) -> Refused:
    told = Created(file.bucket, file.key, file.version, file.arrived)
    return Refused(file.address, reason, told.event())


def _broken(refused: Sequence[Refused]) -> tuple[Broken, ...]:
    """What is told of refused files, once a landing."""
    if not refused:
        return ()
    count = len(refused)
    examples = tuple(str(one) for one in refused[:_TOLD])
    return (Broken(WHOLE, count, f"{counted(count, 'file')} refused", examples),)
