"""Load hot marts into Redshift's own tables: the days touched since last time."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.contract import Contract, Contracts, load_contracts
from tidegate.contract.redshift import HOT, is_hot
from tidegate.contract.views import View, views
from tidegate.errors import ContractError, counted
from tidegate.lake import catalog
from tidegate.serve.due import due
from tidegate.serve.install import point
from tidegate.serve.loads import Loaded, loaded, prepare, record
from tidegate.serve.materialized import create, definition, made_of
from tidegate.serve.only_redshift import external_schema
from tidegate.serve.remote import batch_redshift, execute_redshift
from tidegate.serve.warehouse import Warehouse, hot_names, own_name
from tidegate.settings import Settings


@dataclass(frozen=True)
class Load:
    """What became of the load of a mart or a materialized view.

    Attributes:
        table: the mart or view.
        what: what became of it, in words.
        is_anew: whether Redshift's own table was made anew.
        now: what it holds now, where that is another state than before.
        is_late: whether another load came first, so that what was read of all is old.
    """

    table: str
    what: str
    is_anew: bool = False
    now: Loaded | None = None
    is_late: bool = False

    def __str__(self) -> str:
        """The load in a line."""
        return f"{self.table}: {self.what}"


def load(settings: Settings, table: str | None = None) -> Iterator[Load]:
    """Load the project's hot marts, then refresh the materialized views that read them.

    Each mart is loaded in a transaction of its own.

    Args:
        settings: which project, lake and Redshift.
        table: one mart; by default all hot ones, and all materialized views.

    Yields:
        What became of each, by name.

    Raises:
        ContractError: the mart has no contract or isn't hot, or none is.
        LakeError: there is no lake, or files of it can't be read.
        QuestionError: Redshift refuses a statement or it fails; nothing of that mart was loaded.
        SettingsError: no Redshift is set.
        StreamError: AWS can't be reached.
    """
    contracts = load_contracts(settings.project)
    kept = [view for view in views(settings.project, contracts) if view.is_materialized]
    hot = _hot(contracts, table, kept)
    read = {one.table for one in hot} | {name for view in kept for name in view.reads}
    for database in sorted({name.split(".")[0] for name in read}):
        execute_redshift(settings, external_schema(settings, database), "serve load")
    batch_redshift(settings, prepare(settings), "serve load")
    were = loaded(settings)
    asked = [view for view in kept if table is None or table in view.reads]
    todo: list[Contract | View] = [*hot, *asked]
    for item in todo:
        if isinstance(item, View):
            one = _refresh(settings, contracts, item, were)
        else:
            one = _load(settings, item, were.get(item.table, Loaded()))
        if one.is_late:
            were = loaded(settings)
        elif one.now:
            were = {**were, one.table: one.now}
        if one.is_anew:
            point(settings, contracts, were, one.table)
        yield one


def _hot(contracts: Contracts, table: str | None, kept: list[View]) -> list[Contract]:
    """The hot marts, or the one that was asked for."""
    asked = list(contracts.values()) if table is None else [contracts.table(table)]
    found = [contract for contract in asked if is_hot(contract)]
    if not found and (table or not kept):
        whose = "no mart is" if table is None else f"{table} isn't"
        raise ContractError(
            f"{whose} kept in a table of Redshift's own; add the custom property"
            f" redshiftTable: {HOT} to {'a mart' if table is None else 'its contract'}"
            " (docs/redshift.md)"
        )
    return found


def _load(settings: Settings, contract: Contract, was: Loaded) -> Load:
    """Load one mart."""
    table, mart = contract.table, Warehouse(settings, contract)
    asked = due(settings, table, mart.definition, was)
    if isinstance(asked, str):
        return Load(table, asked)
    now, days = asked.now, asked.days
    statements = mart.load_all(was, now) if days is None else mart.load_days(was, now, days)
    *_, rows, recorded = batch_redshift(settings, statements, table)
    if not recorded:
        told = "skipped: another load came first; nothing of this one is left"
        return Load(table, told, is_late=True)
    what = f"loaded {_days(days)}, {counted(rows, 'row')}, up to commit {now.number}"
    return Load(table, what, is_anew=was.definition != now.definition, now=now)


def _refresh(
    settings: Settings, contracts: Contracts, view: View, were: Mapping[str, Loaded]
) -> Load:
    """Make or refresh one materialized view."""
    there = catalog.tables(settings)
    if missing := [name for name in view.reads if name not in there]:
        return Load(view.full, f"skipped: the lake doesn't have {missing[0]} yet")
    own = hot_names(settings, contracts.values(), were)
    was = were.get(view.full, Loaded())
    now = _state(settings, view, own, were)
    if was == now:
        return Load(view.full, "skipped: nothing new in what it reads")
    name = settings.database_prefix + own_name(view.full)
    is_anew = was.definition != now.definition
    statements = (
        [f"DROP MATERIALIZED VIEW IF EXISTS {name}", create(settings, view, own)]
        if is_anew
        else [f"REFRESH MATERIALIZED VIEW {name}"]
    )
    batch_redshift(settings, [*statements, *record(settings, view.full, now)], view.full)
    return Load(view.full, "made" if is_anew else "refreshed", is_anew, now)


def _state(
    settings: Settings, view: View, own: Mapping[str, str], were: Mapping[str, Loaded]
) -> Loaded:
    """What a materialized view holds once it is made or refreshed."""
    return Loaded(
        made_of=made_of(settings, view, own, were),
        definition=definition(settings, view, own, were),
    )


def _days(days: set[dt.date] | None) -> str:
    return "all days" if days is None else counted(len(days), "day")
