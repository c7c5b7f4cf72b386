"""The derive stage: a project's pure function over what its inputs' new rows touch."""

import time
from dataclasses import replace

from tidegate.errors import ProjectError
from tidegate.flow.code import code_of
from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.job import Job
from tidegate.flow.past import Change, with_past
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, failed_before, failures, waiting
from tidegate.flow.stale import Again, made
from tidegate.flow.touched import Part, inputs_of, part_of
from tidegate.gate.judge import Watch
from tidegate.gate.verdict import PASS, WARN
from tidegate.lake.days import stretches
from tidegate.lake.history import History
from tidegate.lake.ledger import Counts
from tidegate.lake.table import Table


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
    inputs = inputs_of(run, job, was)
    if again is None and all(one.days == set() for one in inputs.values()):
        return None
    part = part_of(run, job, (table, was), inputs, again)
    try:
        report = _replace(run, job, (table, was), part, started, only_warn)
    finally:
        if part.kept:
            part.kept.unpersist()
    return replace(report, seconds=time.monotonic() - started)


def _replace(
    run: Run,
    job: Job,
    target: tuple[Table, History],
    part: Part,
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
