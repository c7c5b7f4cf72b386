"""What a deployment costs a day while nothing runs.

Prices are those of AWS' public price list (aws.amazon.com/pricing) for us-east-1, in US dollars, as
of January 2025; other regions differ by some percent. Free tiers aren't counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from tidegate.aws import AwsConfig
from tidegate.deploy.stacks import Resource

AS_OF = "2025-01"
HOURS_A_MONTH = 730
ASSUMED = (
    f"by AWS' public price list for us-east-1 of {AS_OF}, while nothing runs or is asked, without"
    " storage, requests, logs and transfer"
)


@dataclass(frozen=True)
class Price:
    """What a type's resource costs at rest.

    Attributes:
        dollars: of a unit and hour.
        unit: what is counted.
        units: how many of it a resource has.
    """

    dollars: float
    unit: str
    units: Callable[[AwsConfig, str], float] = lambda config, name: 1  # noqa: ARG005


@dataclass(frozen=True)
class Item:
    """What the resources of a type cost a day.

    Attributes:
        kind: the type.
        units: how many of the unit there are.
        unit: what is counted.
        dollars: a day.
    """

    kind: str
    units: float
    unit: str
    dollars: float


def _zones(config: AwsConfig, name: str) -> float:
    """An interface endpoint's zones; a gateway endpoint has none that cost."""
    found = config.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"][0]
    return len(found.get("SubnetIds", [])) if found["VpcEndpointType"] == "Interface" else 0


def _shards(config: AwsConfig, name: str) -> float:
    """Hours of an on-demand stream; a provisioned stream's shards, at their share of its price."""
    told = config.client("kinesis").describe_stream_summary(StreamName=name)
    one = told["StreamDescriptionSummary"]
    is_on_demand = one.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND"
    return 1 if is_on_demand else one["OpenShardCount"] * _SHARD / _STREAM


def _tasks(config: AwsConfig, name: str) -> float:
    """The tasks of a service on Fargate, as virtual CPUs with 2 GB each."""
    cluster = name.split("/")[-2] if name.count("/") > 1 else "default"
    client = config.client("ecs")
    one = client.describe_services(cluster=cluster, services=[name])["services"][0]
    task = client.describe_task_definition(taskDefinition=one["taskDefinition"])
    cpu = float(task["taskDefinition"].get("cpu", 256)) / 1024
    return float(one["desiredCount"]) * cpu


_SHARD, _STREAM = 0.015, 0.040
RESTING = {
    "AWS::CloudWatch::Alarm": Price(0.10 / HOURS_A_MONTH, "alarms"),
    "AWS::CloudWatch::CompositeAlarm": Price(0.50 / HOURS_A_MONTH, "alarms"),
    "AWS::CloudWatch::Dashboard": Price(3.00 / HOURS_A_MONTH, "dashboards"),
    "AWS::EC2::EIP": Price(0.005, "addresses"),
    "AWS::EC2::NatGateway": Price(0.045, "gateways"),
    "AWS::EC2::VPCEndpoint": Price(0.01, "zones of interface endpoints", _zones),
    "AWS::ECS::Service": Price(0.04048 + 2 * 0.004445, "Fargate vCPUs with 2 GB", _tasks),
    "AWS::EKS::Cluster": Price(0.10, "clusters"),
    "AWS::KMS::Key": Price(1.00 / HOURS_A_MONTH, "keys"),
    "AWS::Kinesis::Stream": Price(_STREAM, "on-demand streams", _shards),
    "AWS::SecretsManager::Secret": Price(0.40 / HOURS_A_MONTH, "secrets"),
}
# What costs only by what runs, is asked or is stored; a name that ends in "::" is all of a service.
FREE = (
    *("AWS::Athena::", "AWS::Budgets::", "AWS::DynamoDB::", "AWS::EMRContainers::"),
    *("AWS::EMRServerless::", "AWS::Events::", "AWS::Glue::", "AWS::IAM::", "AWS::KMS::Alias"),
    *("AWS::KinesisFirehose::", "AWS::LakeFormation::", "AWS::Lambda::", "AWS::Logs::"),
    *("AWS::RedshiftServerless::", "AWS::S3::", "AWS::SNS::", "AWS::SQS::", "AWS::Scheduler::"),
    *("AWS::StepFunctions::", "AWS::ECS::Cluster", "AWS::ECS::TaskDefinition", "AWS::EC2::VPC"),
    *("AWS::EC2::Subnet", "AWS::EC2::Route", "AWS::EC2::SecurityGroup", "AWS::EC2::FlowLog"),
    *("AWS::EC2::InternetGateway", "AWS::EC2::LaunchTemplate", "AWS::EMR::SecurityConfig"),
    *("AWS::SecretsManager::ResourcePolicy", "AWS::Kinesis::ResourcePolicy"),
)


def a_day(config: AwsConfig, found: Iterable[Resource]) -> list[Item]:
    """What resources cost a day at rest, a type that costs something an item, the dearest first."""
    units: Counter[str] = Counter()
    for one in found:
        if one.kind in RESTING:
            units[one.kind] += _units(config, one)  # type: ignore[assignment]
    items = [
        Item(kind, count, RESTING[kind].unit, count * RESTING[kind].dollars * 24)
        for kind, count in units.items()
        if count
    ]
    return sorted(items, key=lambda item: -item.dollars)


def unpriced(found: Iterable[Resource]) -> list[str]:
    """The types of which nothing is known here."""
    kinds = {one.kind for one in found} - RESTING.keys()
    return sorted(kind for kind in kinds if not kind.startswith(FREE))


def _units(config: AwsConfig, one: Resource) -> float:
    try:
        return RESTING[one.kind].units(config, one.physical)
    except (ClientError, BotoCoreError, LookupError):  # an endpoint that didn't make it
        return 1
