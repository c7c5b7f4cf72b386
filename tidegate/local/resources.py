"""Resources of types that moto's CloudFormation doesn't make.

Some are made by moto's own APIs; of the others only a name stands in the stack, so that what names
them in a template is made. Whether a resource exists is for its service to say.
"""

import functools
from typing import Any, ClassVar

from moto.core.common_models import CloudFormationModel

from tidegate.aws import AwsConfig
from tidegate.local.resource_apis import Properties, create, delete


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
        is_arn = attribute_name.endswith("Arn")
        otherwise = self.attributes["Arn"] if is_arn else self.physical_resource_id
        return self.attributes.get(attribute_name, otherwise)

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
        service = _hyphened(cls.kind.split("::")[1])
        attributes = {"Arn": f"arn:aws:{service}:{region_name}:{account_id}:{name}"}
        if cls.place:
            made = create(cls.place, cls.kind, given | {"Name": name})
            name, attributes = (made[0], attributes | made[1]) if made else (name, attributes)
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
        if cls.place:
            delete(cls.place, cls.kind, resource_name)


_NO_RESOURCES = {
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
}
# The properties that name a resource, where its type has one.
_NAMES = ("Name", "JobName", "DeliveryStreamName", "AlarmName", "WorkgroupName", "NamespaceName")


def _hyphened(service: str) -> str:
    """A service as ARNs name it."""
    return service.lower().replace("serverless", "-serverless")


@functools.cache
def class_of(kind: str) -> type[Named] | None:
    """The class whose instances stand for a type's resources; None for what is no resource."""
    if kind in _NO_RESOURCES:
        return None
    return type("NamedResource", (Named,), {"kind": kind, "__module__": __name__})


def reach(place: AwsConfig) -> None:
    """Say how this endpoint's own services are reached, from now on."""
    Named.place = place
