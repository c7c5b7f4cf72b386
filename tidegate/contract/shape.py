"""What a table has: its columns as they are stored, and what its contract said when it was changed.

Iceberg keeps names and types; what it has no word for (the contract's names, ids, what is required,
the key) is kept in the table's properties, so that the next contract can be compared with it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.contract.model import Column, Contract

VERSION = "tidegate.contract-version"
COLUMNS = "tidegate.columns"
KEY = "tidegate.key"


@dataclass(frozen=True)
class StoredColumn:
    """One column as a table has it.

    Attributes:
        type: its type, in a contract's words.
        name: what the contract calls it; empty where that isn't known, as of a table made before
            this was kept.
        id: the contract's id of it, where it has one.
        required: whether a row must have a value.
        added: the contract's version that added it to rows that were there; empty where there were
            none.
        was: the types it had before, oldest first.
        treatment: what became of its values before they were written, in the words of
            ``personalData``; empty where they are written as they come, None where that isn't
            known, as of a table made before this was kept.
    """

    type: str
    name: str = ""
    id: str | None = None
    required: bool = False
    added: str = ""
    was: tuple[str, ...] = ()
    treatment: str | None = None


@dataclass(frozen=True)
class Older:
    """The columns, by the contract's names, in which stored rows may say less than was sent.

    Attributes:
        added: a row older than the column reads null.
        rounded: a row older than the type was rounded to a float.
    """

    added: frozenset[str] = frozenset()
    rounded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shape:
    """What a table has.

    Attributes:
        version: the newest contract's version that it is known to have run under.
        columns: by their stored names.
        partition: what it is partitioned by, a timestamp's day as ``day(name)``; stored names.
        key: the stored names of the columns that identify a row; None where that isn't known.
        has_rows: whether it has a row, published or on a blocked run's branch.
    """

    version: str
    columns: Mapping[str, StoredColumn] = field(default_factory=dict)
    partition: tuple[str, ...] = ()
    key: tuple[str, ...] | None = None
    has_rows: bool = True

    def older(self) -> Older:
        """Where stored rows may say less than was sent."""
        columns = self.columns.values()
        added = frozenset(column.name for column in columns if column.added)
        return Older(added, frozenset(column.name for column in columns if "float" in column.was))

    def under(self, contract: Contract) -> "Shape":
        """The same once the contract's changes are made."""
        columns = {
            column.stored: _changed(self.columns.get(column.stored), column, contract.version)
            for column in contract.kept
        }
        version = max(self.version, contract.version, key=numbers)
        return replace(self, version=version, columns=columns, key=stored_key(contract))

    def properties(self) -> dict[str, str]:
        """What the table's properties keep of it."""
        columns = {stored: _kept(stored, column) for stored, column in self.columns.items()}
        return {
            VERSION: self.version,
            COLUMNS: json.dumps(columns, separators=(",", ":")),
            KEY: ",".join(self.key or ()),
        }


def shape_of(contract: Contract) -> Shape:
    """What a table has that is made by a contract."""
    columns = {one.stored: _stored(one) for one in contract.kept}
    return Shape(contract.version, columns, stored_partition(contract), stored_key(contract))


def read_shape(
    types: Mapping[str, str], partition: tuple[str, ...], properties: Mapping[str, str]
) -> Shape:
    """What a table has, from its columns' types by stored name and from its properties."""
    held: dict[str, dict[str, Any]] = json.loads(properties.get(COLUMNS, "{}"))
    columns = {stored: _read(stored, kind, held.get(stored)) for stored, kind in types.items()}
    key = tuple(properties[KEY].split(",")) if properties.get(KEY) else ()
    version = properties.get(VERSION, "")
    return Shape(version, columns, partition, key if KEY in properties else None)


def stored_key(contract: Contract) -> tuple[str, ...]:
    """The stored names of a contract's key."""
    return tuple(contract.column(name).stored for name in contract.key)


def stored_partition(contract: Contract) -> tuple[str, ...]:
    """What a contract's table is partitioned by, as a shape has it."""
    columns = [contract.column(name) for name in contract.partition]
    return tuple(
        f"day({column.stored})" if column.type == "timestamp" else column.stored
        for column in columns
    )


def numbers(version: str) -> tuple[int, ...]:
    """A version's three numbers, to compare; zeros where there is none."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else (0, 0, 0)


def _stored(column: Column) -> StoredColumn:
    """A contract's column as its table has it from the beginning."""
    treatment = str(column.treatment or "")
    return StoredColumn(column.type, column.name, column.id, column.required, treatment=treatment)


def _changed(before: StoredColumn | None, column: Column, version: str) -> StoredColumn:
    """A stored column as the contract has it from now on."""
    now = _stored(column)
    if before is None:
        return replace(now, added=version)
    was = (*before.was, before.type) if before.type != column.type else before.was
    return replace(now, added=before.added, was=was, id=column.id or before.id)


def _kept(stored: str, column: StoredColumn) -> dict[str, Any]:
    """What is kept of a column beside its type, leaving out what goes without saying."""
    said = {
        "name": column.name if column.name != stored else None,
        "id": column.id,
        "required": column.required,
        "added": column.added,
        "was": list(column.was),
    }
    # That a column is written as it comes is kept too: it tells of a table that keeps this.
    treated = {} if column.treatment is None else {"treatment": column.treatment}
    return {key: value for key, value in said.items() if value} | treated


def _read(stored: str, kind: str, kept: dict[str, Any] | None) -> StoredColumn:
    """A column by what is kept of it; None where nothing was kept."""
    if kept is None:
        return StoredColumn(kind)
    return StoredColumn(
        type=kind,
        name=kept.get("name", stored),
        id=kept.get("id"),
        required=kept.get("required", False),
        added=kept.get("added", ""),
        was=tuple(kept.get("was", ())),
        treatment=kept.get("treatment"),
    )
