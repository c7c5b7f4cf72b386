"""A contract as the table that PostgreSQL keeps of a mart whose figures are answered over HTTP."""

from tidegate.contract.model import Contract
from tidegate.contract.redshift import TYPES
from tidegate.errors import ContractError

# Texts in the order of their bytes, as Athena sorts them, whatever the server's language is.
_TYPES = TYPES | {"string": 'TEXT COLLATE "C"'}


def create_postgresql_table(contract: Contract, name: str) -> list[str]:
    """The statements that create a mart's table in PostgreSQL, with an index a column of its key.

    Args:
        contract: the mart's contract.
        name: the table's full name, as SQL writes it.

    Raises:
        ContractError: a column is of a type that isn't kept there.
    """
    columns = ",\n  ".join(f'"{one.stored}" {_type(contract, one.name)}' for one in contract.kept)
    indexed = [contract.column(one).stored for one in contract.key]
    return [
        f"CREATE TABLE {name} (\n  {columns}\n)",
        *(f'CREATE INDEX ON {name} ("{column}")' for column in indexed),
    ]


def _type(contract: Contract, name: str) -> str:
    """PostgreSQL's word for a column's type."""
    kind = contract.column(name).type
    if kind.startswith("decimal"):
        return kind.upper().replace("DECIMAL", "NUMERIC")
    if kind not in _TYPES:
        raise ContractError(
            f'{contract.path}: column "{name}" is {kind}, which no table of figures holds; ask no'
            " question of it over HTTP"
        )
    return _TYPES[kind]
