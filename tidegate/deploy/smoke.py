"""A flow run once after a deployment, to see that what was deployed works."""

import datetime as dt
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.deploy.failures import told
from tidegate.deploy.stacks import Say, resources, standing
from tidegate.deploy.templates import MACHINE, stack_name, templates
from tidegate.deploy.unwell import unwell
from tidegate.errors import DeployError, did_you_mean
from tidegate.settings import Settings

TAKES = 3600
"""Seconds that it is waited for."""
_LOOK = {True: 0.2, False: 10.0}  # seconds between two looks: here, and on AWS
_TOLD = 60  # seconds between two words of how long it runs


def check_flow(project: Path, source: str) -> None:
    """Make sure that a project's stacks will have a flow's state machine.

    Args:
        project: the project's folder.
        source: the flow.

    Raises:
        DeployError: they won't.
        ProjectError: there are no templates, or none that can be read.
    """
    known = [flow for one in templates(project) if one.concern == "flow" for flow in one.flows]
    if source not in known:
        raise DeployError(
            f'--flow "{source}": infra/flow.yaml has no state machine of it; it has'
            f" {', '.join(known) or 'none'}{did_you_mean(source, known)}"
        )


def check_lake(settings: Settings, outputs: Mapping[str, str]) -> None:
    """Make sure that the local endpoint's own lake is the stacks', as its Athena reads no other.

    Args:
        settings: how the endpoint was started.
        outputs: what the stacks put out.

    Raises:
        DeployError: it is another one; what to set.
    """
    meant = {
        "TIDEGATE_CATALOG": "glue",
        "TIDEGATE_WAREHOUSE": outputs.get("Warehouse", settings.lake),
        "TIDEGATE_DATABASE_PREFIX": outputs.get("DatabasePrefix", settings.database_prefix),
    }
    found = (settings.catalog, settings.lake, settings.database_prefix)
    if settings.endpoint != "local" or "Warehouse" not in outputs or found == (*meant.values(),):
        return
    exports = " ".join(f"{name}={value}" for name, value in meant.items())
    raise DeployError(
        f"smoke flow: not run, as the local endpoint's lake isn't the stacks'; export {exports},"
        " then tidegate local stop, tidegate local start, and deploy again"
    )


def smoke(config: AwsConfig, env: str, source: str | None, say: Say) -> str:
    """Run a flow's state machine and wait for its end.

    Args:
        config: how AWS is reached.
        env: the environment.
        source: which flow; by default the first.
        say: told that it runs.

    Returns:
        What came of it, or why there was nothing to run.

    Raises:
        DeployError: it failed, with what each failed stage's run said; or it takes too long.
    """
    stack = stack_name(env, "flow")
    with told("smoke flow"):
        machines = _machines(config, stack)
        name = stack_name(env, source) if source else min(machines, default="")
        if name not in machines:
            which = f" {name}" if source else ""
            return f"smoke flow: skipped, as {stack} has no state machine{which}"
        return run(config, env, machines[name], say)


def _machines(config: AwsConfig, stack: str) -> dict[str, str]:
    """The ARNs of a stack's state machines, by their names."""
    if standing(config, stack) is None:
        return {}
    found = [one.physical for one in resources(config, stack) if one.kind == MACHINE]
    return {one.split(":")[-1]: one for one in found}


def run(config: AwsConfig, env: str, machine: str, say: Say) -> str:
    """Run a state machine, by its ARN, and wait for its end; as ``smoke`` does."""
    client, name = config.client("stepfunctions"), machine.split(":")[-1]
    execution = f"deploy-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}"
    begun = time.monotonic()
    started = client.start_execution(stateMachineArn=machine, name=execution, input="{}")
    say(f"smoke flow: {name} runs as {execution}")
    found = _ended(config, started["executionArn"], begun, say)
    if _left_word(found):
        other = _holder(client, machine, started["executionArn"])
        say(f"smoke flow: {name} ran already; that execution goes round once more, to its end")
        found = _ended(config, other, begun, say)
    took = time.monotonic() - begun
    if found["status"] == "SUCCEEDED":
        return f"smoke flow: {name} SUCCEEDED in {took:.0f} s"
    reasons = [f"  {line}" for line in unwell(config, env, found)]
    again = "  once that is mended, deploy again: it runs the flow again; all that happened:"
    head = f"smoke flow: {name} {found['status']}; the stacks are deployed"
    raise DeployError("\n".join([head, *reasons, again, _look(found["executionArn"])]))


def _ended(config: AwsConfig, arn: str, begun: float, say: Say) -> dict[str, Any]:
    """An execution, once it has ended.

    Raises:
        DeployError: it still runs, long after it was begun.
    """
    last, name = 0.0, arn.split(":")[-2]
    while True:
        found: dict[str, Any] = config.client("stepfunctions").describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
        took = time.monotonic() - begun
        if took > TAKES:
            raise DeployError(
                f"smoke flow: {name} still runs after {TAKES} s; the stacks are deployed; see\n"
                + _look(arn)
            )
        if took - last > _TOLD:
            last = took
            say(f"smoke flow: {name} runs for {took:.0f} s")
        time.sleep(_LOOK[config.endpoint_url is not None])


def _left_word(ended: dict[str, Any]) -> bool:
    """Whether an execution found another one running, which then goes round once more."""
    output = json.loads(ended.get("output") or "{}")
    return isinstance(output, dict) and output.get("outcome") == "left word"


def _holder(client: Any, machine: str, mine: str) -> str:
    """The execution that mine left word with: the one that runs, or the last that ended."""
    for one in ({"statusFilter": "RUNNING"}, {}):
        found = client.list_executions(stateMachineArn=machine, **one)["executions"]
        others = [each for each in found if each["executionArn"] != mine]
        if others:
            return str(max(others, key=lambda each: each["startDate"])["executionArn"])
    return mine


def _look(arn: str) -> str:
    return f"  aws stepfunctions get-execution-history --execution-arn {arn}"
