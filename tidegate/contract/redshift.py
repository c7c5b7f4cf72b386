"""A contract as the table that Redshift keeps of its own for a hot mart."""

from tidegate.contract.document import Document, Place
from tidegate.contract.model import Column, Contract
from tidegate.contract.properties import property_place

HOT = "hot"
_PLACE: Place = ("schema", 0)
_KEYS = ("redshiftDistKey", "redshiftSortKey")
# Texts as wide as Redshift has them: the lake's have no limit, and a longer one fails the load.
TYPES = {
    "string": "VARCHAR(65535)",
    "integer": "INTEGER",
    "long": "BIGINT",
    "float": "REAL",
    "double": "DOUBLE PRECISION",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def is_hot(contract: Contract) -> bool:
    """Whether Redshift keeps the mart in a table of its own."""
    return contract.properties.get("redshiftTable") == HOT


def create_own_table(contract: Contract, name: str) -> str:
    """The statement that creates a hot mart's table in Redshift.

    The distribution and sort keys are the contract's; without them Redshift chooses the
    distribution, and rows are sorted by day.

    Args:
        contract: the mart's contract.
        name: the table's full name in Redshift.
    """
    columns = ",\n  ".join(_column(column) for column in contract.kept)
    spread = contract.properties.get("redshiftDistKey")
    spread_by = f"DISTKEY ({_stored(contract, spread)})" if spread else "DISTSTYLE AUTO"
    order = contract.properties.get("redshiftSortKey") or [contract.day]
    ordered_by = ", ".join(_stored(contract, column) for column in order)
    return f"CREATE TABLE {name} (\n  {columns}\n)\n{spread_by}\nCOMPOUND SORTKEY ({ordered_by})"


def check_redshift(document: Document, contract: Contract) -> None:
    """Refuse keys that are no columns, and a hot mart that can't be kept in a table of Redshift."""
    for key in _KEYS:
        _check_key(document, contract, key)
    told = contract.properties.get("redshiftTable")
    place = property_place(document, _PLACE, "redshiftTable")
    if told is None:
        for key in [key for key in _KEYS if key in contract.properties]:
            what = f"{key} is for a table of Redshift's own; add redshiftTable: {HOT}"
            document.refuse(property_place(document, _PLACE, key), what)
        return
    if told != HOT:
        document.refuse(place, f'redshiftTable is "{told}"; expected {HOT}', told, [HOT])
        return
    if contract.day is None or contract.column(contract.day).type not in ("date", ""):
        what = f'table "{contract.table}" is loaded by days; partition it by a date column'
        document.refuse(place, f"{what}, or leave out redshiftTable")
    for column in contract.kept:
        if column.type and not _type(column):
            what = (
                f"column \"{column.name}\" is {column.type}, which Redshift's own table can't hold"
            )
            document.refuse(place, f"{what}; leave out redshiftTable")


def _check_key(document: Document, contract: Contract, key: str) -> None:
    given = contract.properties.get(key) or []
    known = [column.name for column in contract.kept]
    for name in [given] if isinstance(given, str) else given:
        if name not in known:
            what = f'{key} names "{name}", which is no column of "{contract.table}"'
            document.refuse(property_place(document, _PLACE, key), what, str(name), known)


def _column(column: Column) -> str:
    return f'"{column.stored}" {_type(column)}'


def _stored(contract: Contract, name: str) -> str:
    return f'"{contract.column(name).stored}"'


def _type(column: Column) -> str:
    """Redshift's word for a column's type; empty where it has none."""
    return column.type.upper() if column.type.startswith("decimal") else TYPES.get(column.type, "")
