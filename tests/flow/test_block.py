"""A blocked stage: what it says, what its readers see, and the ways on."""

from dataclasses import replace
from typing import Any

import pytest

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.errors import LakeError, PublishLost
from tidegate.flow.books import Page, books
from tidegate.flow.commit import blocked
from tidegate.flow.decide import accept, discard
from tidegate.lake.catalog import tables
from tidegate.lake.ledger import Counts

BROKEN_RULE = "distinct_size_within_size"


def mixed_up(**changes: Any) -> bytes:
    """A push that says it brought more distinct commits than commits."""
    return payload(payload={"size": 1, "distinct_size": 2}, **changes)


@pytest.fixture(scope="module")
def once_blocked(lake_of_module: LakeOfATest) -> LakeOfATest:
    """A lake whose first landing is blocked: two mixed up pushes and a row for quarantine."""
    lake_of_module.land([mixed_up(id="2"), mixed_up(id="3"), b"no JSON"])
    lake_of_module.report = lake_of_module.clean()
    return lake_of_module


@pytest.fixture
def blocked_lake(once_blocked: LakeOfATest) -> LakeOfATest:
    """A lake of the test's own that begins as that one is."""
    return once_blocked.copy()


def test_a_block_says_which_rule_how_many_rows_which_records_and_where_the_branch_is(
    blocked_lake: LakeOfATest,
) -> None:
    report = blocked_lake.report
    told = str(blocked(report, f"run-{report.run}"))

    assert report.verdict == "block"
    assert BROKEN_RULE in told
    assert "2 rows, 100 %" in told
    assert "event_date=2015-01-01, event_id=2" in told
    assert f"branch run-{report.run} of clean.github_events" in told
    assert f'tidegate accept {report.run} --because "…"' in told


def test_the_books_of_a_run_have_those_of_a_blocked_one_and_of_an_unknown_one_none(
    blocked_lake: LakeOfATest,
) -> None:
    settings, contracts = blocked_lake.settings, blocked_lake.contracts
    run = blocked_lake.report.run

    (page,) = books(settings, contracts, run)

    rows = Counts(rows_in=3, published=2, quarantined=1)
    assert page == Page("clean.github_events", run, rows, blocked=True)
    with pytest.raises(LakeError, match=r"no run nosuch in the books of raw.github and clean"):
        books(settings, contracts, "nosuch")


def test_readers_of_a_blocked_stage_see_what_they_saw(lake: LakeOfATest) -> None:
    lake.land([payload(id="1")])
    lake.clean()
    lake.land([mixed_up(id="2"), b"no JSON"])

    assert lake.clean().verdict == "block"
    assert any("block, 1 row held back, 1 quarantined, " in line for line in lake.said)
    assert lake.rows("clean.github_events", "event_id") == [("1",)]
    assert lake.quarantined() == []
    assert lake.newest("clean.github_events").totals == Counts(rows_in=1, published=1)


def test_the_next_run_judges_old_and_new_rows_together(blocked_lake: LakeOfATest) -> None:
    # 2 mixed up pushes of 2,002 are less than 1 in 1,000, which the rule lets pass.
    blocked_lake.land([payload(id=str(number)) for number in range(10, 2010)])

    report = blocked_lake.clean()

    assert (report.verdict, report.rows) == (
        "pass",
        Counts(rows_in=2003, published=2002, quarantined=1),
    )
    assert blocked_lake.quarantined() == [(b"no JSON", ["payload_not_json"])]
    assert blocked_lake.branches("clean.github_events") == []
    assert blocked_lake.branches("quarantine.github_events") == []


def test_a_block_again_leaves_one_branch(blocked_lake: LakeOfATest) -> None:
    again = blocked_lake.clean()

    assert again.verdict == "block"
    assert blocked_lake.branches("clean.github_events") == [f"run-{again.run}"]
    assert blocked_lake.branches("quarantine.github_events") == [f"run-{again.run}"]


def test_accepting_publishes_both_tables_as_they_are_and_keeps_who_and_why(
    blocked_lake: LakeOfATest,
) -> None:
    accept(blocked_lake.run(), blocked_lake.report.run, "ann", "the sender counts otherwise")

    entry = blocked_lake.newest("clean.github_events")
    assert blocked_lake.rows("clean.github_events", "event_id") == [("2",), ("3",)]
    assert blocked_lake.quarantined() == [(b"no JSON", ["payload_not_json"])]
    assert entry.totals == Counts(rows_in=3, published=2, quarantined=1)
    assert entry.decision is not None
    assert (entry.decision.what, entry.decision.by) == ("accepted", "ann")
    assert entry.decision.because == "the sender counts otherwise"
    assert blocked_lake.clean().verdict == "nothing new"


def test_discarding_drops_the_result_and_the_next_run_reads_the_rows_again(
    blocked_lake: LakeOfATest,
) -> None:
    discard(blocked_lake.run(), blocked_lake.report.run, "ann", "the rule was wrong")

    entry = blocked_lake.newest("clean.github_events")
    assert blocked_lake.branches("clean.github_events") == []
    assert blocked_lake.branches("quarantine.github_events") == []
    assert entry.totals == Counts()
    assert entry.decision is not None
    assert entry.decision.what == "discarded"
    assert blocked_lake.clean().rows.rows_in == 3


def test_accepting_a_run_that_is_not_blocked_names_those_that_are(
    blocked_lake: LakeOfATest,
) -> None:
    with pytest.raises(LakeError, match=f"blocked are {blocked_lake.report.run}"):
        accept(blocked_lake.run(), "20150101T000000-0000", "ann", "why not")


def test_a_blocked_result_that_a_later_run_has_replaced_can_not_be_accepted(
    blocked_lake: LakeOfATest,
) -> None:
    blocked_lake.land([payload(id=str(number)) for number in range(10, 2010)])
    blocked_lake.clean()

    with pytest.raises((LakeError, PublishLost)):
        accept(blocked_lake.run(), blocked_lake.report.run, "ann", "too late")


@pytest.mark.parametrize("decide", [accept, discard])
def test_a_decision_opens_the_tables_it_is_about_and_no_other(
    decide: Any, blocked_lake: LakeOfATest
) -> None:
    broken = blocked_lake.contracts.table("raw.github")
    blocked_lake.change(replace(broken, columns=broken.columns[:-1]))
    before = tables(blocked_lake.settings)

    decide(blocked_lake.run(), blocked_lake.report.run, "ann", "it is so")

    after = tables(blocked_lake.settings)
    assert after.keys() == before.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"clean.github_events", "quarantine.github_events"}
