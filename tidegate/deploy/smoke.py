"""A flow run once after a deployment, to see that what was deployed works."""

import datetime as dt
import time

from tidegate.aws import AwsConfig
from tidegate.deploy.failures import one_line, told
from tidegate.deploy.stacks import Say, resources, standing
from tidegate.deploy.templates import stack_name
from tidegate.errors import DeployError

MACHINE = "AWS::StepFunctions::StateMachine"
TAKES = 3600
"""Seconds that it is waited for."""
_LOOK = {True: 0.2, False: 10.0}  # seconds between two looks: here, and on AWS
_TOLD = 60  # seconds between two words of how long it runs


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
        DeployError: it failed, or takes too long.
    """
    stack = stack_name(env, "flow")
    with told("smoke flow"):
        machines = _machines(config, stack)
        chosen = [one for one in machines if source is None or source in one.split(":")[-1]]
        if source and not chosen:
            raise DeployError(f'smoke flow: {stack} has no state machine of "{source}"')
        if not chosen:
            return f"smoke flow: skipped, as {stack} has no state machine"
        return _run(config, chosen[0], say)


def _machines(config: AwsConfig, stack: str) -> list[str]:
    """The ARNs of a stack's state machines."""
    if standing(config, stack) is None:
        return []
    return sorted(one.physical for one in resources(config, stack) if one.kind == MACHINE)


def _run(config: AwsConfig, machine: str, say: Say) -> str:
    client, name = config.client("stepfunctions"), machine.split(":")[-1]
    execution = f"deploy-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}"
    begun, last = time.monotonic(), 0.0
    started = client.start_execution(stateMachineArn=machine, name=execution, input="{}")
    arn = started["executionArn"]
    say(f"smoke flow: {name} runs as {execution}")
    look = f"aws stepfunctions get-execution-history --execution-arn {arn}"
    while True:
        found = client.describe_execution(executionArn=arn)
        took = time.monotonic() - begun
        if found["status"] != "RUNNING":
            break
        if took > TAKES:
            raise DeployError(
                f"smoke flow: {name} still runs after {TAKES} s; the stacks are deployed; see\n"
                f"  {look}"
            )
        if took - last > _TOLD:
            last = took
            say(f"smoke flow: {name} runs for {took:.0f} s")
        time.sleep(_LOOK[config.endpoint_url is not None])
    if found["status"] == "SUCCEEDED":
        return f"smoke flow: {name} SUCCEEDED in {took:.0f} s"
    why = one_line(f"{found.get('error', '')} {found.get('cause', '')}") or "no reason given"
    raise DeployError(
        f"smoke flow: {name} {found['status']}: {why}; the stacks are deployed; see\n"
        f"  {look}\n  and once that is mended, deploy again: it runs the flow again"
    )
