"""A template as moto reads it, mended where it says more than moto 5.2 takes from it.

moto doesn't know ``Fn::Cidr`` and ``!Condition``, takes the first part for the whole of an
attribute's name with a dot, keeps ``AWS::NoValue`` as an item of a list,
overlooks what ``Fn::Sub`` names when a parameter changes, and changes what a condition leaves out,
or leaves out what it no longer does.
"""

import ipaddress
import itertools
import re
from collections.abc import Callable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Change, ChangeSet
from moto.cloudformation.parsing import ResourceMap

_changes: Callable[..., dict[str, list[str]]] = ResourceMap.build_resource_diff
_change: Callable[..., None] = ResourceMap.update
_judge: Callable[..., bool] = parsing.parse_condition
_clean: Callable[[Any, ResourceMap], Any] = parsing.clean_json


def mend() -> None:
    """Put these in the place of moto's."""
    parsing.clean_json = _cleaned  # type: ignore[assignment]
    parsing.parse_condition = _judged  # type: ignore[assignment]
    parsing.get_references_from_template = _references  # type: ignore[assignment]
    ChangeSet.diff = _diff  # type: ignore[method-assign]
    ResourceMap.build_resource_diff = _changed  # type: ignore[method-assign, assignment]
    ResourceMap.update = _updated  # type: ignore[method-assign]


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
    """What a change set changes."""
    resources = self.stack.resource_map
    old, new = resources._resource_json_map, self.template_dict["Resources"]
    found = resources.build_resource_diff(self.template_dict, self.parameters)
    return [
        Change(action, name, (new if name in new else old)[name]["Type"])
        for action, names in found.items()
        for name in names
    ]


def _changed(
    self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> dict[str, list[str]]:
    """The names of what an update adds, modifies and removes, by what conditions leave out."""
    then = ResourceMap(
        self.stack_id,
        self._parsed_resources["AWS::StackName"],
        self.input_parameters if parameters is None else parameters,
        {},
        self._region_name,
        self._account_id,
        template,
        {},
    )
    then.load()
    before, after = _meant(self), _meant(then)
    both = [name for name in _changes(self, template, parameters)["Modify"] if name in before]
    return {
        "Add": [name for name in after if name not in before],
        "Modify": [name for name in both if name in after],
        "Remove": [name for name in before if name not in after],
    }


def _updated(
    self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> None:
    """Change the resources; one that was removed is made anew, should it be meant again."""
    removed = self.build_resource_diff(template, parameters)["Remove"]
    _change(self, template, parameters)
    for name in removed:
        self._parsed_resources.pop(name, None)


def _meant(resources: ResourceMap) -> list[str]:
    """The names of the resources that no condition leaves out."""
    return [
        name
        for name, one in resources._resource_json_map.items()
        if "Condition" not in one or resources.lazy_condition_map[one["Condition"]]
    ]
