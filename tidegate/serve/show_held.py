"""Held records and single ones, for people and for ``--json``; a file of them for a sender."""

import base64
import datetime as dt
import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from tidegate.contract import Contract
from tidegate.contract.selection import Selection
from tidegate.errors import UserError
from tidegate.serve.answer import Answer
from tidegate.serve.held import HeldCount, held_payloads
from tidegate.serve.record import Record
from tidegate.serve.show import as_table, plain, visible
from tidegate.settings import Settings

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_OWNER_ONLY = 0o600  # payloads may hold personal data
_SHOWN = 256  # bytes of a payload that is no text


def counts_table(counts: list[HeldCount]) -> Table:
    """One row a table, rule and day of arrival: how many, since when, and an example."""
    columns = {
        "source": "varchar",
        "rule": "varchar",
        "day": "date",
        "records": "bigint",
        "first arrival": "timestamp",
        "last arrival": "timestamp",
        "example": "varchar",
    }
    rows = [
        (one.source, one.rule, one.day, one.records, one.first, one.last, one.examples[0])
        for one in counts
    ]
    table = as_table(Answer([*columns], [*columns.values()], rows))
    table.caption = None
    return table


def counts_document(held: int, counts: list[HeldCount]) -> dict[str, Any]:
    """The same for programs."""
    return {"held": held, "counts": [plain(asdict(one)) for one in counts]}


def record_text(record: Record) -> str:
    """A record as a person reads it; what comes from a sender can't steer the terminal."""
    status = f"refused by run {record.refused_by} at {plain(record.refused_at)}"
    status += f"\n{'':17}released by run {record.released_by}" if record.released_by else ", held"
    facts = {
        "record": record.name,
        "source": record.source,
        "table": record.table,
        "stream": record.stream,
        "shard": record.shard,
        "sequence number": record.sequence_number,
        "sub-sequence": record.sub_sequence_number,
        "partition key": record.partition_key,
        "arrived": plain(record.arrived_at),
        "landing": record.landing,
    }
    lines = [f"{name:16} {visible(str(value))}" for name, value in facts.items()]
    lines += [f"{'status':16} {status}", "", "It broke:"]
    lines += [f"  {visible(rule)}: {sentence}" for rule, sentence in record.reasons.items()]
    for row in record.contradicts:
        lines += ["", f"{record.clean} says:"]
        lines += [f"  {name}: {visible(str(plain(value)))}" for name, value in row.items()]
    lines += ["", f"Payload, {len(record.payload):,} bytes:", *_payload_lines(record.payload)]
    return "\n".join(lines)


def record_document(record: Record) -> dict[str, Any]:
    """The same for programs."""
    said = asdict(record) | {"status": "released" if record.released_by else "held"}
    said["reasons"] = [
        {"rule": rule, "description": sentence} for rule, sentence in record.reasons.items()
    ]
    payload = said.pop("payload")
    document: dict[str, Any] = plain(said)
    return document | _payload_document(payload)


def export(
    settings: Settings,
    tables: Iterable[Contract],
    selection: Selection,
    file: Path,
    *,
    with_reasons: bool = False,
    force: bool = False,
) -> tuple[int, int]:
    """Write the payloads of held records to a file that its owner alone can read.

    Args:
        settings: which lake.
        tables: the contracts of the clean tables whose held records are meant.
        selection: which of them.
        file: where to.
        with_reasons: a JSON object a line with the record's name, arrival, reasons and payload,
            instead of each payload as it came.
        force: whether a file that is there may be replaced.

    Returns:
        How many payloads were written, and how many were left out, as a line can't hold them: they
        are empty or have line breaks.

    Raises:
        UserError: the file is there, or can't be written.
        LakeError: there is no lake, or files of it can't be read.
    """
    if file.exists() and not force:
        raise UserError(f"{file}: is there already; name another file, or replace it with --force")
    fresh = file.with_name(f"{file.name}.part")
    written = left_out = 0
    try:
        with suppress(FileNotFoundError):
            fresh.unlink()  # of a run that died, and maybe readable by others
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            for clean in tables:
                for record in held_payloads(settings, clean, selection):
                    line = _line(*record) if with_reasons else record[-1]
                    if not line.strip() or b"\n" in line:
                        left_out += 1
                        continue
                    out.write(line + b"\n")
                    written += 1
        fresh.replace(file)
    except OSError as error:
        raise UserError(f"{file}: can't be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            fresh.unlink()
    return written, left_out


def _line(record: str, arrived: dt.datetime, reasons: list[str], payload: bytes) -> bytes:
    """A held record as one line of JSON."""
    told = {"record": record, "arrived_at": plain(arrived), "reasons": reasons}
    return json.dumps(told | _payload_document(payload), ensure_ascii=False).encode()


def _payload_document(payload: bytes) -> dict[str, str]:
    """A payload for JSON: as text, or in base64 where it isn't UTF-8."""
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload_base64": base64.b64encode(payload).decode()}


def _payload_lines(payload: bytes) -> list[str]:
    """A payload for people: JSON indented, other text as it is, the first bytes of what is none."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        rest = f"\n  … and {len(payload) - _SHOWN:,} more" if len(payload) > _SHOWN else ""
        return [f"  not UTF-8: {payload[:_SHOWN].hex(' ')}{rest}"]
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return [f"  {visible(line)}" for line in text.split("\n")]
    return [f"  {visible(line)}" for line in _indented(text).split("\n")]


def _indented(text: str) -> str:
    """JSON with a line a member; each word stays as it was sent, which parsing would change."""
    parts, depth = list[str](), 0
    for token in _TOKEN.findall(text):
        if token in ("}", "]"):
            depth -= 1
            parts.append("\n" + "  " * depth)
        parts.append(": " if token == ":" else token)
        if token in ("{", "["):
            depth += 1
        if token in ("{", "[", ","):
            parts.append("\n" + "  " * depth)
    return "".join(parts)
