"""What ``plan``, ``rebuild`` and ``backfill`` say, of tables that aren't made yet too."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from rich.console import Console

from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.errors import InputError, LakeError
from tidegate.flow.planning import NOTHING, Planned, plan
from tidegate.flow.project import load_flow
from tidegate.flow.reports import Rebuilt
from tidegate.report.plans import plan_table, plan_told, rebuilt_told

FIRST = date(2015, 1, 1)


def days(count: int, first: date = FIRST) -> set[date]:
    return {first + timedelta(step) for step in range(count)}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({}, "mart.day: nothing was made anew, as no such day has rows"),
        ({"left": days(1)}, "mart.day: 0 of 1 day made anew; left: 2015-01-01"),
        (
            {"left": days(3)},
            "mart.day: 0 of 3 days made anew; left: 2015-01-01 to 2015-01-03",
        ),
        (
            {"done": days(1), "slices": 1, "bytes": 1_240_000, "seconds": 2.4},
            "mart.day: 1 of 1 day made anew in 1 slice, 1.2 MB read, 2 s",
        ),
        (
            {"done": days(1), "left": days(1, date(2015, 1, 9)), "slices": 1},
            "mart.day: 1 of 2 days made anew in 1 slice, 0.0 MB read, 0 s; left: 2015-01-09",
        ),
        (
            {"done": days(1500), "slices": 215, "bytes": 2_000_000_000, "seconds": 900.0},
            "mart.day: 1,500 of 1,500 days made anew in 215 slices, 2,000.0 MB read, 900 s",
        ),
        ({"is_whole": True, "slices": 1, "seconds": 3.0}, "mart.day: made anew, 3 s"),
    ],
)
def test_what_a_rebuild_did_is_told_in_one_line(made: dict[str, Any], told: str) -> None:
    assert rebuilt_told(Rebuilt("run", "mart.day", **made)) == told


@pytest.mark.quick
@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ([Planned("a.b", NOTHING)], ["nothing to do but to look for new records"]),
        (
            [Planned("a.b", NOTHING, stale=days(1))],
            [
                "nothing to do but to look for new records",
                "a.b: 1 day no longer matches the contract or function it is made by, or is left"
                " over: 2015-01-01",
                "  make it anew: tidegate rebuild a.b",
            ],
        ),
        (
            [
                Planned("a.b", "computes 2 days", days(2), seconds=5, stale=days(2)),
                *2 * [Planned("a.c", "computes 1 day", days(1), seconds=None)],
            ],
            [
                "about 5 s, judging by earlier runs, and 2 stages of which no earlier run tells",
                "a.b: 2 days no longer match the contract or function they are made by, or are left"
                " over: 2015-01-01 to 2015-01-02",
                "  make them anew: tidegate rebuild a.b",
            ],
        ),
        (
            [Planned("a.b", "x", seconds=5), Planned("a.c", "y", seconds=None, is_stale=True)],
            [
                "about 5 s, judging by earlier runs, and 1 stage of which no earlier run tells",
                "a.c: its rows no longer match the contract or function",
                "  make them anew: tidegate rebuild a.c",
            ],
        ),
    ],
)
def test_what_a_plan_says_beside_its_table(stages: list[Planned], told: list[str]) -> None:
    assert plan_told(stages) == told


def printed(stages: list[Planned]) -> str:
    """The table that is printed."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(plan_table(stages))
    return captured.get()


def test_a_plan_of_tables_that_are_not_made_yet_says_what_the_first_run_does(
    lake: LakeOfATest,
) -> None:
    lake.land([payload(id="1"), payload(id="2")])
    lake.land([payload(id="3")])

    found = plan(lake.settings, lake.contracts, load_flow(lake.settings.project, "github"))

    assert [(one.table, one.does, one.rows) for one in found[1:]] == [
        ("clean.github_events", "judges 2 landings", 3),
        ("mart.repository_activity", "computes the days of the new rows", 0),
        ("mart.daily_activity", "computes the days of the new rows", 0),
    ]
    for one in found[1:]:
        assert (one.stale, one.is_stale, one.seconds, one.and_more) == (set(), False, None, True)
    assert "judges 2 landings" in printed(found)
    lake.clean()

    _, events, *marts = plan(
        lake.settings, lake.contracts, load_flow(lake.settings.project, "github")
    )

    assert events.does == NOTHING
    assert [(one.does, one.days, one.rows) for one in marts] == [("computes 1 day", {FIRST}, 3)] * 2


def test_a_plan_of_the_shops_flow_before_its_first_run_names_every_table(
    lake: LakeOfATest, tmp_path: Any
) -> None:
    (tmp_path / "exchange_rates.csv").write_text("currency,valid_from,valid_to,euro_cents\n")
    (tmp_path / "catalogue.csv").write_text("sku,valid_from,valid_to,name,category,price_cents\n")
    lake.settings = lake.settings.model_copy(update={"reference": str(tmp_path)})
    lake.land([b"{}"], source="storefront")
    flow = load_flow(lake.settings.project, "storefront")

    found = {one.table: one.does for one in plan(lake.settings, lake.contracts, flow)}

    assert list(found) == [stage.writes for stage in flow.stages]
    assert found["clean.exchange_rates"] == "takes its file's rows"
    assert found["clean.storefront_events"] == "judges 1 landing"
    assert found["mart.visitors"] == "computes the keys of the new rows"
    assert found["mart.weekly_retention"] == "computes the weeks of the new rows"
    assert found["mart.daily_revenue"] == "computes the days of the new rows"


def test_a_plan_tells_the_line_of_a_reference_file_at_which_a_run_would_end(
    lake: LakeOfATest, tmp_path: Any
) -> None:
    rates = tmp_path / "exchange_rates.csv"
    rates.write_text("currency,valid_from,valid_to,euro_cents\nUSD,2026-01-01,,cheap\n")
    lake.settings = lake.settings.model_copy(update={"reference": str(tmp_path)})
    flow = load_flow(lake.settings.project, "storefront")

    with pytest.raises(InputError) as raised:
        plan(lake.settings, lake.contracts, flow)

    told = 'column "euro_cents" is "cheap"; expected decimal(18,6)'
    assert str(raised.value) == f"{rates}:2: {told}"


@pytest.mark.quick
def test_planning_pays_for_neither_spark_nor_great_expectations() -> None:
    parts = "tidegate.flow.planning, tidegate.report.documents, tidegate.report.plans"
    says = f"import sys, {parts}; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", says], check=True, capture_output=True, text=True)

    assert {"great_expectations", "pyspark"} & set(found.stdout.split()) == set()


@pytest.mark.quick
def test_a_plan_where_there_is_no_lake_says_so(suite_settings: Any, tmp_path: Any) -> None:
    from tidegate.contract import load_contracts

    nowhere = suite_settings.model_copy(update={"warehouse": str(tmp_path / "lake")})
    contracts = load_contracts(nowhere.project)

    with pytest.raises(LakeError, match="run `tidegate run` first"):
        plan(nowhere, contracts, load_flow(nowhere.project, "github"))


def test_a_rebuild_and_a_backfill_end_with_what_was_made_and_what_goes_on(
    typed: Callable[..., tuple[int, str, str]], lake: LakeOfATest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lake.environment().items():
        monkeypatch.setenv(name, value)
    lake.land([payload(id="1"), payload(id="2", created_at="2014-12-31T10:00:00Z")])
    lake.clean()
    span = ("backfill", "github", "--from", "2014-12-31", "--to", "2015-01-02", "--slice", 1)

    def told(*words: object) -> str:
        code, printed, _ = typed(*words)
        assert code == 0
        return " ".join(printed.split())

    stopped = told(*span, "--minutes", 0)
    assert "clean.github_events: 1 of 2 days made anew in 1 slice, 0.0 MB read, " in stopped
    go_on = "go on with: tidegate backfill github --from 2014-12-31 --to 2015-01-02"
    assert stopped.endswith(f" s; left: 2015-01-01 {go_on}")
    rest = told(*span)
    assert "clean.github_events: 1 of 1 day made anew in 1 slice, 0.0 MB read, " in rest
    assert "go on with" not in rest
    assert "mart.daily_activity: 2 of 2 days made anew in 1 slice, " in told(
        "rebuild", "mart.daily_activity"
    )
