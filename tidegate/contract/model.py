"""What a contract says, as the engine reads it: plain, frozen, free of Spark and of GX."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from tidegate.errors import ContractError, did_you_mean


class Stage(StrEnum):
    """The step of a record's way that fills a table, by the first part of the table's name."""

    LAND = "raw"
    CLEAN = "clean"
    QUARANTINE = "quarantine"
    DERIVE = "mart"
    QUALITY = "quality"  # the verdicts on the others' rows; the engine keeps them


VERDICTS = "quality.verdicts"
"""The table of the verdicts on all others."""


class Severity(StrEnum):
    """What a broken rule does."""

    REFUSE = "refuse"  # a row rule: the row goes to quarantine
    WARN = "warn"  # recorded and told, published all the same
    BLOCK = "block"  # the stage's result is kept from its readers


class Treatment(StrEnum):
    """What becomes of a personal column of the payload before it is written."""

    HASH = "hash"  # by a keyed hash, as hexadecimal text
    TRUNCATE = "truncate"  # an IP address, to its network
    DROP = "drop"  # judged, and in no table after that


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: its name in the table.
        type: string, integer, long, float, double, decimal(p,s), boolean, date,
            timestamp (UTC, microseconds), binary or array<string>.
        required: whether a row must have a value.
        description: a sentence for people.
        json_paths: where its value may be in the payload, each the keys that lead there from the
            root; the first that is present and not null counts. Empty where it isn't taken
            from there.
        raw_column: the raw table's column it is copied from, e.g. ``arrived_at``.
        transform: SQL over the table's other columns that computes it, e.g.
            ``CAST(event_time AS DATE)``.
        id: ODCS' ``id``, which stays when the column is renamed.
        physical: the name it is stored under, where that is another: ODCS' ``physicalName``.
        personal: ODCS' classification, where it is one of personal data.
        treatment: what becomes of it before it is written; None where it is written as it is.
        line: where the contract says so (1-based).
    """

    name: str
    type: str
    required: bool = False
    description: str = ""
    json_paths: tuple[tuple[str, ...], ...] = ()
    raw_column: str | None = None
    transform: str | None = None
    id: str | None = None
    personal: str | None = None
    treatment: Treatment | None = None
    line: int = 0
    physical: str | None = None

    @property
    def stored(self) -> str:
        """The name it is stored under, which the table's readers see."""
        return self.physical or self.name


@dataclass(frozen=True)
class Rule:
    """One quality rule: a Great Expectations expectation, or a kind of ``contract.past``.

    Attributes:
        id: unique in its contract, snake_case.
        description: a plain sentence for people.
        severity: what a broken rule does.
        dimension: ODCS' data quality dimension, e.g. ``completeness``; empty where there is none.
        expectation: the expectation's type, e.g. ``expect_column_values_to_be_between``.
        arguments: the expectation's arguments, ``column`` among them where it has one.
        line: where the contract says so (1-based).
        past: whether it compares with the past; ``expectation`` is then one of ``contract.past``.
    """

    id: str
    description: str
    severity: Severity
    dimension: str
    expectation: str
    arguments: Mapping[str, Any]
    line: int = 0
    past: bool = False


@dataclass(frozen=True)
class Dropped:
    """Files that a raw table lands, one record a line or row.

    Attributes:
        location: ``s3://bucket/folder``; whatever is below it is meant.
        format: jsonl, csv or parquet; each may be packed with gzip.
        queue: the SQS queue that is told of each new one, by name.
        json_columns: of CSV, the columns whose cells are JSON as they stand.
    """

    location: str
    format: str
    queue: str
    json_columns: tuple[str, ...] = ()

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.location.removeprefix("s3://").partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the keys begin with; empty for the whole bucket."""
        folder = self.location.removeprefix("s3://").partition("/")[2].strip("/")
        return f"{folder}/" if folder else ""


@dataclass(frozen=True)
class Contract:
    """One table's contract.

    Attributes:
        path: the file.
        table: the table's full name, ``database.table``.
        version: the contract's version, e.g. ``1.2.0``.
        description: what the table holds, for people.
        columns: in table order, those among them that are dropped before the table is written.
        key: names of the columns that identify a row; empty for raw and quarantine.
        partition: names of the columns it is partitioned by, in order (a timestamp by UTC day).
        rules: the rules of ``quality``, on the table and on its columns.
        properties: the table's custom properties, defaults filled in; ``contract.vocabulary``
            says what each means.
        stream: the Kinesis stream a raw table lands, from ``servers``.
        dropped: the files in S3 that it lands, from there too.
        owner: the team that answers for it.
        line: where the table's schema starts (1-based).
        promise: how old its newest row may be, from ``slaProperties`` (latency and frequency).
    """

    path: Path
    table: str
    version: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    partition: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    stream: str | None = None
    dropped: Dropped | None = None
    owner: str = ""
    line: int = 0
    promise: timedelta | None = None

    @property
    def stage(self) -> Stage:
        """The stage that fills the table, from its database."""
        return Stage(self.table.split(".")[0])

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns the table has: all but those that are dropped."""
        return tuple(one for one in self.columns if one.treatment is not Treatment.DROP)

    @property
    def treated(self) -> tuple[Column, ...]:
        """The personal columns that aren't written as the payload says them."""
        return tuple(column for column in self.columns if column.treatment)

    @property
    def hashes(self) -> bool:
        """Whether a column is hashed, so that a key is needed."""
        return any(column.treatment is Treatment.HASH for column in self.columns)

    @property
    def row_rules(self) -> tuple[Rule, ...]:
        """The rules that refuse single rows."""
        return tuple(rule for rule in self.rules if rule.severity is Severity.REFUSE)

    @property
    def table_rules(self) -> tuple[Rule, ...]:
        """The rules that judge what a run added or replaced as a whole, by itself."""
        whole = (rule for rule in self.rules if rule.severity is not Severity.REFUSE)
        return tuple(rule for rule in whole if not rule.past)

    @property
    def past_rules(self) -> tuple[Rule, ...]:
        """The rules that compare a day with the days before it."""
        return tuple(rule for rule in self.rules if rule.past)

    @property
    def keeps_books(self) -> bool:
        """Whether each row that comes has to be accounted for: the table lands or cleans."""
        return self.stage is Stage.LAND or "reads" in self.properties

    @property
    def day(self) -> str | None:
        """The column by whose day, in UTC, the table is partitioned; None where it is by none."""
        days = [name for name in self.partition if self.column(name).type in ("date", "timestamp")]
        return days[-1] if days else None

    @property
    def time(self) -> str | None:
        """The column that says how new a row is: ``eventTime``, else the one of the day."""
        time: str | None = self.properties.get("eventTime", self.day)
        return time

    @property
    def clock_skew(self) -> timedelta:
        """How much later than its arrival an event may say it happened."""
        return timedelta(seconds=int(self.properties.get("clockSkewSeconds", 300)))

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: the contract has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Contracts(Mapping[str, Contract]):
    """A project's contracts by table name."""

    by_table: Mapping[str, Contract]

    def table(self, name: str) -> Contract:
        """The contract of a table.

        Raises:
            ContractError: it has none; the message names the nearest table that has one.
        """
        if name in self.by_table:
            return self.by_table[name]
        near = did_you_mean(name, list(self.by_table))
        raise ContractError(f'contracts/{name}.yaml: table "{name}" has no contract{near}')

    def __getitem__(self, name: str) -> Contract:
        """As ``table``, in a mapping's words."""
        return self.by_table[name]

    def __iter__(self) -> Iterator[str]:
        """Table names in the order of a record's way, then by name."""
        way = list(Stage)
        return iter(sorted(self.by_table, key=lambda name: (way.index(self[name].stage), name)))

    def __len__(self) -> int:
        """How many tables have a contract."""
        return len(self.by_table)
