"""The contracts of the tables that the engine fills, for a project that writes none of its own.

The columns of a raw table and of a quarantine are the same for every source, so one contract, the
clean table's, is enough to begin with. The table of verdicts is there in every project.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from tidegate.contract.document import Document
from tidegate.contract.model import VERDICTS, Contract, Stage
from tidegate.errors import did_you_mean

_NAMED_BY = {"reads": Stage.LAND, "quarantine": Stage.QUARANTINE}
# How like another name, of 1, one must be to be a slip: a letter in seven or so.
_SLIP = 0.85
_MAJOR = re.compile(r"_v\d+$")


def standing_documents(
    documents: Mapping[str, Document], contracts: Mapping[str, Contract]
) -> dict[str, Document]:
    """The documents of the verdicts' table, and of what clean contracts name, without a file.

    A name that is near another table's is left out: it is a slip, and is told as one.

    Args:
        documents: every file's document, by table.
        contracts: the contracts as far as they could be read, by table.
    """
    found = {}
    for clean, contract in contracts.items():
        for key, stage in _NAMED_BY.items():
            table = contract.properties.get(key, "")
            prefix = f"{stage}."
            # A major version's table is named like the one it stands beside.
            beside = _MAJOR.sub("", table) if _MAJOR.search(clean) else None
            others = [
                other.removeprefix(prefix)
                for other in documents
                if prefix in other and _MAJOR.sub("", other) != beside
            ]
            is_named = table.startswith(prefix) and table not in documents
            if is_named and not did_you_mean(table.removeprefix(prefix), others, _SLIP):
                found[table] = _standing(table, contract.path, clean)
    if documents and VERDICTS not in documents:
        found[VERDICTS] = _standing(VERDICTS, next(iter(documents.values())).path)
    return found


def _standing(table: str, beside: Path, clean: str = "") -> Document:
    """The contract of a table as the engine writes it, named as if it stood beside a file."""
    stage, _, name = table.partition(".")
    text = files(__name__).joinpath(f"{stage}.yaml").read_text(encoding="utf-8")
    text = text.replace("{name}", name).replace("{clean}", clean)
    return Document.parse(beside.with_name(f"{table}.yaml"), text)
