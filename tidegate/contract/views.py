"""What analysts read: a view of each clean table and mart, and those that a project writes itself.

A view's columns are called what the contract calls them, whatever they are stored as. What only
the engine needs, and personal columns that nothing says are treated, aren't among them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.contract.model import Column, Contract, Stage
from tidegate.errors import ContractError

DATABASE = "analytics"
"""The database of the views."""
FOLDER = Path("sql") / "views"
"""Where a project keeps views of its own, one a file, in Athena's SQL."""

MATERIALIZED = "-- redshift: materialized"
"""The second line of a view that Redshift keeps the rows of."""

_ARRIVED = "arrived_at"  # all else that the raw table adds is the engine's
EVERY = "*"


@dataclass(frozen=True)
class View:
    """One view.

    Attributes:
        name: its name in ``analytics``.
        select: what it selects, in Athena's SQL.
        place: the file that says so, from the project's folder.
        comment: what it holds, for people.
        comments: what each column says, by the column's name; of a view that a project writes
            itself, those of its columns that are a table's as they are.
        reads: the tables and views it names, with their databases.
        columns: the columns it names, each with its table or view, which is empty where the SQL
            doesn't say; ``*`` for all of a table's.
        is_materialized: whether Redshift keeps its rows, which ``tidegate serve load`` refreshes.
    """

    name: str
    select: str
    place: str
    comment: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    columns: frozenset[tuple[str, str]] = frozenset()
    is_materialized: bool = False

    @property
    def full(self) -> str:
        """Its name with the database."""
        return f"{DATABASE}.{self.name}"


def views(project: Path, contracts: Mapping[str, Contract]) -> list[View]:
    """Every view of a project: those of its contracts, then those it writes itself.

    Raises:
        ContractError: two have one name, or a file of ``sql/views`` can't be read.
    """
    own = [view_of(contract) for contract in contracts.values() if is_shown(contract)]
    written = [_commented(view, own) for view in written_views(project)]
    found: dict[str, View] = {}
    for view in (*own, *written):
        if view.name in found:
            raise ContractError(
                f"{view.place}: the view {view.full} is that of {found[view.name].place} already;"
                " give one of them another name"
            )
        found[view.name] = view
    return list(found.values())


def is_shown(contract: Contract) -> bool:
    """Whether a table has a view."""
    return contract.stage in (Stage.CLEAN, Stage.DERIVE)


def shown(contract: Contract) -> tuple[Column, ...]:
    """The columns that a table's view has."""
    return tuple(
        column
        for column in contract.kept
        if (not column.personal or column.treatment) and column.raw_column in (None, _ARRIVED)
    )


def view_of(contract: Contract) -> View:
    """The view of a table."""
    columns = shown(contract)
    listed = ",\n    ".join(_selected(column) for column in columns)
    return View(
        contract.table.split(".")[1],
        f"SELECT\n    {listed}\nFROM {contract.table}",
        f"contracts/{contract.path.name}",
        contract.description,
        {column.name: column.description for column in columns},
        (contract.table,),
        frozenset((contract.table, column.stored) for column in columns),
    )


def written_views(project: Path) -> list[View]:
    """The views that a project writes itself: ``sql/views/*.sql``.

    Raises:
        ContractError: a file doesn't begin with what the view holds, or isn't one SELECT.
    """
    return list(_in_order([_written(path) for path in sorted((project / FOLDER).glob("*.sql"))]))


def broken(
    written: Sequence[View], contract: Contract, gone: Iterable[tuple[str, str]]
) -> list[View]:
    """The views that can't be as they are once columns of a table are others.

    Args:
        written: the views that the project writes itself.
        contract: the table's contract.
        gone: each column's stored name, and the name its view shows it by.
    """
    if not is_shown(contract):
        return []
    own = view_of(contract)
    named = [((contract.table, stored), (own.full, name)) for stored, name in gone]
    lost = {each for both in named for each in both}
    if not lost:
        return []
    starred = {(table, EVERY) for table in (contract.table, own.full)}
    unsaid = {("", column) for _, column in lost}
    readers = [view for view in written if {contract.table, own.full} & set(view.reads)]
    unclear = [view for view in readers if unsaid & view.columns]
    others = broken_by(written, lost | starred)
    return [own, *others, *(view for view in unclear if view not in others)]


def broken_by(written: Sequence[View], gone: Iterable[tuple[str, str]]) -> list[View]:
    """The views of a project's own that name what is gone, and those that read them.

    Args:
        written: the views, each after those it reads.
        gone: tables or views, each with a column that is gone.
    """
    lost, found = set(gone), list[View]()
    for view in written:
        if lost & view.columns or {one.full for one in found} & set(view.reads):
            found.append(view)
    return found


def named(found: Sequence[View]) -> str:
    """Views, for a message: each with its file where the project wrote it."""
    return ", ".join(
        f"{view.full} ({view.place})" if view.place.endswith(".sql") else view.full
        for view in found
    )


def _selected(column: Column) -> str:
    is_same = column.name == column.stored
    return f'"{column.name}"' if is_same else f'"{column.stored}" AS "{column.name}"'


def _written(path: Path) -> View:
    """The view of one file."""
    place = str(FOLDER / path.name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{place}: can't be read: {error}") from None
    first, _, rest = text.partition("\n")
    comment = first.removeprefix("--").strip()
    if not first.startswith("--") or not comment:
        raise ContractError(f'{place}:1: expected what the view holds, e.g. "-- Days with a sale."')
    second, _, below = rest.partition("\n")
    is_materialized = second.strip().lower() == MATERIALIZED
    if second.lower().startswith("-- redshift:") and not is_materialized:
        raise ContractError(f'{place}:2: expected "{MATERIALIZED}", not "{second.strip()}"')
    rest = below if is_materialized else rest
    tree = _parsed(rest, place)
    from sqlglot import exp

    inner = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    tables = [one for one in tree.find_all(exp.Table) if one.db or one.name.lower() not in inner]
    if bare := [one.name for one in tables if not one.db]:
        raise ContractError(
            f'{place}: "{bare[0]}" has no database; write clean., mart. or analytics.'
        )
    inner_views = [f"{one.db}.{one.name}" for one in tables if one.db.lower() == DATABASE]
    if is_materialized and inner_views:
        raise ContractError(
            f"{place}: reads the view {inner_views[0]}, and Redshift keeps what is selected from"
            " tables only; read the table, or take out line 2"
        )
    return View(
        path.stem,
        rest.strip().rstrip(";").strip(),
        place,
        comment,
        reads=tuple(dict.fromkeys(f"{one.db}.{one.name}".lower() for one in tables)),
        columns=frozenset(_columns(tree)),
        is_materialized=is_materialized,
    )


def _columns(tree: Any) -> Iterator[tuple[str, str]]:
    """Each column that a SELECT names, with its table where that can be told."""
    from sqlglot import exp
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import traverse_scope

    qualified = qualify(
        tree.copy(),
        dialect="trino",
        expand_stars=False,
        validate_qualify_columns=False,
        quote_identifiers=False,
    )
    for scope in traverse_scope(qualified):
        tables = {
            alias: f"{source.db}.{source.name}".lower()
            for alias, source in scope.sources.items()
            if isinstance(source, exp.Table)
        }
        only = next(iter(scope.sources)) if len(scope.sources) == 1 else ""
        made = {one.alias_or_name for one in scope.expression.args.get("expressions", ())}
        for column in scope.columns:
            if column.find_ancestor(exp.Order) and column.name in made:
                continue
            if not (column.table or only):
                yield "", column.name.lower()
            elif (column.table or only) in tables:
                yield tables[column.table or only], column.name.lower()
        if scope.expression.is_star:
            yield from ((table, EVERY) for table in tables.values())


def _parsed(text: str, place: str) -> Any:
    """The tree of a view's one SELECT."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = [tree for tree in sqlglot.parse(text, read="trino") if tree]
    except SqlglotError as error:
        what = str(error).splitlines()[0]
        raise ContractError(f"{place}: {what}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ContractError(f"{place}: expected one SELECT")
    return trees[0]


def _in_order(found: Sequence[View]) -> Iterator[View]:
    """Views, each after those it reads."""
    waiting = list(found)
    while waiting:
        names = {view.full for view in waiting}
        ready = [view for view in waiting if not names & set(view.reads)]
        if not ready:
            raise ContractError(f"{named(waiting)}: read each other; take one out of the other")
        yield from ready
        waiting = [view for view in waiting if view not in ready]


def _commented(view: View, own: Sequence[View]) -> View:
    """A written view with what the contracts say of the columns it takes as they are."""
    from dataclasses import replace

    from sqlglot import exp

    said: dict[str, str] = {}
    for one in own:
        if one.full in view.reads or set(one.reads) & set(view.reads):
            said = {**one.comments, **said}
    taken = [one for one in _parsed(view.select, view.place).selects if isinstance(one, exp.Column)]
    comments = {one.name: said[one.name] for one in taken if said.get(one.name)}
    return replace(view, comments=comments)
