"""Whether a job's declaration is what the contracts of its tables say."""

from collections.abc import Iterable

from tidegate.contract import Contract, Contracts
from tidegate.errors import ProjectError
from tidegate.flow.increment import WholeKeys
from tidegate.flow.job import Job, Stage
from tidegate.flow.stale import partition_day


def check_declared(contracts: Contracts, stages: Iterable[Stage]) -> None:
    """Refuse a job whose increment its tables can't have.

    Raises:
        ProjectError: there is one; the message names it, its increment and the table.
    """
    for stage in stages:
        if isinstance(stage, Job):
            wrong = _wrong(stage, contracts)
            if wrong:
                name = stage.function.__name__
                raise ProjectError(f"job {name}: its increment is {stage.increment}, but {wrong}")


def _wrong(job: Job, contracts: Contracts) -> str | None:
    """What of a declaration doesn't fit; None where all does."""
    result = contracts.table(job.writes)
    inputs = [contracts.table(name) for name in job.reads.values()]
    increment = job.increment
    if isinstance(increment, WholeKeys):
        return _wrong_keys(increment, result, inputs)
    day = partition_day(result)
    if day != increment.writes:
        so = f"by {day}" if day else "by no date column"
        return f"{result.table} is partitioned {so}; expected {increment.writes}"
    if all(partition_day(one) != increment.column for one in inputs):
        names = ", ".join(one.table for one in inputs)
        return f"no table that it reads is partitioned by {increment.column}: {names}"
    return None


def _wrong_keys(increment: WholeKeys, result: Contract, inputs: list[Contract]) -> str | None:
    if len(inputs) != 1:
        return f"it reads {len(inputs)} tables; a table by key is made of one"
    if inputs[0].day is None:
        return f"{inputs[0].table}, which it reads, isn't partitioned by a date"
    for one in (*inputs, result):
        if increment.column not in {column.name for column in one.columns}:
            return f"{one.table} has no column {increment.column}"
    kinds = {column.name: column.type for column in result.columns}
    for name in increment.dating:
        if kinds.get(name) != "date":
            return f"its dating names {name}, which is no date column of {result.table}"
    return None
