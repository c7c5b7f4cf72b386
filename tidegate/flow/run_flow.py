"""Run a flow, or one stage of it, until it has caught up with what had arrived when it started."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from tidegate.errors import (
    BooksError,
    ContractError,
    GateBlocked,
    ProjectError,
    PublishLost,
    SettingsError,
    counted,
)
from tidegate.flow.alerting import alert, alert_books
from tidegate.flow.cleaning import clean_once
from tidegate.flow.commit import blocked
from tidegate.flow.declared import check_declared
from tidegate.flow.deriving import derive_once
from tidegate.flow.history import record
from tidegate.flow.job import Clean, Flow, Job, Land, Reference, Stage
from tidegate.flow.landing import land_once
from tidegate.flow.promise import watch_promise
from tidegate.flow.recleaning import clean_again
from tidegate.flow.referring import refer_once
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.flow.stale import Again
from tidegate.gate.verdict import BLOCK
from tidegate.lake.catalog import is_there
from tidegate.lake.evolving import planned

# How often a stage starts again after another run published first.
ATTEMPTS = 20


@dataclass(frozen=True)
class FlowReport:
    """What a run of a flow did.

    Attributes:
        run: the run's id.
        stages: one report a stage, in order; those after a blocked one are left out.
        blocked: what kept a stage's result from its readers, where something did.
    """

    run: str
    stages: tuple[StageReport, ...]
    blocked: GateBlocked | None = None


def run_flow(run: Run, flow: Flow) -> FlowReport:
    """Run every stage of a flow, in order.

    Whatever is wrong with a later stage, records land: a stream doesn't keep them for ever.

    Raises:
        ProjectError: a job's declaration isn't what the contracts say; only landing was done.
        ContractError: a contract breaks the table that is there; only landing was done.
        PublishLost: other runs kept publishing first.
        BooksError: the books of a stage don't balance.
        SettingsError: a stage hashes personal columns, and there is no key; only landing was done.
    """
    try:
        check_ready(run, flow.stages)
    except (ContractError, ProjectError, SettingsError):
        run_stages(run, [(stage, None) for stage in _landing(run, flow)])
        raise
    reports = run_stages(run, [(stage, None) for stage in flow.stages])
    held = [blocked(one, f"run-{one.run}") for one in reports if one.verdict == BLOCK]
    return FlowReport(run.id, tuple(reports), held[0] if held else None)


def run_stages(
    run: Run,
    stages: Iterable[tuple[Stage, Again | None]],
    reports: list[StageReport] | None = None,
    *,
    only_warn: bool = False,
) -> list[StageReport]:
    """Run some stages, in order, up to one that is blocked, and keep what was judged.

    Args:
        run: the run.
        stages: each with the days that it is to make anew instead of what is new.
        reports: where each stage's report is put once it has one, for whoever needs them though
            a later stage goes wrong.
        only_warn: whether no rule about the past may block a derived table, as in a rebuild.

    Raises:
        PublishLost: other runs kept publishing first.
        BooksError: the books of a stage don't balance.
    """
    reports = [] if reports is None else reports
    try:
        for stage, again in stages:
            reports.append(run_stage(run, stage, again, only_warn=only_warn))
            if reports[-1].verdict == BLOCK:
                break
    except Exception:
        record(run, reports)  # what was judged before it went wrong
        raise
    record(run, reports)
    return reports


def check_ready(run: Run, stages: Iterable[Stage]) -> None:
    """Refuse what would stop one of the stages, before the first of them writes anything.

    Raises:
        ProjectError: a job's declaration isn't what the contracts say.
        ContractError: a contract's changes can't be made to the table that is there.
        SettingsError: a stage hashes personal columns, and there is no key.
    """
    stages = list(stages)
    check_declared(run.contracts, stages)
    for stage in stages:
        run.key(run.contracts.table(stage.writes))
    if is_there(run.settings):
        names = dict.fromkeys(name for stage in stages for name in _tables(run, stage))
        plans = planned(run.settings, [run.contracts.table(name) for name in names])
        if refused := [one.refused for one in plans if one.refused]:
            raise ContractError("\n".join(refused))


def _landing(run: Run, flow: Flow) -> list[Stage]:
    """The landing stages of a flow that can run, where another can't."""
    landing: list[Stage] = []
    for stage in flow.stages:
        if isinstance(stage, Land):
            with suppress(ContractError, SettingsError):
                check_ready(run, [stage])
                landing.append(stage)
    return landing


def _tables(run: Run, stage: Stage) -> list[str]:
    """The tables that a stage opens."""
    names = [stage.writes]
    if isinstance(stage, Clean):
        properties = run.contracts.table(stage.writes).properties
        names += [properties[key] for key in ("reads", "quarantine")]
    if isinstance(stage, Job):
        names += stage.reads.values()
    return names


def run_stage(
    run: Run, stage: Stage, again: Again | None = None, *, only_warn: bool = False
) -> StageReport:
    """Run one stage until nothing new is left for it, starting again where another run was first.

    Args:
        run: the run.
        stage: the stage.
        again: make these days anew instead, whatever is new.
        only_warn: whether no rule about the past may block a derived table.

    Raises:
        PublishLost: other runs kept publishing first.
        BooksError: the books of the stage don't balance.
    """
    started = time.monotonic()
    report = StageReport(run.id, stage.writes)
    lost = 0
    while True:
        try:
            found = _once(run, stage, again, only_warn)
        except PublishLost as first:
            lost += 1
            if lost == ATTEMPTS:
                _tell(run, report)
                told = (
                    f"{first}, {lost} times; nothing of this attempt is visible there: run it again"
                )
                raise PublishLost(told) from first
            run.say(f"{first}; starting again from there")
            _drop(run, stage)
            continue
        except BooksError:
            _tell(run, report)
            alert_books(run, run.table(stage.writes))
            raise
        except Exception:
            _tell(run, report)
            raise
        report = found.after(report) if found else report
        if found is None or found.verdict == BLOCK or not isinstance(stage, Land):
            if not report.number:
                report = watch_promise(run, report)
            report = replace(report, seconds=time.monotonic() - started)
            run.say(f"{report.table}: {_told(report)}")
            for broken in report.broken:
                run.say(f"{report.table}: {broken.rule.id} {broken.told}")
            for note in report.notes:
                run.say(f"{report.table}: {note}")
            alert(run, report)
            return report


def _tell(run: Run, report: StageReport) -> None:
    """Tell and keep what a stage has done so far, before it goes wrong."""
    if report.number:
        alert(run, report)
        record(run, [report])


def _told(report: StageReport) -> str:
    """What a stage did, in one line."""
    if not report.number:
        return report.verdict
    rows = report.rows
    aside = f", {rows.quarantined:,} quarantined" if rows.quarantined else ""
    again = f", {counted(rows.duplicates, 'duplicate')}" if rows.duplicates else ""
    became = "held back" if report.verdict == BLOCK else "published"
    published = f"{counted(rows.published, 'row')} {became}"
    return f"{report.verdict}, {published}{aside}{again}, {report.seconds:.1f} s"


def _drop(run: Run, stage: Stage) -> None:
    """Drop what a lost attempt has written."""
    tables = [run.table(stage.writes)]
    if isinstance(stage, Clean):
        tables.append(run.table(tables[0].contract.properties["quarantine"]))
    for table in tables:
        table.drop_branch(f"run-{run.id}")


def _once(run: Run, stage: Stage, again: Again | None, only_warn: bool) -> StageReport | None:
    match stage:
        case Land():
            return land_once(run, stage.writes)
        case Reference():
            return refer_once(run, stage.writes)
        case Clean():
            return clean_again(run, stage.writes, again) if again else clean_once(run, stage.writes)
        case Job():
            return derive_once(run, stage, again, only_warn=only_warn)
