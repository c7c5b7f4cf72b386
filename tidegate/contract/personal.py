"""What a contract must say of its personal columns, and what can't be done with them."""

import re
from collections.abc import Iterator, Mapping

from tidegate.contract.document import Document, Place
from tidegate.contract.model import Column, Contract, Treatment
from tidegate.contract.properties import property_place
from tidegate.errors import did_you_mean

# How like "personal", of 1, a word must be to be a slip; and what else people call it.
_SLIP = 0.8
# The engine's own columns beside a row (``_raw`` is all that came); and what only looks like them.
_HIDDEN = re.compile(r"(?<![\w.])_\w+")
_TEXTS = re.compile(r"'(?:[^'\\]|\\.)*'")
_ELSEWHERE = ("pii", "pi", "personally_identifiable", "personally-identifiable")


def check_personal(
    document: Document,
    contract: Contract,
    columns: Mapping[str, Place],
    rules: Mapping[str, Place],
) -> None:
    """Refuse personal columns that would be written as they came, and treatments that can't be.

    Args:
        document: the contract's document.
        contract: the contract.
        columns: where each column is, by name.
        rules: where each rule is, by id.
    """
    for column in contract.columns:
        place = columns[column.name]
        if not column.personal and _means_personal(_classification(document, place)):
            word = _classification(document, place)
            what = f'column "{column.name}" has classification "{word}"; personal data is called'
            document.refuse((*place, "classification"), f"{what} personal")
            continue
        here = property_place(document, place, "personalData")
        says = here != place  # what isn't known is refused already
        if column.personal and "reads" in contract.properties and not says:
            what = f'column "{column.name}" is personal; add the custom property personalData'
            document.refuse(place, f"{what}, one of {', '.join(Treatment)}")
        if column.personal and "file" in contract.properties:
            what = f'column "{column.name}" is personal, and a file\'s rows are written as they are'
            fitting = "take it out of the file and the contract, or send it as events"
            document.refuse(place, f"{what}; {fitting}")
        for what in _mistreated(contract, column):
            document.refuse(here, f'column "{column.name}" {what}')
        _check_computed(document, contract, column, place)
        _check_shared(document, contract, column, place)
    for rule in contract.past_rules:
        name = rule.arguments.get("column")
        if any(column.name == name for column in contract.columns if _is_dropped(column)):
            what = f'rule "{rule.id}": "{name}" is dropped, so no day before can be compared'
            document.refuse(rules[rule.id], f"{what}; take the rule out")


def _means_personal(word: str) -> bool:
    """Whether a classification means personal and would not be taken so."""
    return bool(did_you_mean(word.lower(), ["personal"], _SLIP)) or word.lower() in _ELSEWHERE


def _mistreated(contract: Contract, column: Column) -> Iterator[str]:
    """What stands against a column's treatment, where it has one."""
    treatment = column.treatment
    if treatment is None:
        return
    if not column.personal:
        yield f"has personalData: {treatment} and is not personal; add classification: personal"
    if "reads" not in contract.properties:
        yield (
            f"has personalData: {treatment}, and {contract.table} is made of no payload;"
            " say it in the clean contract it comes from"
        )
    if treatment is Treatment.DROP:
        yield from _undroppable(contract, column)
    elif column.type not in ("string", ""):
        whole = " (a number in the payload fills it)" if column.type in ("integer", "long") else ""
        yield (
            f'has type "{column.type}", and personalData: {treatment} gives text;'
            f" expected string{whole}, or personalData: drop"
        )
    if treatment is Treatment.TRUNCATE and column.name in contract.key:
        yield "is in the key, and events of one network would be one; expected personalData: hash"


def _undroppable(contract: Contract, column: Column) -> Iterator[str]:
    """Why the table can't do without a column."""
    if column.name in contract.key or column.name in contract.partition:
        yield "is dropped, and is in the key; take it out of the key, or expected hash"
    elif column.name == contract.properties.get("eventTime"):
        yield "is dropped, and is the eventTime, which the table needs"
    elif column.required:
        yield (
            "is dropped, and no row of the table has what is required; take required out"
            " (a rule with severity: refuse can still ask for a value)"
        )


def _check_computed(document: Document, contract: Contract, column: Column, place: Place) -> None:
    """Refuse a column that is computed from a personal one and isn't said to be personal or not."""
    if column.transform is None:
        return
    if hidden := _HIDDEN.search(_TEXTS.sub("", column.transform)):
        what = f'column "{column.name}" is computed from "{hidden[0]}", which is not a column'
        fitting = "expected the contract's own; rawColumn takes what the raw table has"
        document.refuse((*place, "transformLogic"), f"{what}; {fitting}")
    if _classification(document, place):
        return
    for other in contract.columns:
        named = re.search(rf"\b{re.escape(other.name)}\b", column.transform, re.IGNORECASE)
        if other.personal and other is not column and named:
            what = f'column "{column.name}" is computed from "{other.name}", which is personal'
            fitting = "add a classification: personal, or another word where it no longer is"
            document.refuse((*place, "transformLogic"), f"{what}; {fitting}")


def _check_shared(document: Document, contract: Contract, column: Column, place: Place) -> None:
    """Refuse a column that takes a personal one's place of the payload and says nothing of it."""
    if _classification(document, place):
        return
    for other in contract.columns:
        if other.personal and set(other.json_paths) & set(column.json_paths):
            what = f'column "{column.name}" takes what "{other.name}" takes, which is personal'
            fitting = "add a classification: personal, or another word where it is not"
            document.refuse(property_place(document, place, "jsonPath"), f"{what}; {fitting}")


def _is_dropped(column: Column) -> bool:
    return column.treatment is Treatment.DROP


def _classification(document: Document, place: Place) -> str:
    node = document.data
    for part in place:
        node = node[part]
    return str(node.get("classification") or "")
