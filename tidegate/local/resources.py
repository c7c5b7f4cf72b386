"""Resources of types that moto's CloudFormation doesn't make.

Some are made by moto's own APIs; of the others only a name stands in the stack, so that what names
them in a template is made. Whether a resource exists is for its service to say.
"""

import functools
import json
from collections.abc import Callable
from typing import Any, ClassVar

from moto.core.common_models import CloudFormationModel

from tidegate.aws import AwsConfig

Properties = dict[str, Any]


class Named(CloudFormationModel):
    """Stands for a resource in its stack.

    Attributes:
        kind: the type, e.g. ``AWS::Glue::Job``.
        place: how this endpoint's own services are reached, once it answers.
    """

    kind: ClassVar[str] = ""
    place: ClassVar[AwsConfig | None] = None

    def __init__(self, name: str, attributes: dict[str, str], properties: Properties) -> None:
        self.physical_resource_id = name
        self.attributes = attributes
        self.properties = properties

    @staticmethod
    def cloudformation_name_type() -> str:
        """None: each type has its own."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """None of AWS'."""
        return "Tidegate::Local::Resource"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003
        """Each attribute that a template asks for."""
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """What the service said it is, or else the name, as an ARN where one is meant."""
        return self.attributes.get(attribute_name, self.physical_resource_id)

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "Named":
        """Make the resource where there is an API for it here."""
        given = cloudformation_json.get("Properties") or {}
        name = next((given[each] for each in _NAMES if each in given), resource_name)
        service = cls.kind.split("::")[1].lower()
        attributes = {"Arn": f"arn:aws:{service}:{region_name}:{account_id}:{name}"}
        if cls.kind in _APIS and cls.place:
            made, told = _APIS[cls.kind].create(cls.place, given | {"Name": name})
            name, attributes = made, attributes | told
        return cls(name, attributes, given)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "Named",
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> "Named":
        """Delete it and make it anew."""
        name = original_resource.physical_resource_id
        cls.delete_from_cloudformation_json(name, cloudformation_json, account_id, region_name)
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003
        account_id: str,  # noqa: ARG003
        region_name: str,  # noqa: ARG003
    ) -> None:
        """Delete it where there is an API for it here."""
        if cls.kind in _APIS and cls.place:
            _APIS[cls.kind].delete(cls.place, resource_name)


_NO_RESOURCES = {
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
}
# The properties that name a resource, where its type has one.
_NAMES = ("Name", "JobName", "DeliveryStreamName", "AlarmName", "NamespaceName", "WorkgroupName")


class _Api:
    """How a type's resources are made and deleted by its service."""

    def __init__(
        self,
        create: Callable[[AwsConfig, Properties], tuple[str, dict[str, str]]],
        delete: Callable[[AwsConfig, str], object],
    ) -> None:
        self.create = create
        self.delete = delete


def _job(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    place.client("glue").create_job(**given)
    return given["Name"], {}


def _application(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    made = place.client("emr-serverless").create_application(**_camel(given))
    identity = made["applicationId"]
    return identity, {"ApplicationId": identity, "Arn": made["arn"]}


def _workgroup(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    place.client("athena").create_work_group(
        Name=given["Name"], Configuration=given.get("WorkGroupConfiguration", {})
    )
    return given["Name"], {}


def _delivery(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    name = given.pop("Name")
    made = place.client("firehose").create_delivery_stream(**given | {"DeliveryStreamName": name})
    return name, {"Arn": made["DeliveryStreamARN"]}


def _policy(place: AwsConfig, given: Properties) -> tuple[str, dict[str, str]]:
    bucket, text = given["Bucket"], json.dumps(given["PolicyDocument"])
    place.client("s3").put_bucket_policy(Bucket=bucket, Policy=text)
    return bucket, {}


_APIS = {
    "AWS::Glue::Job": _Api(_job, lambda at, name: at.client("glue").delete_job(JobName=name)),
    "AWS::EMRServerless::Application": _Api(
        _application,
        lambda at, name: at.client("emr-serverless").delete_application(applicationId=name),
    ),
    "AWS::Athena::WorkGroup": _Api(
        _workgroup, lambda at, name: at.client("athena").delete_work_group(WorkGroup=name)
    ),
    "AWS::KinesisFirehose::DeliveryStream": _Api(
        _delivery,
        lambda at, name: at.client("firehose").delete_delivery_stream(DeliveryStreamName=name),
    ),
    "AWS::S3::BucketPolicy": _Api(
        _policy, lambda at, name: at.client("s3").delete_bucket_policy(Bucket=name)
    ),
}


@functools.cache
def class_of(kind: str) -> type[Named] | None:
    """The class whose instances stand for a type's resources; None for what is no resource."""
    if kind in _NO_RESOURCES:
        return None
    return type("NamedResource", (Named,), {"kind": kind, "__module__": __name__})


def reach(place: AwsConfig) -> None:
    """Say how this endpoint's own services are reached, from now on."""
    Named.place = place


def _camel(given: Any) -> Any:
    """Properties as services in lower camel case take them."""
    if isinstance(given, dict):
        return {name[:1].lower() + name[1:]: _camel(one) for name, one in given.items()}
    return [_camel(one) for one in given] if isinstance(given, list) else given
