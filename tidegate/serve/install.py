"""Install the project's views on an engine: here, on Athena, on Redshift."""

from collections.abc import Callable, Mapping
from typing import Any

from tidegate.aws import aws_config
from tidegate.contract import Contracts, load_contracts
from tidegate.contract.redshift import is_hot
from tidegate.contract.views import DATABASE, View, views
from tidegate.errors import QuestionError
from tidegate.lake import catalog
from tidegate.serve.loads import Loaded, loaded
from tidegate.serve.materialized import materialized_names, on_redshift
from tidegate.serve.only_redshift import external_schema, grants
from tidegate.serve.prefix import prefixed
from tidegate.serve.remote import (
    execute_redshift,
    run_on_athena,
    run_on_redshift,
    tables_on_redshift,
)
from tidegate.serve.views import keep_comments, views_database
from tidegate.serve.warehouse import hot_names
from tidegate.settings import Settings

_SAID = "What analysts read: views of the clean tables and marts."


def statements(settings: Settings, on: str) -> list[str]:
    """What an install runs on an engine, in order.

    Raises:
        ContractError: a contract or a view of the project's own is wrong.
        LakeError: there is no lake.
        QuestionError: Redshift can't say which tables of its own it has.
        SettingsError: no Redshift is set, and a table of its own is declared.
    """
    contracts = load_contracts(settings.project)
    found = ready(settings, contracts)[0]
    if on == "redshift":
        own = _own_names(settings, contracts)
        return [*_external(settings, found), *_on_redshift(settings, found, own)]
    return _of_athena(settings, on, found)


def _of_athena(settings: Settings, on: str, found: list[View]) -> list[str]:
    texts = [_athena(view) for view in found]
    if on == "duckdb":
        return texts
    schema = f"CREATE SCHEMA IF NOT EXISTS {views_database(settings)} COMMENT '{_SAID}'"
    return [schema, *(prefixed(settings, text) for text in texts)]


def install(settings: Settings, on: str, say: Callable[[str], None]) -> list[View]:
    """Install every view whose tables are in the lake, in the place of what was there.

    Args:
        settings: which project, lake and engine.
        on: ``duckdb``, ``athena`` or ``redshift``.
        say: takes a line about each view that waits for its table.

    Returns:
        The views.

    Raises:
        ContractError: a contract or a view of the project's own is wrong.
        QuestionError: the engine refuses one.
        LakeError: there is no lake.
    """
    contracts = load_contracts(settings.project)
    found, waiting = ready(settings, contracts)
    for view, missing in waiting:
        say(f"{view.full}: not yet: {missing} isn't in the lake")
    if on == "redshift":
        for text in _external(settings, found):
            execute_redshift(settings, text, "serve install")
        texts = _on_redshift(settings, found, _own_names(settings, contracts))
        run_on_redshift(settings, texts, "serve install")
    elif on == "athena":
        for text in _of_athena(settings, on, found):
            run_on_athena(settings, text, _told(text))
        _comment(settings, found)
    else:
        from tidegate.serve.defining import defined

        for view in found:
            defined(settings, _athena(view), DATABASE)
            keep_comments(settings, view.name, view.comments)
    return found


def ready(settings: Settings, contracts: Contracts) -> tuple[list[View], list[tuple[View, str]]]:
    """The views whose tables are in the lake; the others, each with what it waits for."""
    there = set(catalog.tables(settings))
    found: list[View] = []
    waiting: list[tuple[View, str]] = []
    for view in views(settings.project, contracts):
        missing = [name for name in view.reads if name not in there]
        if missing:
            waiting.append((view, missing[0]))
        else:
            there.add(view.full)
            found.append(view)
    return found, waiting


def point(settings: Settings, contracts: Contracts, were: Mapping[str, Loaded], table: str) -> None:
    """Have the views that are installed on Redshift read a table of its own, which was made anew.

    Args:
        settings: which project, lake and Redshift.
        contracts: the project's.
        were: what is loaded.
        table: the mart or materialized view that the table holds.

    Raises:
        ContractError: a view of the project's own is wrong.
        QuestionError: Redshift refuses one.
    """
    there = tables_on_redshift(settings, views_database(settings))
    found = [
        view
        for view in ready(settings, contracts)[0]
        if view.name in there and table in (view.full, *view.reads)
    ]
    if found:
        own = _own(settings, contracts, were)
        run_on_redshift(settings, _on_redshift(settings, found, own), "serve load")


def _athena(view: View) -> str:
    return f"CREATE OR REPLACE VIEW {view.full} AS\n{view.select}"


def _external(settings: Settings, found: list[View]) -> list[str]:
    """The lake's databases that views read, as schemas of Redshift."""
    names = {name.split(".")[0] for view in found for name in view.reads} - {DATABASE}
    return [external_schema(settings, name) for name in sorted(names)]


def _on_redshift(settings: Settings, found: list[View], own: Mapping[str, str]) -> list[str]:
    texts = [prefixed(settings, text) for view in found for text in _redshift(view, own)]
    schema = f"CREATE SCHEMA IF NOT EXISTS {views_database(settings)}"
    return [schema, *texts, *grants(settings, DATABASE)]


def _own_names(settings: Settings, contracts: Contracts) -> Mapping[str, str]:
    """``_own`` of what is loaded; Redshift isn't asked where nothing could be."""
    kept = any(view.is_materialized for view in views(settings.project, contracts))
    if not kept and not any(is_hot(contract) for contract in contracts.values()):
        return {}
    return _own(settings, contracts, loaded(settings))


def _own(settings: Settings, contracts: Contracts, were: Mapping[str, Loaded]) -> Mapping[str, str]:
    """Redshift's own table for each mart and view that has one, as it is declared now.

    One that isn't loaded yet, or has other columns since, is read from the lake.
    """
    kept = [view for view in views(settings.project, contracts) if view.is_materialized]
    hot = hot_names(settings, contracts.values(), were)
    return hot | materialized_names(settings, kept, hot, were)


def _redshift(view: View, own: Mapping[str, str]) -> list[str]:
    """A view over external tables binds late, and its columns take no comments: the view says."""
    is_kept = view.full in own
    select = f"SELECT * FROM {own[view.full]}" if is_kept else on_redshift(view.select, own)
    lines = [view.comment, *(f"{name}: {said}" for name, said in view.comments.items() if said)]
    said = "\n".join(lines).replace("'", "''")
    return [
        f"CREATE OR REPLACE VIEW {view.full} AS\n{select}\nWITH NO SCHEMA BINDING",
        f"COMMENT ON VIEW {view.full} IS '{said}'",
    ]


def _comment(settings: Settings, found: list[View]) -> None:
    """Give the views' columns in Glue, which Athena made, what the contracts say of them."""
    glue = aws_config(settings).client("glue")
    database = views_database(settings)
    for view in found:
        try:
            told = glue.get_table(DatabaseName=database, Name=view.name)["Table"]
            glue.update_table(DatabaseName=database, TableInput=_input(told, view))
        except glue.exceptions.ClientError as error:
            what = error.response["Error"]["Message"]
            raise QuestionError(f"{view.full}: Glue: {what}") from None


def _input(told: dict[str, Any], view: View) -> dict[str, Any]:
    """A view's entry in Glue, as UpdateTable takes it back."""
    kept = ("Name", "Owner", "Retention", "PartitionKeys", "Parameters", "TableType")
    texts = ("ViewOriginalText", "ViewExpandedText", "StorageDescriptor")
    entry = {name: told[name] for name in (*kept, *texts) if name in told}
    columns = [
        {**column, "Comment": view.comments[column["Name"]][:255]}
        if view.comments.get(column["Name"])
        else column
        for column in entry["StorageDescriptor"]["Columns"]
    ]
    storage = {**entry["StorageDescriptor"], "Columns": columns}
    return {**entry, "Description": view.comment[:2048], "StorageDescriptor": storage}


def _told(text: str) -> str:
    return " ".join(text.split()[:5])
