"""What a contract changes of the table that is there: what is made in place, and what breaks it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tidegate.contract.model import Column, Contract
from tidegate.contract.shape import Shape, StoredColumn, numbers, stored_key, stored_partition
from tidegate.contract.views import View, broken, broken_by, named, view_of

_WIDER = {("integer", "long"), ("float", "double")}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_MAJOR = re.compile(r"_v\d+$")


class Kind(StrEnum):
    """What a change is to those who read the table."""

    ADDED = "added"  # an optional column; rows that are there read null
    WIDENED = "widened"  # a type that holds all that the one before held
    RENAMED = "renamed"  # the contract's name; the stored one stays
    OPTIONAL = "optional"  # what was required may be null
    TREATED = "treated"  # otherwise than the rows that are there, where it is personal
    UNSAID = "unsaid"  # renamed, by its id, and the contract doesn't say as what it is stored
    BREAKING = "breaking"


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        kind: what it is to readers.
        column: the column's stored name; empty where it is of the key or partition.
        told: a sentence for people.
    """

    kind: Kind
    column: str
    told: str


def changes(shape: Shape, contract: Contract) -> list[Change]:
    """What a contract changes of a table, column by column, then its key and partition.

    A contract's column is the stored one of its ``physicalName``, else of its name.

    Args:
        shape: what the table has.
        contract: the contract.
    """
    columns = {column.stored: column for column in contract.kept}
    found: list[Change] = []
    for stored, column in columns.items():
        before = shape.columns.get(stored)
        found += [_new(shape, columns, column)] if before is None else _both(shape, before, column)
    unsaid = {change.column for change in found if change.kind is Kind.UNSAID}
    gone = [stored for stored in shape.columns if stored not in columns and stored not in unsaid]
    found += [_gone(stored, contract) for stored in gone]
    # Of a column that is gone nothing more is told.
    return found if gone or unsaid else [*found, *_whole(shape, contract)]


def refusal(
    shape: Shape, contract: Contract, found: Sequence[Change], written: Sequence[View] = ()
) -> str | None:
    """Why a contract's changes can't be made to the table, and what to do; None where they can.

    Args:
        shape: what the table has.
        contract: the contract.
        found: what it changes.
        written: the views that the project writes itself, some of which may name what changes.
    """
    if not found:
        return None
    place, told = f"contracts/{contract.path.name}:{_line(contract, found)}", _listed(found)
    known, given = numbers(shape.version), numbers(contract.version)
    if given < known:
        return (
            f"{place}: is version {contract.version}, and {contract.table} is at {shape.version}"
            f" already: {told}; deploy the newer contract, or write a version after that"
        )
    if unsaid := [change for change in found if change.kind is Kind.UNSAID]:
        return f"{place}: {_listed(unsaid)}"
    if treated := [change for change in found if change.kind is Kind.TREATED]:
        return f"{place}: {_listed(treated)}\n  put it back, or {made_anew(contract)}"
    if breaking := [change for change in found if change.kind is Kind.BREAKING]:
        return f"{place}: {_broken(shape, contract, breaking, written)}"
    if renamed := _misnamed(shape, contract, found, written):
        return f"{place}: {renamed}"
    if given[:2] <= known[:2]:
        wanted = f"{known[0]}.{known[1] + 1}.0"
        return (
            f"{place}: {told}, and {contract.table} is at version {shape.version}:"
            f" write version: {wanted}"
        )
    return None


def made_anew(contract: Contract) -> str:
    """How a clean table's rows are made anew from raw, so that none of the old is left."""
    quarantine = contract.properties.get("quarantine")
    also = f" and DROP TABLE {quarantine} PURGE" if quarantine else ""
    return (
        f"have its rows made anew from raw: DROP TABLE {contract.table} PURGE{also}, the same for"
        " what is made of it, and run again (docs/personal-data.md)"
    )


def _broken(
    shape: Shape, contract: Contract, breaking: Sequence[Change], written: Sequence[View]
) -> str:
    """What a breaking change is answered."""
    major = numbers(shape.version)[0] + 1
    beside = f"{_MAJOR.sub('', contract.table)}_v{major}"
    known = f" (version {shape.version})" if shape.version else ""
    lost = [
        (one.column, shape.columns[one.column].name or one.column)
        for one in breaking
        if one.column in shape.columns
    ]
    theirs = broken(written, contract, lost)
    views = f"\n  and of views: {named(theirs)}" if theirs else ""
    return (
        f"{_listed(breaking)}, which breaks {contract.table}{known}{views}\n"
        f"  undo it, or declare a major version, a table beside this one: contracts/{beside}.yaml,"
        f" version: {major}.0.0, fed by the flow until this one's readers have moved"
        " (docs/schema-changes.md)"
    )


def _misnamed(
    shape: Shape, contract: Contract, found: Sequence[Change], written: Sequence[View]
) -> str | None:
    """Why a column can't have its new name yet: a view of the project's own has the old one."""
    renamed = [one for one in found if one.kind is Kind.RENAMED]
    old = {shape.columns[one.column].name or one.column for one in renamed}
    own = view_of(contract)
    theirs = broken_by(written, {(own.full, name) for name in old - set(own.comments)})
    if not theirs:
        return None
    return (
        f"{_listed(renamed)}, which breaks {named(theirs)}\n"
        "  write the new name there too, in the same change"
    )


def _line(contract: Contract, found: Sequence[Change]) -> int:
    """Where the contract says what is changed: its first such column, else the table."""
    changed = {change.column for change in found}
    lines = [column.line for column in contract.columns if column.stored in changed]
    return next(filter(None, lines), contract.line)


def _listed(found: Sequence[Change]) -> str:
    return "; ".join(change.told for change in found)


def _breaking(stored: str, told: str) -> Change:
    return Change(Kind.BREAKING, stored, told)


def _gone(stored: str, contract: Contract) -> Change:
    """A stored column that the contract's table hasn't."""
    for column in contract.columns:
        if column.stored == stored:  # else it would be kept
            told = f'column "{column.name}" has personalData: {column.treatment}, and is stored'
            return Change(Kind.TREATED, stored, told)
    return _breaking(stored, f'column "{stored}" is left out')


def _new(shape: Shape, columns: Mapping[str, Column], column: Column) -> Change:
    """A column of a stored name that the table hasn't."""
    for stored, before in shape.columns.items():
        if column.id is None or before.id != column.id:
            continue
        if stored in columns:
            told = f'column "{column.name}" has the id of what is stored as "{stored}"'
            return _breaking(column.stored, told)
        told = (
            f'column "{column.name}" has the id of what is stored as "{stored}" and stays so'
            f" stored: add physicalName: {stored}"
        )
        return Change(Kind.UNSAID, stored, told)
    if column.required:
        return _breaking(column.stored, f'column "{column.name}" is new and required')
    return Change(Kind.ADDED, column.stored, f'column "{column.name}" ({column.type}) is new')


def _both(shape: Shape, before: StoredColumn, column: Column) -> Iterator[Change]:
    """What a contract changes of a column that the table has."""
    stored, name = column.stored, f'column "{column.name}"'
    if before.id and column.id and before.id != column.id:
        told = f'{name} has id "{column.id}", and what is stored as "{stored}" has "{before.id}"'
        yield _breaking(stored, told)
    if before.name and before.name != column.name:
        told = f'{name} was "{before.name}" and stays stored as "{stored}"'
        yield Change(Kind.RENAMED, stored, told)
    if before.type != column.type:
        # A float that identifies rows isn't the double that is sent again.
        is_key = stored in (shape.key or ()) and before.type == "float"
        kind = Kind.WIDENED if _is_wider(before.type, column.type) and not is_key else Kind.BREAKING
        yield Change(kind, stored, f"{name} is {column.type} and was {before.type}")
    if before.name and before.required != column.required:
        kind = Kind.BREAKING if column.required else Kind.OPTIONAL
        told = "is required and was not" if column.required else "is required no more"
        yield Change(kind, stored, f"{name} {told}")
    treatment = column.treatment or ""
    if shape.has_rows and before.treatment not in (None, treatment):
        now, was = (
            f"personalData: {one}" if one else "none" for one in (treatment, before.treatment)
        )
        told = f"{name} has {now}, and the table's rows have {was}"
        yield Change(Kind.TREATED, stored, told)


def _whole(shape: Shape, contract: Contract) -> Iterator[Change]:
    """What a contract changes of the key and the partition."""
    key, partition = stored_key(contract), stored_partition(contract)
    if shape.key is not None and set(key) != set(shape.key):
        yield _breaking("", f"the key is {', '.join(key)} and was {', '.join(shape.key)}")
    if partition != shape.partition:
        now, was = (", ".join(one) or "nothing" for one in (partition, shape.partition))
        yield _breaking("", f"the table is partitioned by {now} and was by {was}")


def _is_wider(before: str, now: str) -> bool:
    """Whether a type holds every value of another, as Iceberg widens types."""
    old, new = _DECIMAL.fullmatch(before), _DECIMAL.fullmatch(now)
    if old and new:
        return new[2] == old[2] and int(new[1]) > int(old[1])
    return (before, now) in _WIDER
