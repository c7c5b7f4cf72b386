"""The command line: what a person types, and what she reads back."""

import json
import logging
import re
import sys
from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any, NoReturn

import click
import typer
from rich.console import Console

from tidegate import errors
from tidegate.errors import QuestionError, TidegateError
from tidegate.settings import Settings, load_settings

app = typer.Typer(
    help="Events from a Kinesis stream to tables that analysts can trust.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
contract_app = typer.Typer(help="The contracts of the project's tables.", no_args_is_help=True)
local_app = typer.Typer(help="AWS' Kinesis and S3 on this machine.", no_args_is_help=True)
app.add_typer(contract_app, name="contract")
app.add_typer(local_app, name="local")

log = logging.getLogger("tidegate")
# In a pipe or a file a line is as long as it is; a terminal's width is the terminal's.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (docs/json.md).")]
Because = Annotated[str, typer.Option("--because", help="Why; it goes into the ledger.")]


@app.callback()
def _settings(
    context: typer.Context,
    project: Annotated[Path | None, typer.Option(help="The project's folder.")] = None,
    warehouse: Annotated[str | None, typer.Option(help="The lake: a folder or s3://…")] = None,
    endpoint: Annotated[str | None, typer.Option(help="local, aws, or an address.")] = None,
) -> None:
    """Events from a Kinesis stream to tables that analysts can trust."""
    context.obj = {"project": project, "warehouse": warehouse, "endpoint": endpoint}


def _load(context: typer.Context) -> Settings:
    return load_settings(**context.obj)


@contract_app.command("check")
def contract_check(context: typer.Context) -> None:
    """Check every contract: keys, types, rules, and what the tables name of each other."""
    from tidegate.contract import check_contracts, load_contracts

    settings = _load(context)
    errors = check_contracts(settings.project)
    for error in errors:
        err.print(f"ContractError: {error}", style="red", markup=False)
    if errors:
        raise typer.Exit(2)
    from tidegate.gate.rules import check_rules

    contracts = load_contracts(settings.project)
    told = [line for contract in contracts.values() for line in check_rules(contract)]
    for line in told:
        err.print(f"ContractError: {line}", style="red", markup=False)
    if told:
        raise typer.Exit(2)
    for table, contract in contracts.items():
        if not contract.rules:
            place = f"contracts/{contract.path.name}:{contract.line}"
            what = f'{place}: table "{table}" has no rule: whatever comes is published'
            err.print(f"warning: {what}", style="yellow", markup=False)
    rules = sum(len(contract.rules) for contract in contracts.values())
    out.print(f"{len(contracts)} contracts, {rules} rules: all well")


@local_app.command("start")
def local_start(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="The port; by default a free one.")] = None,
) -> None:
    """Start the local endpoint; one that runs already is left as it is."""
    from tidegate.local import start

    endpoint = start(_load(context), port)
    out.print(f"the local endpoint is at {endpoint.address} (process {endpoint.pid})")


@local_app.command("stop")
def local_stop(context: typer.Context) -> None:
    """Stop the local endpoint; its streams and what they hold are gone with it."""
    from tidegate.local import stop

    stopped = stop(_load(context))
    out.print("the local endpoint is stopped" if stopped else "the local endpoint wasn't running")


@local_app.command("status")
def local_status(context: typer.Context) -> None:
    """Say whether the local endpoint runs, and where; exit 2 where it doesn't."""
    from tidegate.local import status

    endpoint = status(_load(context))
    if endpoint is None:
        out.print('the local endpoint isn\'t running; start it with "tidegate local start"')
        raise typer.Exit(2)
    out.print(
        f"the local endpoint is at {endpoint.address} (process {endpoint.pid},"
        f" since {endpoint.started})"
    )


@app.command()
def send(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Newline-delimited files, plain or gzip.")],
    stream: Annotated[str, typer.Option(help="The stream's name.")],
    create: Annotated[bool, typer.Option("--create", help="Make it where it isn't there.")] = False,
    shards: Annotated[int, typer.Option(min=1, help="How many shards it then gets.")] = 1,
) -> None:
    """Put each line of some files on a stream, a line a record."""
    from tidegate.aws import aws_config
    from tidegate.land.send import send as sending

    settings = _load(context)
    config = aws_config(settings)
    sent = sending(config, files, stream, create=create, shards=shards, say=_watch(settings))
    blank = f", {sent.blank:,} blank lines left out" if sent.blank else ""
    out.print(
        f'sent {sent.records:,} records ({sent.bytes / 1e6:,.1f} MB) to stream "{stream}"{blank}'
    )


@app.command()
def run(
    context: typer.Context,
    flow: Annotated[str, typer.Argument(help="The flow: a file of pipelines/, without .py.")],
    as_json: AsJson = False,
) -> None:
    """Land what has arrived and run the flow's jobs until they have caught up."""
    from tidegate.flow.project import load_flow

    settings = _load(context)
    _run(settings, load_flow(settings.project, flow), as_json)


@app.command()
def land(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source, e.g. github.")],
    as_json: AsJson = False,
) -> None:
    """Land what has arrived on a source's stream in its raw table."""
    from tidegate.contract import load_contracts
    from tidegate.flow import Flow
    from tidegate.flow import land as landing

    settings = _load(context)
    table = load_contracts(settings.project).table(f"raw.{source}").table
    _run(settings, Flow(source, [landing(table)]), as_json)


def _run(settings: Settings, flow: Any, as_json: bool) -> None:
    """Run a flow and tell what it did."""
    from tidegate.flow.open import open_run
    from tidegate.flow.run_flow import run_flow
    from tidegate.report.documents import run_document
    from tidegate.report.tables import run_table

    done = run_flow(open_run(settings, _watch(settings), to_judge=True), flow)
    if as_json:
        _print_json(run_document(done.run, done.stages))
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

    settings = _load(context)
    found = standings(settings, load_contracts(settings.project))
    if as_json:
        _print_json(status_document(found))
    else:
        out.print(status_table(found))


@app.command()
def books(
    context: typer.Context,
    of_run: Annotated[
        str | None, typer.Option("--run", help="One run instead of all time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Account for every record; exit 4 where the books don't balance."""
    from tidegate.contract import load_contracts
    from tidegate.flow.books import balanced
    from tidegate.flow.books import books as pages_of
    from tidegate.report.documents import books_document
    from tidegate.report.tables import books_table

    settings = _load(context)
    pages = pages_of(settings, load_contracts(settings.project), of_run)
    if as_json:
        _print_json(books_document(pages))
    else:
        out.print(books_table(pages))
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

    settings = _load(context)
    done = deciding(open_run(settings, _watch(settings)), blocked, getuser(), because)
    out.print(f"{done.table}: published {done.rows.published:,} rows of run {blocked}")


@app.command()
def discard(
    context: typer.Context,
    blocked: Annotated[str, typer.Argument(metavar="RUN", help="The blocked run's id.")],
    because: Because,
) -> None:
    """Drop a blocked run's result; what it read is read again by the next run."""
    from tidegate.flow.decide import discard as deciding
    from tidegate.flow.open import open_run

    settings = _load(context)
    done = deciding(open_run(settings, _watch(settings)), blocked, getuser(), because)
    out.print(f"{done.table}: dropped {done.rows.published:,} rows of run {blocked}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def ask(
    context: typer.Context,
    question: Annotated[
        str | None, typer.Argument(help="A file of sql/athena/, without .sql.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name every question.")] = False,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    as_json: AsJson = False,
) -> None:
    """Ask a saved question, its parameters as options: tidegate ask top_stars --day 2015-01-01."""
    from tidegate import serve

    settings = _load(context)
    if listed or question is None:
        for one in serve.questions(settings.project):
            out.print(f"{one.name:32} {one.title}", markup=False)
        return
    form = "json" if as_json else form
    serve.check_format(form)
    serve.show(serve.ask(settings, question, _values(context.args)), form)


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
        if not word.startswith("--") or not (given or rest):
            raise QuestionError(f'"{word}": expected --name value, a parameter of the question')
        values[name.replace("-", "_")] = value if given else rest.pop(0)
    return values


@app.command()
def sql(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="One statement that reads, in Athena's SQL.")],
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Run SQL that reads: SELECT, WITH, SHOW TABLES or DESCRIBE."""
    from tidegate import serve

    serve.check_format(form)
    serve.show(serve.sql(_load(context), text), form)


@app.command()
def properties(context: typer.Context) -> None:
    """Print the properties file that spark-submit needs for this lake."""
    from tidegate.lake.session import spark_properties

    for name, value in spark_properties(_load(context)).items():
        print(f"{name} {value}")  # noqa: T201


def _watch(settings: Settings) -> Callable[[str], None]:
    """Tell whoever watches, a line at a time; the log keeps each line too."""
    file = settings.state / "log" / "tidegate.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)

    def say(line: str) -> None:
        err.print(line, style="dim", markup=False)
        log.info(line)

    return say


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=2))  # noqa: T201


def main() -> None:
    """Run a command; end with its exit code, and for an error with one clear line and no trace."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code or 0)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        err.print("stopped; what was not published is not visible, and the next run does it again")
        sys.exit(130)
    except TidegateError as error:
        _end(error)
    except Exception as error:
        _end(_from_a_task(error) or _defect(error))


def _end(error: TidegateError) -> NoReturn:
    log.error("%s: %s", type(error).__name__, error)
    err.print(f"{type(error).__name__}: {error}", style="red", markup=False)
    sys.exit(error.exit_code)


def _from_a_task(error: Exception) -> TidegateError | None:
    """The error a Spark task raised, which arrives as text in the middle of Java's and Python's traces."""
    found = re.search(r"tidegate\.errors\.(\w+): (.+)", str(error))
    kind = getattr(errors, found[1], None) if found else None
    return kind(found[2]) if found and kind else None


def _defect(error: Exception) -> TidegateError:
    """What nobody expected, in one line; the trace is in the log."""
    log.error("a defect", exc_info=error)
    # Where a Spark task failed, what it said is the last of the lines that name an error.
    lines = re.findall(r"^[\w.]+(?:Error|Exception): .+", str(error), re.MULTILINE)
    first = lines[-1] if lines else str(error).strip().partition("\n")[0]
    files = [handler.baseFilename for handler in log.handlers if hasattr(handler, "baseFilename")]
    where = (
        f"\n  more is in {files[0]} and, of Spark's own, in spark.log beside it" if files else ""
    )
    return TidegateError(f"{type(error).__name__}: {first}{where}")
