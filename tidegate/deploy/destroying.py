"""``tidegate destroy``: the stacks in reverse; the data only where that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from tidegate.aws import AwsConfig
from tidegate.deploy.data import Kept, delete, is_known
from tidegate.deploy.deploying import Account
from tidegate.deploy.existing import is_there
from tidegate.deploy.failures import told
from tidegate.deploy.stacks import Resource, Say, events, follow, standing
from tidegate.deploy.templates import OF_DATA, ORDER, stack_name
from tidegate.deploy.uploading import bucket_of
from tidegate.errors import DeployError

THEN = "destroy"
"""The command that goes on after a failure."""
_GONE = (
    *("404", "NoSuchBucket", "NotFoundException"),
    *("ResourceNotFoundException", "EntityNotFoundException"),
)


@dataclass(frozen=True)
class Plan:
    """What destroying an environment would do.

    Attributes:
        gone: the stacks that are deleted, in that order, and their status.
        kept: the stacks that stay, as the data can't be read without them.
    """

    gone: dict[str, str]
    kept: list[str]


def plan(config: AwsConfig, env: str, with_data: bool) -> Plan:
    """Which stacks of an environment there are, and what becomes of each.

    Raises:
        DeployError: AWS refuses to say, or something changes one of them just now.
    """
    gone, kept = dict[str, str](), list[str]()
    with told(f"the stacks of {env}", THEN):
        for concern in reversed(ORDER):
            stack = stack_name(env, concern)
            found = standing(config, stack)
            if found and concern in OF_DATA and not with_data:
                kept.append(stack)
            elif found:
                gone[stack] = found.status
    for stack, status in gone.items():
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise DeployError(
                f"stack {stack} is in {status}: something changes it just now; wait for its end"
                f" (aws cloudformation describe-stacks --stack-name {stack}) and destroy again"
            )
    return Plan(gone, kept)


def destroy(config: AwsConfig, stacks: list[str], say: Say) -> None:
    """Delete stacks, one after the other.

    Raises:
        DeployError: one can't be deleted; each resource, its reason, the next step.
    """
    client = config.client("cloudformation")
    for stack in stacks:
        with told(f"stack {stack}", THEN):
            follow(config, stack, _deleting(client.delete_stack, stack), say, then=THEN)
        say(f"{stack}: deleted")


def _deleting(do: Callable[..., object], stack: str) -> Callable[[], object]:
    return lambda: do(StackName=stack)


def data_of(where: Account, env: str) -> list[Kept]:
    """What is left of an environment without its stacks: what they kept, and the artefacts."""
    bucket = bucket_of(env, where.number, where.config.region)
    return [*_kept(where.config, env), Kept("AWS::S3::Bucket", bucket)]


def _kept(config: AwsConfig, env: str) -> list[Kept]:
    """What the deleted stacks of an environment kept, as CloudFormation remembers it (90 days)."""
    names = {stack_name(env, concern) for concern in ORDER}
    client = config.client("cloudformation")
    found: dict[tuple[str, str], Kept] = {}
    with told(f"what the stacks of {env} kept", THEN):
        pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
        for page in pages:
            for stack in page["StackSummaries"]:
                if stack["StackName"] not in names:
                    continue
                for one in events(config, stack["StackId"]):
                    name = one.get("PhysicalResourceId") or ""
                    if one["ResourceStatus"] == "DELETE_SKIPPED" and name:
                        kind = one["ResourceType"]
                        found[kind, name] = Kept(kind, name)
    return list(found.values())


def delete_data(config: AwsConfig, data: list[Kept], say: Say) -> None:
    """Delete what stacks kept; what is gone already is left out.

    Raises:
        DeployError: something can't be deleted; the same command goes on with what is left.
    """
    for one in sorted(data, key=lambda one: one.order):
        if not is_known(one):
            say(f"{one}: stays; delete it by hand, where nobody needs it")
            continue
        if config.endpoint_url and is_there(config, Resource("", one.kind, one.name)) is False:
            continue  # an endpoint that stands for AWS never made it
        with told(f"{one}", THEN):
            try:
                say(f"{one}: {delete(config, one)}")
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
