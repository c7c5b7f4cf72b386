"""What a run of a flow would do, from the tables' own commits and without Spark."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from statistics import linear_regression, mean
from typing import Any

from tidegate.contract import Contract, Contracts
from tidegate.errors import counted
from tidegate.flow.code import code_of
from tidegate.flow.declared import check_declared
from tidegate.flow.increment import Dated, Days, WholeKeys
from tidegate.flow.job import Clean, Flow, Job, Land, Reference, Stage
from tidegate.flow.reference_file import days_of_change, digest_of, rows_of
from tidegate.flow.stale import is_changed, partition_day
from tidegate.lake.catalog import columns, day_sizes, days_with_rows, metadata, tables
from tidegate.lake.days import days_of
from tidegate.lake.history import History
from tidegate.lake.rows import batches
from tidegate.settings import Settings

EARLIER_RUNS = 50
"""So many of a table's newest runs tell how long the next one takes."""


@dataclass(frozen=True)
class Planned:
    """What one stage of a run would do.

    Attributes:
        table: the table it writes.
        does: what it would do, in words.
        days: the days it would compute, as far as they are known now; of a reference table those
            that what has changed in its file is for.
        and_more: whether the rows that an earlier stage of the same run brings may add some.
        rows: how many rows it would read; None where that isn't known.
        bytes: of how many bytes of files; None where that isn't known.
        seconds: how long it would take, judging by earlier runs; None where there are none.
        stale: the days that no longer match the table's contract and function.
        is_stale: whether some rows of a table that has no days don't.
    """

    table: str
    does: str
    days: Days = field(default_factory=set)
    and_more: bool = False
    rows: int | None = 0
    bytes: int | None = 0
    seconds: float | None = 0.0
    stale: Days = field(default_factory=set)
    is_stale: bool = False


NOTHING = "nothing new"


class _Lake:
    """The tables' ledgers and the sizes of their days, each read once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._made = tables(settings)
        self._histories: dict[str, History] = {}
        self._days: dict[str, Days] = {}
        self._sizes: dict[str, Mapping[date | None, tuple[int, int]]] = {}

    def history(self, table: str) -> History:
        if table not in self._histories:
            known = metadata(self.settings, table) if table in self._made else {}
            self._histories[table] = History(known)
        return self._histories[table]

    def rows(self, contract: Contract) -> Iterator[tuple[Any, ...]]:
        """The rows of a table in the contract's columns; null in those that it has yet to get."""
        head = self.history(contract.table).head
        if head is None:
            return
        named = [column.stored for column in contract.columns]
        there = set(columns(self.settings, contract.table)) & set(named)
        for batch in batches(self.settings, contract.table, head, tuple(there)):
            for row in batch.to_pylist():
                yield tuple(row.get(name) for name in named)

    def days(self, contract: Contract) -> Days:
        """The days that have rows, or on which rows have arrived."""
        if contract.table not in self._made or contract.day is None:
            return set()
        if contract.table not in self._days:
            found = days_with_rows(self.settings, contract.table, contract.partition, contract.day)
            self._days[contract.table] = found
        return self._days[contract.table]

    def sizes(self, contract: Contract) -> Mapping[date | None, tuple[int, int]]:
        """Rows and bytes by day; all under None where the table isn't partitioned by a date."""
        if contract.table not in self._made:
            return {}
        if contract.table not in self._sizes:
            day = partition_day(contract)
            self._sizes[contract.table] = day_sizes(
                self.settings, contract.table, contract.partition, day
            )
        return self._sizes[contract.table]


@dataclass
class _Upstream:
    """What the stages before would change."""

    days: dict[str, Days] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)


def plan(settings: Settings, contracts: Contracts, flow: Flow) -> list[Planned]:
    """What a run would do, a line a stage, and which days no longer match their code.

    Args:
        settings: which lake.
        contracts: the project's contracts.
        flow: the flow.

    Raises:
        ProjectError: a job's declaration isn't what the contracts say.
        LakeError: there is no lake.
        InputError: a reference table's file isn't there, or isn't as the contract says.
    """
    check_declared(contracts, flow.stages)
    lake, before = _Lake(settings), _Upstream()
    return [_planned(lake, before, contracts, stage) for stage in flow.stages]


def _planned(lake: _Lake, before: _Upstream, contracts: Contracts, stage: Stage) -> Planned:
    contract = contracts.table(stage.writes)
    match stage:
        case Land():
            does = "lands what the stream has, which isn't asked here"
            return Planned(contract.table, does, rows=None, bytes=None, seconds=None)
        case Reference():
            return _reference(lake, before, contract)
        case Clean():
            return _clean(lake, before, contracts, stage)
        case Job():
            return _job(lake, before, contracts, stage)


def _reference(lake: _Lake, before: _Upstream, contract: Contract) -> Planned:
    was = lake.history(contract.table)
    last = was.newest()
    file = lake.settings.reference_folder / contract.properties["file"]
    if digest_of(file, contract) == last.source:
        return Planned(contract.table, NOTHING)
    rows = rows_of(file, contract)
    now = zip(*rows.to_pydict().values(), strict=True)
    today = datetime.now(UTC).date()
    days = days_of_change(contract, lake.rows(contract), now, today)
    before.days[contract.table] = days
    return Planned(
        contract.table,
        "takes its file's rows, which have changed" if last.number else "takes its file's rows",
        days,
        rows=rows.num_rows,
        bytes=file.stat().st_size,
        seconds=_seconds(was, rows.num_rows),
    )


def _clean(lake: _Lake, before: _Upstream, contracts: Contracts, stage: Clean) -> Planned:
    contract = contracts.table(stage.writes)
    source = str(contract.properties["reads"])
    was, raw = lake.history(contract.table), lake.history(source)
    rows = raw.newest().totals.published - was.newest().totals.rows_in
    stale = _stale(lake, contracts, stage)
    if rows <= 0:
        return Planned(contract.table, NOTHING, stale=stale)
    before.unknown.add(contract.table)
    consumed = was.newest().reads.get(source, 0)
    return Planned(
        contract.table,
        f"judges {counted(raw.newest().number - consumed, 'landing')}",
        and_more=True,
        rows=rows,
        bytes=raw.added_bytes_since(consumed),
        seconds=_seconds(was, rows),
        stale=stale,
    )


def _job(lake: _Lake, before: _Upstream, contracts: Contracts, stage: Job) -> Planned:
    contract, increment = contracts.table(stage.writes), stage.increment
    was = lake.history(contract.table)
    inputs = [contracts.table(name) for name in stage.reads.values()]
    reads = was.newest().reads
    known = {
        one.table: lake.history(one.table).days_since(reads.get(one.table, 0)) for one in inputs
    }
    and_more = any(name in before.unknown for name in known)
    touched = {name: before.days.get(name, set()) | (days or set()) for name, days in known.items()}
    column = increment.column
    dated = [one for one in inputs if partition_day(one) == column]
    if not was.newest().number or None in known.values():
        touched = {one.table: touched[one.table] | lake.days(one) for one in dated}
    every = {day for days in touched.values() for day in days}
    stale = _stale(lake, contracts, stage)
    is_stale = partition_day(contract) is None and is_changed(was, code_of(stage, contract))
    if not every and not and_more:
        return Planned(contract.table, NOTHING, stale=stale, is_stale=is_stale)
    if isinstance(increment, WholeKeys):
        rows, size = _total(lake, inputs[0], None)
        # It is given the rows of the keys it computes, of which nobody knows how many there are.
        seconds = _seconds(was, None)
        does = f"computes the keys of {counted(len(every), 'day')}"
        before.unknown.add(contract.table)
        days: Days = set()
    else:
        days = _touched(lake, contract, increment, inputs, touched)
        does = f"computes {counted(len(days), increment.unit)}"
        parts = [_total(lake, one, increment.read(days)) for one in dated]
        parts += [(0, _total(lake, one, None)[1]) for one in inputs if one not in dated]
        rows, size = sum(part[0] for part in parts), sum(part[1] for part in parts)
        before.days[contract.table] = days
        seconds = _seconds(was, rows)
    if and_more:
        before.unknown.add(contract.table)
        does += " and those of the new rows" if every else ""
    if not every:
        does = f"computes the {increment.unit}s of the new rows"
    return Planned(contract.table, does, days, and_more, rows, size, seconds, stale, is_stale)


def _total(lake: _Lake, contract: Contract, days: Days | None) -> tuple[int, int]:
    """Rows and bytes of a table's days; of all where None."""
    parts = [both for day, both in lake.sizes(contract).items() if days is None or day in days]
    return sum(rows for rows, _ in parts), sum(size for _, size in parts)


def _touched(
    lake: _Lake,
    contract: Contract,
    increment: Dated,
    inputs: list[Contract],
    touched: Mapping[str, Days],
) -> Days:
    """The days of a table that its inputs' days touch; see ``touched`` on those without dates."""
    dated = [one for one in inputs if partition_day(one) == increment.column]
    sure = {day for one in dated for day in touched.get(one.table, ())}
    there = {day for one in dated for day in lake.days(one)}
    every = {day for days in touched.values() for day in days}
    known = increment.touched(there) | lake.days(contract)
    return increment.touched(sure) | (increment.touched(every) & known)


def _stale(lake: _Lake, contracts: Contracts, stage: Clean | Job) -> Days:
    contract = contracts.table(stage.writes)
    was = lake.history(contract.table)
    stale = days_of(was.newest().stale)
    is_other = is_changed(was, code_of(stage, contract))
    if not partition_day(contract) or not (stale or is_other):
        return set()
    every = lake.days(contract) | _given(lake, contracts, stage)
    return every if is_other else stale & every


def _given(lake: _Lake, contracts: Contracts, stage: Clean | Job) -> Days:
    """The days that what a table is made of may give it."""
    if isinstance(stage, Clean):
        return lake.days(contracts.table(str(contracts.table(stage.writes).properties["reads"])))
    increment = stage.increment
    if isinstance(increment, WholeKeys):
        return set()
    inputs = [contracts.table(name) for name in stage.reads.values()]
    dated = [one for one in inputs if partition_day(one) == increment.column]
    return increment.touched({day for one in dated for day in lake.days(one)})


def _seconds(was: History, rows: int | None) -> float | None:
    """How long a stage takes, judging by its earlier runs; by their mean where rows is None."""
    runs = [(one.rows.rows_in, one.seconds) for one in was.entries() if one.seconds][:EARLIER_RUNS]
    if not runs:
        return None
    sizes, seconds = zip(*runs, strict=True)
    if rows is not None and len(set(sizes)) > 1:
        slope, at_nothing = linear_regression(sizes, seconds)
        if slope > 0:
            return float(max(min(seconds), at_nothing + slope * rows))
    return float(mean(seconds))
