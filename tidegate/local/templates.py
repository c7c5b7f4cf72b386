"""A template as moto reads it, mended where it says more than moto 5.2 takes from it.

moto doesn't know ``Fn::Cidr`` and ``!Condition``, takes the first part for the whole of an
attribute's name with a dot, keeps ``AWS::NoValue`` as an item of a list,
overlooks what ``Fn::Sub`` names when a parameter changes, and lists in a change set what is left
out by a condition.
"""

import ipaddress
import itertools
import re
from collections.abc import Callable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Change, ChangeSet
from moto.cloudformation.parsing import ResourceMap

_judge: Callable[..., bool] = parsing.parse_condition
_clean: Callable[[Any, ResourceMap], Any] = parsing.clean_json


def mend() -> None:
    """Put these in the place of moto's."""
    parsing.clean_json = _cleaned  # type: ignore[assignment]
    parsing.parse_condition = _judged  # type: ignore[assignment]
    parsing.get_references_from_template = _references  # type: ignore[assignment]
    ChangeSet.diff = _diff  # type: ignore[method-assign]


def _cleaned(given: Any, resources: ResourceMap) -> Any:
    """A part of a template with its functions resolved; AWS::NoValue leaves a list's item out."""
    if isinstance(given, list):
        items = [parsing.clean_json(one, resources) for one in given]
        return [one for one in items if one is not None]
    if isinstance(given, dict) and "Fn::Cidr" in given:
        block, count, bits = [parsing.clean_json(one, resources) for one in given["Fn::Cidr"]]
        subnets = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
        return [str(one) for one in itertools.islice(subnets, int(count))]
    if isinstance(given, dict) and isinstance(asked := given.get("Fn::GetAtt"), list):
        return _clean({"Fn::GetAtt": [asked[0], ".".join(asked[1:])]}, resources)
    return _clean(given, resources)


def _judged(condition: Any, resources: Any, conditions: Any) -> bool:
    """Whether a condition holds, one that names another by ``!Condition`` too."""
    return _judge(_renamed(condition), resources, conditions)


def _renamed(given: Any) -> Any:
    if isinstance(given, list):
        return [_renamed(one) for one in given]
    if not isinstance(given, dict):
        return given
    return {
        name.replace("Fn::Condition", "Condition"): _renamed(one) for name, one in given.items()
    }


def _references(given: Any) -> list[str]:
    """What a part of a template names, by Ref, Fn::GetAtt or in a text of Fn::Sub."""
    if isinstance(given, list):
        return [name for one in given for name in _references(one)]
    if not isinstance(given, dict):
        return []
    found = [name for one in given.values() for name in _references(one)]
    if "Ref" in given:
        found.append(given["Ref"])
    if "Fn::Sub" in given:
        text = given["Fn::Sub"]
        found += re.findall(r"\$\{([^}.!]+)", text[0] if isinstance(text, list) else text)
    return found


def _diff(self: ChangeSet) -> list[Change]:
    """What a change set changes: without the resources that a condition leaves out."""
    stack = self.stack
    then = ResourceMap(
        stack.stack_id,
        stack.name,
        self.parameters,
        {},
        stack.region_name,
        stack.account_id,
        self.template_dict,
        {},
    )
    then.load()
    old, new = stack.resource_map._resource_json_map, self.template_dict["Resources"]
    found = stack.resource_map.build_resource_diff(self.template_dict, self.parameters)
    return [
        Change(action, name, (new if name in new else old)[name]["Type"])
        for action, names in found.items()
        for name in names
        if action == "Remove" or _is_meant(new[name], then)
    ]


def _is_meant(resource: dict[str, Any], resources: ResourceMap) -> bool:
    condition = resource.get("Condition")
    return condition is None or bool(resources.lazy_condition_map[condition])
