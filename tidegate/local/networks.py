"""Parts of a network that moto's CloudFormation leaves there when their stack is deleted."""

from collections.abc import Callable
from typing import Any

from tidegate.aws import AwsConfig


def is_left(kind: str) -> bool:
    """Whether moto 5.2 leaves resources of a type there."""
    return kind in _DELETED


def delete(place: AwsConfig, kind: str, name: str) -> None:
    """Delete one by its service."""
    _DELETED[kind](place.client("ec2"), name)


def _route_table(ec2: Any, name: str) -> None:
    """Delete a route table, once no subnet and no gateway goes by it.

    moto deletes a stack's resources in no order, and a gateway only while its tables are there.
    """
    for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        if name in one.get("RouteTableIds", []):
            gateway = one["VpcEndpointId"]
            ec2.modify_vpc_endpoint(VpcEndpointId=gateway, RemoveRouteTableIds=[name])
    for one in ec2.describe_route_tables(RouteTableIds=[name])["RouteTables"][0]["Associations"]:
        ec2.disassociate_route_table(AssociationId=one["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=name)


def _internet_gateway(ec2: Any, name: str) -> None:
    found = ec2.describe_internet_gateways(InternetGatewayIds=[name])["InternetGateways"][0]
    for one in found.get("Attachments", []):
        ec2.detach_internet_gateway(InternetGatewayId=name, VpcId=one["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=name)


_DELETED: dict[str, Callable[[Any, str], object]] = {
    "AWS::EC2::FlowLog": lambda ec2, name: ec2.delete_flow_logs(FlowLogIds=[name]),
    "AWS::EC2::InternetGateway": _internet_gateway,
    "AWS::EC2::NatGateway": lambda ec2, name: ec2.delete_nat_gateway(NatGatewayId=name),
    "AWS::EC2::RouteTable": _route_table,
    "AWS::EC2::VPCEndpoint": lambda ec2, name: ec2.delete_vpc_endpoints(VpcEndpointIds=[name]),
}
