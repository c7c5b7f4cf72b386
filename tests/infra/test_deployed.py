"""Every stack deployed to AWS' look-alike on this machine, and what its services then say is there.

It calls a stack complete whatever it made of it, so each service is asked by itself. What it
doesn't make is only checked: by cfn-lint, checkov and the tests beside this one.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.infra.stacks import ALL_ON, STACKS, made, path_of, template
from tidegate import local
from tidegate.aws import AwsConfig, aws_config
from tidegate.settings import load_settings

pytestmark = pytest.mark.aws

CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
NOT_MADE = {
    "AWS::Backup::BackupPlan": "the service makes it, CloudFormation here doesn't",
    "AWS::Backup::BackupSelection": "the service makes it, CloudFormation here doesn't",
    "AWS::Backup::BackupVault": "the service makes it, CloudFormation here doesn't",
    "AWS::Budgets::Budget": "no such service",
    "AWS::EC2::SecurityGroupEgress": "the service makes it, CloudFormation here doesn't",
    "AWS::EMRContainers::VirtualCluster": "the service makes it, CloudFormation here doesn't",
    "AWS::Glue::SecurityConfiguration": "no such request",
    "AWS::LakeFormation::PrincipalPermissions": "grants by tags can't be asked for",
    "AWS::LakeFormation::Resource": "the service makes it, CloudFormation here doesn't",
    "AWS::LakeFormation::Tag": "the service makes it, CloudFormation here doesn't",
    "AWS::LakeFormation::TagAssociation": "the service makes it, CloudFormation here doesn't",
    "AWS::Pipes::Pipe": "the service makes it, CloudFormation here doesn't",
    "AWS::RDS::DBCluster": "the service makes it, CloudFormation here doesn't",
    "AWS::RDS::DBInstance": "the service makes it, CloudFormation here knows no Aurora",
    "AWS::RedshiftServerless::Namespace": "no such service",
    "AWS::RedshiftServerless::Workgroup": "no such service",
    "AWS::SNS::TopicPolicy": "the service makes it, CloudFormation here doesn't",
    "AWS::SQS::QueuePolicy": "the service makes it, CloudFormation here doesn't",
}
"""Types of which only a name stands in the stack here, and why."""

UNLISTED = (
    "AWS::EC2::SecurityGroupIngress", "AWS::Lambda::Permission", "AWS::RDS::DBSubnetGroup",
)  # fmt: skip
"""The look-alike makes one, and lists no resource of the stack for it."""


class Deployed:
    """An endpoint of the test's own, with every stack of one size."""

    def __init__(self, aws: AwsConfig, env: str, **chosen: str) -> None:
        self.aws, self.env, self.chosen = aws, env, chosen
        if "HostedZone" in chosen:
            zone = aws.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
            self.chosen["HostedZone"] = zone["HostedZone"]["Id"].rsplit("/", 1)[-1]
        bucket = f"tidegate-{env}-artefacts"
        aws.client("s3").create_bucket(Bucket=bucket)
        for file in sorted((path_of("flow").parent / "flows").glob("*.json")):
            aws.client("s3").upload_file(str(file), bucket, f"release/flows/{file.name}")
        archive = io.BytesIO()  # a function is made of what is there
        with zipfile.ZipFile(archive, "w") as writing:
            writing.writestr("tidegate/collect/lambda_function.py", "")
        for key in ("release/collector/lambda.zip", "release/figures/lambda.zip"):
            aws.client("s3").put_object(Bucket=bucket, Key=key, Body=archive.getvalue())
        self.outputs = {
            "Env": env,
            "Artefacts": f"s3://{bucket}/release",
            "ArtefactsBucket": bucket,
            "Release": "release",
        }
        for stack in STACKS:
            self._deploy(stack)

    def _deploy(self, stack: str) -> None:
        self.aws.client("cloudformation").create_stack(**self._request(stack))
        told = self.stack(stack).get("Outputs", [])
        self.outputs |= {one["OutputKey"]: one["OutputValue"] for one in told}

    def _request(self, stack: str) -> dict[str, Any]:
        given = self.outputs | self.chosen
        asked = template(stack)["Parameters"].keys() & given.keys()
        return {
            "StackName": self.name(stack),
            "TemplateBody": path_of(stack).read_text(),
            "Parameters": [{"ParameterKey": x, "ParameterValue": given[x]} for x in sorted(asked)],
            "Capabilities": CAPABILITIES,
        }

    def release(self, name: str) -> set[str]:
        """Bring a new release into every stack, as a deployment does; back come those changed."""
        bucket, client = self.outputs["ArtefactsBucket"], self.aws.client("cloudformation")
        s3 = self.aws.client("s3")
        for one in s3.list_objects_v2(Bucket=bucket, Prefix=self.outputs["Release"])["Contents"]:
            key = one["Key"].replace(self.outputs["Release"], name, 1)
            s3.copy_object(Bucket=bucket, Key=key, CopySource=f"{bucket}/{one['Key']}")
        self.outputs |= {"Artefacts": f"s3://{bucket}/{name}", "Release": name}
        changed = set()
        for stack in STACKS:
            given = {"ChangeSetName": name, "ChangeSetType": "UPDATE"}
            made = client.create_change_set(**self._request(stack), **given)["Id"]
            if client.describe_change_set(ChangeSetName=made)["Status"] != "FAILED":
                client.execute_change_set(ChangeSetName=made)
                changed.add(stack)
        return changed

    def anew(self, stack: str, **chosen: str) -> dict[str, str]:
        """Make a stack again with other parameters; what it then puts out.

        Changing them would do on AWS; here a change makes nothing that a condition left out.
        """
        self.aws.client("cloudformation").delete_stack(StackName=self.name(stack))
        before, self.chosen = self.chosen, {**self.chosen, **chosen}
        self._deploy(stack)
        self.chosen = before
        told = self.stack(stack).get("Outputs", [])
        return {one["OutputKey"]: one["OutputValue"] for one in told}

    def name(self, stack: str) -> str:
        return f"tidegate-{self.env}-{stack}"

    def stack(self, stack: str) -> dict[str, Any]:
        found = self.aws.client("cloudformation").describe_stacks(StackName=self.name(stack))
        return dict(found["Stacks"][0])

    def resources(self, stack: str) -> list[dict[str, Any]]:
        client = self.aws.client("cloudformation")
        pages = client.get_paginator("list_stack_resources").paginate(StackName=self.name(stack))
        return [one for page in pages for one in page["StackResourceSummaries"]]


@pytest.fixture(scope="module", params=["dev", "prod", "prod, all asked for"])
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    settings = load_settings(
        tmp_path_factory.mktemp("endpoint"), endpoint="local", catalog="glue", warehouse="s3://lake"
    )
    address = local.start(settings).address
    chosen = ALL_ON if "all" in request.param else {}
    aws = aws_config(settings.model_copy(update={"endpoint": address}))
    yield Deployed(aws, request.param[:4].rstrip(), **chosen)
    local.stop(settings)


def test_every_stack_is_complete_and_has_what_its_conditions_ask_for(deployed: Deployed) -> None:
    for stack in STACKS:
        parameters = template(stack)["Parameters"]
        chosen = {"Env": deployed.env, **deployed.chosen}
        names = made(stack, **{k: v for k, v in chosen.items() if k in parameters})
        kinds = {name: template(stack)["Resources"][name]["Type"] for name in names}
        wanted = [name for name, kind in kinds.items() if kind not in UNLISTED]
        found = [one["LogicalResourceId"] for one in deployed.resources(stack)]

        assert deployed.stack(stack)["StackStatus"] == "CREATE_COMPLETE"
        assert (stack, sorted(found)) == (stack, sorted(wanted))


def test_each_service_says_that_its_resources_are_there_but_for_those_known(
    deployed: Deployed,
) -> None:
    from tidegate.deploy.existing import is_there
    from tidegate.deploy.stacks import Resource

    answers = {
        (kind, one["LogicalResourceId"]): is_there(
            deployed.aws, Resource(one["LogicalResourceId"], kind, one["PhysicalResourceId"])
        )
        for stack in STACKS
        for one in deployed.resources(stack)
        for kind in [one["ResourceType"]]
    }
    there = [one for one, answer in answers.items() if answer]
    print(f"{deployed.env}: {len(there)} of {len(answers)} resources are there")
    for kind in sorted({kind for (kind, _), answer in answers.items() if answer is None}):
        print(f"  {kind}: {NOT_MADE.get(kind, 'not asked for by itself')}")

    assert [one for one, answer in answers.items() if answer is False] == []
    assert not {kind for kind, _ in there} & NOT_MADE.keys()


def test_what_it_costs_at_rest_is_what_the_documentation_says(deployed: Deployed) -> None:
    if deployed.chosen:
        pytest.skip("the documentation says what is there by default")
    from tidegate.deploy.cost import a_day
    from tidegate.deploy.deploying import everything

    page = (REPOSITORY / "docs" / "aws.md").read_text()
    (told,) = re.findall(r"^\| together, about \| \*\*(.+?)\*\* \| \*\*(.+?)\*\* \|$", page, re.M)
    found = a_day(deployed.aws, everything(deployed.aws, deployed.env))

    by_env = dict(zip(("dev", "prod"), told, strict=True))
    assert f"{sum(one.dollars for one in found):.2f}" == by_env[deployed.env]


def test_the_keys_are_rotated_and_the_secret_is_a_key_that_the_engine_takes(
    deployed: Deployed,
) -> None:
    from tidegate.flow.personal_key import personal_key

    for name in ("DataKey", "AlertKey"):
        kms = deployed.aws.client("kms")
        assert kms.get_key_rotation_status(KeyId=deployed.outputs[name])["KeyRotationEnabled"]
    settings = load_settings(
        path_of("keys").parent.parent,
        endpoint=str(deployed.aws),
        catalog="glue",
        personal_key=f"secretsmanager:{deployed.outputs['PersonalKey']}",
    )
    assert len(personal_key(settings, print).secret) == 48


def test_the_buckets_are_encrypted_and_by_tls_only(deployed: Deployed) -> None:
    s3 = deployed.aws.client("s3")
    for name in ("LakeBucket", "ResultsBucket", "LogsBucket"):
        bucket = deployed.outputs[name]
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"][
            "Rules"
        ]
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        key = rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")

        assert key == (None if name == "LogsBucket" else deployed.outputs["DataKey"])
        assert any(one["Sid"] == "TlsOnly" for one in policy["Statement"])


def test_the_databases_are_below_the_warehouse(deployed: Deployed) -> None:
    glue, prefix = deployed.aws.client("glue"), deployed.outputs["DatabasePrefix"]
    found = {
        one["Name"]: one["LocationUri"]
        for one in glue.get_databases()["DatabaseList"]
        if one["Name"].startswith(prefix)
    }

    assert found == {
        f"{prefix}{name}": f"{deployed.outputs['Warehouse']}/{name}"
        for name in ("analytics", "clean", "mart", "quality", "quarantine", "raw")
    }


def test_the_streams_are_encrypted_and_sized(deployed: Deployed) -> None:
    kinesis, mode = deployed.aws.client("kinesis"), {"dev": "PROVISIONED", "prod": "ON_DEMAND"}
    for source, stream in json.loads(deployed.outputs["Streams"]).items():
        told = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]

        assert told["StreamARN"] == deployed.outputs[f"{source.capitalize()}StreamArn"]
        assert told["StreamModeDetails"] == {"StreamMode": mode[deployed.env]}


def test_the_job_runs_the_uploaded_entry_as_the_transformer(deployed: Deployed) -> None:
    job = deployed.aws.client("glue").get_job(JobName=deployed.outputs["GlueJob"])["Job"]
    given = job["DefaultArguments"]

    assert job["Command"]["ScriptLocation"] == f"{deployed.outputs['Artefacts']}/glue/entry.py"
    assert job["Role"] == deployed.outputs["TransformerRole"]
    assert given["--TIDEGATE_WAREHOUSE"] == deployed.outputs["Warehouse"]
    assert json.loads(given["--TIDEGATE_STREAMS"]).keys() == {"github", "storefront"}
    assert given["--TIDEGATE_ALERT_TOPIC"] == deployed.outputs["AlertTopic"]


def test_the_roles_have_the_policies_of_each_stack(deployed: Deployed) -> None:
    iam = deployed.aws.client("iam")

    def policies(role: str) -> set[str]:
        name = deployed.outputs[role].rpartition("/")[2]
        return set(iam.list_role_policies(RoleName=name)["PolicyNames"])

    of_files = {"dropped-files", "delivered-files"}
    of_streams = {"read-stream-of-bus", "read-stream-of-sent"}
    besides = of_files | of_streams if deployed.chosen else set()
    assert policies("LanderRole") == {"use-the-keys", "land", "read-streams", "tell", *besides}
    asks = {"ask-redshift", "ask-figures"} if deployed.chosen else set()
    assert policies("AnalystRole") == {
        "use-the-keys",
        "read-what-is-published",
        "ask-lake-formation",
        "ask-athena",
        *asks,
    }


def test_an_alert_reaches_the_queue_that_keeps_it(deployed: Deployed) -> None:
    sqs = deployed.aws.client("sqs")
    url = sqs.get_queue_url(QueueName=f"tidegate-{deployed.env}-alerts")["QueueUrl"]

    deployed.aws.client("sns").publish(TopicArn=deployed.outputs["AlertTopic"], Message="look")

    (kept,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(kept["Body"])["Message"] == "look"
    aside = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert "alerts-set-aside" in aside["Attributes"]["RedrivePolicy"]


def test_a_dropped_file_reaches_its_queue_by_way_of_eventbridge(deployed: Deployed) -> None:
    from tidegate.land.events import created

    queues, bucket = json.loads(deployed.outputs["Queues"]), deployed.outputs["DropBucket"]
    if not deployed.chosen:
        assert (queues, bucket) == ({}, "")
        return
    s3, sqs = deployed.aws.client("s3"), deployed.aws.client("sqs")
    assert queues.keys() == {"orders", "github", "storefront"}
    s3.put_bucket_notification_configuration(  # of which CloudFormation here makes nothing
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket=bucket, Key="a b.csv", Body=b"order\n1\n")
    url = sqs.get_queue_url(QueueName=queues["orders"])["QueueUrl"]
    (told,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    (one,) = created(told["Body"])
    assert one.address == f"s3://{bucket}/a b.csv"


def test_the_alarms_tell_the_topic(deployed: Deployed) -> None:
    told = deployed.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    kinds = {one["AlarmName"].removeprefix(f"tidegate-{deployed.env}-") for one in told}

    assert {"blocked", "late", "old", "reads-much", "alerts-set-aside"} <= kinds
    assert all(one["AlarmActions"] == [deployed.outputs["AlertTopic"]] for one in told)


def test_the_saved_questions_are_in_the_workgroups(deployed: Deployed) -> None:
    athena = deployed.aws.client("athena")
    group = athena.get_work_group(WorkGroup=deployed.outputs["AthenaWorkgroup"])["WorkGroup"]

    assert group["Configuration"]["EnforceWorkGroupConfiguration"]
    assert group["Configuration"]["BytesScannedCutoffPerQuery"]


def test_a_new_release_changes_what_runs_it_and_loses_nothing(deployed: Deployed) -> None:
    before = {stack: deployed.resources(stack) for stack in STACKS}

    changed = deployed.release("second")

    names = {stack: {one["LogicalResourceId"] for one in before[stack]} for stack in STACKS}
    assert {"compute", "flow"} <= changed
    for stack in STACKS:
        assert deployed.stack(stack)["StackStatus"] == (
            "UPDATE_COMPLETE" if stack in changed else "CREATE_COMPLETE"
        )
        assert (stack, {one["LogicalResourceId"] for one in deployed.resources(stack)}) == (
            stack,
            names[stack],
        )
    job = deployed.aws.client("glue").get_job(JobName=deployed.outputs["GlueJob"])["Job"]
    assert job["Command"]["ScriptLocation"].endswith("/second/glue/entry.py")
    machines = deployed.aws.client("stepfunctions")
    for machine in machines.list_state_machines()["stateMachines"]:
        told = machines.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
        assert "/second/emr/entry.py" in told["definition"]
        assert "${" not in told["definition"]


def test_the_collectors_function_knows_its_streams_and_keys(deployed: Deployed) -> None:
    if deployed.chosen or deployed.env != "dev":
        pytest.skip("once is enough")
    told = deployed.anew("collector", Home="lambda")

    function = deployed.aws.client("lambda").get_function(FunctionName="tidegate-dev-collector")
    has, given = function["Configuration"], function["Configuration"]["Environment"]["Variables"]
    secrets = deployed.aws.client("secretsmanager")
    held = secrets.get_secret_value(SecretId=told["CollectorKeys"])
    assert (has["Runtime"], has["Handler"]) == (
        "python3.13",
        "tidegate.collect.lambda_function.handler",
    )
    assert json.loads(given["TIDEGATE_STREAMS"]).keys() == {"github", "storefront"}
    assert given["TIDEGATE_COLLECT_KEYS"] == f"secretsmanager:{held['Name']}"
    assert held["SecretString"] == "{}"

    assert "CollectorKeys" not in deployed.anew("collector")
