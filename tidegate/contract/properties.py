"""Custom properties: the words the standard leaves to Tidegate, each known and of its kind."""

from collections.abc import Mapping, Sequence
from typing import Any

from open_data_contract_standard.model import CustomProperty

from tidegate.contract.document import Document, Place
from tidegate.contract.structure import named
from tidegate.contract.vocabulary import Property

_KINDS = {
    str: "text",
    int: "a whole number, at least 0",
    list: "a list of names",
    object: "a value",
}


def read_properties(
    document: Document,
    place: Place,
    given: Sequence[CustomProperty] | None,
    known: Mapping[str, Property],
) -> dict[str, Any]:
    """The values of the custom properties at a place, by name; wrong ones are noted, left out."""
    values: dict[str, Any] = {}
    for index, item in enumerate(given or ()):
        here, name = (*place, "customProperties", index), str(item.property)
        if name not in known:
            what = f'unknown custom property "{name}" in {named(document, place)}'
            expected = f"; expected one of {', '.join(known)}" if known else "; none is known here"
            document.refuse((*here, "property"), what + expected, name, known)
        elif name in values:
            document.refuse((*here, "property"), f'custom property "{name}" is given twice')
        elif _is(item.value, known[name].kind):
            values[name] = item.value
        else:
            kind = _KINDS[known[name].kind]
            what = f'custom property "{name}" is {item.value!r}; expected {kind}'
            document.refuse((*here, "value"), what)
    return values


def property_place(document: Document, place: Place, name: str) -> Place:
    """Where a custom property stands, or the place itself where it isn't given."""
    node = document.data
    for part in place:
        node = node[part]
    for index, item in enumerate(node.get("customProperties") or ()):
        if item.get("property") == name:
            return (*place, "customProperties", index, "value")
    return place


def _is(value: Any, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, kind) and value not in (None, "")
