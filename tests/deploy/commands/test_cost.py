"""What a deployment costs a day at rest."""

import re

from tests.deploy.commands.conftest import Project

STACK = """
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  First:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
  Second:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}
  ToKinesis:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: com.amazonaws.us-east-1.kinesis-streams
      VpcEndpointType: Interface
      SubnetIds: [!Ref First, !Ref Second]
  ToS3:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: com.amazonaws.us-east-1.s3
      VpcEndpointType: Gateway
      RouteTableIds: [!Ref Routes]
  Routes:
    Type: AWS::EC2::RouteTable
    Properties: {VpcId: !Ref Vpc}
  OnDemand:
    Type: AWS::Kinesis::Stream
    Properties: {StreamModeDetails: {StreamMode: ON_DEMAND}}
  Provisioned:
    Type: AWS::Kinesis::Stream
    Properties: {ShardCount: 2}
  Key:
    Type: AWS::KMS::Key
    Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}
  Machines:
    Type: AWS::EMR::SecurityConfiguration
    Properties: {Name: NAME, SecurityConfiguration: {}}
  Directory:
    Type: AWS::DirectoryService::SimpleAD
    Properties: {Name: tide.example, Size: Small}
"""


def flat(out: str) -> str:
    """What was printed, its lines joined."""
    return " ".join(out.split())


def costs(out: str) -> dict[str, tuple[str, ...]]:
    """The table's rows: units, of what, dollars a day."""
    found = re.findall(r"^(AWS::\S+) +(\S+)  (.+?) +([\d.]+)$", out, re.MULTILINE)
    return {f"{kind} {unit}": (count, dollars) for kind, count, unit, dollars in found}


def test_each_type_costs_its_hours_and_what_costs_nothing_isnt_listed(project: Project) -> None:
    for concern in ("compute", "alarms", "lake"):
        project.template(concern).unlink()
    project.template("stream").write_text(STACK.replace("NAME", project.env))

    _, out, err = project.deploy("--yes")

    assert costs(out) == {
        "AWS::Kinesis::Stream on-demand streams": ("1", "0.96"),
        "AWS::Kinesis::Stream shards": ("2", "0.72"),
        "AWS::EC2::VPCEndpoint zones of interface endpoints": ("2", "0.48"),
        "AWS::KMS::Key keys": ("1", "0.03"),
    }, err
    assert "at rest about $2.19 a day" in out
    assert "as the authors know them, not looked up: AWS' pricing pages are right" in flat(out)
    assert "not priced: AWS::DirectoryService::SimpleAD" in out


def test_what_is_asked_or_run_only_costs_nothing_at_rest(project: Project) -> None:
    _, out, _ = project.deploy("--yes")

    assert "at rest about $0.00 a day" in out
