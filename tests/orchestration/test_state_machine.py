"""A flow's state machine, executed: each job run is a process that ends as the test says."""

from collections.abc import Callable

import pytest

from tests.orchestration.flow_on_aws import FlowOnAws

pytestmark = pytest.mark.aws

Deployed = Callable[..., FlowOnAws]
BLOCKED = "GateBlocked: clean.orders: blocked; its readers see what they saw before"
ONCE = {"raw.shop": 1, "clean.orders": 1, "clean.visits": 1, "mart.sales": 1, "serve": 1}


@pytest.mark.parametrize("engine", ["glue", "emr"])
def test_stages_run_layer_by_layer_and_those_of_a_layer_side_by_side(
    deployed: Deployed, engine: str
) -> None:
    flow = deployed(engine)
    flow.together("clean.orders", "clean.visits")

    ended = flow.run()

    assert ended["status"] == "SUCCEEDED"
    assert flow.ran() == ONCE
    assert flow.alerts() == []
    order = (flow.project / "runs").read_text().split()
    assert [order[0], *order[3:]] == ["raw.shop", "mart.sales", "serve"]


@pytest.mark.parametrize("engine", ["glue", "emr"])
def test_a_blocked_gate_is_told_and_not_run_again_and_nothing_after_it_starts(
    deployed: Deployed, engine: str
) -> None:
    flow = deployed(engine)
    flow.plan("clean.orders.1", 3, BLOCKED)

    ended = flow.run()

    assert ended["status"] == "FAILED"
    assert (ended["error"], ended["cause"]) == ("FlowFailed", "clean.orders")
    assert flow.ran() == {"raw.shop": 1, "clean.orders": 1, "clean.visits": 1}
    (alert,) = flow.alerts()
    assert alert["Subject"] == "tidegate: shop, clean.orders: GateBlocked"
    assert BLOCKED in alert["Message"]
    assert f"execution: {ended['executionArn']}" in alert["Message"]


def test_a_failed_job_runs_again_and_the_flow_goes_on(deployed: Deployed) -> None:
    flow = deployed()
    flow.plan("clean.visits.1", 1, "OSError: no space left on device")

    ended = flow.run()

    assert ended["status"] == "SUCCEEDED"
    assert flow.ran() == ONCE | {"clean.visits": 2}
    assert flow.alerts() == []


@pytest.mark.parametrize("engine", ["glue", "emr"])
def test_a_job_that_fails_each_time_is_told_after_the_third(
    deployed: Deployed, engine: str
) -> None:
    flow = deployed(engine)
    for number in (1, 2, 3):
        flow.plan(f"mart.sales.{number}", 1, f"OSError: attempt {number}")

    ended = flow.run()

    assert (ended["status"], ended["cause"]) == ("FAILED", "mart.sales")
    assert flow.ran()["mart.sales"] == 3
    (alert,) = flow.alerts()
    assert alert["Subject"] == "tidegate: shop, mart.sales: JobFailed"
    assert "OSError: attempt 3" in alert["Message"]


def test_a_lost_publish_runs_again(deployed: Deployed) -> None:
    flow = deployed()
    for number in (1, 2, 3):
        flow.plan(f"mart.sales.{number}", 5, "PublishLost: mart.sales: another run was first")

    ended = flow.run()

    assert ended["status"] == "SUCCEEDED"
    assert flow.ran()["mart.sales"] == 4


@pytest.mark.parametrize(
    ("code", "last", "kind"),
    [
        (4, "BooksError: mart.sales: 3 rows in, 2 accounted for", "BooksError"),
        (2, "ContractError: contracts/mart.sales.yaml:3: no such column", "UserError"),
        (3, "SystemExit: 3", "GateBlocked"),
    ],
)
def test_what_would_fail_again_is_told_at_once(
    deployed: Deployed, code: int, last: str, kind: str
) -> None:
    flow = deployed()
    flow.plan("mart.sales.1", code, last)

    flow.run()

    assert flow.ran()["mart.sales"] == 1
    assert [one["Subject"] for one in flow.alerts()] == [f"tidegate: shop, mart.sales: {kind}"]


def test_two_stages_that_fail_side_by_side_are_both_told(deployed: Deployed) -> None:
    flow = deployed()
    flow.together("clean.orders", "clean.visits")
    flow.plan("clean.orders.1", 3, BLOCKED)
    flow.plan("clean.visits.1", 4, "BooksError: clean.visits: a row is missing")

    ended = flow.run()

    assert ended["cause"] == "clean.orders, clean.visits"
    assert len(flow.alerts()) == 2


def test_a_flow_that_the_landers_publishes_start_lands_nothing_itself(deployed: Deployed) -> None:
    flow = deployed(Lands="no")

    ended = flow.run()

    assert ended["status"] == "SUCCEEDED"
    assert "raw.shop" not in flow.ran()
