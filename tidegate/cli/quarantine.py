"""``tidegate quarantine``: what was refused and why, and the way back for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tidegate.cli.app import AsJson, app, load, out, print_json, watch
from tidegate.errors import UserError, counted

if TYPE_CHECKING:
    from tidegate.contract import Contract
    from tidegate.contract.selection import Selection
    from tidegate.settings import Settings

quarantine_app = typer.Typer(help="What is held in quarantine, counted; and the way back for it.")
app.add_typer(quarantine_app, name="quarantine")

OfTable = Annotated[str | None, typer.Option("--table", help="A clean table, or its quarantine.")]
OfSource = Annotated[str | None, typer.Option("--source", help="A source, e.g. github.")]
OfRule = Annotated[str | None, typer.Option("--rule", help="A rule they broke.")]
OfDay = Annotated[str | None, typer.Option("--day", help="The day they arrived, in UTC.")]
OfRun = Annotated[str | None, typer.Option("--run", help="The run that refused them.")]


@quarantine_app.callback(invoke_without_command=True)
def counts(
    context: typer.Context,
    table: OfTable = None,
    source: OfSource = None,
    rule: OfRule = None,
    day: OfDay = None,
    run: OfRun = None,
    as_json: AsJson = False,
) -> None:
    """Count what is held in quarantine: by source, rule and day of arrival."""
    if context.invoked_subcommand:
        _refuse_early_options(context)
        return
    from tidegate.serve.held import held_counts, held_records
    from tidegate.serve.show_held import counts_document, counts_table

    settings = load(context)
    tables, selection = _meant(settings, table, source, rule, day, run)
    found = [one for clean in tables for one in held_counts(settings, clean, selection)]
    held = sum(held_records(settings, clean, selection) for clean in tables)
    if as_json:
        print_json(counts_document(held, found))
        return
    if found:
        out.print(counts_table(found))
        out.print("One of them: tidegate quarantine show EXAMPLE", markup=False)
    out.print(f"{counted(held, 'record')} held", markup=False)


def _refuse_early_options(context: typer.Context) -> None:
    """Refuse an option in front of a subcommand, which would narrow nothing.

    Raises:
        UserError: there is one.
    """
    early = [name for name, value in context.params.items() if value]
    if early:
        option = f"--{early[0].replace('as_', '')}"
        raise UserError(
            f"{option} stands before {context.invoked_subcommand}; put it behind:"
            f" tidegate quarantine {context.invoked_subcommand} {option} …"
        )


@quarantine_app.command("show")
def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="Its name, as the counts print it.")],
    table: OfTable = None,
    source: OfSource = None,
    as_json: AsJson = False,
) -> None:
    """Follow one record back: payload, stream, shard, sequence number, each rule it broke."""
    from tidegate.serve.record import find_record
    from tidegate.serve.show_held import record_document, record_text

    settings = load(context)
    tables, _ = _meant(settings, table, source)
    found = find_record(settings, tables, record)
    if as_json:
        print_json(record_document(found))
    else:
        out.print(record_text(found), markup=False, soft_wrap=True)


@quarantine_app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to; a line a payload.")],
    table: OfTable = None,
    source: OfSource = None,
    rule: OfRule = None,
    day: OfDay = None,
    run: OfRun = None,
    with_reasons: Annotated[
        bool, typer.Option("--with-reasons", help="JSON with record, reasons and payload a line.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the payloads that are held to a file that their sender can look at."""
    from tidegate.serve.show_held import export as exporting

    settings = load(context)
    tables, selection = _meant(settings, table, source, rule, day, run)
    written, left_out = exporting(
        settings, tables, selection, file, with_reasons=with_reasons, force=force
    )
    rest = f"; left out {left_out:,} that no line can hold (--with-reasons has them)"
    out.print(
        f"{counted(written, 'record')} written to {file}{rest if left_out else ''}", markup=False
    )


@quarantine_app.command("replay")
def replay(
    context: typer.Context,
    table: OfTable = None,
    source: OfSource = None,
    rule: OfRule = None,
    day: OfDay = None,
    run: OfRun = None,
    as_json: AsJson = False,
) -> None:
    """Judge what is held by today's contract; publish what passes, once, and release it."""
    from tidegate.report.documents import replay_document
    from tidegate.report.tables import replay_table, replay_told

    settings = load(context)
    tables, selection = _meant(settings, table, source, rule, day, run)

    from tidegate.flow.commit import blocked
    from tidegate.flow.open import open_run
    from tidegate.flow.project import flows
    from tidegate.flow.replay import replay as replaying
    from tidegate.gate.verdict import BLOCK
    from tidegate.lake.catalog import tables as made
    from tidegate.serve.held import source_of

    there = made(settings)
    tables = [clean for clean in tables if clean.properties["quarantine"] in there]
    this = open_run(settings, watch(settings), to_judge=True)
    done = [replaying(this, clean.table, selection) for clean in tables]
    if as_json:
        print_json(replay_document(this.id, done))
    else:
        out.print(replay_table(done))
        for line in replay_told(done):
            out.print(line, markup=False)
        for clean, one in zip(tables, done, strict=True):
            if one.stage.rows.published:
                flow = source_of(clean) if source_of(clean) in flows(settings.project) else "FLOW"
                out.print(f"{clean.table}: what is made of it follows with: tidegate run {flow}")
    for one in done:
        if one.stage.verdict == BLOCK:
            raise blocked(one.stage, f"run-{this.id}")


def _meant(
    settings: "Settings", table: str | None, source: str | None, *words: str | None
) -> "tuple[list[Contract], Selection]":
    """The clean tables and the held records that the options name."""
    import datetime as dt

    from tidegate.contract import load_contracts
    from tidegate.contract.selection import Selection
    from tidegate.serve.held import check_rule, quarantining
    from tidegate.serve.parameters import Parameter

    tables = quarantining(load_contracts(settings.project), table, source)
    rule, day, run = words or (None, None, None)
    today = dt.datetime.now(dt.UTC).date()
    on: Any = Parameter("day", "date").value(day, today) if day is not None else None
    check_rule(settings, tables, rule)
    return tables, Selection(rule, on, run)
