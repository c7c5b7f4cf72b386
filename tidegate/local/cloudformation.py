"""CloudFormation as moto makes it, mended where a deployment relies on it.

AWS says of each resource how its change ended, takes a stack back that fails on the way, keeps what
a template tells it to keep, and fails where it can't do something. moto 5.2 fails the request in
the midst and leaves what was made; a stack made by a change set puts nothing out, and what it puts
out is asked of resources that are gone; two change sets of a new stack make two stacks. Types that
moto doesn't know are left out without a word, and what names them in the same template then fails:
here something stands for each (``tidegate.local.resources``).
"""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudformation import responses, urls
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.core.responses import ActionResult
from typing_extensions import override

from tidegate.local import stack_changes, stack_resources, templates
from tidegate.local.stack_changes import NOTHING, given_to
from tidegate.local.stack_resources import made_in

_propose: Callable[..., tuple[str, str]] = CloudFormationBackend.create_change_set


class LocalCloudFormation(responses.CloudFormationResponse):
    """CloudFormation's answers."""

    @override
    def _validate_different_update(self, *arguments: Any) -> None:
        """A change set that changes nothing fails by itself, and the request doesn't."""
        if self._get_action() != "CreateChangeSet":
            super()._validate_different_update(*arguments)

    @override
    def list_stack_resources(self) -> ActionResult:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        return ActionResult(
            {
                "StackResourceSummaries": [
                    {
                        "ResourceStatus": "CREATE_COMPLETE",
                        "LogicalResourceId": name,
                        "LastUpdatedTimestamp": stack.creation_time,
                        "PhysicalResourceId": one.physical_resource_id,
                        "ResourceType": stack.template_dict["Resources"][name]["Type"],
                    }
                    for name, one in made_in(stack.resource_map).items()
                    if name in stack.template_dict.get("Resources", {})
                ]
            }
        )


def mend() -> None:
    """Put these in the place of moto's, before it has answered its first request."""
    templates.mend()
    stack_resources.mend()
    stack_changes.mend()
    Stack.stack_parameters = property(given_to)  # type: ignore[assignment]
    Stack.parameter_list = property(_listed)  # type: ignore[assignment]
    Stack.has_parameters = _has  # type: ignore[method-assign, assignment]
    CloudFormationBackend.create_change_set = _proposed  # type: ignore[method-assign, assignment]
    CloudFormationBackend.delete_change_set = _dropped  # type: ignore[method-assign]
    for path in urls.url_paths:
        urls.url_paths[path] = LocalCloudFormation.dispatch


def _listed(stack: Stack) -> list[dict[str, str]]:
    hidden = stack.resource_map.no_echo_parameter_keys
    return [
        {"ParameterKey": name, "ParameterValue": "****" if name in hidden else value}
        for name, value in given_to(stack).items()
    ]


def _has(stack: Stack, parameters: dict[str, Any]) -> bool:
    """Whether parameters are those that a stack has, where the template is the same."""
    return given_to(stack) == given_to(stack) | parameters


def _proposed(self: CloudFormationBackend, change_set_type: str, **given: Any) -> tuple[str, str]:
    """Make a change set; one of a stack that only other change sets are of is of that stack too."""
    name = given["stack_name"]
    there = next((one for one in self.stacks.values() if one.name == name), None)
    if change_set_type != "CREATE" or there is None:
        return _propose(self, change_set_type=change_set_type, **given)
    if there.status != "REVIEW_IN_PROGRESS":
        told = f"Stack [{name}] already exists and cannot be created again with the changeSet"
        raise ValidationError(message=f"{told} [{given['change_set_name']}].")
    there.template = json.dumps(NOTHING)
    made = _propose(self, change_set_type="UPDATE", **given)
    self.change_sets[made[0]].change_set_type = "CREATE"
    return made


def _dropped(self: CloudFormationBackend, change_set_name: str) -> None:
    """Forget a change set; one that is gone already is no error."""
    for identity, one in list(self.change_sets.items()):
        if change_set_name in (identity, one.change_set_name):
            del self.change_sets[identity]
