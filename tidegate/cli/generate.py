"""``tidegate generate``: events whose truth is known."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, day_of, load, out, watch
from tidegate.errors import counted
from tidegate.settings import Settings

if TYPE_CHECKING:
    from tidegate.land.send import Sent

generate_app = typer.Typer(help="Events whose truth is known exactly.", no_args_is_help=True)
app.add_typer(generate_app, name="generate")

FIRST_DAY = dt.date(2026, 3, 2)


@generate_app.command()
def storefront(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="A new or empty folder for the files.")],
    days: Annotated[int, typer.Option(min=1, help="How many days the shop is open.")] = 14,
    visitors: Annotated[int, typer.Option(min=1, help="How many people and bots come.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="What all is drawn from.")] = 1,
    start: Annotated[dt.date, typer.Option(parser=day_of, help="The first day.")] = FIRST_DAY,
    stream: Annotated[str | None, typer.Option(help="Send them to this stream too.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.1, help="Records a second, at most.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make it where it isn't there.")] = False,
    shards: Annotated[int, typer.Option(min=1, help="How many shards it then gets.")] = 1,
) -> None:
    """Make a web shop's events, what went wrong with which, and the right answers."""
    from tidegate.errors import UserError
    from tidegate.generate.storefront import generate

    settings = load(context)
    say = watch(settings)
    if not stream and (rate or create):
        raise UserError("--rate and --create are about a stream; name it with --stream")
    send = _sender(settings, stream, create, shards, rate, say) if stream else None
    made = generate(to, start=start, days=days, visitors=visitors, seed=seed, say=say)
    faults = ", ".join(f"{count:,} {name}" for name, count in sorted(made.faults.items()))
    out.print(f"made {counted(made.lines, 'line')} ({made.bytes / 1e6:,.1f} MB) in {to / 'events'}")
    out.print(f"what went wrong is told in {to / 'truth' / 'lines.csv'}: {faults or 'nothing'}")
    if send:
        sent = send(made.files)
        out.print(f'sent {counted(sent.records, "record")} to stream "{stream}"')


def _sender(
    settings: Settings,
    stream: str,
    create: bool,
    shards: int,
    rate: float | None,
    say: Callable[[str], None],
) -> "Callable[[Sequence[Path]], Sent]":
    """What sends files to a stream; one that can't be had is told before all is made."""
    from tidegate.aws import aws_config
    from tidegate.land.send import send

    config = aws_config(settings)
    send(config, [], stream, create=create, shards=shards)
    return lambda files: send(config, files, stream, rate=rate, say=say)
