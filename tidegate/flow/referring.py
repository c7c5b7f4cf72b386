"""A reference table: the rows of a file that people keep, as exchange rates or a catalogue.

A row is valid from a day to a day. The file is the whole table: it replaces what was there, and
the days on which a row that came or went was valid have changed for those who join it.
"""

import time
from dataclasses import replace

from tidegate.flow.commit import conclude, start_branch
from tidegate.flow.reference_file import days_of_change, digest_of, rows_of
from tidegate.flow.reports import StageReport
from tidegate.flow.run import Run, failures
from tidegate.gate.judge import Watch
from tidegate.lake.days import stretches
from tidegate.lake.ledger import Counts


def refer_once(run: Run, name: str) -> StageReport | None:
    """Put a file's rows in the place of a reference table's.

    Returns:
        The report, or None where the table says what the file says.

    Raises:
        InputError: the file isn't there, or isn't as the contract says.
        PublishLost: another run published first; nothing of this attempt is visible.
    """
    started = time.monotonic()
    table = run.table(name)
    was = table.history()
    file = run.settings.reference_folder / table.contract.properties["file"]
    digest = digest_of(file, table.contract)
    if digest == was.newest().source:
        return None
    rows = run.spark.createDataFrame(rows_of(file, table.contract))
    before, now = (map(tuple, one.collect()) for one in (table.rows(was.main), rows))
    days = days_of_change(table.contract, before, now, run.started.date())
    branch = start_branch(run, table, was.main)
    watch = Watch(table.contract, rows.coalesce(1))
    written = branch.replace_all(watch.rows)
    verdict = watch.verdict(written.rows, lambda: table.rows(written.snapshot))
    entry = run.entry(
        table.contract,
        was.newest(),
        rows=Counts(rows_in=written.rows, published=written.rows),
        days=stretches(days),
        verdict=verdict.word,
        failures=failures(run, verdict, was),
        source=digest,
        seconds=round(time.monotonic() - started, 1),
    )
    conclude(branch, entry)
    report = run.report(entry, table.name, verdict, was)
    return replace(report, seconds=time.monotonic() - started)
