"""Install the project's views on an engine: here, on Athena, on Redshift."""

from collections.abc import Callable
from typing import Any

import sqlglot

from tidegate.aws import aws_config
from tidegate.contract import load_contracts
from tidegate.contract.views import DATABASE, View, views
from tidegate.errors import QuestionError
from tidegate.lake import catalog
from tidegate.serve.remote import prefixed, run_on_athena, run_on_redshift
from tidegate.serve.views import keep_comments
from tidegate.settings import Settings

_SAID = "What analysts read: views of the clean tables and marts."


def statements(settings: Settings, on: str) -> list[str]:
    """What an install runs on an engine, in order.

    Raises:
        ContractError: a contract or a view of the project's own is wrong.
        LakeError: there is no lake.
    """
    compiled = _redshift if on == "redshift" else _athena
    found = [text for view in ready(settings)[0] for text in compiled(view)]
    if on == "duckdb":
        return found
    about = f" COMMENT '{_SAID}'" if on == "athena" else ""
    schema = f"CREATE SCHEMA IF NOT EXISTS {settings.database_prefix}{DATABASE}{about}"
    return [schema, *(prefixed(settings, text) for text in found)]


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
    found, waiting = ready(settings)
    for view, missing in waiting:
        say(f"{view.full}: not yet: {missing} isn't in the lake")
    texts = statements(settings, on)
    if on == "redshift":
        run_on_redshift(settings, texts, "serve install")
    elif on == "athena":
        for text in texts:
            run_on_athena(settings, text, _told(text))
        _comment(settings, found)
    else:
        from tidegate.serve.defining import defined

        for view, text in zip(found, texts, strict=True):
            defined(settings, text, DATABASE)
            keep_comments(settings, view.name, view.comments)
    return found


def ready(settings: Settings) -> tuple[list[View], list[tuple[View, str]]]:
    """The views whose tables are in the lake; the others, each with what it waits for."""
    there = set(catalog.tables(settings))
    found: list[View] = []
    waiting: list[tuple[View, str]] = []
    for view in views(settings.project, load_contracts(settings.project)):
        missing = [name for name in view.reads if name not in there]
        if missing:
            waiting.append((view, missing[0]))
        else:
            there.add(view.full)
            found.append(view)
    return found, waiting


def _athena(view: View) -> list[str]:
    return [f"CREATE OR REPLACE VIEW {view.full} AS\n{view.select}"]


def _redshift(view: View) -> list[str]:
    """A view over external tables binds late, and its columns take no comments: the view says."""
    (select,) = sqlglot.transpile(view.select, read="trino", write="redshift", pretty=True)
    lines = [view.comment, *(f"{name}: {said}" for name, said in view.comments.items() if said)]
    said = "\n".join(lines).replace("'", "''")
    return [
        f"CREATE OR REPLACE VIEW {view.full} AS\n{select}\nWITH NO SCHEMA BINDING",
        f"COMMENT ON VIEW {view.full} IS '{said}'",
    ]


def _comment(settings: Settings, found: list[View]) -> None:
    """Give the views' columns in Glue, which Athena made, what the contracts say of them."""
    glue = aws_config(settings).client("glue")
    database = f"{settings.database_prefix}{DATABASE}"
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
