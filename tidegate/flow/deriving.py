"""The derive stage: a project's pure function over whole days of its inputs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.contract.spark import spark_type
from tidegate.errors import ProjectError
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.job import Job
from tidegate.flow.past import Change, with_past
from tidegate.flow.run import Run, StageReport, failures
from tidegate.gate.judge import Watch
from tidegate.lake.ledger import Counts, Entry, History, stretches
from tidegate.lake.table import Table


@dataclass(frozen=True)
class _Input:
    """An input as this run sees it."""

    table: Table
    was: History
    days: set[date] | None  # touched since it was read last; None where the ledger can't tell


def derive_once(run: Run, job: Job) -> StageReport | None:
    """Compute anew the days that its inputs' new rows touch.

    Args:
        run: the run.
        job: the job.

    Returns:
        The report, or None where nothing it reads has changed.

    Raises:
        PublishLost: another run published first; nothing of this attempt is visible.
        ProjectError: the function's rows aren't the contract's.
    """
    started = time.monotonic()
    table = run.table(job.writes)
    was = table.history()
    last = was.newest()
    inputs = {name: _input(run, source, last) for name, source in job.reads.items()}
    days = _days(table, was, inputs, job.increment.column)
    if not days:
        return None
    run.say(f"{table.name}: computing {len(days)} day{'s' if len(days) > 1 else ''}")
    report = _replace(run, job, (table, was), inputs, days)
    return replace(report, seconds=time.monotonic() - started)


def _input(run: Run, source: str, last: Entry) -> _Input:
    table = run.table(source)
    was = table.history()
    return _Input(table, was, was.days_since(last.reads.get(source, 0)))


def _days(table: Table, was: History, inputs: Mapping[str, _Input], column: str) -> list[date]:
    """The days to compute: those that some input touched; all where one of them can't tell."""
    if any(one.days is None for one in inputs.values()):
        sources = [(one.table, one.was) for one in inputs.values()]
        return sorted({day for one, at in [(table, was), *sources] for day in one.days(at, column)})
    return sorted({day for one in inputs.values() for day in one.days or ()})


def _replace(
    run: Run,
    job: Job,
    target: tuple[Table, History],
    inputs: Mapping[str, _Input],
    days: list[date],
) -> StageReport:
    """Write the days on a branch, judge them, publish them."""
    (table, was), day = target, job.increment.column
    frames = {name: one.table.rows(one.was.main) for name, one in inputs.items()}
    frames = {name: rows.where(F.col(day).isin(days)) for name, rows in frames.items()}
    rows_in = sum(rows.count() for rows in frames.values())
    branch = start_branch(run, table, was.main)
    is_astray = ~F.coalesce(F.col(day).isin(days), F.lit(False))
    result = _conformed(job(**frames), table.contract)
    watch = Watch(table.contract, result, F.count_if(is_astray).alias("astray"))
    written = branch.replace(day, days, watch.rows)
    if watch.counted["astray"]:
        branch.drop()
        raise ProjectError(
            f"{job.function.__name__}: returned rows of other days than those it was given;"
            f" its increment is whole_days({day!r}), so {day} must come from its input"
        )
    verdict = watch.verdict(
        written.rows, lambda: table.rows(written.snapshot).where(F.col(day).isin(days))
    )
    change = Change(table, was.main, written.snapshot, frozenset(days))
    verdict, _ = with_past(run, verdict, change)
    entry = run.entry(
        table.contract,
        was.newest(),
        rows=Counts(rows_in=rows_in, published=written.rows),
        reads={one.table.name: one.was.newest().number for one in inputs.values()},
        days=stretches(set(days)),
        verdict=verdict.word,
        failures=failures(run, verdict, was),
    )
    conclude(branch, entry)
    return run.report(entry, table.name, verdict, was)


def _conformed(rows: DataFrame, contract: Contract) -> DataFrame:
    """The rows with exactly the contract's columns, in its order and of its types.

    Raises:
        ProjectError: a column is missing, or there is one too many.
    """
    wanted = [column.name for column in contract.columns]
    missing = [name for name in wanted if name not in rows.columns]
    extra = [name for name in rows.columns if name not in wanted]
    if missing or extra:
        told = [f"lacks {', '.join(missing)}"] if missing else []
        told += [f"has {', '.join(extra)}, which the contract hasn't"] if extra else []
        raise ProjectError(f"{contract.table}: the job's result {' and '.join(told)}")
    return rows.select(
        *(
            F.col(column.name).cast(spark_type(column.type)).alias(column.name)
            for column in contract.columns
        )
    )
