"""Alerts: what a stage broke, and what holds again, told once to whoever is on call.

What was broken before stands in the table's own ledger, so there is nothing else to keep.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from tidegate.aws import aws_config
from tidegate.contract.rules import BOOKS
from tidegate.errors import counted
from tidegate.flow.commit import BOOKS_SENTENCE
from tidegate.flow.landed import WHOLE
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run
from tidegate.gate.verdict import BLOCK, WARN, Verdict
from tidegate.lake.ledger import Failure
from tidegate.lake.table import Table
from tidegate.logs import log

SUBJECT = 99  # characters of ASCII: SNS takes less than 100 (Publish, "Subject")
MESSAGE = 250_000  # bytes of UTF-8; SNS takes 256 KiB
EVENT = 250_000  # bytes of one event; EventBridge takes 256 KiB with what is around it


def alert(run: Run, report: StageReport) -> None:
    """Tell what is new of a stage: one message for all its rules, and the event of its verdict.

    A rule that was broken before is not told again; one that holds again is told once. Whatever
    goes wrong in telling is a line in the log: no run fails for it.
    """
    for one in report.failures:
        if one.runs > 1:
            run.say(
                f"{report.table}: {one.rule} is still broken, {one.runs} runs in a row{_since(one)}"
            )
    text = message(run, report)
    if text:
        log.warning(text)
        if run.settings.alert_topic:
            _safely(run, "alert_topic", lambda: _publish(run, subject(report), text))
    if run.settings.alert_bus and report.number:
        _safely(run, "alert_bus", lambda: _put_event(run, report))


def alert_books(run: Run, table: Table) -> None:
    """Tell of the page by which a run has just blocked a table, as its books don't balance."""
    was = table.history()
    for _, entry in was.unpublished():
        if entry.run == run.id:
            alert(run, run.report(entry, table.name, Verdict(BLOCK, (), None), was))


def subject(report: StageReport) -> str:
    """The message's first words, in ASCII, less than 100 characters."""
    fresh = [one for one in report.failures if one.runs == 1]
    rules = f"{counted(len(fresh), 'rule')} broken"
    word = rules if fresh else "recovered"
    if any(one.severity == BLOCK for one in fresh):
        word = f"BLOCKED, {word}"
    return f"Tidegate: {report.table}: {word}".encode("ascii", "replace").decode()[:SUBJECT]


def message(run: Run, report: StageReport) -> str:
    """What is new, for people: table, rules in plain words, figures, places, what to type."""
    fresh = [one for one in report.failures if one.runs == 1]
    if not fresh and not report.recovered:
        return ""
    lines = [f"{report.table}: {_word(report)} (run {report.run})"]
    for one in fresh:
        lines += _broken(run, report, one)
    for one in report.recovered:
        lasted = f"was broken in {counted(one.runs, 'run')}"
        lines.append(f"  recovered: {_sentence(run, report.table, one.rule)}")
        lines.append(f"    rule {one.rule}: {lasted}{_since(one)}")
    return "\n".join([*lines, *_what_to_type(report, fresh)])


def _word(report: StageReport) -> str:
    if report.verdict == BLOCK:
        return "blocked; its readers see what they saw before"
    if not report.failures:
        return "all is well again"
    return report.verdict if report.number else WARN


def _broken(run: Run, report: StageReport, failure: Failure) -> Iterator[str]:
    """A broken rule in plain words, its figures, and where to look."""
    yield f"  {failure.severity}: {_sentence(run, report.table, failure.rule)}"
    told = {one.rule.id: one for one in report.broken}
    if failure.rule == BOOKS:
        yield f"    rule {BOOKS}: {counted(failure.rows, 'row')} in no figure"
    elif found := told.get(failure.rule):
        yield f"    rule {failure.rule}: {found.told}"
        for place in found.examples:
            yield f"    e.g. {place}"


def _sentence(run: Run, table: str, rule: str) -> str:
    """What a rule asks, for people."""
    if rule == BOOKS:
        return BOOKS_SENTENCE
    known = {one.id: one.description for one in (*run.contracts.table(table).rules, WHOLE)}
    return known.get(rule) or rule


def _what_to_type(report: StageReport, fresh: list[Failure]) -> Iterator[str]:
    """The commands that show more, and those that decide."""
    books = any(one.rule == BOOKS for one in report.failures)
    if books:
        yield f"  see: tidegate books --run {report.run}"
    elif fresh and report.number:
        yield f"  see: tidegate docs --run {report.run} --table {report.table}"
    elif fresh:  # nothing new came, so no verdict is kept
        yield "  see: tidegate status"
    if report.rows.quarantined > 0 and report.verdict != BLOCK:  # else none of it is published
        yield f"  see: tidegate quarantine --run {report.run}"
    if report.verdict == BLOCK:
        if not books:
            yield f'  publish it as it is: tidegate accept {report.run} --because "..."'
        yield f'  drop it: tidegate discard {report.run} --because "..."'


def _since(failure: Failure) -> str:
    """Since when a rule is broken; early pages don't say."""
    moment = failure.since[:16].replace("T", " ")
    return f", since {moment} UTC" if moment else ""


def _safely(run: Run, setting: str, deliver: Callable[[], None]) -> None:
    """Deliver; what goes wrong is told in a line, with the setting that may be at fault."""
    try:
        deliver()
    except Exception as error:
        first = str(error).partition("\n")[0]
        run.say(f"alert not delivered ({setting}): {type(error).__name__}: {first}")


def _publish(run: Run, title: str, text: str) -> None:
    sns = aws_config(run.settings).client("sns")
    whole = text.encode()[:MESSAGE].decode(errors="ignore")
    sns.publish(TopicArn=run.settings.alert_topic, Subject=title, Message=whole)


def _put_event(run: Run, report: StageReport) -> None:
    answer = (
        aws_config(run.settings)
        .client("events")
        .put_events(
            Entries=[
                {
                    "EventBusName": run.settings.alert_bus,
                    "Source": "tidegate",
                    "DetailType": "Tidegate Verdict",
                    "Resources": [report.table],
                    "Detail": detail(run, report),
                }
            ]
        )
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["Entries"][0].get("ErrorMessage", "the bus refused the event"))


def detail(run: Run, report: StageReport) -> str:
    """The whole verdict as JSON (docs/alerts.md); failures that don't fit are counted only."""
    told = {one.rule.id: one for one in report.broken}
    failures = [
        {
            **asdict(one),
            "description": _sentence(run, report.table, one.rule),
            "found": told[one.rule].told if one.rule in told else "",
            "examples": list(told[one.rule].examples) if one.rule in told else [],
        }
        for one in report.failures
    ]
    held: dict[str, Any] = {
        "table": report.table,
        "run": report.run,
        "commit": report.number,
        "verdict": report.verdict,
        "contract": run.contracts.table(report.table).version,
        "rows": asdict(report.rows),
        "recovered": [asdict(one) for one in report.recovered],
        "notes": list(report.notes),
        "left_out": 0,
    }
    while True:
        text = json.dumps({**held, "failures": failures})
        if len(text.encode()) <= EVENT or not failures:
            return text
        failures.pop()
        held["left_out"] += 1
