"""A stack as CloudFormation has it: where it stands, what it puts out, what is in it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tidegate.aws import AwsConfig
from tidegate.deploy.failures import next_step, one_line
from tidegate.errors import DeployError

Say = Callable[[str], None]
# Nothing that can be kept is in these: all that can be done to such a stack is to delete it.
DEAD = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"}
# What comes first where a stack can neither be changed nor be made anew.
_STUCK = {
    "UPDATE_ROLLBACK_FAILED": (
        "mend what could not be rolled back, then aws cloudformation continue-update-rollback"
        " --stack-name {stack}, and deploy again"
    ),
    "DELETE_FAILED": (
        "finish that with tidegate destroy (and --with-data, where it held data), and deploy again"
    ),
}
_GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"}
_PAUSES = (0.2, 0.5, 1, 2, 4)  # seconds between two looks; the last one again and again


@dataclass(frozen=True)
class Resource:
    """A resource of a stack.

    Attributes:
        logical: its name in the template.
        kind: its type, e.g. ``AWS::S3::Bucket``.
        physical: its name or ARN on AWS; empty before it has one.
    """

    logical: str
    kind: str
    physical: str


@dataclass(frozen=True)
class Standing:
    """Where a stack stands.

    Attributes:
        status: CloudFormation's word, e.g. ``UPDATE_COMPLETE``.
        reason: why, where it says.
        parameters, outputs: their values by name.
    """

    status: str
    reason: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


def standing(config: AwsConfig, stack: str) -> Standing | None:
    """Where a stack stands, by its name or id; None where there is none."""
    try:
        found = config.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
    one = found[0]
    return Standing(
        one["StackStatus"],
        one.get("StackStatusReason", ""),
        {each["ParameterKey"]: each["ParameterValue"] for each in one.get("Parameters", [])},
        {each["OutputKey"]: each["OutputValue"] for each in one.get("Outputs", [])},
    )


def resources(config: AwsConfig, stack: str) -> list[Resource]:
    """What is in a stack."""
    pages = config.client("cloudformation").get_paginator("list_stack_resources")
    return [
        Resource(one["LogicalResourceId"], one["ResourceType"], one.get("PhysicalResourceId") or "")
        for page in pages.paginate(StackName=stack)
        for one in page["StackResourceSummaries"]
        if one.get("ResourceStatus") not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    ]


def events(config: AwsConfig, stack: str) -> list[dict[str, Any]]:
    """What has happened to a stack, the latest first."""
    pages = config.client("cloudformation").get_paginator("describe_stack_events")
    found = [one for page in pages.paginate(StackName=stack) for one in page["StackEvents"]]
    return sorted(found, key=lambda one: one["Timestamp"], reverse=True)


def check_ready(stack: str, found: Standing) -> None:
    """Make sure that a stack can be changed now.

    Raises:
        DeployError: something else changes it, or it needs a hand first; the next step.
    """
    status = found.status
    why = f" ({one_line(found.reason)})" if found.reason else ""
    if status in _STUCK:
        raise DeployError(f"stack {stack} is in {status}{why}: {_stuck(stack, status)}")
    if status.endswith("_IN_PROGRESS"):
        raise DeployError(
            f"stack {stack} is in {status}: something changes it just now; wait for its end"
            f" (aws cloudformation describe-stacks --stack-name {stack}) and deploy again"
        )


def follow(
    config: AwsConfig, stack: str, do: Callable[[], object], say: Say, then: str = "deploy"
) -> Standing | None:
    """Begin a change of a stack, tell each resource's end, and wait for the stack's.

    Args:
        config: how AWS is reached.
        stack: the stack's name.
        do: begins the change.
        say: told a line a resource.
        then: the command that goes on after a failure.

    Returns:
        Where the stack stands; None where it was deleted.

    Raises:
        DeployError: the change failed; each resource that did, its reason, the next step.
    """
    client = config.client("cloudformation")
    identity = client.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    before = {one["EventId"] for one in events(config, identity)}
    do()
    failed: list[str] = []
    kept: list[str] = []
    for pause in _pauses():
        found = standing(config, identity)
        for one in reversed(events(config, identity)):
            if one["EventId"] not in before and one["LogicalResourceId"] != stack:
                before.add(one["EventId"])
                _tell(one, failed, kept, say)
        if found is None or not found.status.endswith("_IN_PROGRESS"):
            break
        time.sleep(pause)
    if found is None or found.status == "DELETE_COMPLETE":
        return None
    if found.status in _GOOD:
        return found
    reasons = failed or [f"{one_line(found.reason) or 'no reason given'}"]
    raise DeployError(_failure(stack, found.status, reasons, kept, then))


def _tell(event: dict[str, Any], failed: list[str], kept: list[str], say: Say) -> None:
    """Say how a change of a resource ended; note it where it failed by itself, or stays there."""
    status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
    name = f"{event['LogicalResourceId']} ({event['ResourceType']})"
    if status.endswith("_FAILED") and "cancelled" not in reason.lower():
        named = event.get("PhysicalResourceId") or ""
        known = f' "{named}"' if named and named != event["LogicalResourceId"] else ""
        failed.append(f"{name}{known}: {one_line(reason)}")
    if status == "DELETE_SKIPPED":
        kept.append(event["LogicalResourceId"])
    if status.endswith(("_FAILED", "_COMPLETE", "_SKIPPED")):
        say(f"  {name} {status}")


def _failure(stack: str, status: str, reasons: list[str], kept: list[str], then: str) -> str:
    """The lines that say what failed, where the stack stands now, what to do."""
    left = f"{', '.join(kept)} stays, as what holds data does" if kept else "nothing of it is left"
    again = "takes that in and makes the rest anew" if kept else "makes it anew"
    state = {
        "ROLLBACK_COMPLETE": f"{left}; the next deploy {again}",
        "ROLLBACK_FAILED": "the next deploy deletes what is left of it and makes it anew",
        "UPDATE_ROLLBACK_COMPLETE": "it is as it was before",
        "DELETE_FAILED": "what isn't named here is gone",
    }.get(status) or _stuck(stack, status)
    lines = [f"stack {stack} failed and is in {status}: {state}"]
    for reason in dict.fromkeys(reasons):  # one that fails again on the way back is told once
        lines += [f"  {reason}", f"    {next_step(reason, then)}"]
    return "\n".join(lines)


def _stuck(stack: str, status: str) -> str:
    """What comes first with a stack that can't be changed."""
    otherwise = "look what that means (aws cloudformation describe-stacks --stack-name {stack})"
    return _STUCK.get(status, otherwise).format(stack=stack)


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]
