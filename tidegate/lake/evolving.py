"""A contract's changes of its table, made in place: one commit of Iceberg's schema, or none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError

from tidegate.contract import Contract
from tidegate.contract.changes import Change, Kind, changes, refusal
from tidegate.contract.iceberg import contract_type
from tidegate.contract.shape import Shape, StoredColumn, numbers, read_shape
from tidegate.contract.views import View, written_views
from tidegate.errors import ContractError, PublishLost
from tidegate.lake import catalog
from tidegate.lake.history import History
from tidegate.lake.ledger import Entry
from tidegate.settings import Settings

if TYPE_CHECKING:
    from tidegate.lake.table import Table

# How often a change is tried again when another commit came in between.
_TRIES = 100
COMMENT = "comment"
"""The property in which Spark and Glue look for what a table holds."""
_TRANSFORMS = {"identity": "{}", "day": "day({})"}


@dataclass(frozen=True)
class Evolved:
    """A table that is as its contract says.

    Attributes:
        shape: what it has now.
        schema: the number of its Iceberg schema.
        changes: what this run has changed.
    """

    shape: Shape
    schema: int
    changes: tuple[Change, ...]


def evolve(table: "Table", project: Path) -> Evolved:
    """Make what the contract changes of its table, unless another run has made it meanwhile.

    Readers go on: no row is written, and old ones read null in a new column.

    Args:
        table: the table.
        project: the project's folder, some of whose views may name what changes.

    Raises:
        ContractError: the contract breaks the table, or its version isn't raised; nothing is made.
    """
    made: tuple[Change, ...] = ()
    for _ in range(_TRIES):
        java = table.java()
        metadata = table.metadata(java)
        shape = stored_shape(metadata)
        found = changes(shape, table.contract)
        if refused := refusal(shape, table.contract, found, _written(project, found)):
            raise ContractError(refused)
        wanted = shape.under(table.contract)
        kept = _kept_shape(metadata)
        words = _other_words(metadata, table.contract, shape)
        if (wanted.columns, wanted.key) == (kept.columns, kept.key) and not words:
            return Evolved(shape, metadata["current-schema-id"], made)
        try:
            _commit(table, java, wanted, found, words)
        except Py4JJavaError as error:
            if not is_conflict(error):
                raise
        else:
            made = tuple(found)
    raise PublishLost(f"{table.name}: {_TRIES} other commits came first")


@dataclass(frozen=True)
class Planned:
    """What the next run does about a contract's changes of its table.

    Attributes:
        table: the table.
        changes: what the contract changes; none where the table is as it says.
        refused: why the run refuses to make them, and what to do; None where it makes them.
    """

    table: str
    changes: tuple[Change, ...]
    refused: str | None


def planned(settings: Settings, contracts: Iterable[Contract]) -> list[Planned]:
    """What the next runs change of the lake's tables, without Spark and without changing anything.

    Args:
        settings: which lake.
        contracts: the tables' contracts; those whose table isn't there are passed over.

    Raises:
        LakeError: there is no lake, or a metadata file can't be read.
    """
    there = catalog.tables(settings)
    return [
        _plan(
            settings.project,
            contract,
            catalog.read_metadata(settings, contract.table, there[contract.table]),
        )
        for contract in contracts
        if contract.table in there
    ]


def _plan(project: Path, contract: Contract, metadata: Mapping[str, Any]) -> Planned:
    shape = stored_shape(metadata)
    found = changes(shape, contract)
    refused = refusal(shape, contract, found, _written(project, found))
    return Planned(contract.table, tuple(found), refused)


def _written(project: Path, found: Iterable[Change]) -> list[View]:
    """The views that the project writes itself, read where something changes."""
    return written_views(project) if found else []


def stored_shape(metadata: Mapping[str, Any]) -> Shape:
    """What a table has, by its Iceberg metadata, and the newest version it has run under."""
    shape, history = _kept_shape(metadata), History(metadata)
    last = history.newest()
    return replace(
        shape,
        version=max(shape.version, last.contract, key=numbers),
        columns=_with_treatments(shape.columns, last),
        has_rows=history.has_rows,
    )


def _kept_shape(metadata: Mapping[str, Any]) -> Shape:
    """What a table has, by its schema and what its properties keep."""
    fields = catalog.fields(metadata)
    names = {one["id"]: one["name"] for one in fields}
    spec = next(
        one["fields"]
        for one in metadata["partition-specs"]
        if one["spec-id"] == metadata["default-spec-id"]
    )
    partition = tuple(
        _TRANSFORMS.get(one["transform"], one["transform"] + "({})").format(names[one["source-id"]])
        for one in spec
    )
    types = {one["name"]: contract_type(one["type"]) for one in fields}
    return read_shape(types, partition, metadata.get("properties", {}))


def _other_words(
    metadata: Mapping[str, Any], contract: Contract, shape: Shape
) -> dict[str | None, str]:
    """What the contract says for people otherwise than the table's comments.

    By the columns' stored names, of the table itself under None. An older contract, which may be
    running beside a newer one, says nothing.
    """
    if numbers(contract.version) < numbers(shape.version):
        return {}
    said: dict[str | None, str] = {
        one["name"]: one.get("doc", "") for one in catalog.fields(metadata)
    }
    said[None] = metadata.get("properties", {}).get(COMMENT, "")
    wanted: dict[str | None, str] = {None: contract.description}
    wanted |= {one.stored: one.description for one in contract.kept}
    return {name: text for name, text in wanted.items() if text != said.get(name, text)}


def _with_treatments(
    columns: Mapping[str, StoredColumn], last: Entry
) -> Mapping[str, StoredColumn]:
    """Columns with what became of them by the ledger, of a table made before that was kept."""
    told = last.treated
    if told is None:
        return columns
    return {
        stored: replace(one, treatment=told.get(one.name or stored, ""))
        if one.treatment is None
        else one
        for stored, one in columns.items()
    }


def _commit(
    table: "Table",
    java: Any,
    wanted: Shape,
    found: Iterable[Change],
    words: Mapping[str | None, str],
) -> None:
    """Add, widen and describe columns, and keep what the contract says now, in one commit."""
    by_stored = {column.stored: column for column in table.contract.kept}
    whole = java.newTransaction()
    schema = whole.updateSchema()
    for change in found:
        if change.kind is Kind.ADDED:
            column = by_stored[change.column]
            schema.addColumn(column.stored, _type(table, column.type), column.description or None)
        elif change.kind is Kind.WIDENED:
            schema.updateColumn(change.column, _type(table, by_stored[change.column].type))
    for name, text in words.items():
        if name is not None:
            schema.updateColumnDoc(name, text or None)
    schema.commit()
    kept = whole.updateProperties()
    for name, value in wanted.properties().items():
        kept.set(name, value)
    if comment := words.get(None):
        kept.set(COMMENT, comment)
    elif None in words:
        kept.remove(COMMENT)
    kept.commit()
    whole.commitTransaction()


def _type(table: "Table", kind: str) -> Any:
    """Iceberg's own object for a contract's type, by way of Spark's."""
    from tidegate.contract.spark import spark_type

    spark = table.spark._jsparkSession.parseDataType(spark_type(kind).json())
    return table.iceberg("spark.SparkSchemaUtil").convert(spark)


def is_conflict(error: Py4JJavaError) -> bool:
    """Whether Java says that someone else committed in between."""
    return "CommitFailedException" in error.java_exception.getClass().getName()
