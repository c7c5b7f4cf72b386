"""What a deployment says of the flow that it runs: which stage failed, why, and what to do."""

import threading
from collections.abc import Callable

import pytest

from tests.orchestration.flow_on_aws import FlowOnAws
from tests.orchestration.test_runs_of_a_flow import begun, go_on, wait
from tidegate.deploy.smoke import run
from tidegate.errors import DeployError

pytestmark = pytest.mark.aws

Deployed = Callable[..., FlowOnAws]
BLOCKED = "GateBlocked: clean.orders: blocked; its readers see what they saw before"


def failure(flow: FlowOnAws) -> list[str]:
    """The lines that a run's failure is told in."""
    with pytest.raises(DeployError) as raised:
        run(flow.aws, "dev", flow.arn, print)
    return str(raised.value).splitlines()


@pytest.mark.parametrize("engine", ["glue", "emr"])
def test_a_failed_stage_is_told_in_its_runs_own_words(deployed: Deployed, engine: str) -> None:
    flow = deployed(engine)
    flow.plan("clean.orders.1", 3, BLOCKED)

    head, stage, output, again, look = failure(flow)

    assert head == f"smoke flow: {flow.name} FAILED; the stacks are deployed"
    assert stage == f"  clean.orders: {BLOCKED}"
    assert output.startswith("    its output: .tidegate/job-runs/")
    assert (
        again == "  once that is mended, deploy again: it runs the flow again; all that happened:"
    )
    assert look.startswith("  aws stepfunctions get-execution-history --execution-arn arn:aws:")


def test_of_a_stage_that_ran_again_the_last_run_is_told(deployed: Deployed) -> None:
    flow = deployed()
    for number in (1, 2, 3):
        flow.plan(f"mart.sales.{number}", 1, f"OSError: attempt {number}")

    told = failure(flow)

    assert [line for line in told if "attempt" in line] == ["  mart.sales: OSError: attempt 3"]


def test_stages_that_fail_side_by_side_are_all_told(deployed: Deployed) -> None:
    flow = deployed()
    flow.together("clean.orders", "clean.visits")
    flow.plan("clean.orders.1", 3, BLOCKED)
    flow.plan("clean.visits.1", 4, "BooksError: clean.visits: a row is missing")

    told = failure(flow)

    assert f"  clean.orders: {BLOCKED}" in told
    assert "  clean.visits: BooksError: clean.visits: a row is missing" in told


def test_what_fails_beside_the_stages_is_told(deployed: Deployed) -> None:
    flow = deployed()
    flow.aws.client("dynamodb").delete_table(TableName=flow.name)

    assert "DynamoDB.ResourceNotFoundException" in failure(flow)[1]


def test_a_job_that_was_never_made_is_told(deployed: Deployed) -> None:
    flow = deployed()
    flow.aws.client("glue").delete_job(JobName=flow.name)

    _, stage, _, _ = failure(flow)

    assert stage.startswith(f"  raw.shop: Job {flow.name} not found")


def test_a_flow_that_runs_already_is_waited_for(deployed: Deployed) -> None:
    flow, said = deployed(), list[str]()
    wait(flow, "clean.visits")
    execution = flow.start()
    begun(flow, "clean.visits")
    flow.plan("mart.sales.2", 3, "GateBlocked: mart.sales: blocked")

    threading.Timer(2, go_on, [flow]).start()
    with pytest.raises(DeployError) as raised:
        run(flow.aws, "dev", flow.arn, said.append)

    assert "mart.sales: GateBlocked: mart.sales: blocked" in str(raised.value)
    assert f"{flow.name} ran already; that execution goes round once more" in said[-1]
    assert execution in str(raised.value)
