"""Whether a document has a contract's form: the standard's own JSON schema, put in words."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
from jsonschema import Draft201909Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]

from tidegate.contract.document import Document, Place
from tidegate.errors import did_you_mean

_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


def check_structure(document: Document) -> None:
    """Refuse what the standard doesn't know: keys, kinds of value, words, and keys left out."""
    if not _is_standard(document.data):
        for error in _validator().iter_errors(document.data):
            _put_in_words(document, error)
    document.settle()


def _is_standard(data: Any) -> bool:
    """Whether there is nothing to tell: a hundred times as fast as looking for what there is."""
    try:
        return bool(_quick_validator().is_valid(data))
    except ValueError:  # what JSON has no word for, such as bytes
        return False


@cache
def _schema() -> Any:
    schema = files("open_data_contract_standard").joinpath("schema.json")
    return json.loads(schema.read_text(encoding="utf-8"))


@cache
def _validator() -> Any:
    return Draft201909Validator(_schema())


@cache
def _quick_validator() -> Any:
    return jsonschema_rs.Draft201909Validator(_schema())


def _definition(reference: str) -> dict[str, Any]:
    """What a reference within the schema, ``#/$defs/Name``, stands for."""
    schema = _validator().schema
    for part in reference.removeprefix("#/").split("/"):
        schema = schema[part]
    return dict(schema)


def _put_in_words(document: Document, error: ValidationError) -> None:
    place: Place = tuple(error.absolute_path)
    owner, value = named(document, place), error.instance
    match error.validator:
        case "unevaluatedProperties" | "additionalProperties":
            known = sorted(set(_keys(error.schema, value)))
            for key in [key for key in value if key not in known]:
                what = f'unknown key "{key}" in {owner}'
                near = did_you_mean(key, known)
                document.refuse((*place, key), what + (near or f"; known: {', '.join(known)}"))
        case "required":
            for key in [key for key in error.validator_value if key not in value]:
                # The schema's test for a map also holds where a column has no logicalType.
                if key != "map" or "logicalType" in value:
                    document.refuse(place, f'{owner} has no "{key}"')
        case "enum" | "const":
            known = [str(word) for word in error.validator_value]
            what = f'{_key(place)} is "{value}" in {owner}; expected one of {", ".join(known)}'
            document.refuse(place, what, str(value), known)
        case "type":
            expected = _KINDS.get(error.validator_value, error.validator_value)
            found = _KINDS[_kind(value)] if not isinstance(value, bool | int | float) else value
            quotes = " (put it in quotes)" if error.validator_value == "string" else ""
            document.refuse(
                place, f"{_key(place)} is {found} in {owner}; expected {expected}{quotes}"
            )
        case "oneOf" if any("required" in form for form in error.validator_value):
            known = [key for form in error.validator_value for key in form.get("required", [])]
            document.refuse(place, f"{owner} needs exactly one of {', '.join(known)}")
        case _:
            document.refuse(place, f"{_key(place)} in {owner}: {error.message}")


def named(document: Document, place: Place) -> str:
    """The contract, table, column or rule a place is in, for a message."""
    node, owner = document.data, "the contract"
    for before, part in zip((None, *place), place, strict=False):
        node = node[part]
        if not isinstance(part, int) or not isinstance(node, dict):
            continue
        match before:
            case "schema":
                owner = f'table "{node.get("physicalName") or node.get("name")}"'
            case "properties":
                owner = f'column "{node.get("name")}"'
            case "quality":
                owner = f'rule "{node["id"]}"' if "id" in node else "a rule"
            case "servers":
                owner = f'server "{node.get("server")}"'
            case str():
                owner = f"an entry of {before}"
    return owner


def _keys(schema: dict[str, Any], instance: Any) -> Iterator[str]:
    """The keys a schema knows at a place, across the parts it is put together from."""
    yield from schema.get("properties", {})
    parts = [*schema.get("allOf", []), *schema.get("oneOf", [])]
    if "$ref" in schema:
        parts.append(_definition(schema["$ref"]))
    if "if" in schema:
        holds = _validator().evolve(schema=schema["if"]).is_valid(instance)
        parts.append(schema.get("then" if holds else "else", {}))
    for part in parts:
        yield from _keys(part, instance)


def _kind(value: Any) -> str:
    """The JSON schema's name for what a value is."""
    kinds: dict[type[Any], str] = {dict: "object", list: "array", str: "string"}
    return kinds.get(type(value), "null")


def _key(place: Place) -> str:
    """The last key of a place, for a message."""
    return next((part for part in reversed(place) if isinstance(part, str)), "the contract")
