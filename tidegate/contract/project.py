"""All contracts of a project: read, checked one by one, then against each other."""

from pathlib import Path

from tidegate.contract.document import Document
from tidegate.contract.model import Contract
from tidegate.contract.read import read_contract
from tidegate.contract.standing import standing_documents
from tidegate.contract.together import check_together
from tidegate.errors import ContractError


def read_project(project: Path) -> tuple[dict[str, Contract], list[ContractError]]:
    """A project's contracts by table, and everything that is wrong with them, by file and line."""
    folder = project / "contracts"
    files = sorted(folder.glob("*.yaml"))
    astray = [
        ContractError(f"contracts/{path.name}:1: is not read; name it {path.stem}.yaml")
        for path in sorted(folder.glob("*.yml"))
    ]
    if not files and not astray:
        return {}, [ContractError(f"{folder}: no contract here; expected files named <table>.yaml")]
    documents = {path.stem: Document.read(path) for path in files}
    contracts = _read(documents)
    standing = standing_documents(documents, contracts)
    documents |= standing
    contracts |= _read(standing)
    check_together(documents, contracts)
    errors = [error for document in documents.values() for error in document.errors()]
    return contracts, astray + errors


def _read(documents: dict[str, Document]) -> dict[str, Contract]:
    read = {table: read_contract(document) for table, document in documents.items()}
    return {
        table: contract
        for table, contract in read.items()
        if contract is not None and contract.table == table
    }
