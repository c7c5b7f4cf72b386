"""An environment taken away: its stacks, and its data only where that is asked for by name."""

import io

import pytest

from tests.deploy.commands.conftest import Project
from tests.deploy.commands.rude import RudeAws, stack_in

REFUSED = 2


NETWORK = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: !Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]}
  Routes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  SubnetRoutes:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
  MoreRoutes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  StillMoreRoutes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  ToS3:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: com.amazonaws.us-east-1.s3
      VpcEndpointType: Gateway
      RouteTableIds: [!Ref Routes, !Ref MoreRoutes, !Ref StillMoreRoutes]
Outputs:
  Vpc: {Value: !Ref Vpc}
"""


def destroy(project: Project, *words: str) -> tuple[int, str, str]:
    return project.deploy(*words, command="destroy")


def buckets(project: Project) -> set[str]:
    """What the environment's buckets are for."""
    names = [one["Name"] for one in project.client("s3").list_buckets()["Buckets"]]
    start = f"tidegate-{project.env}-"
    return {name.removeprefix(start).split("-")[0] for name in names if name.startswith(start)}


def put(project: Project, *keys: str) -> None:
    for key in keys:
        project.client("s3").put_object(Bucket=f"tidegate-{project.env}-lake", Key=key, Body=b"x")


def test_stacks_go_in_reverse_and_the_lake_stays_with_its_data(project: Project) -> None:
    project.deploy("--yes")
    put(project, "a", "b")

    code, out, err = destroy(project, "--yes")

    assert (code, project.status("compute"), project.status("lake")) == (
        0,
        None,
        "CREATE_COMPLETE",
    ), err
    stack = project.stack
    assert [line for line in err.splitlines() if line.endswith(": deleted")] == [
        f"{stack('compute')}: deleted",
        f"{stack('alarms')}: deleted",
    ]
    assert f"{stack('lake')}  stays, with the data; --with-data deletes it too" in out
    held = project.client("s3").list_objects_v2(Bucket=f"tidegate-{project.env}-lake")
    assert held["KeyCount"] == 2


def test_what_was_destroyed_is_deployed_again_over_the_same_data(project: Project) -> None:
    project.deploy("--yes")
    put(project, "a")
    destroy(project, "--yes")

    code, _, err = project.deploy("--yes")

    assert (code, project.status("compute")) == (0, "CREATE_COMPLETE"), err
    assert f"{project.stack('lake')}: no change" in err


def test_with_data_everything_goes_once_its_name_is_typed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.deploy("--yes")
    versions = {"Status": "Enabled"}
    lake = f"tidegate-{project.env}-lake"
    project.client("s3").put_bucket_versioning(Bucket=lake, VersioningConfiguration=versions)
    put(project, "a", "a", "b")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{project.env}\n"))

    code, _, err = destroy(project, "--with-data")

    assert (code, project.status("lake"), buckets(project)) == (0, None, set()), err
    assert f"AWS::S3::Bucket {lake}: deleted, with 3 versions of objects" in err


def test_a_secret_that_goes_can_be_taken_back_by_what_is_said(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"tidegate-{project.env}-key"
    secret = f"""Resources:
  Key:
    Type: AWS::SecretsManager::Secret
    DeletionPolicy: Retain
    Properties: {{Name: {name}, GenerateSecretString: {{}}}}"""
    project.change("alarms", "Resources:", secret)
    project.deploy("--yes")
    arn = project.client("secretsmanager").describe_secret(SecretId=name)["ARN"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{project.env}\n"))

    _, _, err = destroy(project, "--with-data")

    assert f"until then aws secretsmanager restore-secret --secret-id {arn}" in err


@pytest.mark.parametrize("answer", ["prod\n", ""])
def test_with_data_nothing_goes_where_another_name_is_typed(
    project: Project, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    project.deploy("--yes")
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    code, _, err = destroy(project, "--with-data", "--yes")

    assert (code, project.status("compute"), buckets(project)) == (
        REFUSED,
        "CREATE_COMPLETE",
        {"lake", "artefacts"},
    )
    named = f"isn't the environment's name, \"{project.env}\": nothing is deleted"
    assert named in err


def test_data_that_an_earlier_destroy_left_goes_later(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.deploy("--yes")
    project.client("cloudformation").delete_stack(StackName=project.stack("lake"))
    assert buckets(project) == {"lake", "artefacts"}
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{project.env}\n"))

    code, _, err = destroy(project, "--with-data")

    assert (code, buckets(project)) == (0, set()), err


def test_without_a_terminal_and_without_a_yes_nothing_goes(project: Project) -> None:
    project.deploy("--yes")

    code, _, err = destroy(project)

    assert (code, project.status("compute")) == (REFUSED, "CREATE_COMPLETE")
    assert f"tidegate destroy --env {project.env} --yes goes without asking" in err


def test_a_bucket_that_isnt_empty_is_named_and_its_stack_goes_once_it_is(project: Project) -> None:
    bucket = f"tidegate-{project.env}-scratch"
    project.change(
        "alarms",
        "Resources:",
        f"Resources:\n  Scratch:\n    Type: AWS::S3::Bucket\n"
        f"    Properties:\n      BucketName: {bucket}",
    )
    project.deploy("--yes")
    project.client("s3").put_object(Bucket=bucket, Key="a", Body=b"x")

    code, _, err = destroy(project, "--yes")

    assert (code, project.status("alarms")) == (REFUSED, "DELETE_FAILED")
    failed = f"stack {project.stack('alarms')} failed and is in DELETE_FAILED"
    assert f"{failed}: what isn't named here is gone" in err
    assert f'Scratch (AWS::S3::Bucket) "{bucket}": The bucket you tried to delete is not' in err
    assert err.strip().endswith("or keep it, and destroy again")
    project.client("s3").delete_object(Bucket=bucket, Key="a")
    assert destroy(project, "--yes")[0] == 0
    assert project.status("alarms") is None


def test_a_network_goes_with_all_its_parts(project: Project) -> None:
    project.template("network").write_text(NETWORK)
    project.deploy("--yes")
    network = project.outputs("network")["Vpc"]

    code, _, err = destroy(project, "--yes")

    left = project.client("ec2").describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [network]}])
    assert (code, left["Vpcs"]) == (0, []), err


def test_a_stack_that_is_being_changed_stops_it_before_anything_goes(project: Project) -> None:
    project.deploy("--yes")
    stack = project.stack("alarms")
    with RudeAws(str(project.aws)) as rude:
        real, project.aws = project.aws, rude.config
        rude.instead["DescribeStacks"] = stack_in(stack, "UPDATE_IN_PROGRESS")
        code, _, err = destroy(project, "--yes")
    project.aws = real

    assert (code, project.status("compute")) == (REFUSED, "CREATE_COMPLETE")
    assert f"stack {stack} is in UPDATE_IN_PROGRESS: something changes it just now" in err


def test_an_environment_that_isnt_there_says_so(project: Project) -> None:
    code, out, _ = destroy(project, "--yes")

    assert (code, out.splitlines()[-1]) == (
        0,
        f"environment {project.env}: 0 stacks deleted, 0 kept",
    )
