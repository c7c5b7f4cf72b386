"""What a deployment costs a day while nothing runs.

Prices are US dollars in us-east-1 as the authors know them, not looked up; other regions differ by
some percent. Where AWS' pricing pages differ, they are right. Free tiers aren't counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from tidegate.aws import AwsConfig
from tidegate.deploy.stacks import Resource

HOURS_A_MONTH = 730
ASSUMED = (
    "list prices in us-east-1 as the authors know them, not looked up: AWS' pricing pages are"
    " right; while nothing runs or is asked, without storage, requests, logs and transfer"
)


@dataclass(frozen=True)
class Price:
    """What is paid for while it is there.

    Attributes:
        dollars: of a unit and hour.
        unit: what is counted.
    """

    dollars: float
    unit: str


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


Priced = Callable[[AwsConfig, str], tuple[float, Price]]
_ZONE = Price(0.01, "zones of interface endpoints")
_SHARD, _STREAM = Price(0.015, "shards"), Price(0.040, "on-demand streams")
_TASK = Price(0.04048 + 2 * 0.004445, "Fargate vCPUs with 2 GB")
_CAPACITY = Price(0.12, "ACUs of Aurora Serverless v2")


def _one(dollars: float, unit: str) -> Priced:
    """A type of which each resource costs the same an hour."""
    return lambda config, name: (1, Price(dollars, unit))  # noqa: ARG005


def _a_month(dollars: float, unit: str) -> Priced:
    return _one(dollars / HOURS_A_MONTH, unit)


def _zones(config: AwsConfig, name: str) -> tuple[float, Price]:
    """An interface endpoint's zones; a gateway endpoint has none that cost."""
    found = config.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"][0]
    is_interface = found["VpcEndpointType"] == "Interface"
    return len(found.get("SubnetIds", [])) if is_interface else 0, _ZONE


def _stream(config: AwsConfig, name: str) -> tuple[float, Price]:
    """A stream on demand, or the shards of a provisioned one."""
    told = config.client("kinesis").describe_stream_summary(StreamName=name)
    one = told["StreamDescriptionSummary"]
    is_on_demand = one.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND"
    return (1, _STREAM) if is_on_demand else (one["OpenShardCount"], _SHARD)


def _tasks(config: AwsConfig, name: str) -> tuple[float, Price]:
    """The tasks of a service on Fargate, as virtual CPUs with 2 GB each."""
    cluster = name.split("/")[-2] if name.count("/") > 1 else "default"
    client = config.client("ecs")
    one = client.describe_services(cluster=cluster, services=[name])["services"][0]
    task = client.describe_task_definition(taskDefinition=one["taskDefinition"])
    cpu = float(task["taskDefinition"].get("cpu", 256)) / 1024
    return float(one["desiredCount"]) * cpu, _TASK


def _capacity(config: AwsConfig, name: str) -> tuple[float, Price]:
    """The least capacity that an instance of Aurora Serverless v2 has; none where it may rest."""
    rds = config.client("rds")
    one = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    of = rds.describe_db_clusters(DBClusterIdentifier=one["DBClusterIdentifier"])["DBClusters"][0]
    return float(of["ServerlessV2ScalingConfiguration"]["MinCapacity"]), _CAPACITY


RESTING: dict[str, Priced] = {
    "AWS::CloudWatch::Alarm": _a_month(0.10, "alarms"),
    "AWS::CloudWatch::CompositeAlarm": _a_month(0.50, "alarms"),
    "AWS::CloudWatch::Dashboard": _a_month(3.00, "dashboards"),
    "AWS::EC2::EIP": _one(0.005, "addresses"),
    "AWS::EC2::NatGateway": _one(0.045, "gateways"),
    "AWS::EC2::VPCEndpoint": _zones,
    "AWS::ECS::Service": _tasks,
    "AWS::EKS::Cluster": _one(0.10, "clusters"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _one(0.0225, "load balancers"),
    "AWS::KMS::Key": _a_month(1.00, "keys"),
    "AWS::Kinesis::Stream": _stream,
    "AWS::RDS::DBInstance": _capacity,
    "AWS::Route53::HealthCheck": _a_month(0.75, "health checks"),
    "AWS::SecretsManager::Secret": _a_month(0.40, "secrets"),
}
# What costs only by what runs, is asked or is stored; a name that ends in "::" is all of a service.
FREE = (
    *("AWS::ApiGatewayV2::", "AWS::ApplicationAutoScaling::"),
    *("AWS::Backup::", "AWS::Route53::RecordSet"),
    *("AWS::Athena::", "AWS::Budgets::", "AWS::DynamoDB::", "AWS::ECR::"),
    *("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    *(
        "AWS::EMRContainers::",
        "AWS::EMRServerless::",
        "AWS::Events::",
        "AWS::Glue::",
        "AWS::IAM::",
        "AWS::KMS::Alias",
    ),
    *("AWS::KinesisFirehose::", "AWS::LakeFormation::", "AWS::Lambda::", "AWS::Logs::"),
    *(
        "AWS::RedshiftServerless::",
        "AWS::S3::",
        "AWS::SNS::",
        "AWS::SQS::",
        "AWS::Scheduler::",
        "AWS::Pipes::",
    ),
    *("AWS::StepFunctions::", "AWS::ECS::Cluster", "AWS::ECS::TaskDefinition", "AWS::EC2::VPC"),
    *("AWS::EC2::Subnet", "AWS::EC2::Route", "AWS::EC2::SecurityGroup", "AWS::EC2::FlowLog"),
    *("AWS::EC2::InternetGateway", "AWS::EC2::LaunchTemplate", "AWS::EMR::SecurityConfig"),
    *("AWS::SecretsManager::ResourcePolicy", "AWS::Kinesis::ResourcePolicy"),
    *("AWS::ApiGatewayV2::", "AWS::RDS::DBCluster", "AWS::RDS::DBSubnetGroup"),
    "AWS::SecretsManager::SecretTargetAttachment",
)


def a_day(config: AwsConfig, found: Iterable[Resource]) -> list[Item]:
    """What resources cost a day at rest, a type that costs something an item, the dearest first."""
    units: dict[tuple[str, Price], float] = {}
    for one in found:
        if one.kind in RESTING:
            count, price = _priced(config, one)
            units[one.kind, price] = units.get((one.kind, price), 0) + count
    items = [
        Item(kind, count, price.unit, count * price.dollars * 24)
        for (kind, price), count in units.items()
        if count
    ]
    return sorted(items, key=lambda item: -item.dollars)


def unpriced(found: Iterable[Resource]) -> list[str]:
    """The types of which nothing is known here."""
    kinds = {one.kind for one in found} - RESTING.keys()
    return sorted(kind for kind in kinds if not kind.startswith(FREE))


def _priced(config: AwsConfig, one: Resource) -> tuple[float, Price]:
    """How many units a resource has, and of what; one where its service can't say."""
    try:
        return RESTING[one.kind](config, one.physical)
    except (ClientError, BotoCoreError, LookupError):  # an endpoint that didn't make it
        known = {"AWS::EC2::VPCEndpoint": _ZONE, "AWS::ECS::Service": _TASK}
        return 1, (known | {"AWS::RDS::DBInstance": _CAPACITY}).get(one.kind, _STREAM)
