"""The contracts of a raw table and of a quarantine, for a project that writes none of its own.

Their columns are the same for every source, so one contract, the clean table's, is enough to begin
with.
"""

from collections.abc import Mapping
from importlib.resources import files

from tidegate.contract.document import Document
from tidegate.contract.model import Contract, Stage
from tidegate.errors import did_you_mean

_NAMED_BY = {"reads": Stage.LAND, "quarantine": Stage.QUARANTINE}


def standing_documents(
    documents: Mapping[str, Document], contracts: Mapping[str, Contract]
) -> dict[str, Document]:
    """The documents of the tables that clean contracts name and no file describes.

    A name that is near another table's is left out: it is a slip, and is told as one.

    Args:
        documents: every file's document, by table.
        contracts: the contracts as far as they could be read, by table.
    """
    found = {}
    for clean, contract in contracts.items():
        for key, stage in _NAMED_BY.items():
            table = contract.properties.get(key, "")
            prefix, _, name = table.partition(".")
            others = [other for other in documents if other.startswith(f"{stage}.")]
            if prefix == stage and table not in documents and not did_you_mean(table, others):
                text = files(__name__).joinpath(f"{stage}.yaml").read_text(encoding="utf-8")
                text = text.replace("{name}", name).replace("{clean}", clean)
                path = contract.path.with_name(f"{table}.yaml")
                found[table] = Document.parse(path, text)
    return found
