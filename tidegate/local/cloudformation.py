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

from moto.cloudformation import parsing, responses, urls
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Event, Stack, cloudformation_backends
from moto.cloudformation.parsing import OutputMap, ResourceMap
from moto.core.responses import ActionResult
from typing_extensions import override

from tidegate.local import networks, templates
from tidegate.local.resources import Named, class_of

_NOTHING: dict[str, Any] = {"Resources": {}}
_TAKEN_IN = "it was there, kept as this stack's"
_UNCHANGED = "this endpoint can't change such a resource, which stays as it is"
# What was kept as a stack went, by account, stack and name: its next one takes it in, as on AWS.
_kept: dict[tuple[str, str, str], Any] = {}
_known: Callable[[str], Any] = parsing.resource_class_from_type
_create: Callable[..., Any] = parsing.parse_and_create_resource
_propose: Callable[..., tuple[str, str]] = CloudFormationBackend.create_change_set
_delete_one: Callable[..., Any] = parsing.parse_and_delete_resource
_update: Callable[..., Any] = parsing.parse_and_update_resource


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
                    for name, one in _made(stack.resource_map).items()
                    if name in stack.template_dict.get("Resources", {})
                ]
            }
        )


def mend() -> None:
    """Put these in the place of moto's, before it has answered its first request."""
    templates.mend()
    parsing.resource_class_from_type = _class_of  # type: ignore[assignment]
    parsing.parse_and_create_resource = _told("CREATE", _create)
    parsing.parse_and_delete_resource = _deleted  # type: ignore[assignment]
    parsing.parse_and_update_resource = _told("UPDATE", _update)
    Stack.stack_parameters = property(_given)  # type: ignore[assignment]
    Stack.parameter_list = property(_listed)  # type: ignore[assignment]
    Stack.has_parameters = _has  # type: ignore[method-assign, assignment]
    CloudFormationBackend.create_change_set = _proposed  # type: ignore[method-assign, assignment]
    CloudFormationBackend.delete_change_set = _dropped  # type: ignore[method-assign]
    CloudFormationBackend.execute_change_set = _execute  # type: ignore[method-assign]
    CloudFormationBackend.delete_stack = _delete  # type: ignore[method-assign]
    for path in urls.url_paths:
        urls.url_paths[path] = LocalCloudFormation.dispatch


def _class_of(kind: str) -> Any:
    # moto's own knows no Aurora, and fails of it.
    is_known = kind != "AWS::RDS::DBInstance"
    return (is_known and _known(kind)) or class_of(kind)


def _given(stack: Stack) -> dict[str, str]:
    """A stack's parameters as they were given, or by default: texts, lists too."""
    given, slots = stack.resource_map.input_parameters, stack.template_dict.get("Parameters", {})
    return {name: str(given.get(name, one.get("Default", ""))) for name, one in slots.items()}


def _listed(stack: Stack) -> list[dict[str, str]]:
    hidden = stack.resource_map.no_echo_parameter_keys
    return [
        {"ParameterKey": name, "ParameterValue": "****" if name in hidden else value}
        for name, value in _given(stack).items()
    ]


def _has(stack: Stack, parameters: dict[str, Any]) -> bool:
    """Whether parameters are those that a stack has, where the template is the same."""
    return _given(stack) == _given(stack) | parameters


def _made(resources: ResourceMap) -> dict[str, Any]:
    """The resources that were made, by their names in the template; asking the map makes them."""
    found = resources._parsed_resources.items()
    return {name: one for name, one in found if hasattr(one, "physical_resource_id")}


def _told(word: str, change: Callable[..., Any]) -> Callable[..., Any]:
    """A change of a resource, and how it ended as an event of its stack."""

    def changed(name: str, given: Any, resources: ResourceMap, account_id: str, region_name: str):  # type: ignore[no-untyped-def]
        stack = cloudformation_backends[account_id][region_name].get_stack(resources.stack_id)
        kept = _kept.pop((account_id, stack.name, name), None) if word == "CREATE" else None
        note = None
        try:
            made = change(name, given, resources, account_id=account_id, region_name=region_name)
        except Exception as error:
            if kept is not None:
                place = kept.physical_resource_id
                _event(stack, name, given["Type"], "IMPORT_COMPLETE", _TAKEN_IN, place)
                return kept
            is_first = not getattr(error, "is_told", False)
            error.is_told = True  # type: ignore[attr-defined]
            reason = _reason(error) if is_first else f"Resource {word.lower()} cancelled"
            _event(stack, name, given["Type"], f"{word}_FAILED", reason)
            raise
        if made is None and word == "UPDATE":  # moto has no such change
            made, note = resources._parsed_resources.get(name), _UNCHANGED
        _put_right(made, given.get("Properties", {}), resources)
        if made is not None:
            place = getattr(made, "physical_resource_id", "")
            _event(stack, name, given["Type"], f"{word}_COMPLETE", note, place)
        return made

    return changed


def _deleted(name: str, given: Any, account_id: str, region_name: str) -> None:
    """Delete a resource, one that moto leaves there too."""
    if Named.place and networks.is_left(given["Type"]):
        networks.delete(Named.place, given["Type"], name)
    else:
        _delete_one(name, given, account_id, region_name)


def _put_right(made: Any, properties: dict[str, Any], resources: ResourceMap) -> None:
    """Give a resource what moto's own API would have given it."""
    if isinstance(getattr(made, "policy", None), dict):
        made.policy = json.dumps(made.policy)  # a key's
    if "StreamModeDetails" in properties and hasattr(made, "stream_mode"):
        made.stream_mode = parsing.clean_json(properties["StreamModeDetails"], resources)


def _event(
    stack: Stack, name: str, kind: str, status: str, reason: str | None, physical: str = ""
) -> None:
    """Add an event of a resource, unless an attempt of the same change ended just so."""
    for last in reversed(stack.events):
        if last.logical_resource_id == stack.name:
            break
        known = last.logical_resource_id, last.resource_status, last.resource_status_reason
        if known == (name, status, reason):
            return
    stack.events.append(
        Event(stack.stack_id, stack.name, name, physical, kind, status, reason, None)
    )


def _reason(error: Exception) -> str:
    response = getattr(error, "response", {})  # of boto3, where a service was asked by its API
    told = response.get("Error", {}).get("Message") or getattr(error, "message", "")
    return f"{told or error} ({getattr(error, 'error_type', type(error).__name__)})"


class ChangeSetGoneError(CloudFormationError):
    """A change set that was carried out, deleted, or never there."""

    code = "ChangeSetNotFound"


def _proposed(self: CloudFormationBackend, change_set_type: str, **given: Any) -> tuple[str, str]:
    """Make a change set; one of a stack that only other change sets are of is of that stack too."""
    name = given["stack_name"]
    there = next((one for one in self.stacks.values() if one.name == name), None)
    if change_set_type != "CREATE" or there is None:
        return _propose(self, change_set_type=change_set_type, **given)
    if there.status != "REVIEW_IN_PROGRESS":
        told = f"Stack [{name}] already exists and cannot be created again with the changeSet"
        raise ValidationError(message=f"{told} [{given['change_set_name']}].")
    there.template = json.dumps(_NOTHING)
    made = _propose(self, change_set_type="UPDATE", **given)
    self.change_sets[made[0]].change_set_type = "CREATE"
    return made


def _dropped(self: CloudFormationBackend, change_set_name: str) -> None:
    """Forget a change set; one that is gone already is no error."""
    for identity, one in list(self.change_sets.items()):
        if change_set_name in (identity, one.change_set_name):
            del self.change_sets[identity]


def _execute(
    self: CloudFormationBackend,
    change_set_name: str,
    stack_name: str | None = None,  # noqa: ARG001
) -> None:
    """Change a stack; one that fails on the way is taken back. Its other change sets are gone."""
    try:
        change_set: Any = self.describe_change_set(change_set_name)
    except ValidationError:
        raise ChangeSetGoneError(f"ChangeSet [{change_set_name}] does not exist") from None
    for identity, other in list(self.change_sets.items()):
        if other.stack_id == change_set.stack_id and other is not change_set:
            del self.change_sets[identity]
    stack, kind = self.stacks[change_set.stack_id], change_set.change_set_type
    before = stack.template, dict(stack.resource_map.input_parameters)
    stack._add_stack_event(f"{kind}_IN_PROGRESS", "User Initiated")
    try:
        change_set.apply()
        _keep(stack, change_set.template, change_set.parameters)
    except Exception as error:
        change_set.execution_status = "EXECUTE_FAILED"
        _roll_back(stack, kind, _reason(error), *before)
    else:
        change_set.execution_status = "EXECUTE_COMPLETE"
        _end(stack, f"{kind}_COMPLETE")


def _keep(stack: Stack, template: Any, parameters: dict[str, str]) -> None:
    """Have a stack be what a template and parameters say, and put out what they do."""
    stack.template, stack.parameters = template, parameters
    stack._parse_template()
    stack.resource_map.input_parameters = _given(stack)
    stack.description = stack.template_dict.get("Description")
    stack.output_map = OutputMap(stack.resource_map, stack.template_dict, stack.stack_id)
    _ = stack.outputs  # computed now, while all that they name is there


def _roll_back(
    stack: Stack, kind: str, reason: str, template: Any, parameters: dict[str, str]
) -> None:
    """Take back a change that failed."""
    word = "" if kind == "CREATE" else "UPDATE_"
    stack._add_stack_event(f"{word}ROLLBACK_IN_PROGRESS", reason)
    try:
        if kind == "CREATE":
            made = _made(stack.resource_map)
            stack.resource_map.delete()
            _tell_gone(stack, made)
            _empty(stack)
        else:
            old = Stack.parse_template(template)
            stack.resource_map.update(old, parameters)
            _keep(stack, template, parameters)
    except Exception as error:
        _end(stack, f"{word}ROLLBACK_FAILED", _reason(error))
    else:
        _end(stack, f"{word}ROLLBACK_COMPLETE")


def _delete(self: CloudFormationBackend, name_or_stack_id: str) -> None:
    """Delete a stack but for what its template keeps; where something can't be, it stays."""
    found = [one for one in self.stacks.values() if name_or_stack_id in (one.name, one.stack_id)]
    for stack in found:
        stack._add_stack_event("DELETE_IN_PROGRESS", "User Initiated")
        made, kinds = _made(stack.resource_map), stack.template_dict.get("Resources", {})
        try:
            stack.resource_map.delete()
        except Exception as error:
            for name in _made(stack.resource_map).keys() & kinds.keys():
                if kinds[name].get("DeletionPolicy") != "Retain":
                    place = made[name].physical_resource_id
                    kind = kinds[name]["Type"]
                    _event(stack, name, kind, "DELETE_FAILED", _reason(error), place)
            _end(stack, "DELETE_FAILED", _reason(error))
            continue
        _tell_gone(stack, made)
        _empty(stack)
        _end(stack, "DELETE_COMPLETE")
        self.deleted_stacks[stack.stack_id] = self.stacks.pop(stack.stack_id)


def _tell_gone(stack: Stack, made: dict[str, Any]) -> None:
    """Add an event of each resource that a stack had: gone, or kept."""
    kinds = stack.resource_map._resource_json_map
    for name, one in made.items():
        if name in kinds:
            is_kept = kinds[name].get("DeletionPolicy") == "Retain"
            status = "DELETE_SKIPPED" if is_kept else "DELETE_COMPLETE"
            _event(stack, name, kinds[name]["Type"], status, None, one.physical_resource_id)
            if is_kept:
                _kept[stack.account_id, stack.name, name] = one


def _empty(stack: Stack) -> None:
    """Forget a stack's resources, so that nobody who asks makes them again."""
    stack.template_dict = dict(_NOTHING)
    stack.resource_map._resource_json_map = {}
    stack.output_map = OutputMap(stack.resource_map, _NOTHING, stack.stack_id)


def _end(stack: Stack, status: str, reason: str = "") -> None:
    stack.status = status
    stack.stack_status_reason = reason  # type: ignore[attr-defined]
    stack._add_stack_event(status, reason or None)
