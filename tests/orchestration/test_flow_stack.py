"""The stack of flows, made at the local endpoint: one of two ways, and what starts a machine."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tidegate.aws import AwsConfig
from tidegate.deploy.orchestration import rendered

pytestmark = pytest.mark.aws

BUCKET, RELEASE = "artefacts", "1f3c"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def before(cloud: AwsConfig) -> AwsConfig:
    """The endpoint with what is there before this stack: the release, whoever is on call."""
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    for path, text in rendered(REPOSITORY).items():
        key = f"{RELEASE}/flows/{path.name}"
        cloud.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text)
    cloud.client("iam").create_role(RoleName="OnCallRole", AssumeRolePolicyDocument="{}")
    return cloud


@pytest.fixture
def made(before: AwsConfig) -> Iterator[Callable[..., str]]:
    """Makes the stack, and says how it is called."""
    client = before.client("cloudformation")

    def make(env: str = "dev", **chosen: str) -> str:
        values = {
            "Env": env,
            "Artefacts": f"s3://{BUCKET}/{RELEASE}",
            "ArtefactsBucket": BUCKET,
            "Release": RELEASE,
            "AlertTopic": "arn:aws:sns:us-east-1:123456789012:alerts",
            "GlueJob": "tidegate-stage",
            "EmrApplication": "00abc",
            "Warehouse": "s3://lake/lake",
            "DatabasePrefix": "tidegate_",
            "PersonalKey": "personal",
            "Streams": "{}",
            "Queues": "{}",
            "Locations": "{}",
            **{one: f"arn:aws:kms:us-east-1:123456789012:key/{one}" for one in KEYS},
            **{one: f"arn:aws:iam::123456789012:role/{one}" for one in ROLES},
        }
        stack = f"flow-{next(_numbers)}"
        client.create_stack(
            StackName=stack,
            TemplateBody=rendered(REPOSITORY)[Path("infra/flow.yaml")],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in (values | chosen).items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        return stack

    yield make
    for stack in client.describe_stacks()["Stacks"]:
        client.delete_stack(StackName=stack["StackName"])


KEYS = ("AlertKey", "DataKey")
ROLES = ("EmrRole", "TransformerRole", "OnCallRole")


def test_each_flow_has_a_machine_of_its_definition_with_the_stacks_own_names_in_it(
    cloud: AwsConfig, made: Callable[..., str]
) -> None:
    made()

    machines = {one["name"]: one["stateMachineArn"] for one in listed(cloud)}
    assert sorted(machines) == ["tidegate-dev-github", "tidegate-dev-storefront"]
    told = cloud.client("stepfunctions").describe_state_machine(
        stateMachineArn=machines["tidegate-dev-github"]
    )
    assert "${" not in told["definition"]
    for name in ("tidegate-dev-runs", "tidegate-stage", "s3://artefacts/1f3c/emr/entry.py"):
        assert f'"{name}"' in told["definition"]


def test_what_the_lander_publishes_starts_its_flow_and_an_empty_landing_or_a_mart_doesnt(
    cloud: AwsConfig, made: Callable[..., str]
) -> None:
    made(StartedBy="publish")
    machine = {one["name"]: one["stateMachineArn"] for one in listed(cloud)}

    verdict(cloud, table="raw.storefront", verdict="pass", rows={"published": 0})
    verdict(cloud, table="mart.visitors", verdict="pass", rows={"published": 7})
    verdict(cloud, table="raw.github", verdict="warn", rows={"published": 7})

    assert len(started(cloud, machine["tidegate-dev-github"])) == 1
    assert started(cloud, machine["tidegate-dev-storefront"]) == []


def test_an_object_that_arrives_under_a_flows_name_starts_it(
    cloud: AwsConfig, made: Callable[..., str]
) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="drops")
    s3.put_bucket_notification_configuration(
        Bucket="drops", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    made(StartedBy="object", DropBucket="drops")
    machine = {one["name"]: one["stateMachineArn"] for one in listed(cloud)}

    s3.put_object(Bucket="drops", Key="storefront/2015-01-01.ndjson", Body=b"{}")
    s3.put_object(Bucket="drops", Key="elsewhere.ndjson", Body=b"{}")

    assert len(started(cloud, machine["tidegate-dev-storefront"])) == 1
    assert started(cloud, machine["tidegate-dev-github"]) == []


def test_where_glue_runs_the_flows_there_is_no_machine_and_nothing_that_starts_one(
    cloud: AwsConfig, made: Callable[..., str]
) -> None:
    stack = made(Orchestrator="glue")

    assert listed(cloud) == []
    assert cloud.client("scheduler").list_schedules()["Schedules"] == []
    (told,) = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    assert told["StackStatus"] == "CREATE_COMPLETE"


def verdict(cloud: AwsConfig, **detail: Any) -> None:
    """Tell EventBridge a verdict, as a stage does."""
    told = {"Source": "tidegate", "DetailType": "Tidegate Verdict", "Detail": json.dumps(detail)}
    cloud.client("events").put_events(Entries=[told])


def started(cloud: AwsConfig, machine: str) -> list[str]:
    """The executions of a machine."""
    found = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)
    return [one["name"] for one in found["executions"]]


def listed(cloud: AwsConfig) -> list[dict[str, Any]]:
    """The state machines there are of stacks."""
    machines = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    return [one for one in machines if one["name"].startswith("tidegate-")]
