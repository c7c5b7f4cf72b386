"""What a dropped file holds: its records one by one, in memory that its size doesn't tell.

What is wrong with one record is the gate's business. Here only the file itself is judged: what is
cut, packed wrongly or of another kind than its contract says is refused as a whole.
"""

import csv
import gzip
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from tidegate.contract import Dropped
from tidegate.land.as_json import of_texts, of_values
from tidegate.land.lines import GZIP

# The greatest record that Kinesis takes, and so the greatest that lands either way.
LARGEST_RECORD = 10 * 1024 * 1024
ROWS_AT_ONCE = 5_000
_AHEAD = 1024 * 1024  # bytes read at once
_BOM = b"\xef\xbb\xbf"
# What a file of another kind begins with, and what it is then.
_KINDS = {b"PAR1": "Parquet", b"PK\x03\x04": "a zip archive", GZIP: "packed with gzip twice"}


class BadFile(Exception):  # noqa: N818 - named for what is found
    """A file can't be taken as what its contract says; the message says why, as of "it"."""


def records(source: io.RawIOBase, dropped: Dropped, largest: int) -> Iterator[bytes]:
    """The payloads of a file, in order.

    Args:
        source: the file's bytes, packed or not, which its first two tell.
        dropped: what the contract says of such files.
        largest: bytes of the unpacked file, at most.

    Raises:
        BadFile: the file is broken, empty, too large or of another kind, found at its end at the
            latest: nothing of it may be used before all of it was read once.
    """
    packed = io.BufferedReader(source, _AHEAD)
    is_gzip = packed.peek(2)[:2] == GZIP
    plain = cast("IO[bytes]", gzip.GzipFile(fileobj=packed) if is_gzip else packed)
    limited = io.BufferedReader(cast("Any", _Limited(plain, largest)), _AHEAD)
    read = {"jsonl": _lines, "csv": _csv, "parquet": _parquet}[dropped.format]
    is_empty = True
    try:
        _check_kind(limited.peek(4)[:4], dropped)
        for record in read(limited, dropped):
            is_empty = False
            yield record
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadFile(f"its gzip is broken or cut: {error}") from None
    if is_empty:
        raise BadFile("it is empty: there is no record in it")


def _check_kind(begins: bytes, dropped: Dropped) -> None:
    kind = next((kind for mark, kind in _KINDS.items() if begins.startswith(mark)), dropped.format)
    if kind.lower() != dropped.format:
        raise BadFile(f"it is {kind}, and not {dropped.format}")


class _Limited(io.RawIOBase):
    """A file that has no more than so many bytes."""

    def __init__(self, source: IO[bytes], largest: int) -> None:
        self._source, self._largest, self._left = source, largest, largest

    def readable(self) -> bool:
        """As a file that is open for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; 0 at the end."""
        data = self._source.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise BadFile(f"unpacked it is larger than {self._largest:,} bytes (land_file_bytes)")
        buffer[: len(data)] = data
        return len(data)


def _lines(source: io.BufferedReader, _: Dropped) -> Iterator[bytes]:
    """Each line that isn't blank, byte for byte; the last one may be without its newline."""
    number = lines = objects = 0
    while part := source.readline(LARGEST_RECORD + 1):
        number += 1
        is_ended = part.endswith(b"\n")
        if len(part) > LARGEST_RECORD + is_ended:
            raise BadFile(f"line {number:,} is longer than {LARGEST_RECORD:,} bytes")
        line = part.removesuffix(b"\n")
        line = line.removeprefix(_BOM) if number == 1 else line
        if not line.strip():
            continue
        lines += 1
        objects += line.lstrip().startswith(b"{")
        if objects and not is_ended and not _is_json(line):
            raise BadFile(f"it is cut: line {number:,}, its last, ends within a record")
        yield line
    if lines and not objects:
        raise BadFile("it isn't JSON lines: none of its lines begins with {")


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _csv(source: io.BufferedReader, dropped: Dropped) -> Iterator[bytes]:
    """Each row as an object by the header's names."""
    csv.field_size_limit(LARGEST_RECORD)
    rows = csv.reader(io.TextIOWrapper(source, "utf-8-sig", newline=""), strict=True)
    try:
        header = next(rows, [])
        as_object = of_texts(header, _json_places(header, dropped))
        for row in rows:
            if row and len(row) != len(header):
                raise BadFile(
                    f"line {rows.line_num:,} has {len(row):,} cells, and its header {len(header):,}"
                )
            if row:
                yield as_object(row)
    except csv.Error as error:
        raise BadFile(f"it isn't CSV: line {rows.line_num:,}: {error}") from None
    except UnicodeDecodeError:
        raise BadFile(f"it isn't UTF-8 after line {rows.line_num:,}") from None


def _json_places(header: list[str], dropped: Dropped) -> frozenset[int]:
    """Where the columns are whose cells are JSON."""
    if any(name.lstrip()[:1] in ("{", "[") for name in header[:1]):
        raise BadFile("it isn't CSV: its header is JSON")
    if len(set(header)) < len(header) or not all(name.strip() for name in header):
        raise BadFile("its header has a name twice, or a column without a name")
    missing = sorted(set(dropped.json_columns) - set(header)) if header else []
    if missing:
        raise BadFile(f"its header has no {', '.join(missing)}")
    return frozenset(place for place, name in enumerate(header) if name in dropped.json_columns)


def _parquet(source: io.BufferedReader, _: Dropped) -> Iterator[bytes]:
    """Each row as an object by its columns' names; from the disk, as its end is read first."""
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(source, file, _AHEAD)
        if not file.tell():
            return
        try:
            found = pq.ParquetFile(file)
            names = found.schema_arrow.names
            if len(set(names)) < len(names):
                raise BadFile("it has two columns of one name")
            as_object = of_values(found.schema_arrow.types)
            for batch in found.iter_batches(ROWS_AT_ONCE):
                yield from map(as_object, _in_microseconds(batch).to_pylist())
        except (pa.ArrowException, OSError, ValueError) as error:
            told = " ".join(str(error).split())[:200]
            raise BadFile(f"it isn't Parquet, or is cut: {told}") from None


def _in_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with times that Python has words for."""
    fields = [
        pa.field(one.name, pa.timestamp("us", one.type.tz))
        if pa.types.is_timestamp(one.type) and one.type.unit == "ns"
        else one
        for one in batch.schema
    ]
    return batch.cast(pa.schema(fields), safe=False) if fields != list(batch.schema) else batch
