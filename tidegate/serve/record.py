"""One refused record, followed back to what was sent, where it came from and what it broke."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from tidegate.contract import Contract
from tidegate.contract.reasons import meanings
from tidegate.errors import LakeError, UserError
from tidegate.lake import catalog
from tidegate.serve.answers import answer
from tidegate.serve.held import NAME, source_of
from tidegate.settings import Settings

GONE = "No rule of today's contract has this name."

_WORD = re.compile(r"(?P<shard>.+)/(?P<number>[0-9]+)(?:\.(?P<sub>[0-9]+))?")
_PADDED = 129  # digits of a sequence number, as landing stores it
_RECORD = """\
SELECT
    {name} AS record, stream, shard, sequence_number, sub_sequence_number, partition_key,
    arrived_at, payload, landing, status, reasons, recorded_at, run
FROM {table}
WHERE sequence_number = :number AND sub_sequence_number = :sub
    AND (shard = :shard OR CONCAT(stream, '/', shard) = :shard)
ORDER BY stream, shard, status, recorded_at DESC"""


@dataclass(frozen=True)
class Record:
    """A record that was refused.

    Attributes:
        name: as the counts name it.
        table: the quarantine table.
        clean: the clean table that refused it.
        source: the source.
        stream: the stream's identity.
        shard: the shard.
        sequence_number: its place there, without the padding.
        sub_sequence_number: its place within an aggregated record.
        partition_key: the key the sender chose.
        arrived_at: when the stream took it, UTC.
        landing: the landing that brought it.
        payload: what was sent.
        reasons: each rule it broke, with its sentence.
        refused_by: the run that refused it.
        refused_at: when that run started, UTC.
        released_by: the run that released it; None where it is held.
        released_at: when that run started, UTC.
        contradicts: of a conflicting id, the clean rows that have it.
    """

    name: str
    table: str
    clean: str
    source: str
    stream: str
    shard: str
    sequence_number: str
    sub_sequence_number: int
    partition_key: str | None
    arrived_at: dt.datetime
    landing: int
    payload: bytes
    reasons: dict[str, str]
    refused_by: str
    refused_at: dt.datetime
    released_by: str | None = None
    released_at: dt.datetime | None = None
    contradicts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Its name with the stream's identity in front, which no other record has."""
        return f"{self.stream}/{self.name}"


def find_record(settings: Settings, tables: Iterable[Contract], word: str) -> Record:
    """The record of a name.

    Args:
        settings: which lake.
        tables: the contracts of the clean tables in whose quarantine to look.
        word: the record's name, or its place: its name with the stream in front.

    Raises:
        UserError: the word is no record's name, or several records have it.
        LakeError: no record that was refused has that name, or there is no lake.
    """
    named = _WORD.fullmatch(word)
    if not named:
        raise UserError(
            f'"{word}" names no record; expected shard/number, as "tidegate quarantine" prints it'
        )
    values = {
        "shard": named["shard"],
        "number": named["number"].zfill(_PADDED),
        "sub": int(named["sub"] or 0),
    }
    found = [one for clean in tables for one in _records(settings, clean, values)]
    if not found:
        raise LakeError(
            f'no record "{word}" was ever refused; "tidegate quarantine" names some that were'
        )
    if len(found) > 1:
        places = "".join(f"\n  {one.place} --table {one.table}" for one in found)
        raise UserError(f'"{word}" names {len(found)} records; write which:{places}')
    return found[0]


def _records(settings: Settings, clean: Contract, values: dict[str, Any]) -> list[Record]:
    """The records of a table with such a name."""
    table = clean.properties["quarantine"]
    if table not in catalog.tables(settings):
        return []
    text = _RECORD.format(name=NAME, table=table)
    rows = answer(settings, text, table, values).by_name()
    places = groupby(rows, key=lambda row: (row["stream"], row["shard"]))
    return [_record(settings, clean, list(written)) for _, written in places]


def _record(settings: Settings, clean: Contract, rows: list[dict[str, Any]]) -> Record:
    """A record from its newest refusal and, where it isn't held again, its newest release."""
    refused = rows[0]  # "refused" sorts before "released"
    released = [row for row in rows if row["status"] == "released"]
    if 2 * len(released) < len(rows):
        released = []
    known = meanings(clean)
    return Record(
        refused["record"],
        clean.properties["quarantine"],
        clean.table,
        source_of(clean),
        refused["stream"],
        refused["shard"],
        refused["sequence_number"].lstrip("0") or "0",
        refused["sub_sequence_number"],
        refused["partition_key"],
        refused["arrived_at"],
        refused["landing"],
        refused["payload"],
        {reason: known.get(reason, GONE) for reason in refused["reasons"]},
        refused["run"],
        refused["recorded_at"],
        released[0]["run"] if released else None,
        released[0]["recorded_at"] if released else None,
        _contradicted(settings, clean, refused),
    )


def _contradicted(settings: Settings, clean: Contract, refused: dict[str, Any]) -> list[Any]:
    """The clean rows with the id that a record says, where that is why it was refused."""
    keys = [clean.column(name) for name in clean.key if clean.column(name).json_paths]
    if any(column.treatment for column in keys):
        return []  # the table has their hashes, and this command has no key
    if "conflicting_id" not in refused["reasons"] or clean.table not in catalog.tables(settings):
        return []
    values: dict[str, Any] = {}
    for number, column in enumerate(keys):
        said = [_at(json.loads(refused["payload"]), path) for path in column.json_paths]
        value = next((one for one in said if one is not None), None)
        values[f"key_{number}"] = str(value) if column.type == "string" else value
    same = " AND ".join(
        f'"{column.stored}" = :{key}' for column, key in zip(keys, values, strict=True)
    )
    columns = ", ".join(f'"{column.stored}" AS "{column.name}"' for column in clean.kept)
    text = f"SELECT {columns} FROM {clean.table} WHERE {same or 'FALSE'}"
    return answer(settings, text, clean.table, values).by_name()


def _at(payload: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of a payload; None where nothing does."""
    for key in path:
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload
