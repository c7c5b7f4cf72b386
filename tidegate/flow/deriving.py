"""The derive stage: a project's pure function over what its inputs' new rows touch."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pyspark import StorageLevel
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.contract.spark import spark_type
from tidegate.errors import ProjectError, counted
from tidegate.flow.code import code_of
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.increment import Dated, Days, WholeKeys
from tidegate.flow.job import Job
from tidegate.flow.past import Change, with_past
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, failed_before, failures, waiting
from tidegate.flow.stale import Again, days_given, made, partition_day
from tidegate.gate.judge import Watch
from tidegate.gate.verdict import PASS, WARN
from tidegate.lake.branch import Branch, Written
from tidegate.lake.days import stretches
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts
from tidegate.lake.table import Table

_SIDES = ("before", "after")


@dataclass(frozen=True)
class _Input:
    """An input as this run sees it.

    Attributes:
        table: the table.
        was: its ledger.
        days: the days touched since it was read last; None where the ledger can't tell.
        before: the snapshot that was read last; None where there is none, or it is gone.
    """

    table: Table
    was: History
    days: Days | None
    before: int | None

    def is_dated(self, column: str) -> bool:
        return partition_day(self.table.contract) == column

    @property
    def rows(self) -> DataFrame:
        return self.table.rows(self.was.main)

    def touched(self, key: str, day: str) -> DataFrame | None:
        """The keys that rows were added to or removed from; None where the ledger can't tell."""
        if self.days is None or self.before is None:
            return None
        then, now = self.table.rows(self.before), self.rows
        is_touched = F.col(day).isin(self.days)
        return (
            then.where(is_touched).select(key).union(now.where(is_touched).select(key)).distinct()
        )


@dataclass(frozen=True)
class _Part:
    """What of a table is computed anew.

    Attributes:
        rows_in: how many rows of the inputs it is made of.
        rows: the job's rows.
        only: of some rows of the table, those that are computed anew.
        write: puts the rows in the place of the old ones.
        days: the days of the table that have changed, once that is written.
        replaced: the days that are made anew; None where all of the table is.
        given: the days that the inputs' rows may give the table.
        astray: counts rows that the job wasn't asked for, and can't have made rightly.
        reads: for each input, the number of the ledger commit up to which its changes are in.
        again: why it is computed, where nothing has changed.
        kept: the inputs' rows, where they are kept on disk until the part is written.
    """

    rows_in: int
    rows: DataFrame
    only: Callable[[DataFrame], DataFrame]
    write: Callable[[Branch, DataFrame], Written]
    days: Callable[[Written], Days]
    replaced: Days | None
    given: Callable[[], Days]
    astray: SparkColumn
    reads: Mapping[str, int]
    again: Again | None
    kept: DataFrame | None = None


def derive_once(
    run: Run, job: Job, again: Again | None = None, *, only_warn: bool = False
) -> StageReport | None:
    """Compute anew what its inputs' new rows touch.

    Args:
        run: the run.
        job: the job.
        again: compute these days instead, whatever has changed; of a table by key, every key.
        only_warn: whether no rule about the past may block, as in a rebuild or backfill.

    Returns:
        The report, or None where nothing it reads has changed.

    Raises:
        PublishLost: another run published first; nothing of this attempt is visible.
        ProjectError: the function's rows aren't the contract's.
    """
    started = time.monotonic()
    table = run.table(job.writes)
    was = table.history()
    inputs = {name: _input(run, source, was) for name, source in job.reads.items()}
    if again is None and all(one.days == set() for one in inputs.values()):
        return None
    increment = job.increment
    if isinstance(increment, WholeKeys):
        part = _keys(run, job, increment, (table, was), inputs, again)
    else:
        part = _days(run, job, increment, (table, was), inputs, again)
    try:
        report = _replace(run, job, (table, was), part, started, only_warn)
    finally:
        if part.kept:
            part.kept.unpersist()
    return replace(report, seconds=time.monotonic() - started)


def _input(run: Run, source: str, target: History) -> _Input:
    table = run.table(source)
    was = table.history()
    read = target.newest().reads.get(source, 0)
    return _Input(table, was, was.days_since(read), was.snapshot_of(read))


def _days(
    run: Run,
    job: Job,
    increment: Dated,
    target: tuple[Table, History],
    inputs: Mapping[str, _Input],
    again: Again | None,
) -> _Part:
    """The days, or weeks, that some input touched; all where one of them can't tell."""
    table, was = target
    dated = {name: one for name, one in inputs.items() if one.is_dated(increment.column)}

    def given() -> Days:
        return days_given(increment, [(one.table, one.was) for one in dated.values()])

    asked = again.days if again else _asked(increment, target, inputs, given)
    read = increment.read(asked)
    run.say(f"{table.name}: computing {counted(len(asked), increment.unit)}")
    frames = {name: one.rows for name, one in inputs.items()}
    for name in dated:
        frames[name] = frames[name].where(F.col(increment.column).isin(read))
    is_asked = F.coalesce(F.col(increment.writes).isin(asked), F.lit(False))
    is_given = F.coalesce(F.col(increment.writes).isin(increment.touched(read)), F.lit(False))
    rows = _conformed(job(**frames), table.contract)
    return _Part(
        rows_in=sum(frames[name].count() for name in dated),
        # What was only looked back upon may be in part, and stays as it is.
        rows=rows.where(is_asked | ~is_given) if increment.looks_around else rows,
        # Told so that Iceberg opens these days' files alone.
        only=lambda rows: rows.where(F.col(increment.writes).isin(asked)),
        write=lambda branch, rows: branch.replace(
            increment.writes, lambda day: day.isin(sorted(asked)), rows
        ),
        days=lambda _: asked,
        replaced=increment.covers(asked),
        given=given,
        astray=F.count_if(~is_asked),
        reads=_reads(was, inputs, again),
        again=again,
    )


def _keys(
    run: Run,
    job: Job,
    increment: WholeKeys,
    target: tuple[Table, History],
    inputs: Mapping[str, _Input],
    again: Again | None,
) -> _Part:
    """The keys of the rows that were added or removed; all where the ledger can't tell."""
    table, was = target
    key = increment.column
    ((name, one),) = inputs.items()
    day = one.table.contract.day
    if day is None:
        told = f"reads {one.table.name} by key, which isn't partitioned by a date"
        raise ProjectError(f"{job.function.__name__}: {told}")
    found = one.touched(key, day) if again is None else None
    run.say(f"{table.name}: computing {'the touched keys' if found else 'every key'}")

    def only(rows: DataFrame) -> DataFrame:
        return rows.join(found, key, "left_semi") if found else rows

    def write(branch: Branch, rows: DataFrame) -> Written:
        return branch.replace_keys(key, found, rows) if found else branch.replace_all(rows)

    # They are of any day, and so are read of all files: once, though they are asked for thrice.
    given = only(one.rows).persist(StorageLevel.DISK_ONLY) if found else one.rows
    rows = _conformed(job(**{name: given}), table.contract)
    return _Part(
        rows_in=given.count(),
        rows=rows,
        only=only,
        write=write,
        days=lambda written: _dated_anew(
            increment,
            only(table.rows(was.main)),
            only(table.rows(written.snapshot)),
            given.select(key, F.col(day).alias("day")),
        ),
        replaced=set() if found else None,
        given=set,
        astray=F.count_if(F.lit(False)),
        reads=_newest(inputs),
        again=again,
        kept=given if found else None,
    )


def _asked(
    increment: Dated,
    target: tuple[Table, History],
    inputs: Mapping[str, _Input],
    given: Callable[[], Days],
) -> Days:
    """The days that some input touched; all where one of them can't tell.

    An input without dates of its own touches all days its rows are valid on: of those, only the
    ones count that the table or a dated input has.
    """
    table, was = target
    if any(one.days is None for one in inputs.values()):
        return given() | table.days(was, increment.writes)
    touched: Days = set()
    undated: Days = set()
    for one in inputs.values():
        if one.is_dated(increment.column):
            touched |= increment.touched(one.days or ())
        else:
            undated |= increment.touched(one.days or ())
    if undated - touched:
        touched |= undated & (given() | table.days(was, increment.writes))
    return touched


def _reads(was: History, inputs: Mapping[str, _Input], again: Again | None) -> Mapping[str, int]:
    """Up to which ledger commit of each input its changes are in the table then."""
    if again is None:
        return _newest(inputs)
    # What has changed on other days since they were chosen is left to the next run.
    return was.newest().reads if was.newest().number else (again.reads or _newest(inputs))


def _newest(inputs: Mapping[str, _Input]) -> dict[str, int]:
    """For each input, the number of the ledger commit that is read."""
    return {one.table.name: one.was.newest().number for one in inputs.values()}


def _dated_anew(increment: WholeKeys, old: DataFrame, new: DataFrame, rows: DataFrame) -> Days:
    """All days of the keys whose dates have changed, and the dates themselves, old and new."""
    if not increment.dating:
        return set()
    key, dates = increment.column, F.array(*increment.dating)
    before, after = (
        rows.select(key, dates.alias(side)) for side, rows in zip(_SIDES, (old, new), strict=True)
    )
    changed = before.join(after, key, "full").where(~F.equal_null(*_SIDES))
    own = changed.select(F.explode(F.concat(*(F.coalesce(one, F.array()) for one in _SIDES))))
    days = rows.join(changed, key, "left_semi").select("day")
    return {day for (day,) in days.union(own).distinct().collect() if day}


def _replace(
    run: Run,
    job: Job,
    target: tuple[Table, History],
    part: _Part,
    started: float,
    only_warn: bool,
) -> StageReport:
    """Write the part on a branch, judge it, publish it."""
    table, was = target
    branch = start_branch(run, table, was.main)
    watch = Watch(table.contract, part.rows, part.astray.alias("astray"))
    written = part.write(branch, watch.rows)
    if watch.counted["astray"]:
        branch.drop()
        raise ProjectError(
            f"{job.function.__name__}: returned rows of other {job.increment.unit}s than those it"
            f" was given; its increment is {job.increment}, so {job.increment.writes} must come"
            " from its input"
        )
    verdict = watch.verdict(written.rows, lambda: part.only(table.rows(written.snapshot)))
    days = part.days(written)
    change = Change(table, was.main, written.snapshot, frozenset(days))
    verdict, _ = with_past(run, verdict, change, only_warn=only_warn or part.again is not None)
    # Of the rows of a blocked run nothing is known: what was said of them still holds.
    told = {one.rule.id for one in verdict.broken}
    before = failed_before(was) if part.again and waiting(was) else ()
    kept = tuple(one for one in before if one.rule not in told)
    entry = run.entry(
        table.contract,
        was.newest(),
        rows=Counts(rows_in=part.rows_in, published=written.rows),
        reads=part.reads,
        days=stretches(days),
        verdict=WARN if kept and verdict.word == PASS else verdict.word,
        failures=(*failures(run, verdict, was), *kept),
        seconds=round(time.monotonic() - started, 1),
        **made(table, was, code_of(job, table.contract), part.replaced, part.again, part.given),
    )
    conclude(branch, entry, keep_blocked=part.again is not None)
    report = run.report(entry, table.name, verdict, was)
    return replace(report, failures=tuple(one for one in report.failures if one not in kept))


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
