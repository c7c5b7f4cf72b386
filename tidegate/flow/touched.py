"""What of a job's table is computed anew: the days or the keys that its inputs' new rows touch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.contract import Contract
from tidegate.contract.spark import spark_type
from tidegate.errors import ProjectError, counted
from tidegate.flow.increment import Dated, Days, WholeKeys
from tidegate.flow.job import Job
from tidegate.flow.run import Run
from tidegate.flow.stale import Again, days_given, partition_day
from tidegate.lake.branch import Branch, Written
from tidegate.lake.history import History
from tidegate.lake.table import Table

_SIDES = ("before", "after")


@dataclass(frozen=True)
class Input:
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
        """Whether it is partitioned by a column."""
        return partition_day(self.table.contract) == column

    @property
    def rows(self) -> DataFrame:
        """What its readers see."""
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
class Part:
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


def inputs_of(run: Run, job: Job, was: History) -> dict[str, Input]:
    """A job's inputs by the names its function has for them; ``was`` is its table's ledger."""
    return {name: _input(run, source, was) for name, source in job.reads.items()}


def _input(run: Run, source: str, target: History) -> Input:
    table = run.table(source)
    was = table.history()
    read = target.newest().reads.get(source, 0)
    return Input(table, was, was.days_since(read), was.snapshot_of(read))


def part_of(
    run: Run,
    job: Job,
    target: tuple[Table, History],
    inputs: Mapping[str, Input],
    again: Again | None,
) -> Part:
    """What of a job's table is computed anew, and the rows that are to be in its place.

    Args:
        run: the run.
        job: the job.
        target: its table, and its ledger.
        inputs: what it reads.
        again: the days that are to be computed, whatever the inputs say.

    Raises:
        ProjectError: the function's rows aren't the contract's.
    """
    if isinstance(job.increment, WholeKeys):
        return _by_keys(run, job, job.increment, target, inputs, again)
    return _by_days(run, job, job.increment, target, inputs, again)


def _by_days(
    run: Run,
    job: Job,
    increment: Dated,
    target: tuple[Table, History],
    inputs: Mapping[str, Input],
    again: Again | None,
) -> Part:
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
    return Part(
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


def _by_keys(
    run: Run,
    job: Job,
    increment: WholeKeys,
    target: tuple[Table, History],
    inputs: Mapping[str, Input],
    again: Again | None,
) -> Part:
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
    return Part(
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
    inputs: Mapping[str, Input],
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


def _reads(was: History, inputs: Mapping[str, Input], again: Again | None) -> Mapping[str, int]:
    """Up to which ledger commit of each input its changes are in the table then."""
    if again is None:
        return _newest(inputs)
    # What has changed on other days since they were chosen is left to the next run.
    return was.newest().reads if was.newest().number else (again.reads or _newest(inputs))


def _newest(inputs: Mapping[str, Input]) -> dict[str, int]:
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
