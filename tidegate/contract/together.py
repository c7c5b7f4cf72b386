"""What must hold between a project's contracts."""

from collections.abc import Mapping

from tidegate.contract.check import TABLE
from tidegate.contract.document import Document
from tidegate.contract.model import Column, Contract, Stage
from tidegate.contract.properties import property_place


def check_together(documents: Mapping[str, Document], contracts: Mapping[str, Contract]) -> None:
    """Refuse what a contract says of another table that the other's contract doesn't bear out.

    Args:
        documents: every file's document by the table its name stands for, right or wrong.
        contracts: the contracts as far as they could be read, by table.
    """
    taken: dict[str, Contract] = {}
    for table, contract in contracts.items():
        if quarantine := contract.properties.get("quarantine"):
            other = taken.setdefault(quarantine, contract)
            if other is not contract:
                here = property_place(documents[table], TABLE, "quarantine")
                what = f'quarantine "{quarantine}" is already that of {other.table}'
                documents[table].refuse(here, f"{what}; each clean table has its own")
        for key, stage in (("reads", Stage.LAND), ("quarantine", Stage.QUARANTINE)):
            if key in contract.properties:
                _check_named(documents, contract, key, stage)
        if (raw := contracts.get(contract.properties.get("reads", ""))) is not None:
            columns = {column.name: column for column in raw.columns}
            _check_raw_columns(documents[table], contract, columns)


def _check_named(
    documents: Mapping[str, Document], contract: Contract, key: str, stage: Stage
) -> None:
    document, name = documents[contract.table], contract.properties[key]
    here = property_place(document, TABLE, key)
    fitting = [table for table in documents if table.startswith(f"{stage}.")]
    if not name.startswith(f"{stage}."):
        document.refuse(here, f'{key} names "{name}"; expected a {stage} table', name, fitting)
    elif name not in documents:
        document.refuse(here, f'{key} names "{name}", which has no contract', name, fitting)


def _check_raw_columns(document: Document, contract: Contract, raw: Mapping[str, Column]) -> None:
    for index, column in enumerate(contract.columns):
        if column.raw_column is None:
            continue
        here = property_place(document, (*TABLE, "properties", index), "rawColumn")
        if column.raw_column not in raw:
            what = f'column "{column.name}" is copied from "{column.raw_column}"'
            what += f", which {contract.properties['reads']} does not have"
            document.refuse(here, what, column.raw_column, raw)
        elif raw[column.raw_column].type != column.type:
            what = f'column "{column.name}" has type "{column.type}"'
            document.refuse(here, f"{what}; its rawColumn is {raw[column.raw_column].type}")
