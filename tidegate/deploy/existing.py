"""Whether what stacks say they made is there, as each service itself says.

An endpoint that stands for AWS knows some of its services only, and calls a stack complete all the
same.
"""

from collections import Counter

from botocore.exceptions import BotoCoreError, ClientError

from tidegate.aws import AwsConfig
from tidegate.deploy.stacks import Resource

# A type: the service, what it is asked, the argument that names the resource; [] takes a list.
_ASKED = {
    "AWS::Athena::NamedQuery": ("athena", "get_named_query", "NamedQueryId"),
    "AWS::Athena::WorkGroup": ("athena", "get_work_group", "WorkGroup"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "describe_alarms", "AlarmNames[]"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "get_dashboard", "DashboardName"),
    "AWS::DynamoDB::Table": ("dynamodb", "describe_table", "TableName"),
    "AWS::EC2::FlowLog": ("ec2", "describe_flow_logs", "FlowLogIds[]"),
    "AWS::EC2::NatGateway": ("ec2", "describe_nat_gateways", "NatGatewayIds[]"),
    "AWS::EC2::RouteTable": ("ec2", "describe_route_tables", "RouteTableIds[]"),
    "AWS::EC2::SecurityGroup": ("ec2", "describe_security_groups", "GroupIds[]"),
    "AWS::EC2::Subnet": ("ec2", "describe_subnets", "SubnetIds[]"),
    "AWS::EC2::VPC": ("ec2", "describe_vpcs", "VpcIds[]"),
    "AWS::EC2::VPCEndpoint": ("ec2", "describe_vpc_endpoints", "VpcEndpointIds[]"),
    "AWS::EMRServerless::Application": ("emr-serverless", "get_application", "applicationId"),
    "AWS::Events::Rule": ("events", "describe_rule", "Name"),
    "AWS::Glue::Connection": ("glue", "get_connection", "Name"),
    "AWS::Glue::Database": ("glue", "get_database", "Name"),
    "AWS::Glue::Job": ("glue", "get_job", "JobName"),
    "AWS::Glue::Workflow": ("glue", "get_workflow", "Name"),
    "AWS::IAM::InstanceProfile": ("iam", "get_instance_profile", "InstanceProfileName"),
    "AWS::IAM::ManagedPolicy": ("iam", "get_policy", "PolicyArn"),
    "AWS::IAM::Role": ("iam", "get_role", "RoleName"),
    "AWS::KMS::Key": ("kms", "describe_key", "KeyId"),
    "AWS::Kinesis::Stream": ("kinesis", "describe_stream_summary", "StreamName"),
    "AWS::KinesisFirehose::DeliveryStream": (
        "firehose",
        "describe_delivery_stream",
        "DeliveryStreamName",
    ),
    "AWS::Logs::LogGroup": ("logs", "list_tags_log_group", "logGroupName"),
    "AWS::Route53::HealthCheck": ("route53", "get_health_check", "HealthCheckId"),
    "AWS::S3::Bucket": ("s3", "head_bucket", "Bucket"),
    "AWS::S3::BucketPolicy": ("s3", "get_bucket_policy", "Bucket"),
    "AWS::SNS::Topic": ("sns", "get_topic_attributes", "TopicArn"),
    "AWS::SNS::Subscription": ("sns", "get_subscription_attributes", "SubscriptionArn"),
    "AWS::SQS::Queue": ("sqs", "get_queue_attributes", "QueueUrl"),
    "AWS::Scheduler::Schedule": ("scheduler", "get_schedule", "Name"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "describe_secret", "SecretId"),
    "AWS::StepFunctions::StateMachine": (
        "stepfunctions",
        "describe_state_machine",
        "stateMachineArn",
    ),
}


def is_there(config: AwsConfig, one: Resource) -> bool | None:
    """Whether a resource's service knows it; None where no service is asked for its type."""
    if one.kind not in _ASKED:
        return None
    service, operation, argument = _ASKED[one.kind]
    is_list = argument.endswith("[]")
    given = {argument.removesuffix("[]"): [one.physical] if is_list else one.physical}
    try:
        told = getattr(config.client(service), operation)(**given)
    except (ClientError, BotoCoreError):
        return False
    return not is_list or any(isinstance(found, list) and found for found in told.values())


def missing(config: AwsConfig, found: list[Resource]) -> list[str]:
    """The lines that say which resources aren't there, and which nobody was asked for."""
    answers = {one: is_there(config, one) for one in found}
    there = sum(answer is True for answer in answers.values())
    lines = [f"{there} of {len(found)} resources are there, as their own services say"]
    gone = sorted(f"{one.logical} ({one.kind})" for one in found if answers[one] is False)
    unasked = Counter(one.kind for one in found if answers[one] is None)
    if gone:
        lines.append(f"not made by this endpoint: {', '.join(gone)}")
    if unasked:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(unasked.items()))
        lines.append(f"of types that no service is asked for here: {kinds}")
    return lines
