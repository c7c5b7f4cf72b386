"""Which days a rebuild owes: those that are asked for, kept in the ledgers until they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tidegate.contract import Contracts
from tidegate.errors import PublishLost, counted
from tidegate.flow.code import code_of
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.increment import Days, WholeKeys
from tidegate.flow.job import Clean, Flow, Job
from tidegate.flow.run import Run
from tidegate.flow.run_flow import ATTEMPTS
from tidegate.flow.stale import Again, days_arrived, days_given, made, partition_day, stale_days
from tidegate.lake.days import days_of
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

    @property
    def is_whole(self) -> bool:
        """Whether all days are asked for."""
        return self.first is None and self.last is None

    def spans(self, day: date) -> bool:
        """Whether a day is among those asked for."""
        return (self.first or day) <= day <= (self.last or day)


@dataclass(frozen=True)
class Owed:
    """What is to be made anew.

    Attributes:
        days: the days.
        every: all days of the table, and those that what it is made of may give it.
        reads: for each input, the number of the ledger commit by which that was told.
        told: the same in words.
    """

    days: Days = field(default_factory=set)
    every: frozenset[date] = frozenset()
    reads: Mapping[str, int] = field(default_factory=dict)
    told: str = "nothing was read yet, so nothing can be made anew"


def owed_days(run: Run, stage: Rebuildable, table: Table, ask: Ask) -> Owed:
    """The days of a table to make anew.

    Where some no longer match the table's contract and function, or are left over from a rebuild
    that stopped, only those; else all.
    """
    was, day = table.history(), partition_day(table.contract)
    assert day is not None
    if isinstance(stage, Clean) and not was.newest().reads.get(raw_of(run.contracts, stage)):
        return Owed()
    given, reads = _made_of(run, stage)
    every = table.days(was, day) | given
    stale = stale_days(was, code_of(stage, table.contract), every) & every
    asked, due = {one for one in every if ask.spans(one)}, {one for one in stale if ask.spans(one)}
    if due and len(due) < len(asked) and not ask.every:
        told = f"making {len(due):,} of {counted(len(asked), 'day')} anew: of other code, or left"
        return Owed(due, frozenset(every), reads, told)
    return Owed(asked, frozenset(every), reads, f"making {counted(len(asked), 'day')} anew")


def _made_of(run: Run, stage: Rebuildable) -> tuple[Days, Mapping[str, int]]:
    """The days that the rows a table is made of may give it, and as of which ledger commits."""
    if isinstance(stage, Clean):
        raw = run.table(raw_of(run.contracts, stage))
        return days_arrived(raw, raw.history()), {}
    assert not isinstance(stage.increment, WholeKeys)
    tables = [run.table(name) for name in stage.reads.values()]
    inputs = [(table, table.history()) for table in tables]
    reads = {table.name: at.newest().number for table, at in inputs}
    return days_given(stage.increment, inputs), reads


def raw_of(contracts: Contracts, stage: Clean) -> str:
    """The raw table that a clean table is made of."""
    return str(contracts.table(stage.writes).properties["reads"])


def left_over(
    run: Run, stages: list[tuple[Flow, Rebuildable]], ask: Ask
) -> list[tuple[Flow, Rebuildable]]:
    """Those of several tables that have days left over; else all, which owe theirs from now on.

    So the same command goes on after any stop, and doesn't begin again with the first table.
    """
    asked = [(flow, stage, run.table(stage.writes)) for flow, stage in stages]
    owing = [(flow, stage) for flow, stage, table in asked if still_owed(table, ask)]
    if owing and not ask.every:
        return owing
    for _, stage, table in asked:
        if not is_by_key(stage):
            _owe(run, stage, table, owed_days(run, stage, table, ask))
    return stages


def still_owed(table: Table, ask: Ask) -> Days:
    """The days that are asked for and that a table's ledger says are to be made anew."""
    return set(filter(ask.spans, days_of(table.history().newest().stale)))


def _owe(run: Run, stage: Rebuildable, table: Table, owed: Owed) -> None:
    """Keep in a table's ledger what is to be made anew of it; no row is touched."""
    for _ in range(ATTEMPTS if owed.days else 0):
        was = table.history()
        last, again = was.newest(), Again(set(), owed.days)
        page = run.entry(
            table.contract,
            last,
            reads=last.reads if last.number else owed.reads,
            verdict=last.verdict,
            failures=last.failures,
            **made(
                *(table, was, code_of(stage, table.contract)),
                *(set(), again, lambda: set(owed.every)),
            ),
        )
        try:
            conclude(start_branch(run, table, was.main), page, keep_blocked=True)
        except PublishLost:
            table.drop_branch(f"run-{run.id}")
        else:
            return


def is_by_key(stage: Rebuildable) -> bool:
    """Whether a table has no days to be made anew by."""
    return isinstance(stage, Job) and isinstance(stage.increment, WholeKeys)
