"""What quarantine holds, in Athena's SQL and without Spark: refused and not released since."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.contract import Contract, Stage
from tidegate.contract.reasons import meanings
from tidegate.contract.selection import Selection
from tidegate.errors import LakeError, UserError, did_you_mean
from tidegate.lake import catalog
from tidegate.serve.answers import answer
from tidegate.serve.parameters import Value
from tidegate.settings import Settings

# A record's name: where it is in its stream, e.g. shardId-000000000000/4959, or with .2 behind it
# for a part of an aggregated record.
NAME = """\
CONCAT(
    shard, '/', COALESCE(NULLIF(LTRIM(sequence_number, '0'), ''), '0'),
    CASE WHEN sub_sequence_number > 0 THEN CONCAT('.', CAST(sub_sequence_number AS VARCHAR))
    ELSE '' END
)"""

_STATUSES = ("refused", "released")

# A record may be refused again after its release: it is held by its newest refusal.
_HELD = """\
FROM {table} AS refused
WHERE refused.status = 'refused' AND EXISTS (
    SELECT 1 FROM (
        SELECT
            stream, shard, sequence_number, sub_sequence_number,
            MAX(CASE WHEN status = 'refused' THEN recorded_at END) AS newest
        FROM {table}
        GROUP BY stream, shard, sequence_number, sub_sequence_number
        HAVING SUM(CASE WHEN status = 'refused' THEN 1 ELSE -1 END) > 0
    ) AS held
    WHERE held.stream = refused.stream
        AND held.shard = refused.shard
        AND held.sequence_number = refused.sequence_number
        AND held.sub_sequence_number = refused.sub_sequence_number
        AND held.newest = refused.recorded_at
)"""

_COUNTS = """\
WITH held AS (SELECT * {held}),
told AS (
    SELECT
        broken.rule, held.arrived_at, CAST(held.arrived_at AS DATE) AS day, {name} AS record
    FROM held CROSS JOIN UNNEST(held.reasons) AS broken (rule)
)
SELECT
    rule, day, COUNT(*) AS records, MIN(arrived_at) AS first_arrived_at,
    MAX(arrived_at) AS last_arrived_at,
    ARRAY[MAX_BY(record, arrived_at), MIN_BY(record, arrived_at)] AS examples
FROM told
{only}
GROUP BY rule, day
ORDER BY rule, day DESC"""


@dataclass(frozen=True)
class HeldCount:
    """How many records of a table a reason holds back that arrived on one day.

    Attributes:
        table: the quarantine table.
        source: the source they came from.
        rule: the reason; a record that broke several rules counts for each.
        day: when they arrived, in UTC.
        records: how many.
        first: when the first of them arrived.
        last: when the last did.
        examples: the newest and the oldest, by their names.
    """

    table: str
    source: str
    rule: str
    day: dt.date
    records: int
    first: dt.datetime
    last: dt.datetime
    examples: tuple[str, ...]


def quarantining(
    contracts: Mapping[str, Contract], table: str | None = None, source: str | None = None
) -> list[Contract]:
    """The clean tables that have a quarantine: all, or those of a table's or a source's name.

    Args:
        contracts: the project's contracts.
        table: a clean table, or a quarantine.
        source: a source, e.g. ``github``.

    Raises:
        LakeError: there is none of that name.
    """
    every = [one for one in contracts.values() if "quarantine" in one.properties]
    named = [one for one in every if table in (None, one.table, one.properties["quarantine"])]
    if not named:
        near = did_you_mean(table or "", [one.table for one in every])
        there = near or f"\n  there are: {', '.join(one.table for one in every) or 'none'}"
        raise LakeError(f'no clean table "{table}" that has a quarantine{there}')
    found = [one for one in named if source in (None, source_of(one))]
    if not found:
        known = list(dict.fromkeys(source_of(one) for one in named))
        near = did_you_mean(source or "", known) or f"\n  there are: {', '.join(known)}"
        raise LakeError(f'no source "{source}"{near}')
    return found


def source_of(clean: Contract) -> str:
    """The source that a clean table's records come from."""
    return str(clean.properties["reads"]).removeprefix(f"{Stage.LAND}.")


def check_rule(settings: Settings, tables: Iterable[Contract], rule: str | None) -> None:
    """Stop at the name of a rule that neither a contract has nor any held record broke.

    Raises:
        UserError: there is no such rule.
    """
    if rule is None:
        return
    known = [reason for clean in tables for reason in meanings(clean)]
    if rule in known:
        return
    known += [one.rule for clean in tables for one in held_counts(settings, clean, Selection())]
    if rule not in known:
        raise UserError(
            f'no rule "{rule}" in a contract, and no held record broke one of that name'
            f"{did_you_mean(rule, list(dict.fromkeys(known)))}"
        )


def held_counts(settings: Settings, clean: Contract, selection: Selection) -> list[HeldCount]:
    """Held records by reason and day, the newest day first.

    Args:
        settings: which lake.
        clean: the clean table's contract.
        selection: which of them; of a rule that is named, only its own counts are told.

    Raises:
        LakeError: there is no lake, or files of it can't be read.
    """
    held, values = _held(clean, selection)
    only = "WHERE rule = :rule" if selection.rule is not None else ""
    text = _COUNTS.format(held=held, name=NAME, only=only)
    table, source = clean.properties["quarantine"], source_of(clean)
    return [
        HeldCount(table, source, rule, day, records, first, last, tuple(dict.fromkeys(examples)))
        for rule, day, records, first, last, examples in _answer(settings, clean, text, values)
    ]


def held_records(settings: Settings, clean: Contract, selection: Selection) -> int:
    """How many records are held, each once.

    Raises:
        LakeError: there is no lake, or files of it can't be read.
    """
    held, values = _held(clean, selection)
    found = _answer(settings, clean, f"SELECT COUNT(*) AS records {held}", values)
    return int(found[0][0]) if found else 0


def held_payloads(
    settings: Settings, clean: Contract, selection: Selection
) -> Iterator[tuple[Any, ...]]:
    """Each held record in the order it came: name, arrival, reasons, payload.

    One day of arrival is in memory at a time.

    Raises:
        LakeError: there is no lake, or files of it can't be read.
    """
    days = sorted({one.day for one in held_counts(settings, clean, selection)})
    for day in days:
        held, values = _held(clean, Selection(selection.rule, day, selection.run))
        text = (
            f"SELECT {NAME} AS record, arrived_at, reasons, payload {held}"
            " ORDER BY arrived_at, stream, shard, sequence_number, sub_sequence_number"
        )
        yield from _answer(settings, clean, text, values)


def counted_rows(settings: Settings, contract: Contract) -> dict[str, int]:
    """The rows of a raw or clean table, and of a clean table's quarantine those that are held.

    Held is refused less released, not the refusals without a release: a record that was released
    twice shows.

    Args:
        settings: which lake.
        contract: the raw or clean table's contract.

    Returns:
        How many, by table.

    Raises:
        LakeError: there is no lake, or files of it can't be read.
    """
    asked = {contract.table: "COUNT(*)"}
    if quarantine := contract.properties.get("quarantine"):
        # COUNT_IF of no row at all is null here, and a count in Athena.
        refused, released = (f"COUNT(CASE WHEN status = '{one}' THEN 1 END)" for one in _STATUSES)
        asked[quarantine] = f"{refused} - {released}"
    there = catalog.tables(settings)
    texts = [
        f"SELECT '{table}' AS name, {what} AS counted FROM {table}"
        for table, what in asked.items()
        if table in there
    ]
    found = answer(settings, " UNION ALL ".join(texts), contract.table, {})
    return {name: int(count) for name, count in found.rows}


def _held(clean: Contract, selection: Selection) -> tuple[str, dict[str, Value]]:
    """The part of a statement from FROM on that reads the held records, and its values."""
    text, values = _HELD.format(table=clean.properties["quarantine"]), dict[str, Value]()
    if selection.rule is not None:
        text += "\n    AND CONTAINS(refused.reasons, :rule)"
        values["rule"] = selection.rule
    if selection.span is not None:
        text += "\n    AND refused.arrived_at >= :first AND refused.arrived_at < :after"
        values["first"], values["after"] = selection.span
    if selection.run is not None:
        text += "\n    AND refused.run = :run"
        values["run"] = selection.run
    return text, values


def _answer(
    settings: Settings, clean: Contract, text: str, values: Mapping[str, Value]
) -> list[tuple[Any, ...]]:
    """A statement's rows; none where the quarantine isn't there, as no stage has run yet."""
    table = clean.properties["quarantine"]
    if table not in catalog.tables(settings):
        return []
    return answer(settings, text, table, values).rows
