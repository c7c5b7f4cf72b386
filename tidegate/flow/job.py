"""A job as its project declares it: what it reads and writes, its increment, a pure function."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tidegate.flow.increment import Increment

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Function(Protocol):
    """Rows in, rows out: no reading, no writing, no session, no clock."""

    def __call__(self, **frames: "DataFrame") -> "DataFrame":
        """Take the rows of each input by its name; return the rows of the table that is written."""


@dataclass(frozen=True)
class Land:
    """The stage that lands a source's stream in its raw table."""

    writes: str


@dataclass(frozen=True)
class Clean:
    """The stage that types, judges and identifies raw rows by a clean table's contract."""

    writes: str


@dataclass(frozen=True)
class Reference:
    """The stage that puts a file's rows into a reference table."""

    writes: str


@dataclass(frozen=True)
class Job:
    """A derived table's job; calling it calls its function."""

    reads: Mapping[str, str]
    writes: str
    increment: Increment
    function: Callable[..., "DataFrame"]

    def __call__(self, *frames: "DataFrame", **named: "DataFrame") -> "DataFrame":
        """The rows of the table that is written, from the rows of each input."""
        return self.function(*frames, **named)

    def main(self) -> None:
        """Run this one job, as ``spark-submit jobs/<job>.py`` does; ends with its exit code."""
        from tidegate.flow.submitted import main

        main(self, Path(inspect.getfile(self.function)).resolve().parent.parent)


Stage = Land | Clean | Reference | Job


def land(table: str) -> Land:
    """Land the stream of a raw table's contract, e.g. ``raw.github``."""
    return Land(table)


def clean(table: str) -> Clean:
    """Clean into a table, e.g. ``clean.github_events``, as its contract says; that is all."""
    return Clean(table)


def reference(table: str) -> Reference:
    """Keep a reference table, e.g. ``clean.exchange_rates``, as its contract's file says."""
    return Reference(table)


def job(
    *, reads: Mapping[str, str], writes: str, increment: Increment
) -> Callable[[Callable[..., "DataFrame"]], Job]:
    """Declare a job on its function.

    Args:
        reads: for each of the function's parameters, the table whose rows it is given.
        writes: the table that the function's rows go to.
        increment: which rows the function is given, and which of the table's rows its result
            replaces.
    """
    return lambda function: Job(reads, writes, increment, function)


@dataclass(frozen=True)
class Flow:
    """The jobs of one source, in order.

    Attributes:
        source: the source's name, e.g. ``github``.
        stages: what runs, one after the other.
    """

    source: str
    stages: tuple[Stage, ...]

    def after(self, table: str) -> "tuple[Job, ...]":
        """The jobs that read a table, or what is made of it, in order."""
        made, found = {table}, list[Job]()
        for stage in self.stages:
            if isinstance(stage, Job) and made & set(stage.reads.values()):
                found.append(stage)
                made.add(stage.writes)
        return tuple(found)

    def __init__(self, source: str, stages: "list[Stage]") -> None:
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "stages", tuple(stages))
