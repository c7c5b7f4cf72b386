"""How each resource of a stack is made, changed and deleted, and what is told of it."""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Event, Stack, cloudformation_backends
from moto.cloudformation.parsing import ResourceMap

from tidegate.local import networks
from tidegate.local.resources import Named, class_of

_TAKEN_IN = "it was there, kept as this stack's"
_UNCHANGED = "this endpoint can't change such a resource, which stays as it is"
# What was kept as a stack went, by account, stack and name: its next one takes it in, as on AWS.
_kept: dict[tuple[str, str, str], Any] = {}
_known: Callable[[str], Any] = parsing.resource_class_from_type
_create: Callable[..., Any] = parsing.parse_and_create_resource
_delete_one: Callable[..., Any] = parsing.parse_and_delete_resource
_update: Callable[..., Any] = parsing.parse_and_update_resource


def mend() -> None:
    """Put these in the place of moto's."""
    parsing.resource_class_from_type = _class_of  # type: ignore[assignment]
    parsing.parse_and_create_resource = _told("CREATE", _create)
    parsing.parse_and_delete_resource = _deleted  # type: ignore[assignment]
    parsing.parse_and_update_resource = _told("UPDATE", _update)


def _class_of(kind: str) -> Any:
    # moto's own knows no Aurora, and fails of it.
    is_known = kind != "AWS::RDS::DBInstance"
    return (is_known and _known(kind)) or class_of(kind)


def made_in(resources: ResourceMap) -> dict[str, Any]:
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
                tell(stack, name, given["Type"], "IMPORT_COMPLETE", _TAKEN_IN, place)
                return kept
            is_first = not getattr(error, "is_told", False)
            error.is_told = True  # type: ignore[attr-defined]
            reason = reason_of(error) if is_first else f"Resource {word.lower()} cancelled"
            tell(stack, name, given["Type"], f"{word}_FAILED", reason)
            raise
        if made is None and word == "UPDATE":  # moto has no such change
            made, note = resources._parsed_resources.get(name), _UNCHANGED
        _put_right(made, given.get("Properties", {}), resources)
        if made is not None:
            place = getattr(made, "physical_resource_id", "")
            tell(stack, name, given["Type"], f"{word}_COMPLETE", note, place)
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


def tell(
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


def reason_of(error: Exception) -> str:
    """What an error says, as an event gives it."""
    response = getattr(error, "response", {})  # of boto3, where a service was asked by its API
    told = response.get("Error", {}).get("Message") or getattr(error, "message", "")
    return f"{told or error} ({getattr(error, 'error_type', type(error).__name__)})"


def tell_gone(stack: Stack, made: dict[str, Any]) -> None:
    """Add an event of each resource that a stack had: gone, or kept."""
    kinds = stack.resource_map._resource_json_map
    for name, one in made.items():
        if name in kinds:
            is_kept = kinds[name].get("DeletionPolicy") == "Retain"
            status = "DELETE_SKIPPED" if is_kept else "DELETE_COMPLETE"
            tell(stack, name, kinds[name]["Type"], status, None, one.physical_resource_id)
            if is_kept:
                _kept[stack.account_id, stack.name, name] = one
