"""What must hold between the parts of a contract, and between contracts."""

from collections.abc import Mapping

from tidegate.contract.document import Document, Place
from tidegate.contract.model import Column, Contract, Stage
from tidegate.contract.properties import property_place
from tidegate.contract.vocabulary import ENGINE_COLUMNS


def check_rule_ids(document: Document, place: Place) -> None:
    """Refuse a rule whose id an earlier one has, on the table or on any column."""
    table = document.data[place[0]][place[1]]
    lists = [
        ((*place, "properties", index, "quality"), column.get("quality"))
        for index, column in enumerate(table.get("properties") or ())
    ]
    lists.append(((*place, "quality"), table.get("quality")))
    seen: dict[str, int] = {}
    for where, rules in lists:
        for index, rule in enumerate(rules or ()):
            here = (*where, index)
            if "id" in rule and rule["id"] in seen:
                what = f'rule "{rule["id"]}" is already on line {seen[rule["id"]]}'
                document.refuse((*here, "id"), what)
            elif "id" in rule:
                seen[rule["id"]] = document.line((*here, "id"))


def check_columns_of_stage(document: Document, place: Place, contract: Contract) -> None:
    """Refuse columns, keys and properties that the stage filling the table can't do with."""
    if contract.stage in ENGINE_COLUMNS:
        _check_engine_columns(document, place, contract, ENGINE_COLUMNS[contract.stage])
    elif not contract.key:
        what = f'table "{contract.table}" has no key; add primaryKey: true to what identifies a row'
        document.refuse(place, what)
    if "reads" in contract.properties:
        _check_cleaned(document, place, contract)
        return
    for rule in contract.row_rules:
        what = (
            f'rule "{rule.id}" refuses rows, which only a clean table that reads a raw one can do'
        )
        document.refuse(_rule_place(document, place, rule.id), f"{what}; use warn or block")
    for index, column in enumerate(contract.columns):
        if column.json_paths or column.raw_column:
            key = "jsonPath" if column.json_paths else "rawColumn"
            what = (
                f'column "{column.name}" has a {key}, which only a clean table that reads a raw one'
            )
            here = property_place(document, (*place, "properties", index), key)
            document.refuse(
                here, f"{what} has; add the custom property reads to the table, or remove it"
            )


def _check_engine_columns(
    document: Document, place: Place, contract: Contract, written: Mapping[str, str]
) -> None:
    """The columns of a raw or quarantine table are the engine's: all of them, as it writes them, and no others."""
    have = {column.name: column for column in contract.columns}
    for name, kind in written.items():
        if name not in have:
            what = (
                f'table "{contract.table}" has no column "{name}" ({kind}), which the engine writes'
            )
            document.refuse(place, what)
        elif have[name].type not in (kind, ""):
            what = f'column "{name}" has type "{have[name].type}"; the engine writes {kind}'
            document.refuse(_column_place(document, place, name), what)
    for name in have.keys() - written.keys():
        what = f'column "{name}" is not one the engine writes to a {contract.stage} table'
        document.refuse(_column_place(document, place, name), what, name, written)


def _check_cleaned(document: Document, place: Place, contract: Contract) -> None:
    """A clean table made of a raw one: each column from one place, and an identity of day and id."""
    if "quarantine" not in contract.properties:
        what = f'table "{contract.table}" names no quarantine table; add the custom property quarantine'
        document.refuse(place, what)
    _check_event_time(document, place, contract)
    for column in contract.columns:
        sources = [column.json_paths, column.raw_column, column.transform]
        if sum(bool(source) for source in sources) != 1 and column.type:
            found = "from nowhere" if not any(sources) else "from several places"
            what = f'column "{column.name}" comes {found}; expected one of jsonPath, rawColumn, transformLogic'
            document.refuse(_column_place(document, place, column.name), what)
    days = [name for name in contract.partition if contract.column(name).type == "date"]
    if not days or not set(contract.partition) <= set(contract.key):
        document.refuse(
            place,
            f'table "{contract.table}" is partitioned by {", ".join(contract.partition) or "nothing"};'
            " expected a date column that is in its key (an event is its day and its id)",
        )


def _check_event_time(document: Document, place: Place, contract: Contract) -> None:
    name = contract.properties.get("eventTime")
    if name is None:
        what = f'table "{contract.table}" does not say when an event happened; add eventTime'
        document.refuse(place, what)
        return
    here, names = property_place(document, place, "eventTime"), [c.name for c in contract.columns]
    if name not in names:
        document.refuse(here, f'eventTime names "{name}", which is not a column', name, names)
    elif (column := contract.column(name)).type not in ("timestamp", "") or not column.required:
        document.refuse(here, f'eventTime names "{name}"; expected a required timestamp')


def check_together(documents: Mapping[str, Document], contracts: Mapping[str, Contract]) -> None:
    """Refuse what a contract says of another table that the other's contract doesn't bear out.

    Args:
        documents: every file's document by the table its name stands for, right or wrong.
        contracts: the contracts that are right in themselves, by table.
    """
    for table, contract in contracts.items():
        for key, stage in (("reads", Stage.LAND), ("quarantine", Stage.QUARANTINE)):
            if key in contract.properties:
                _check_named(documents, contract, key, stage)
        if (raw := contracts.get(contract.properties.get("reads", ""))) is not None:
            _check_raw_columns(documents[table], contract, {c.name: c for c in raw.columns})


def _check_named(
    documents: Mapping[str, Document], contract: Contract, key: str, stage: Stage
) -> None:
    document, name = documents[contract.table], contract.properties[key]
    here = property_place(document, ("schema", 0), key)
    fitting = [table for table in documents if table.startswith(f"{stage}.")]
    if not name.startswith(f"{stage}."):
        document.refuse(here, f'{key} names "{name}"; expected a {stage} table', name, fitting)
    elif name not in documents:
        document.refuse(here, f'{key} names "{name}", which has no contract', name, fitting)


def _check_raw_columns(document: Document, contract: Contract, raw: Mapping[str, Column]) -> None:
    for index, column in enumerate(contract.columns):
        place = ("schema", 0, "properties", index)
        here = property_place(document, place, "rawColumn")
        if column.raw_column is None:
            continue
        if column.raw_column not in raw:
            what = f'column "{column.name}" is copied from "{column.raw_column}", which'
            what += f" {contract.properties['reads']} does not have"
            document.refuse(here, what, column.raw_column, raw)
        elif raw[column.raw_column].type != column.type:
            what = f'column "{column.name}" has type "{column.type}"; its rawColumn is'
            document.refuse(here, f"{what} {raw[column.raw_column].type}")


def _column_place(document: Document, place: Place, name: str) -> Place:
    """Where the first column of that name is."""
    columns = document.data[place[0]][place[1]]["properties"]
    index = next(i for i, column in enumerate(columns) if column.get("name") == name)
    return (*place, "properties", index)


def _rule_place(document: Document, place: Place, rule_id: str) -> Place:
    """Where a rule's severity is."""
    table = document.data[place[0]][place[1]]
    owners = [((*place, "properties", i), c) for i, c in enumerate(table["properties"])]
    for where, owner in [*owners, (place, table)]:
        for index, rule in enumerate(owner.get("quality") or ()):
            if rule.get("id") == rule_id:
                return (*where, "quality", index, "severity")
    return place
