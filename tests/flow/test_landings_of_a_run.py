"""Several landings in one run: what any of them broke is told of the stage."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tidegate.contract import Rule, Severity
from tidegate.flow.run import StageReport, failed_before, failures
from tidegate.gate.verdict import WARN, Broken, Verdict
from tidegate.lake.ledger import KEY, TAG, Counts, Entry, Failure, History

pytestmark = pytest.mark.quick

STARTED = datetime(2015, 1, 1, 12, tzinfo=UTC)
RULE = Rule("padded", "", Severity.WARN, "", "expect_column_values_to_not_be_null", {})
BROKEN = Broken(RULE, 3, "3 rows, 1 %")
WARNED = Verdict(WARN, (BROKEN,), None)


def history(*broken: Failure, run: str = "r1") -> History:
    """A table whose newest page is of a run that broke these."""
    page = Entry(run=run, number=1, started="2015-01-01T11:00:00+00:00", failures=broken)
    snapshot = {"snapshot-id": 1, "timestamp-ms": 0, "summary": {KEY: page.text()}}
    refs = {name: {"snapshot-id": 1, "type": "tag"} for name in ("main", TAG)}
    return History({"snapshots": [snapshot], "refs": refs})


def broken_in(run: str, was: History) -> Failure:
    this: Any = SimpleNamespace(id=run, started=STARTED)
    (failure,) = failures(this, WARNED, was)
    return failure


def test_a_rule_that_several_landings_of_a_run_break_is_broken_in_one_run() -> None:
    first = broken_in("r2", history(run="r1"))
    second = broken_in("r2", history(first, run="r2"))
    third = broken_in("r3", history(second, run="r2"))

    assert [one.runs for one in (first, second, third)] == [1, 1, 2]
    assert {one.since for one in (first, second, third)} == {"2015-01-01T12:00Z"}


def test_what_the_first_landing_broke_is_not_lost_on_the_second() -> None:
    failure = Failure("padded", WARN, 3, 1, "2015-01-01T12:00Z")
    first = StageReport(
        "r", "raw.github", Counts(5, 5), WARN, (BROKEN,), number=1, failures=(failure,)
    )
    second = StageReport("r", "raw.github", Counts(2, 2), "pass", number=2, recovered=(failure,))

    told = second.after(first)

    assert (told.verdict, told.rows, told.number) == (WARN, Counts(7, 7), 2)
    assert (told.broken, told.failures, told.recovered) == ((BROKEN,), (failure,), ())
    assert told.parts == (first, told)


def test_the_rules_that_did_not_fit_a_page_are_not_told_as_recovered() -> None:
    kept = Failure("padded", WARN, 3)

    assert failed_before(history(kept, Failure("50 more rules", "", 99))) == (kept,)
