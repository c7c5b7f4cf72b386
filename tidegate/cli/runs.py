"""``tidegate run``, ``land``, ``status``, ``books``, and what a person decides of a blocked run."""

from getpass import getuser
from typing import Annotated, Any

import typer

from tidegate.cli.app import AsJson, OfFlow, app, load, out, print_json, watch
from tidegate.errors import counted
from tidegate.settings import Settings

Because = Annotated[str, typer.Option("--because", help="Why; it goes into the ledger.")]


@app.command()
def run(
    context: typer.Context,
    flow: OfFlow,
    as_json: AsJson = False,
) -> None:
    """Land what has arrived and run the flow's jobs until they have caught up."""
    from tidegate.flow.project import load_flow

    settings = load(context)
    _run(settings, load_flow(settings.project, flow), as_json)


@app.command()
def land(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source, e.g. github.")],
    scan: Annotated[
        bool, typer.Option("--scan", help="Look in the bucket for files whose events were lost.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Land what has arrived on a source's stream, or as files in S3, in its raw table."""
    from tidegate.contract import load_contracts
    from tidegate.flow import Flow
    from tidegate.flow import land as landing

    settings = load(context)
    table = load_contracts(settings.project).table(f"raw.{source}").table
    _run(settings, Flow(source, [landing(table)]), as_json, scan=table if scan else None)


def _run(settings: Settings, flow: Any, as_json: bool, scan: str | None = None) -> None:
    """Run a flow and tell what it did."""
    from tidegate.flow.dropping import rescan
    from tidegate.flow.open import open_run
    from tidegate.flow.run_flow import run_flow
    from tidegate.report.documents import run_document
    from tidegate.report.tables import run_table

    opened = open_run(settings, watch(settings), to_judge=True)
    done = run_flow(rescan(opened, scan) if scan else opened, flow)
    if as_json:
        print_json(run_document(done.run, done.stages))
    else:
        out.print(run_table(done.stages))
    if done.blocked:
        raise done.blocked


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say where each table stands, from its own commits."""
    from tidegate.contract import load_contracts
    from tidegate.flow.books import standings
    from tidegate.report.documents import status_document
    from tidegate.report.tables import status_table

    settings = load(context)
    found = standings(settings, load_contracts(settings.project))
    if as_json:
        print_json(status_document(found))
    else:
        out.print(status_table(found))


@app.command()
def books(
    context: typer.Context,
    of_run: Annotated[
        str | None, typer.Option("--run", help="One run instead of all time.")
    ] = None,
    proven: Annotated[
        bool, typer.Option("--prove", help="Count the tables' own rows beside the ledger's.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Account for every record; exit 4 where the books don't balance."""
    from tidegate.contract import load_contracts
    from tidegate.errors import UserError
    from tidegate.flow.books import balanced
    from tidegate.flow.books import books as pages_of
    from tidegate.report.documents import books_document
    from tidegate.report.tables import books_table

    settings = load(context)
    contracts = load_contracts(settings.project)
    if proven and of_run:
        raise UserError("--prove counts all rows: a run's own can't be told apart; leave --run out")
    if proven:
        _prove(settings, contracts, as_json)
        return
    pages = pages_of(settings, contracts, of_run)
    if as_json:
        print_json(books_document(pages))
    else:
        out.print(books_table(pages))
    if not balanced(pages):
        raise typer.Exit(4)


def _prove(settings: Settings, contracts: Any, as_json: bool) -> None:
    """Account for every record, and count the rows that are there."""
    from tidegate.errors import BooksError
    from tidegate.flow.books import balanced, prove, unproven
    from tidegate.report.documents import books_document
    from tidegate.report.tables import books_table
    from tidegate.serve.held import counted_rows

    pages, proofs = prove(settings, contracts, lambda one: counted_rows(settings, one))
    if as_json:
        print_json(books_document(pages, proofs))
    else:
        out.print(books_table(pages, proofs))
    if wrong := unproven(settings, contracts, proofs):
        raise BooksError("\n  ".join(wrong))
    if not balanced(pages):
        raise typer.Exit(4)


@app.command()
def accept(
    context: typer.Context,
    blocked: Annotated[str, typer.Argument(metavar="RUN", help="The blocked run's id.")],
    because: Because,
) -> None:
    """Publish a blocked run's result as it is."""
    from tidegate.flow.decide import accept as deciding
    from tidegate.flow.open import open_run

    settings = load(context)
    done = deciding(open_run(settings, watch(settings)), blocked, getuser(), because)
    out.print(f"{done.table}: published {counted(done.rows.published, 'row')} of run {blocked}")
    out.print("what is made of it follows with the next: tidegate run FLOW")


@app.command()
def discard(
    context: typer.Context,
    blocked: Annotated[str, typer.Argument(metavar="RUN", help="The blocked run's id.")],
    because: Because,
) -> None:
    """Drop a blocked run's result; what it read is read again by the next run."""
    from tidegate.flow.decide import discard as deciding
    from tidegate.flow.open import open_run

    settings = load(context)
    done = deciding(open_run(settings, watch(settings)), blocked, getuser(), because)
    out.print(f"{done.table}: dropped {counted(done.rows.published, 'row')} of run {blocked}")


@app.command()
def properties(context: typer.Context) -> None:
    """Print the properties file that spark-submit needs for this lake."""
    from tidegate.lake.session import spark_properties

    for name, value in spark_properties(load(context)).items():
        print(f"{name} {value}")  # noqa: T201
