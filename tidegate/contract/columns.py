"""A contract's columns: name, type, and where each value comes from."""

import re
from collections.abc import Sequence
from typing import Any

from open_data_contract_standard.model import SchemaProperty

from tidegate.contract.document import Document, Place
from tidegate.contract.model import Column, Treatment
from tidegate.contract.properties import property_place, read_properties
from tidegate.contract.vocabulary import (
    COLUMN_PROPERTIES,
    LOGICAL_TYPES,
    TYPES,
    TYPES_ELSEWHERE,
    is_type,
)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_JSON_PATH = re.compile(r"\$(\.[^.\[\]\s'\"*$]+)+")

# What the standard lets a contract promise and the engine doesn't see to (yet) is refused.
_UNKEPT = {
    "unique": "write a rule, or make it the key (primaryKey)",
    "enum": "write a rule, e.g. metric: invalidValues with validValues",
    "logicalTypeOptions": "write a rule",
    "encryptedName": "leave it out",
}


def read_columns(
    document: Document, place: Place, given: Sequence[SchemaProperty]
) -> tuple[Column, ...]:
    """The table's columns, in the contract's order; what is wrong is noted in the document."""
    columns: dict[str, Column] = {}
    for index, item in enumerate(given):
        here = (*place, "properties", index)
        column = _read_column(document, here, item)
        if column.name in columns:
            before = columns[column.name].line
            document.refuse(here, f'column "{column.name}" is already on line {before}')
        columns.setdefault(column.name, column)
    _check_told_apart(document, place, given)
    return tuple(columns.values())


def _check_told_apart(document: Document, place: Place, given: Sequence[SchemaProperty]) -> None:
    """Refuse an id or a stored name that an earlier column has, and a stored name that misleads."""
    ids: dict[str, int] = {}
    names = {str(item.name) for item in given}
    stored: dict[str, int] = {}
    for index, item in enumerate(given):
        here = (*place, "properties", index)
        name, physical = str(item.name), item.physicalName or str(item.name)
        if item.id is not None and item.id in ids:
            what = f'column "{name}" has id "{item.id}", which is that of the one on line'
            document.refuse((*here, "id"), f"{what} {ids[item.id]}")
        elif item.id is not None:
            ids[item.id] = document.line(here)
        if physical == name:
            continue
        if physical in names:
            what = f'column "{name}" is stored as "{physical}", which is another column\'s name'
            document.refuse((*here, "physicalName"), what)
        elif physical in stored:
            what = f'column "{name}" is stored as "{physical}", as is the one on line'
            document.refuse((*here, "physicalName"), f"{what} {stored[physical]}")
        stored.setdefault(physical, document.line(here))


def placed(
    document: Document, place: Place, given: Sequence[SchemaProperty], flag: str, position: str
) -> tuple[str, ...]:
    """Names of the columns with a flag (``primaryKey``, ``partitioned``), by position or order."""
    chosen: list[tuple[int, str]] = []
    for index, item in enumerate(given):
        here, rank = (*place, "properties", index), getattr(item, position)
        if not getattr(item, flag):
            if rank is not None and rank != -1:
                what = f'column "{item.name}" has a {position} and no {flag}: true'
                document.refuse((*here, position), what)
            continue
        if not item.required:
            what = f'column "{item.name}" is {flag} and not required; add required: true'
            document.refuse((*here, flag), what)
        if rank is not None and any(rank == other for other, _ in chosen):
            document.refuse((*here, position), f'column "{item.name}": {position} {rank} is taken')
        chosen.append((len(given) + index if rank is None else rank, str(item.name)))
    return tuple(name for _, name in sorted(chosen))


def _read_column(document: Document, place: Place, item: SchemaProperty) -> Column:
    name = str(item.name)
    if not _NAME.fullmatch(name):
        what = f'column "{name}" needs a name of lower-case letters, digits and _'
        document.refuse((*place, "name"), what, name, [name.lower().replace("-", "_")])
    physical = item.physicalName
    if physical is not None and physical != name and not _NAME.fullmatch(physical):
        what = f'column "{name}" is stored as "{physical}"; expected lower-case letters, digits, _'
        document.refuse((*place, "physicalName"), what)
    for key, instead in _UNKEPT.items():
        if getattr(item, key):
            document.refuse((*place, key), f'column "{name}": {key} is not checked here; {instead}')
    values = read_properties(document, place, item.customProperties, COLUMN_PROPERTIES)
    personal = item.classification if is_personal(item.classification) else None
    return Column(
        name=name,
        type=_type(document, place, item),
        required=bool(item.required),
        description=" ".join((item.description or "").split()),
        json_paths=_json_paths(document, place, name, values.get("jsonPath")),
        raw_column=values.get("rawColumn"),
        transform=item.transformLogic,
        id=item.id,
        personal=personal,
        treatment=_treatment(document, place, name, values.get("personalData")),
        line=document.line(place),
        physical=physical if physical != name else None,
    )


def is_personal(classification: str | None) -> bool:
    """Whether ODCS' classification is one of personal data: a word that begins so."""
    return (classification or "").lower().startswith("personal")


def _treatment(document: Document, place: Place, name: str, given: str | None) -> Treatment | None:
    """What becomes of a personal column; None where nothing is said, or nothing that is known."""
    if given is None or given in list(Treatment):
        return Treatment(given) if given else None
    here, known = property_place(document, place, "personalData"), list(Treatment)
    what = f'column "{name}" has personalData "{given}"; expected one of {", ".join(known)}'
    document.refuse(here, what, given, known)
    return None


def _type(document: Document, place: Place, item: SchemaProperty) -> str:
    """The column's type; empty where it is wrong, and noted."""
    expected = f"expected one of {', '.join(TYPES)}"
    physical, logical = item.physicalType, item.logicalType
    if physical is not None:
        physical = physical.lower().replace(" ", "")
    if physical is None and logical is None:
        document.refuse(place, f'column "{item.name}" has no type; {expected}')
        return ""
    if logical is not None and logical not in LOGICAL_TYPES:
        what = (
            f'column "{item.name}" has type "{logical}"; expected one of {", ".join(LOGICAL_TYPES)}'
        )
        document.refuse((*place, "logicalType"), what, logical, LOGICAL_TYPES)
        return ""
    if logical == "array" and physical is None and _items(item) != "string":
        what = f'column "{item.name}" is a list of {_items(item)}; only lists of string can be kept'
        document.refuse((*place, "items"), what)
        return ""
    if physical is None:
        return LOGICAL_TYPES[str(logical)][0]
    if not is_type(physical):
        elsewhere = TYPES_ELSEWHERE.get(physical.split("(")[0], physical)
        what = f'column "{item.name}" has type "{item.physicalType}"; {expected}'
        document.refuse((*place, "physicalType"), what, elsewhere, [*TYPES, "decimal(18,2)"])
        return ""
    if logical is not None and physical.split("(")[0] not in LOGICAL_TYPES[logical]:
        what = f'column "{item.name}": logicalType {logical} and physicalType {physical} disagree'
        fitting = f"; expected one of {', '.join(LOGICAL_TYPES[logical])}"
        document.refuse((*place, "physicalType"), what + fitting)
    return physical


def _items(item: SchemaProperty) -> str:
    inner = item.items
    return "string" if inner is None else str(inner.physicalType or inner.logicalType)


def _json_paths(
    document: Document, place: Place, name: str, given: Any
) -> tuple[tuple[str, ...], ...]:
    paths = given if isinstance(given, list) else [] if given is None else [given]
    read = []
    for path in paths:
        if isinstance(path, str) and _JSON_PATH.fullmatch(path):
            read.append(tuple(path.split(".")[1:]))
        else:
            what = f'column "{name}" has jsonPath {path!r}; expected keys, e.g. $.actor.id'
            document.refuse(property_place(document, place, "jsonPath"), what)
    if given == []:
        what = f'column "{name}" has an empty jsonPath; expected e.g. $.actor.id'
        document.refuse(property_place(document, place, "jsonPath"), what)
    return tuple(read)
