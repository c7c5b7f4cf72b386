"""Two runs that meet at moments a race seldom hits: each is set up step by step."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.lake_of_a_test import LakeOfATest, payload, with_own_prefix
from tidegate.errors import PublishLost
from tidegate.flow import pair as pairs
from tidegate.flow.commit import conclude, settle, start_branch
from tidegate.flow.decide import accept
from tidegate.flow.pair import open_pair
from tidegate.gate.verdict import BLOCK
from tidegate.lake.branch import Branch
from tidegate.lake.ledger import Counts
from tidegate.lake.table import Table
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLEAN, QUARANTINE = "clean.github_events", "quarantine.github_events"
REFUSED = (b"no JSON", ["payload_not_json"])


class Died(Exception):  # noqa: N818 - a run's end, no error
    """A run ends here."""


def dying_at(table: str) -> Callable[..., None]:
    """``Table.publish`` of a run that dies where it would publish to a table."""
    original = Table.publish

    def publish(self: Table, *args: Any) -> None:
        if self.name == table:
            raise Died
        original(self, *args)

    return publish


@pytest.fixture(scope="module")
def half_of_module(spark: "SparkSession", suite_settings: Settings) -> LakeOfATest:
    """A lake in which a run has published its clean rows, and not yet those it refused."""
    lake = LakeOfATest(spark, with_own_prefix(suite_settings))
    lake.narrow()
    lake.land([payload(id="1"), b"no JSON"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "publish", dying_at(QUARANTINE))
        with pytest.raises(Died):
            lake.clean()
    return lake


@pytest.fixture
def half(half_of_module: LakeOfATest) -> LakeOfATest:
    return half_of_module.copy()


@pytest.fixture(scope="module")
def blocked_of_module(spark: "SparkSession", suite_settings: Settings) -> LakeOfATest:
    """A lake whose first landing is blocked, with a row for quarantine."""
    lake = LakeOfATest(spark, with_own_prefix(suite_settings))
    lake.land([payload(id="1", payload={"size": 1, "distinct_size": 2}), b"no JSON"])
    assert lake.clean().verdict == BLOCK
    return lake


@pytest.fixture
def blocked(blocked_of_module: LakeOfATest) -> LakeOfATest:
    return blocked_of_module.copy()


def test_a_page_that_comes_between_two_publishes_does_not_hide_the_second(
    half: LakeOfATest,
) -> None:
    run = half.run()
    table = run.table(CLEAN)
    was = table.history()
    assert half.quarantined() == []

    conclude(start_branch(run, table, was.main), run.entry(table.contract, was.newest()))
    settle(table, run.table(QUARANTINE))

    assert half.quarantined() == [REFUSED]


def test_a_run_that_starts_between_another_s_two_publishes_waits_for_the_second(
    half: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = [lambda *_: False, settle]  # at the first the other has published nothing yet
    monkeypatch.setattr(pairs, "settle", lambda *tables: tries.pop(0)(*tables))
    run = half.run()

    pair = open_pair(run, run.contracts.table(CLEAN))

    partner = pair.clean_was.newest().partner
    assert partner is not None
    assert pair.quarantine_was.newest().number == partner.number
    assert tries == []


def test_no_page_is_written_to_a_branch_that_another_run_has_dropped(
    blocked: LakeOfATest,
) -> None:
    table = blocked.run().table(CLEAN)
    ((name, entry),) = table.history().unpublished()
    history = table.history()
    branch = Branch(table, name, history.main, history.branches()[name])
    table.drop_branch(name)

    with pytest.raises(PublishLost, match="was dropped by another run"):
        branch.ledger(entry)

    assert blocked.branches(CLEAN) == []


def test_accepting_what_a_newer_run_is_dropping_keeps_both_tables_rows(
    blocked: LakeOfATest,
) -> None:
    """The newer run has seen the blocked branches, and drops them after they are accepted."""
    tables = [blocked.run().table(name) for name in (CLEAN, QUARANTINE)]
    seen = [(table, dict(table.history().branches())) for table in tables]
    ((_, entry),) = tables[0].history().unpublished()
    original = Table.publish

    def publish(self: Table, *args: Any) -> None:
        for table, branches in seen:
            for name, head in branches.items():
                table.drop_branch(name, head)
        original(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "publish", publish)
        accept(blocked.run(), entry.run, "ann", "never mind")

    assert blocked.rows(CLEAN, "event_id") == [("1",)]
    assert blocked.quarantined() == [REFUSED]
    assert blocked.newest(QUARANTINE).verdict == "warn"


def test_a_block_of_what_another_run_has_published_meanwhile_is_no_block(
    blocked: LakeOfATest,
) -> None:
    run = blocked.run()
    table = run.table(CLEAN)
    ((_, entry),) = table.history().unpublished()
    branch = start_branch(run, table, table.history().main)
    accept(blocked.run(), entry.run, "ann", "never mind")

    with pytest.raises(PublishLost, match="another run published first"):
        conclude(branch, replace(entry, run=run.id))

    assert blocked.newest(CLEAN).totals == Counts(rows_in=2, published=1, quarantined=1)
