"""What must hold between the parts of one contract."""

from collections.abc import Mapping
from typing import Any

from tidegate.contract.document import Document, Place
from tidegate.contract.model import VERDICTS, Column, Contract, Stage
from tidegate.contract.past import check_past
from tidegate.contract.personal import check_personal
from tidegate.contract.properties import property_place
from tidegate.contract.redshift import check_redshift
from tidegate.contract.vocabulary import ENGINE_COLUMNS, ENGINE_PARTITIONS

TABLE: Place = ("schema", 0)
"""Where a contract's one table is."""

# The stages whose tables get no verdict, and what to do with a rule of theirs.
_UNJUDGED = {
    Stage.QUALITY: "take it out",
    Stage.QUARANTINE: "a rule on the clean table can warn of what is refused",
}


def check_parts(document: Document, contract: Contract) -> None:
    """Refuse columns, keys, rules and properties that the stage filling the table can't do with."""
    _check_rule_ids(document)
    if contract.stage in ENGINE_COLUMNS:
        _check_engine_columns(document, contract, ENGINE_COLUMNS[contract.stage])
    elif not contract.key:
        what = f'table "{contract.table}" has no key; add primaryKey: true to what identifies a row'
        document.refuse(TABLE, what)
    if contract.stage is Stage.QUALITY and contract.table != VERDICTS:
        what = f'the engine fills no table "{contract.table}"; expected {VERDICTS}'
        document.refuse((*TABLE, "physicalName"), what)
    if contract.stage in _UNJUDGED:
        _check_no_rules(document, contract)
    from_payload = any(column.json_paths or column.raw_column for column in contract.columns)
    if "reads" in contract.properties:
        _check_cleaned(document, contract)
    elif contract.stage is Stage.CLEAN and from_payload:
        what = f'table "{contract.table}" takes columns from a payload and names no raw table'
        document.refuse(TABLE, f"{what}; add the custom property reads")
    else:
        _check_not_cleaned(document, contract)
    if "file" in contract.properties:
        _check_reference(document, contract)
    check_redshift(document, contract)
    rules = {str(rule.get("id")): at for at, rule in _rules(document)}
    check_past(document, contract, rules)
    columns = {column.name: _column_place(document, column.name) for column in contract.columns}
    check_personal(document, contract, columns, rules)


def _check_rule_ids(document: Document) -> None:
    """Refuse a rule whose id an earlier one has, on the table or on any column."""
    seen: dict[str, int] = {}
    for place, rule in _rules(document):
        here, rule_id = (*place, "id"), rule.get("id")
        if rule_id in seen:
            document.refuse(here, f'rule "{rule_id}" is already on line {seen[rule_id]}')
        elif rule_id is not None:
            seen[rule_id] = document.line(here)


def _check_engine_columns(
    document: Document, contract: Contract, written: Mapping[str, str]
) -> None:
    """The columns of a raw or quarantine table are those the engine writes, and no others."""
    have = {column.name: column for column in contract.columns}
    for name, kind in written.items():
        if name not in have:
            what = f'table "{contract.table}" has no column "{name}" ({kind})'
            document.refuse(TABLE, f"{what}, which the engine writes")
        elif have[name].type not in (kind, ""):
            what = f'column "{name}" has type "{have[name].type}"; the engine writes {kind}'
            document.refuse(_column_place(document, name), what)
        elif have[name].physical:
            what = f'column "{name}" is written by the engine, under that name; leave out'
            document.refuse(_column_place(document, name), f"{what} physicalName")
    partition = ENGINE_PARTITIONS[contract.stage]
    if contract.partition != partition and have.keys() >= set(partition):
        found = ", ".join(contract.partition) or "nothing"
        what = f'table "{contract.table}" is partitioned by {found}; expected'
        document.refuse(TABLE, f"{what} {', '.join(partition)}, in this order")
    for name in have.keys() - written.keys():
        what = f'column "{name}" is not one the engine writes to a {contract.stage} table'
        document.refuse(_column_place(document, name), what, name, written)


def _check_no_rules(document: Document, contract: Contract) -> None:
    """Tables that no verdict is given on, as they hold what verdicts have found."""
    for place, rule in _rules(document):
        what = f'rule "{rule.get("id")}" would judge nothing: {contract.table} gets no verdict'
        document.refuse(place, f"{what} of its own; {_UNJUDGED[contract.stage]}")


def _check_cleaned(document: Document, contract: Contract) -> None:
    """A clean table made of a raw one: each column from one place, identity of day and id."""
    if "quarantine" not in contract.properties:
        what = f'table "{contract.table}" has no quarantine; add the custom property quarantine'
        document.refuse(TABLE, what)
    _check_event_time(document, contract)
    for column in contract.columns:
        _check_source(document, column)
    _check_json_paths(document, contract)
    days = [name for name in contract.partition if contract.column(name).type in ("date", "")]
    key = set(contract.key)
    if key and not key - set(contract.partition):
        what = f'table "{contract.table}" has no key but its day'
        document.refuse(TABLE, f"{what}; add primaryKey: true to what identifies an event")
    if not days or not set(contract.partition) <= key:
        found = ", ".join(contract.partition) or "nothing"
        what = f'table "{contract.table}" is partitioned by {found}; expected a date column'
        document.refuse(TABLE, f"{what} that is in its key (an event is its day and its id)")


def _check_event_time(document: Document, contract: Contract) -> None:
    name = contract.properties.get("eventTime")
    if name is None:
        what = f'table "{contract.table}" does not say when an event happened'
        document.refuse(TABLE, f"{what}; add the custom property eventTime")
        return
    here = property_place(document, TABLE, "eventTime")
    columns = {column.name: column for column in contract.columns}
    if name not in columns:
        document.refuse(here, f'eventTime names "{name}", which is not a column', name, columns)
    elif columns[name].type not in ("timestamp", "") or not columns[name].required:
        document.refuse(here, f'eventTime names "{name}"; expected a required timestamp')
    received = contract.properties.get("receivedTime")
    if received is not None and getattr(columns.get(received), "type", "") != "timestamp":
        here = property_place(document, TABLE, "receivedTime")
        what = f'receivedTime names "{received}"; expected a timestamp column'
        document.refuse(here, what, received, columns)


def _check_reference(document: Document, contract: Contract) -> None:
    """A reference table says which of its columns hold the days a row is valid from and to."""
    dates = [column.name for column in contract.columns if column.type == "date"]
    for key in ("validFrom", "validTo"):
        name = contract.properties.get(key)
        if name is None:
            what = f'table "{contract.table}" does not say from and to when a row is valid'
            document.refuse(TABLE, f"{what}; add the custom property {key}")
        elif name not in dates:
            here = property_place(document, TABLE, key)
            document.refuse(here, f'{key} names "{name}"; expected a date column', name, dates)


def _check_source(document: Document, column: Column) -> None:
    sources = [bool(source) for source in (column.json_paths, column.raw_column, column.transform)]
    place = _column_place(document, column.name)
    refused_already = not any(sources) and _at(document, place).get("customProperties")
    if sum(sources) != 1 and not refused_already:
        found = "from several places" if any(sources) else "from nowhere"
        what = f'column "{column.name}" comes {found}; expected one of'
        document.refuse(place, f"{what} jsonPath, rawColumn, transformLogic")


def _check_json_paths(document: Document, contract: Contract) -> None:
    """A place of the payload is of one type, and has either a value or more places in it."""
    taken: dict[tuple[str, ...], Column] = {}
    for column in contract.columns:
        here = property_place(document, _column_place(document, column.name), "jsonPath")
        if column.json_paths and column.type == "binary":
            what = f'column "{column.name}" has type "binary", which JSON has not'
            document.refuse(here, f"{what}; expected another, e.g. string")
        for path in column.json_paths:
            taken.setdefault(path, column)
    for column in contract.columns:
        for path in column.json_paths:
            _check_json_path(document, column, path, taken)


def _check_json_path(
    document: Document, column: Column, path: tuple[str, ...], taken: Mapping[Any, Column]
) -> None:
    here = property_place(document, _column_place(document, column.name), "jsonPath")
    name, other = ".".join(("$", *path)), taken[path]
    if _in_json(other) != _in_json(column):
        what = f'column "{column.name}" takes {name} as {column.type}, and "{other.name}"'
        fitting = "expected one type, the other column's made of it by transformLogic"
        document.refuse(here, f"{what} on line {other.line} as {other.type}; {fitting}")
    for depth in range(1, len(path)):
        if whole := taken.get(path[:depth]):
            what = f'column "{column.name}" takes {name}, and "{whole.name}" on line {whole.line}'
            place = ".".join(("$", *path[:depth]))
            fitting = "expected a value or an object, not both"
            document.refuse(here, f"{what} takes {place} whole; {fitting}")


def _in_json(column: Column) -> str:
    """A column's type as JSON has it: times and dates are texts there."""
    return "string" if column.type in ("timestamp", "date") else column.type


def _check_not_cleaned(document: Document, contract: Contract) -> None:
    """What the engine or a job writes has no payload to take columns from, or rows to refuse."""
    refusing = {rule.id for rule in contract.row_rules}
    for place, rule in _rules(document):
        if rule.get("id") in refusing:
            what = f'rule "{rule["id"]}" can not refuse rows of a {contract.stage} table'
            document.refuse((*place, "severity"), f"{what}; expected severity warn or block")
    for column in contract.columns:
        if column.json_paths or column.raw_column:
            key = "jsonPath" if column.json_paths else "rawColumn"
            here = property_place(document, _column_place(document, column.name), key)
            what = (
                f'column "{column.name}" has a {key}, and a {contract.stage} table has no payload'
            )
            document.refuse(here, what)


def _rules(document: Document) -> list[tuple[Place, dict[str, Any]]]:
    """Every rule as the file has it and where it is: on the columns, then on the table."""
    table = _at(document, TABLE)
    owners: list[tuple[Place, dict[str, Any]]] = [
        ((*TABLE, "properties", index), column)
        for index, column in enumerate(table.get("properties") or ())
    ]
    return [
        ((*place, "quality", index), rule)
        for place, owner in [*owners, (TABLE, table)]
        for index, rule in enumerate(owner.get("quality") or ())
    ]


def _column_place(document: Document, name: str) -> Place:
    """Where the first column of that name is."""
    columns = _at(document, TABLE)["properties"]
    index = next(i for i, column in enumerate(columns) if str(column.get("name")) == name)
    return (*TABLE, "properties", index)


def _at(document: Document, place: Place) -> dict[str, Any]:
    """The mapping at a place."""
    node = document.data
    for part in place:
        node = node[part]
    return dict(node)
