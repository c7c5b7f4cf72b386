"""All contracts of a project: read, checked one by one, then against each other."""

from pathlib import Path

from tidegate.contract.check import check_together
from tidegate.contract.document import Document
from tidegate.contract.model import Contract
from tidegate.contract.read import read_file
from tidegate.errors import ContractError


def read_project(project: Path) -> tuple[dict[str, Contract], list[ContractError]]:
    """The contracts that are right, by table, and everything that is wrong with the others, by file and line."""
    folder = project / "contracts"
    files = sorted(folder.glob("*.yaml"))
    astray = [
        ContractError(f"contracts/{path.name}:1: is not read; name it {path.stem}.yaml")
        for path in sorted(folder.glob("*.yml"))
    ]
    if not files and not astray:
        return {}, [ContractError(f"{folder}: no contract here; expected files named <table>.yaml")]
    documents: dict[str, Document] = {}
    contracts: dict[str, Contract] = {}
    for path in files:
        document, contract = read_file(path)
        documents[path.stem] = document
        if contract is not None:
            contracts[contract.table] = contract
    check_together(documents, contracts)
    errors = [error for document in documents.values() for error in document.errors()]
    return contracts, astray + errors
