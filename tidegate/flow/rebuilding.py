"""Rebuild and backfill: days made anew in slices, each published, until a budget is spent."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tidegate.errors import ProjectError, counted, did_you_mean
from tidegate.flow.increment import WholeKeys
from tidegate.flow.job import Clean, Flow, Job, Land, Reference
from tidegate.flow.owed import (
    Ask,
    Rebuildable,
    is_by_key,
    left_over,
    owed_days,
    raw_of,
    still_owed,
)
from tidegate.flow.reports import Rebuilt, StageReport
from tidegate.flow.run import Run
from tidegate.flow.run_flow import check_ready, run_stages
from tidegate.flow.stale import Again, earliest_arrival, partition_day
from tidegate.gate.verdict import BLOCK
from tidegate.lake.catalog import day_sizes
from tidegate.lake.days import slices


def find_stage(flows: Sequence[Flow], table: str) -> tuple[Flow, Rebuildable]:
    """The flow and stage that make a table.

    Raises:
        ProjectError: no stage of any flow makes it anew.
    """
    known = {stage.writes: (flow, stage) for flow in flows for stage in _rebuildable(flow)}
    if table not in known:
        found = ((flow, one) for flow in flows for one in flow.stages if one.writes == table)
        match next(found, None):
            case flow, Land():
                made = ", ".join(stage.writes for stage in _rebuildable(flow))
                told = f"{table} is what the stream said, which nobody can make anew"
                raise ProjectError(f"{told}; rebuild what is made of it: {made}")
            case _, Reference():
                told = f"{table} is what its file says: change the file, and the next run takes it"
                raise ProjectError(told)
        near = did_you_mean(table, list(known)) or f"; known are {', '.join(sorted(known))}"
        raise ProjectError(f'no flow makes a table "{table}" that could be rebuilt{near}')
    return known[table]


def _rebuildable(flow: Flow) -> list[Rebuildable]:
    return [stage for stage in flow.stages if isinstance(stage, Clean | Job)]


def first_clean(flow: Flow) -> list[Clean]:
    """The stages that a backfill of a flow begins with.

    Raises:
        ProjectError: it has none.
    """
    found = [stage for stage in flow.stages if isinstance(stage, Clean)]
    if not found:
        raise ProjectError(f"flow {flow.source}: it has no clean stage to backfill from")
    return found


def rebuild_all(run: Run, stages: Iterable[tuple[Flow, Rebuildable]], ask: Ask) -> list[Rebuilt]:
    """Make several tables anew, up to one that a gate blocks or that fails, in one budget.

    Where some of them have days left over, only those.

    Raises:
        Exception: what stopped the very first slice, as nothing is to be told then.
        ProjectError: a job's declaration isn't what the contracts say.
        ContractError: a contract breaks a table that is there; nothing is written.
        SettingsError: a table's personal columns are hashed, and there is no key.
    """
    stages = list(stages)
    for flow, stage in stages:
        check_ready(run, (stage, *(flow.after(stage.writes) if ask.following else ())))
    if len(stages) > 1:
        stages = left_over(run, stages, ask)
    done: list[Rebuilt] = []
    for flow, stage in stages:
        if done and (done[-1].blocked or done[-1].failed):
            break
        done.append(rebuild(run, flow, stage, ask, done))
        failed = done[-1].failed
        if failed and not any(one.slices for one in done):
            raise failed
    return done + [
        Rebuilt(run.id, stage.writes, left=still_owed(run.table(stage.writes), ask))
        for _, stage in stages[len(done) :]
    ]


def rebuild(
    run: Run, flow: Flow, stage: Rebuildable, ask: Ask, before: Sequence[Rebuilt] = ()
) -> Rebuilt:
    """Make a table's days anew, slice by slice, each of which publishes.

    Where some days no longer match the table's contract and function, or are left over from a
    rebuild that stopped, only those; else all. What is left stays in the table's ledger.

    Args:
        run: the run.
        flow: the flow of the stage.
        stage: what makes the table.
        ask: which days, and for how long.
        before: what was made anew of other tables already, which counts to the budget.

    Returns:
        What was done; ``failed`` is what stopped a slice: lost publishes, books, a defect.

    Raises:
        ProjectError: a job's declaration isn't what the contracts say.
        ContractError: a contract breaks a table that is there; nothing is written.
        SettingsError: a table's personal columns are hashed, and there is no key.
    """
    started = time.monotonic()
    after = flow.after(stage.writes) if ask.following else ()
    check_ready(run, (stage, *after))
    table = run.table(stage.writes)
    result = Rebuilt(run.id, table.name)
    if is_by_key(stage):
        _step(run, stage, after, Again(set()), result)
        result.is_whole = table.name in result.published
        result.seconds = time.monotonic() - started
        return result
    todo = owed_days(run, stage, table, ask)
    run.say(f"{table.name}: {todo.told}")
    result.left = set(todo.days)
    weighs = _weights(run, stage) if todo.days else []
    for part in slices(todo.days, ask.slice_days):
        seconds = time.monotonic() - started + sum(one.seconds for one in before)
        read = result.bytes + sum(one.bytes for one in before)
        is_late = ask.seconds is not None and seconds >= ask.seconds
        is_spent = is_late or (ask.bytes is not None and read >= ask.bytes)
        if is_spent and any(one.slices for one in (*before, result)):
            left = counted(len(result.left), "day")
            run.say(f"{table.name}: the budget is spent, {left} left")
            break
        owed = result.left - part
        # The last slice of a clean table takes the rows of whatever other day there may be.
        others = todo.every if isinstance(stage, Clean) and not owed and ask.is_whole else None
        is_first = ask.is_whole and todo.every == part | owed
        again = Again(part, owed, todo.reads, others, ask.is_whole, is_first)
        _step(run, stage, after, again, result)
        if table.name not in result.published:
            break
        result.bytes += _weight(run, stage, weighs, again)
        result.done |= part
        result.left -= part
        if result.blocked or result.failed:
            break
    result.seconds = time.monotonic() - started
    return result


def _step(
    run: Run, stage: Rebuildable, after: Iterable[Job], again: Again, result: Rebuilt
) -> None:
    """One slice, and what is made of it."""
    stages = [(stage, again), *((other, None) for other in after)]
    reports: list[StageReport] = []
    try:
        run_stages(run, stages, reports, only_warn=True)
    except Exception as error:
        result.failed = error
    for report in reports:
        result.stages[report.table] = report.after(result.stages.get(report.table))
    result.blocked = next((one for one in reports if one.verdict == BLOCK), None)
    result.published = {one.table for one in reports if one.verdict != BLOCK}
    result.slices += stage.writes in result.published


Weights = list[Mapping[date | None, tuple[int, int]]]


def _weights(run: Run, stage: Rebuildable) -> Weights:
    """Rows and bytes of each input's days; under None those of one that is read whole."""
    if isinstance(stage, Clean):
        raw = run.contracts.table(raw_of(run.contracts, stage))
        return [day_sizes(run.settings, raw.table, raw.partition, raw.day)]
    column = stage.increment.column
    inputs = [run.contracts.table(name) for name in stage.reads.values()]
    return [
        day_sizes(
            *(run.settings, one.table, one.partition),
            column if column == partition_day(one) else None,
        )
        for one in inputs
    ]


def _weight(run: Run, stage: Rebuildable, weights: Weights, again: Again) -> int:
    """How many bytes a slice reads."""
    every = {day for one in weights for day in one}
    if isinstance(stage, Clean):
        since = earliest_arrival(run.contracts.table(stage.writes), again)
        read = {day for day in every if not (since and day) or day >= since.date()}
    else:
        assert not isinstance(stage.increment, WholeKeys)
        read = {None, *stage.increment.read(again.days)}
    return sum(size for one in weights for day, (_, size) in one.items() if day in read)
