"""Change sets: what a deployment would change of a stack, and changing it."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tidegate.aws import AwsConfig
from tidegate.deploy.stacks import Say, Standing, follow, standing
from tidegate.errors import DeployError

_LOOK = 1.0  # seconds between two looks at a change set that is being made
_SAME = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Change:
    """What would be done to one resource.

    Attributes:
        resource: its name in the template.
        kind: its type.
        action: add, modify, remove, or import where it is there and no stack's.
        replacement: yes, no, perhaps; empty where nothing could be replaced.
    """

    resource: str
    kind: str
    action: str
    replacement: str

    @property
    def loses(self) -> bool:
        """Whether what is there goes, or may."""
        return self.action == "remove" or self.replacement in ("yes", "perhaps")


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be carried out.

    Attributes:
        stack: the stack's name.
        identity: its ARN.
        changes: what it changes; empty where it changes parameters or outputs only.
    """

    stack: str
    identity: str
    changes: list[Change]

    @property
    def loses(self) -> bool:
        """Whether something that is there goes, or may."""
        return any(one.loses for one in self.changes)


def make(config: AwsConfig, request: dict[str, Any]) -> ChangeSet | None:
    """Have CloudFormation compare a template and parameters with a stack.

    Args:
        config: how AWS is reached.
        request: the arguments of CreateChangeSet.

    Returns:
        The change set; None where nothing would change.

    Raises:
        DeployError: it can't be made; CloudFormation's reason.
    """
    client = config.client("cloudformation")
    identity = client.create_change_set(**request)["Id"]
    while True:
        found = client.describe_change_set(ChangeSetName=identity)
        if found["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        time.sleep(_LOOK)
    if found["Status"] == "FAILED":
        client.delete_change_set(ChangeSetName=identity)
        why = found.get("StatusReason", "no reason given")
        if any(word in why for word in _SAME):
            return None
        raise DeployError(f"stack {request['StackName']}: {why}")
    changes = list(found.get("Changes", []))
    while "NextToken" in found:
        found = client.describe_change_set(ChangeSetName=identity, NextToken=found["NextToken"])
        changes += found.get("Changes", [])
    told = [_change(one["ResourceChange"]) for one in changes if "ResourceChange" in one]
    return ChangeSet(request["StackName"], identity, told)


def carry_out(config: AwsConfig, change_set: ChangeSet, say: Say) -> Standing:
    """Change a stack as a change set says, and wait for its end.

    Raises:
        DeployError: it failed; each resource that did, its reason, the next step.
    """
    client = config.client("cloudformation")
    done = follow(
        config,
        change_set.stack,
        # With a token a request that is sent again, as its answer was lost, is done once.
        lambda: client.execute_change_set(
            ChangeSetName=change_set.identity, ClientRequestToken=str(uuid4())
        ),
        say,
    )
    if done is None:
        raise DeployError(f"stack {change_set.stack} was deleted on the way; deploy again")
    return done


def drop(config: AwsConfig, change_set: ChangeSet) -> None:
    """Forget a change set that isn't carried out, and the stack that is empty without it."""
    client = config.client("cloudformation")
    client.delete_change_set(ChangeSetName=change_set.identity)
    found = standing(config, change_set.stack)
    if found and found.status == "REVIEW_IN_PROGRESS":  # nobody else has made it meanwhile
        client.delete_stack(StackName=change_set.stack)


def _change(told: dict[str, Any]) -> Change:
    replaced = {"True": "yes", "False": "no", "Conditional": "perhaps"}
    return Change(
        told["LogicalResourceId"],
        told["ResourceType"],
        told["Action"].lower(),
        replaced.get(told.get("Replacement", ""), ""),
    )
