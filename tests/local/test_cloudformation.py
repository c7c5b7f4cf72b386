"""CloudFormation at the local endpoint: what a template says is what is made."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tidegate.aws import AwsConfig

Stack = dict[str, Any]
_numbers = itertools.count(1)


@pytest.fixture
def put_stack(aws: AwsConfig) -> Callable[..., Stack]:
    """Carries out a change set of a template; back comes the stack, with what changed."""
    client = aws.client("cloudformation")

    def put(text: str, stack: str | None = None, **parameters: str) -> Stack:
        number = next(_numbers)
        kind, name = ("UPDATE", stack) if stack else ("CREATE", f"of-a-test-{number}")
        given = [{"ParameterKey": key, "ParameterValue": one} for key, one in parameters.items()]
        change_set = client.create_change_set(
            StackName=name,
            ChangeSetName=f"change-{number}",
            ChangeSetType=kind,
            TemplateBody=text,
            Parameters=given,
        )["Id"]
        told = client.describe_change_set(ChangeSetName=change_set)
        if told["Status"] != "FAILED":
            client.execute_change_set(ChangeSetName=change_set)
        found = client.describe_stacks(StackName=name)["Stacks"][0]
        changes = [one["ResourceChange"] for one in told.get("Changes", [])]
        return found | {
            "Changed": {one["LogicalResourceId"]: one["Action"] for one in changes},
            "Out": {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])},
            "Reason": told.get("StatusReason", ""),
        }

    return put


TOPIC = """
Parameters:
  Size: {Type: String}
  Word: {Type: String, Default: tide}
Conditions:
  IsProd: !Equals [!Ref Size, prod]
  HasQueue: !Or [!Equals [!Ref Word, queue], !And [!Condition IsProd, !Equals [!Ref Word, tide]]]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Sub "${Word} of ${Size}"
  Queue: {Type: AWS::SQS::Queue, Condition: HasQueue}
Outputs:
  Topic: {Value: !Ref Topic}
"""


def test_a_stack_of_a_change_set_puts_out_what_its_template_says(
    put_stack: Callable[..., Stack],
) -> None:
    stack = put_stack(TOPIC, Size="dev")

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Out"]["Topic"].startswith("arn:aws:sns:")


@pytest.mark.parametrize(("size", "made"), [("dev", {"Topic"}), ("prod", {"Topic", "Queue"})])
def test_a_condition_that_names_another_decides_what_is_shown_and_made(
    put_stack: Callable[..., Stack], aws: AwsConfig, size: str, made: set[str]
) -> None:
    stack = put_stack(TOPIC, Size=size)

    found = aws.client("cloudformation").list_stack_resources(StackName=stack["StackName"])
    assert stack["Changed"].keys() == made
    assert {one["LogicalResourceId"] for one in found["StackResourceSummaries"]} == made


def names_in(aws: AwsConfig, stack: Stack) -> set[str]:
    """The names of a stack's resources."""
    found = aws.client("cloudformation").list_stack_resources(StackName=stack["StackName"])
    return {one["LogicalResourceId"] for one in found["StackResourceSummaries"]}


def test_a_parameter_that_turns_a_condition_adds_and_removes_what_has_it(
    put_stack: Callable[..., Stack], aws: AwsConfig
) -> None:
    stack = put_stack(TOPIC, Size="dev")["StackName"]

    more = put_stack(TOPIC, stack, Size="prod")
    assert (more["StackStatus"], more["Changed"]["Queue"]) == ("UPDATE_COMPLETE", "Add")
    assert names_in(aws, more) == {"Topic", "Queue"}
    less = put_stack(TOPIC, stack, Size="dev")
    assert (less["StackStatus"], less["Changed"]["Queue"]) == ("UPDATE_COMPLETE", "Remove")
    assert names_in(aws, less) == {"Topic"}
    again = put_stack(TOPIC, stack, Size="prod")
    assert names_in(aws, again) == {"Topic", "Queue"}


UNMADE = """
Parameters:
  Word: {Type: String}
Conditions:
  Never: !Equals [!Ref Word, never]
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Word}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: flow, AttributeType: S}]
      KeySchema: [{AttributeName: flow, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      Tags: [{Key: word, Value: !Ref Word}]
  Role:
    Type: AWS::IAM::Role
    Condition: Never
    Properties: {AssumeRolePolicyDocument: {}}
  Cluster:
    Type: AWS::EMR::Cluster
    Condition: Never
    Properties: {Name: !Ref Word, ServiceRole: !GetAtt Role.Arn}
"""


def test_a_change_leaves_out_what_a_condition_leaves_out(
    put_stack: Callable[..., Stack], aws: AwsConfig
) -> None:
    stack = put_stack(UNMADE, Word="tide")["StackName"]

    changed = put_stack(UNMADE, stack, Word="ebb")

    assert changed["StackStatus"] == "UPDATE_COMPLETE"
    assert changed["Changed"] == {"Topic": "Modify", "Table": "Modify"}
    assert names_in(aws, changed) == {"Topic", "Table"}


def test_a_resource_that_cannot_be_changed_here_stays_as_it_is_and_that_is_said(
    put_stack: Callable[..., Stack], aws: AwsConfig
) -> None:
    stack = put_stack(UNMADE, Word="tide")["StackName"]

    put_stack(UNMADE, stack, Word="ebb")

    events = aws.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    (of_the_table,) = [
        one
        for one in events
        if (one["LogicalResourceId"], one["ResourceStatus"]) == ("Table", "UPDATE_COMPLETE")
    ]
    assert "stays as it is" in of_the_table["ResourceStatusReason"]


def test_a_parameter_in_a_text_changes_what_has_it(
    put_stack: Callable[..., Stack], aws: AwsConfig
) -> None:
    stack = put_stack(TOPIC, Size="dev")["StackName"]

    changed = put_stack(TOPIC, stack, Size="dev", Word="ebb")

    topic = aws.client("sns").get_topic_attributes(TopicArn=changed["Out"]["Topic"])
    assert (changed["Changed"], topic["Attributes"]["DisplayName"]) == (
        {"Topic": "Modify"},
        "ebb of dev",
    )


def test_a_change_set_of_nothing_says_so(put_stack: Callable[..., Stack]) -> None:
    stack = put_stack(TOPIC, Size="dev")["StackName"]

    assert "didn't contain changes" in put_stack(TOPIC, stack, Size="dev", Word="tide")["Reason"]


def test_what_fails_is_taken_back_and_named(
    put_stack: Callable[..., Stack], aws: AwsConfig
) -> None:
    aws.client("s3").create_bucket(Bucket="taken-by-a-test")
    resources = """
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: of-a-failed-stack}}
  Bucket:
    Type: AWS::S3::Bucket
    DependsOn: Topic
    Properties: {BucketName: taken-by-a-test}
"""
    stack = put_stack(resources)

    events = aws.client("cloudformation").describe_stack_events(StackName=stack["StackName"])
    failed = [one for one in events["StackEvents"] if one["ResourceStatus"] == "CREATE_FAILED"]
    topics = [one["TopicArn"] for one in aws.client("sns").list_topics()["Topics"]]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert [one["LogicalResourceId"] for one in failed] == ["Bucket"]
    assert not [one for one in topics if one.endswith("of-a-failed-stack")]


def test_a_type_that_nothing_makes_here_has_a_name_for_those_that_need_it(
    put_stack: Callable[..., Stack],
) -> None:
    stack = put_stack("""
Resources:
  Directory: {Type: AWS::DirectoryService::SimpleAD, Properties: {Name: tide.example}}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Sub "of ${Directory}"}
Outputs:
  Alias: {Value: !GetAtt Directory.Alias}
""")

    assert (stack["StackStatus"], stack["Out"]) == ("CREATE_COMPLETE", {"Alias": "tide.example"})


def test_what_is_named_as_an_arn_is_one(put_stack: Callable[..., Stack]) -> None:
    stack = put_stack("""
Resources:
  Group: {Type: AWS::RedshiftServerless::Workgroup, Properties: {WorkgroupName: marts}}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: redshift-serverless:GetCredentials
            Resource: !GetAtt Group.Workgroup.WorkgroupArn
Outputs:
  Arn: {Value: !GetAtt Group.Workgroup.WorkgroupArn}
""")

    arn = "arn:aws:redshift-serverless:us-east-1:123456789012:marts"
    assert (stack["StackStatus"], stack["Out"]) == ("CREATE_COMPLETE", {"Arn": arn})
