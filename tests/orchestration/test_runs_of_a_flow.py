"""What runs now: a flow's executions one at a time, and the table that says so."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.orchestration.flow_on_aws import FlowOnAws

pytestmark = pytest.mark.aws

Deployed = Callable[..., FlowOnAws]


def test_the_table_says_what_runs_now(deployed: Deployed) -> None:
    flow = deployed()
    wait(flow, "clean.visits")

    execution = flow.start()
    begun(flow, "clean.visits")

    (row,) = flow.rows()
    assert (row["flow"]["S"], row["run"]["S"]) == ("shop", "now")
    assert row["execution"]["S"] == execution
    assert row["stages"]["L"] == [{"S": "clean.orders"}, {"S": "clean.visits"}]
    go_on(flow)
    assert flow.ended(execution)["status"] == "SUCCEEDED"


def test_each_execution_leaves_a_row_that_goes_after_ninety_days(deployed: Deployed) -> None:
    flow = deployed()
    flow.run()
    flow.plan("mart.sales.2", 3, "GateBlocked: mart.sales: blocked")

    flow.run()

    first, second = flow.rows()
    assert [one["outcome"]["S"] for one in (first, second)] == ["succeeded", "failed"]
    assert (first["failed"]["L"], second["failed"]["L"]) == ([], [{"S": "mart.sales"}])
    assert float(second["expires"]["N"]) - time.time() == pytest.approx(90 * 86400, abs=60)


def test_a_start_while_one_runs_ends_at_once_and_the_one_that_runs_goes_round_again(
    deployed: Deployed,
) -> None:
    flow = deployed()
    wait(flow, "clean.visits")
    execution = flow.start()
    begun(flow, "clean.visits")

    second, third = flow.run(), flow.run()
    go_on(flow)

    assert [one["status"] for one in (second, third)] == ["SUCCEEDED"] * 2
    assert '"left word"' in second["output"]
    assert flow.ended(execution)["status"] == "SUCCEEDED"
    assert set(flow.ran().values()) == {2}
    assert [one["run"]["S"] == "now" for one in flow.rows()] == [False]


def test_an_execution_that_was_stopped_by_hand_holds_nobody_up(deployed: Deployed) -> None:
    flow = deployed()
    wait(flow, "clean.visits")
    stopped = flow.start()
    begun(flow, "clean.visits")
    flow.aws.client("stepfunctions").stop_execution(executionArn=stopped)
    go_on(flow)

    ended = flow.run()

    assert ended["status"] == "SUCCEEDED"
    assert "take over" in flow.states(ended["executionArn"])


def test_a_run_table_that_isnt_there_is_told(deployed: Deployed) -> None:
    flow = deployed()
    flow.aws.client("dynamodb").delete_table(TableName=flow.name)

    ended = flow.run()

    assert ended["status"] == "FAILED"
    (alert,) = flow.alerts()
    assert alert["Subject"] == "tidegate: shop stopped"
    assert "DynamoDB.ResourceNotFoundException" in alert["Message"]


def wait(flow: FlowOnAws, stage: str) -> None:
    """Have a stage wait for ``go_on``."""
    (flow.project / f"{stage}.with").write_text("go")


def begun(flow: FlowOnAws, stage: str) -> None:
    """Wait until a stage runs."""
    until(lambda: (flow.project / f"{stage}.begun").exists())


def go_on(flow: FlowOnAws) -> None:
    (flow.project / "go").touch()


def until(is_so: Callable[[], Any]) -> None:
    latest = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < latest
        time.sleep(0.05)
