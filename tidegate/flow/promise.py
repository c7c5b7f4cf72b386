"""The promise of freshness where nothing new came: told, and kept in the ledger as it changes."""

from dataclasses import replace

from tidegate.contract import Contract
from tidegate.contract.past import FRESHNESS
from tidegate.errors import PublishLost
from tidegate.flow.commit import conclude, settle, start_branch
from tidegate.flow.past import freshness
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, failed_before, failures, waiting
from tidegate.gate.verdict import PASS, WARN, Verdict
from tidegate.lake.history import History
from tidegate.lake.ledger import Failure
from tidegate.lake.table import Table


def watch_promise(run: Run, report: StageReport) -> StageReport:
    """The report of a stage without anything new, with what its rules of freshness say.

    A run with nothing new commits nothing, but for one page when the promise comes to be broken,
    and one when it is kept again: so the next run knows what has been told.
    """
    table = run.table(report.table)
    names = _rules(table.contract)
    if not names:
        return report
    was, verdict = table.history(), freshness(run, table)
    before = {one.rule for one in failed_before(was)} & names
    report = replace(report, broken=verdict.broken)
    if waiting(was) or before == {one.rule.id for one in verdict.broken}:
        return report
    if "quarantine" in table.contract.properties:
        settle(table, run.table(table.contract.properties["quarantine"]))
    try:
        return _turn(run, table, was, verdict, report)
    except PublishLost:  # to a run that has something to tell of its own
        table.drop_branch(f"run-{run.id}")
        return report


def _turn(
    run: Run, table: Table, was: History, verdict: Verdict, report: StageReport
) -> StageReport:
    """Write the page that says the promise is broken from now on, or kept."""
    last, names = was.newest(), _rules(table.contract)
    others = tuple(one for one in last.failures if one.rule not in names)
    broken: tuple[Failure, ...] = (*others, *failures(run, verdict, was))
    word = WARN if broken else PASS
    page = run.entry(table.contract, last, reads=last.reads, verdict=word, failures=broken)
    conclude(start_branch(run, table, was.main), page)
    told = run.report(page, table.name, verdict, was)
    fresh = tuple(one for one in told.failures if one.rule in names)
    return replace(report, failures=fresh, recovered=told.recovered)


def _rules(contract: Contract) -> set[str]:
    return {rule.id for rule in contract.past_rules if rule.expectation == FRESHNESS}
