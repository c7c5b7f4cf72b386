"""Several landings in one run: what any of them broke is told of the stage."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from tests.conftest import put
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.aws import AwsConfig
from tidegate.contract import Rule, Severity
from tidegate.errors import ContractError, SettingsError, StreamError
from tidegate.flow.landed import broken_before
from tidegate.flow.reports import StageReport
from tidegate.flow.run import failed_before, failures
from tidegate.gate.verdict import PASS, WARN, Broken, Verdict
from tidegate.lake.history import History
from tidegate.lake.ledger import KEY, TAG, Counts, Entry, Failure
from tidegate.lake.table import Table

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


def test_what_the_first_landing_broke_is_on_the_last_page_and_can_recover() -> None:
    failure = Failure("padded", WARN, 3, 1, "2015-01-01T12:00Z")
    this: Any = SimpleNamespace(id="r2", started=STARTED)
    holds = Verdict(PASS, (), None)

    assert broken_before(this, holds, history(failure, run="r2")) == (failure,)
    assert broken_before(this, WARNED, history(failure, run="r2")) == ()
    assert broken_before(this, holds, history(failure, run="r1")) == ()


def test_what_a_landing_broke_is_told_and_kept_though_the_next_one_fails(
    streaming: LakeOfATest,
    aws: AwsConfig,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    few = {"min_value": 9}
    name = "expect_table_row_count_to_be_between"
    rule = Rule("many", "There are many.", Severity.WARN, "", name, few)
    streaming.change(replace(streaming.contracts["raw.github"], rules=(rule,)))
    streaming.settings = streaming.settings.model_copy(update={"land_records": 1})
    put(aws, streaming, [payload(id="1"), payload(id="2")])
    publish, published = Table.publish, []

    def once(self: Table, *args: Any) -> None:
        if published:
            raise StreamError("the stream is gone")
        published.append(self.name)
        publish(self, *args)

    monkeypatch.setattr(Table, "publish", once)

    with pytest.raises(StreamError):
        streaming.land_stream()

    assert "rule many: found 1" in caplog.text
    assert streaming.rows("quality.verdicts", "rule", "holds") == [("many", False)]


def test_the_rules_that_did_not_fit_a_page_are_not_told_as_recovered() -> None:
    kept = Failure("padded", WARN, 3)

    assert failed_before(history(kept, Failure("50 more rules", "", 99))) == (kept,)


def test_records_land_though_the_flow_s_next_table_breaks_its_contract(
    streaming: LakeOfATest, aws: AwsConfig
) -> None:
    clean = streaming.contracts.table("clean.github_events")
    streaming.run().table(clean.table)
    columns = [replace(one, type="long") if one.name == "actor" else one for one in clean.columns]
    streaming.change(replace(clean, version="9.0.0", columns=tuple(columns)))
    put(aws, streaming, [payload(id="1")])

    with pytest.raises(ContractError, match=r"which breaks clean\.github_events"):
        streaming.flow()

    assert streaming.newest("raw.github").totals == Counts(1, 1)


def test_records_land_though_there_is_no_key_for_the_flow_s_personal_columns(
    streaming: LakeOfATest, aws: AwsConfig
) -> None:
    stream = streaming.settings.streams["github"]
    without = {"streams": {"storefront": stream}, "personal_key": SecretStr("5e5a")}
    put(aws, streaming, [b"{}"])
    streaming.settings = streaming.settings.model_copy(update=without)

    with pytest.raises(SettingsError, match="is a key of 2 bytes"):
        streaming.flow("storefront")

    assert streaming.newest("raw.storefront").totals == Counts(1, 1)
