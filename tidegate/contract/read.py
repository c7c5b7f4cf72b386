"""From a contract's file to a ``Contract``, or to everything that is wrong with it."""

import re
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject
from pydantic import ValidationError

from tidegate.contract.check import TABLE, check_parts
from tidegate.contract.columns import placed, read_columns
from tidegate.contract.document import Document
from tidegate.contract.model import Column, Contract, Rule, Stage
from tidegate.contract.past import read_promise
from tidegate.contract.properties import read_properties
from tidegate.contract.rules import read_rules
from tidegate.contract.servers import read_servers
from tidegate.contract.structure import check_structure
from tidegate.contract.vocabulary import API_VERSIONS, PROPERTIES, Property

_NAME = re.compile(rf"({'|'.join(Stage)})\.[a-z][a-z0-9_]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def read_contract(document: Document) -> Contract | None:
    """The contract a document holds, as far as it can be read; what is wrong is noted there."""
    standard = _standard(document)
    if standard is None:
        return None
    table, stage = _table(document, standard)
    if table is None:
        return None
    read_properties(document, (), standard.customProperties, {})
    columns = read_columns(document, TABLE, table.properties or ())
    stream, dropped = read_servers(document, standard, stage)
    contract = Contract(
        path=document.path,
        table=str(table.physicalName),
        version=_version(document, standard),
        description=" ".join((table.description or "").split()),
        columns=columns,
        key=_placed(document, table, "primaryKey", "primaryKeyPosition"),
        partition=_placed(document, table, "partitioned", "partitionKeyPosition"),
        rules=_rules(document, table, columns),
        properties=_properties(document, table, stage),
        stream=stream,
        dropped=dropped,
        owner=_owner(standard),
        line=document.line(TABLE),
        promise=read_promise(document, standard.slaProperties),
    )
    if stage is None:
        return None
    check_parts(document, contract)
    return contract


def _standard(document: Document) -> OpenDataContractStandard | None:
    """The document in the standard's own classes, if it is near enough to a contract."""
    if document.problems:
        return None
    if not isinstance(document.data, dict) or document.data.get("kind") != "DataContract":
        what = "isn't a contract; expected kind: DataContract (Open Data Contract Standard v3.1)"
        document.refuse(("kind",), what)
        return None
    check_structure(document)
    known = {key: document.data[key] for key in _TOP_KEYS if key in document.data}
    try:
        standard = OpenDataContractStandard.model_validate(known)
    except ValidationError as error:
        if not document.problems:
            for problem in error.errors():
                document.refuse(problem["loc"], str(problem["msg"]))
        return None
    if standard.apiVersion not in API_VERSIONS:
        what = f'apiVersion is "{standard.apiVersion}"; expected one of {", ".join(API_VERSIONS)}'
        document.refuse(("apiVersion",), what)
    return standard


_TOP_KEYS = [field.alias or name for name, field in OpenDataContractStandard.model_fields.items()]


def _table(
    document: Document, standard: OpenDataContractStandard
) -> tuple[SchemaObject | None, Stage | None]:
    """The one table of a contract and the stage its name says, which may be wrong, and noted."""
    tables = standard.schema_ or []
    if len(tables) != 1:
        what = f"schema has {len(tables)} tables; expected one, a file a table"
        document.refuse(("schema", 1) if tables else ("schema",), what)
        return None, None
    table, place = tables[0], (*TABLE, "physicalName")
    name = table.physicalName
    if name is None or not _NAME.fullmatch(name):
        found = "there is no physicalName" if name is None else f'physicalName is "{name}"'
        what = f"{found}; expected database.table, the database one of {', '.join(Stage)}"
        document.refuse(place, what, (name or "").split(".")[0], Stage)
        return table, None
    if document.path.name != f"{name}.yaml":
        what = (
            f'the contract of table "{name}" is in {document.name}; expected contracts/{name}.yaml'
        )
        document.refuse(place, what)
    if not table.properties:
        document.refuse(TABLE, f'table "{name}" has no columns (properties)')
    return table, Stage(name.split(".")[0])


def _version(document: Document, standard: OpenDataContractStandard) -> str:
    version = standard.version or ""
    if standard.version and not _VERSION.fullmatch(version):
        document.refuse(("version",), f'version is "{version}"; expected three numbers, e.g. 1.0.0')
    return version


def _placed(document: Document, table: SchemaObject, flag: str, position: str) -> tuple[str, ...]:
    return placed(document, TABLE, table.properties or (), flag, position)


def _rules(
    document: Document, table: SchemaObject, columns: tuple[Column, ...]
) -> tuple[Rule, ...]:
    """The rules on the columns, in their order, then those on the table."""
    by_name = {column.name: column for column in columns}
    rules: list[Rule] = []
    for index, item in enumerate(table.properties or ()):
        place, column = (*TABLE, "properties", index), by_name[str(item.name)]
        if column.line == document.line(place):  # else its name is an earlier column's
            rules += read_rules(document, place, item.quality, columns, column)
    rules += read_rules(document, TABLE, table.quality, columns)
    return tuple(rules)


def _properties(document: Document, table: SchemaObject, stage: Stage | None) -> dict[str, Any]:
    known: dict[str, Property] = {
        name: known for name, known in PROPERTIES.items() if stage is None or stage in known.stages
    }
    defaults = {name: item.default for name, item in known.items() if item.default is not None}
    return defaults | read_properties(document, TABLE, table.customProperties, known)


def _owner(standard: OpenDataContractStandard) -> str:
    team = standard.team
    return "" if team is None or isinstance(team, list) else team.name or ""
