"""``tidegate ask`` and ``sql``: what analysts type."""

from typing import Annotated

import typer

from tidegate.cli.app import AsJson, app, err, load, out
from tidegate.errors import QuestionError

_FORMATS = "table, csv, json, parquet (to a file) or chart."


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def ask(
    context: typer.Context,
    question: Annotated[
        str | None, typer.Argument(help="A file of sql/athena/ (or sql/redshift/), without .sql.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name every question.")] = False,
    form: Annotated[str, typer.Option("--format", help=_FORMATS)] = "table",
    on: Annotated[
        str, typer.Option("--engine", help="duckdb (here), athena or redshift (by their APIs).")
    ] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Ask a saved question, its parameters as options: tidegate ask NAME --day 2015-01-01."""
    from tidegate import serve

    settings = load(context)
    serve.check_engine(on)
    if listed or question is None:
        for one in serve.questions(settings.project, serve.language_of(on)):
            takes = " ".join(
                f"--{each.name} {each.default or each.type}" for each in one.parameters
            )
            out.print(f"{one.name:38} {one.title}\n{'':38}   {takes}".rstrip(), markup=False)
        return
    form = "json" if as_json else form
    serve.check_format(form)
    answer = serve.ask(settings, question, _values(context.args), on=on)
    serve.show(answer, form)
    if said := serve.told_scanned(answer):
        err.print(said)


def _values(words: list[str]) -> dict[str, str]:
    """A question's parameters from ``--name value`` and ``--name=value``.

    Raises:
        QuestionError: a word is neither a name nor a name's value.
    """
    values: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, given, value = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            raise QuestionError(f'"{word}": expected --name value, a parameter of the question')
        if not (given or rest):
            raise QuestionError(f'"{word}" has no value; `tidegate ask --list` has examples')
        values[name.replace("-", "_")] = value if given else rest.pop(0)
    return values


@app.command()
def sql(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="One statement that reads, in Athena's SQL.")],
    form: Annotated[str, typer.Option("--format", help=_FORMATS)] = "table",
) -> None:
    """Run SQL that reads: SELECT, WITH, SHOW TABLES or DESCRIBE."""
    from tidegate import serve

    serve.check_format(form)
    answer = serve.sql(load(context), text)
    serve.show(answer, form)
    if said := serve.told_scanned(answer):
        err.print(said)
