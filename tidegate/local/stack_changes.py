"""A stack's change carried out, taken back where it fails on the way, and a stack's end."""

from typing import Any

from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.parsing import OutputMap

from tidegate.local.stack_resources import made_in, reason_of, tell, tell_gone

NOTHING: dict[str, Any] = {"Resources": {}}
"""The template of a stack without resources."""


class ChangeSetGoneError(CloudFormationError):
    """A change set that was carried out, deleted, or never there."""

    code = "ChangeSetNotFound"


def mend() -> None:
    """Put these in the place of moto's."""
    CloudFormationBackend.execute_change_set = _execute  # type: ignore[method-assign]
    CloudFormationBackend.delete_stack = _delete  # type: ignore[method-assign]


def given_to(stack: Stack) -> dict[str, str]:
    """A stack's parameters as they were given, or by default: texts, lists too."""
    given, slots = stack.resource_map.input_parameters, stack.template_dict.get("Parameters", {})
    return {name: str(given.get(name, one.get("Default", ""))) for name, one in slots.items()}


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
        _roll_back(stack, kind, reason_of(error), *before)
    else:
        change_set.execution_status = "EXECUTE_COMPLETE"
        _end(stack, f"{kind}_COMPLETE")


def _keep(stack: Stack, template: Any, parameters: dict[str, str]) -> None:
    """Have a stack be what a template and parameters say, and put out what they do."""
    stack.template, stack.parameters = template, parameters
    stack._parse_template()
    stack.resource_map.input_parameters = given_to(stack)
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
            made = made_in(stack.resource_map)
            stack.resource_map.delete()
            tell_gone(stack, made)
            _empty(stack)
        else:
            old = Stack.parse_template(template)
            stack.resource_map.update(old, parameters)
            _keep(stack, template, parameters)
    except Exception as error:
        _end(stack, f"{word}ROLLBACK_FAILED", reason_of(error))
    else:
        _end(stack, f"{word}ROLLBACK_COMPLETE")


def _delete(self: CloudFormationBackend, name_or_stack_id: str) -> None:
    """Delete a stack but for what its template keeps; where something can't be, it stays."""
    found = [one for one in self.stacks.values() if name_or_stack_id in (one.name, one.stack_id)]
    for stack in found:
        stack._add_stack_event("DELETE_IN_PROGRESS", "User Initiated")
        made, kinds = made_in(stack.resource_map), stack.template_dict.get("Resources", {})
        try:
            stack.resource_map.delete()
        except Exception as error:
            for name in made_in(stack.resource_map).keys() & kinds.keys():
                if kinds[name].get("DeletionPolicy") != "Retain":
                    place = made[name].physical_resource_id
                    kind = kinds[name]["Type"]
                    tell(stack, name, kind, "DELETE_FAILED", reason_of(error), place)
            _end(stack, "DELETE_FAILED", reason_of(error))
            continue
        tell_gone(stack, made)
        _empty(stack)
        _end(stack, "DELETE_COMPLETE")
        self.deleted_stacks[stack.stack_id] = self.stacks.pop(stack.stack_id)


def _empty(stack: Stack) -> None:
    """Forget a stack's resources, so that nobody who asks makes them again."""
    stack.template_dict = dict(NOTHING)
    stack.resource_map._resource_json_map = {}
    stack.output_map = OutputMap(stack.resource_map, NOTHING, stack.stack_id)


def _end(stack: Stack, status: str, reason: str = "") -> None:
    stack.status = status
    stack.stack_status_reason = reason  # type: ignore[attr-defined]
    stack._add_stack_event(status, reason or None)
