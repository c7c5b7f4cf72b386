"""``tidegate generate``: events whose truth is known."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from tidegate.cli.app import app, load, out, watch

generate_app = typer.Typer(help="Events whose truth is known exactly.", no_args_is_help=True)
app.add_typer(generate_app, name="generate")


@generate_app.command()
def storefront(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="An empty folder, or none, for the files.")],
    days: Annotated[int, typer.Option(min=1, help="How many days the shop is open.")] = 14,
    visitors: Annotated[int, typer.Option(min=1, help="How many people and bots come.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="What all is drawn from.")] = 1,
    start: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day.")] = (
        dt.datetime(2026, 3, 2)
    ),
    stream: Annotated[str | None, typer.Option(help="Send them to this stream too.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.1, help="Lines a second, at most.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the stream.")] = False,
    shards: Annotated[int, typer.Option(min=1, help="How many shards it then gets.")] = 1,
) -> None:
    """Make a web shop's events, what went wrong with which, and the right answers."""
    from tidegate.generate.storefront import generate

    settings = load(context)
    say = watch(settings)
    made = generate(to, start=start.date(), days=days, visitors=visitors, seed=seed, say=say)
    faults = ", ".join(f"{count:,} {name}" for name, count in sorted(made.faults.items()))
    out.print(
        f"made {made.lines:,} lines ({made.bytes / 1e6:,.1f} MB) in {to / 'events'}: {faults}"
    )
    if stream:
        from tidegate.aws import aws_config
        from tidegate.land.send import send

        config = aws_config(settings)
        sent = send(config, made.files, stream, create=create, shards=shards, rate=rate, say=say)
        out.print(f'sent {sent.records:,} records to stream "{stream}"')
