"""Views that Redshift keeps the rows of: made once, and refreshed when what they read was loaded.

A view of ``sql/views`` with the line ``-- redshift: materialized`` is one. Its rows are in
``hot.NAME``; ``analytics.NAME`` selects them. At the local endpoint ``hot.NAME`` is a plain table.
"""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from tidegate.contract.views import View
from tidegate.lake import catalog
from tidegate.serve.loads import Loaded, digest
from tidegate.serve.prefix import prefixed
from tidegate.serve.warehouse import own_name
from tidegate.settings import Settings


def on_redshift(select: str, own: Mapping[str, str]) -> str:
    """What a view selects in Redshift's SQL, from its own tables where it has them.

    Args:
        select: in Athena's SQL.
        own: Redshift's own table for each mart and view that has one.
    """
    tree = sqlglot.parse_one(select, read="trino")
    for table in tree.find_all(exp.Table):
        if found := own.get(f"{table.db}.{table.name}".lower()):
            table.set("db", exp.to_identifier(found.split(".")[0]))
    for column in tree.find_all(exp.Column):
        if found := own.get(f"{column.db}.{column.table}".lower()):
            column.set("db", exp.to_identifier(found.split(".")[0]))
    return tree.sql("redshift", pretty=True)


def create(settings: Settings, view: View, own: Mapping[str, str]) -> str:
    """The statement that makes a materialized view."""
    text = f"CREATE MATERIALIZED VIEW {own_name(view.full)} AS\n{on_redshift(view.select, own)}"
    return prefixed(settings, text)


def definition(
    settings: Settings, view: View, own: Mapping[str, str], loaded: Mapping[str, Loaded]
) -> str:
    """The digest of that statement and of those that made the tables it reads.

    So it is another where one of them was made anew, which drops the view.
    """
    read = [loaded[name].definition for name in view.reads if name in own]
    return digest(create(settings, view, own), *read)


def made_of(
    settings: Settings, view: View, own: Mapping[str, str], loaded: Mapping[str, Loaded]
) -> str:
    """The digest of what it selects from: commits of what was loaded, snapshots of the lake."""
    states = []
    for name in view.reads:
        if name in own:
            state = f"{loaded[name].made_of} {loaded[name].number}"
        else:
            metadata = catalog.metadata(settings, name)
            state = f"{metadata['table-uuid']} {metadata.get('current-snapshot-id')}"
        states.append(f"{name} {state}")
    return digest(*states)


def materialized_names(
    settings: Settings, views: list[View], own: Mapping[str, str], loaded: Mapping[str, Loaded]
) -> dict[str, str]:
    """Redshift's own table for each materialized view that is there as it is declared now."""
    return {
        view.full: own_name(view.full)
        for view in views
        if view.is_materialized
        and loaded.get(view.full, Loaded()).definition == definition(settings, view, own, loaded)
    }
