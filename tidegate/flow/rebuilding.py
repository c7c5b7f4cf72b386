"""Rebuild and backfill: days made anew in slices, each published, until a budget is spent."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from tidegate.contract import Contracts
from tidegate.errors import ProjectError, did_you_mean
from tidegate.flow.code import code_of
from tidegate.flow.increment import Days, WholeKeys
from tidegate.flow.job import Clean, Flow, Job
from tidegate.flow.run import Run, StageReport
from tidegate.flow.run_flow import check_ready, run_stages
from tidegate.flow.stale import Again, partition_day, stale_days
from tidegate.gate.verdict import BLOCK
from tidegate.lake.catalog import day_sizes
from tidegate.lake.table import Table

Rebuildable = Clean | Job


@dataclass(frozen=True)
class Ask:
    """What is to be made anew.

    Attributes:
        first: the first day; None for the table's own first.
        last: the last day, itself included; None for the table's own last.
        following: whether what is made of the table follows, after each slice.
        slice_days: how many days are published at once.
        seconds: after so long no further slice is begun; None for no end.
        bytes: after so many bytes of the inputs' files no further slice is begun; None for no end.
        every: also the days that match their code, where others don't.
    """

    first: date | None = None
    last: date | None = None
    following: bool = False
    slice_days: int = 7
    seconds: float | None = None
    bytes: int | None = None
    every: bool = False

    def spans(self, day: date) -> bool:
        """Whether a day is among those asked for."""
        return (self.first or day) <= day <= (self.last or day)


@dataclass
class Rebuilt:
    """What a rebuild did.

    Attributes:
        run: the run's id.
        table: the table.
        done: the days that were made anew.
        left: the days that were not, as the budget was spent or a gate blocked.
        slices: how many publishes it took.
        bytes: of the inputs' files.
        seconds: in all.
        stages: one report a table, the table's own first.
        blocked: the report of the slice that a gate kept back, where one did.
    """

    run: str
    table: str
    done: Days = field(default_factory=set)
    left: Days = field(default_factory=set)
    slices: int = 0
    bytes: int = 0
    seconds: float = 0.0
    stages: dict[str, StageReport] = field(default_factory=dict)
    blocked: StageReport | None = None


def find_stage(flows: Iterable[Flow], table: str) -> tuple[Flow, Rebuildable]:
    """The flow and stage that make a table.

    Raises:
        ProjectError: no stage of any flow makes it anew.
    """
    known: dict[str, tuple[Flow, Rebuildable]] = {
        stage.writes: (flow, stage)
        for flow in flows
        for stage in flow.stages
        if isinstance(stage, Clean | Job)
    }
    if table not in known:
        near = did_you_mean(table, list(known)) or f"; known are {', '.join(sorted(known))}"
        raise ProjectError(f'no flow makes a table "{table}" that could be rebuilt{near}')
    return known[table]


def first_clean(flow: Flow) -> list[Clean]:
    """The stages that a backfill of a flow begins with.

    Raises:
        ProjectError: it has none.
    """
    found = [stage for stage in flow.stages if isinstance(stage, Clean)]
    if not found:
        raise ProjectError(f"flow {flow.source}: it has no clean stage to backfill from")
    return found


def rebuild(run: Run, flow: Flow, stage: Rebuildable, ask: Ask) -> Rebuilt:
    """Make a table's days anew, slice by slice, each of which publishes.

    Where some days no longer match the table's contract and function, or are left over from a
    rebuild that stopped, only those; else all. What is left stays in the table's ledger.

    Args:
        run: the run.
        flow: the flow of the stage.
        stage: what makes the table.
        ask: which days, and for how long.

    Raises:
        ContractError: a contract breaks a table that is there; nothing is written.
        PublishLost: other runs kept publishing first.
        BooksError: the books of a stage don't balance.
        SettingsError: a table's personal columns are hashed, and there is no key.
    """
    started = time.monotonic()
    after = flow.after(stage.writes) if ask.following else ()
    check_ready(run, (stage, *after))
    table = run.table(stage.writes)
    result = Rebuilt(run.id, table.name)
    if isinstance(stage, Job) and isinstance(stage.increment, WholeKeys):
        _step(run, stage, after, Again(set()), result)
        result.seconds = time.monotonic() - started
        return result
    todo = _todo(run, stage, table, ask)
    result.left = set(todo)
    weighs = _weights(run, stage) if todo else []
    for part in slices(todo, ask.slice_days):
        spent = time.monotonic() - started
        is_late = ask.seconds is not None and spent >= ask.seconds
        if result.slices and (is_late or (ask.bytes is not None and result.bytes >= ask.bytes)):
            run.say(f"{table.name}: the budget is spent, {len(result.left)} days are left")
            break
        _step(run, stage, after, Again(part, result.left - part), result)
        if result.blocked and result.blocked.table == table.name:
            break
        result.bytes += _weight(stage, weighs, part)
        result.done |= part
        result.left -= part
        if result.blocked:
            break
    result.seconds = time.monotonic() - started
    return result


def slices(days: Days, length: int) -> list[Days]:
    """The days in order, in parts that each span no more days than asked."""
    parts: list[Days] = []
    for day in sorted(days):
        if parts and day < min(parts[-1]) + timedelta(days=length):
            parts[-1].add(day)
        else:
            parts.append({day})
    return parts


def _step(
    run: Run, stage: Rebuildable, after: Iterable[Job], again: Again, result: Rebuilt
) -> None:
    """One slice, and what is made of it."""
    reports = run_stages(run, [(stage, again), *((other, None) for other in after)])
    result.slices += 1
    for report in reports:
        result.stages[report.table] = report.after(result.stages.get(report.table))
    result.blocked = next((one for one in reports if one.verdict == BLOCK), None)


def _todo(run: Run, stage: Rebuildable, table: Table, ask: Ask) -> Days:
    """The days to make anew."""
    was, day = table.history(), partition_day(table.contract)
    assert day is not None
    every = table.days(was, day) | _made_of(run, stage)
    stale = stale_days(was, code_of(stage, table.contract), every)
    asked, due = {one for one in every if ask.spans(one)}, {one for one in stale if ask.spans(one)}
    if due and len(due) < len(asked) and not ask.every:
        told = f"{len(due)} of {len(asked)} days no longer match their code, or were left over"
        run.say(f"{table.name}: {told}: these are made anew")
        return due
    run.say(f"{table.name}: {len(asked)} days are made anew")
    return asked


def _made_of(run: Run, stage: Rebuildable) -> Days:
    """The days that the rows a table is made of may give it."""
    if isinstance(stage, Clean):
        raw = run.table(_raw(run.contracts, stage))
        return raw.days(raw.history(), "arrived_at")
    increment = stage.increment
    assert not isinstance(increment, WholeKeys)
    days: Days = set()
    for name in stage.reads.values():
        source = run.table(name)
        if increment.column == partition_day(source.contract):
            days |= increment.touched(source.days(source.history(), increment.column))
    return days


def _raw(contracts: Contracts, stage: Clean) -> str:
    return str(contracts.table(stage.writes).properties["reads"])


Weights = list[Mapping[date | None, tuple[int, int]]]


def _weights(run: Run, stage: Rebuildable) -> Weights:
    """Rows and bytes of each input's days; under None those of one that is read whole."""
    if isinstance(stage, Clean):
        return [day_sizes(run.settings, _raw(run.contracts, stage), None)]
    column = stage.increment.column
    dated = {
        name: column if column == partition_day(run.contracts.table(name)) else None
        for name in stage.reads.values()
    }
    return [day_sizes(run.settings, name, day) for name, day in dated.items()]


def _weight(stage: Rebuildable, weights: Weights, part: Days) -> int:
    """How many bytes a slice reads."""
    read: set[date | None] = {None}
    if isinstance(stage, Job) and not isinstance(stage.increment, WholeKeys):
        read |= stage.increment.read(part)
    return sum(size for one in weights for day, (_, size) in one.items() if day in read)
