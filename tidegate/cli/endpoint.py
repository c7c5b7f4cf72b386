"""``tidegate local`` and ``send``: AWS on this machine, and what a sender does."""

from pathlib import Path
from typing import Annotated

import typer

from tidegate.cli.app import app, load, out, watch
from tidegate.errors import counted

local_app = typer.Typer(help="AWS' Kinesis, S3, Athena and Redshift here.", no_args_is_help=True)
app.add_typer(local_app, name="local")


@local_app.command("start")
def local_start(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="The port; by default a free one.")] = None,
) -> None:
    """Start the local endpoint; one that runs already is left as it is.

    It prints the lines that point other AWS clients at it: boto3, awswrangler, pyathena, aws.
    """
    from tidegate.local import exports, start

    settings = load(context)
    endpoint = start(settings, port)
    out.print(f"the local endpoint is at {endpoint.address} (process {endpoint.pid})")
    if port and not endpoint.address.endswith(f":{port}"):
        out.print(
            f'it ran already, so not at port {port}; "tidegate local stop" and start it there'
        )
    if endpoint.lake != settings.lake:
        out.print(
            f"its Athena and Redshift read the lake at {endpoint.lake}, not {settings.lake};"
            ' "tidegate local stop" and start it to change that'
        )
    for line in exports(settings, endpoint):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@local_app.command("stop")
def local_stop(context: typer.Context) -> None:
    """Stop the local endpoint; its streams and what they hold are gone with it."""
    from tidegate.local import stop

    stopped = stop(load(context))
    out.print("the local endpoint is stopped" if stopped else "the local endpoint wasn't running")


@local_app.command("status")
def local_status(context: typer.Context) -> None:
    """Say whether the local endpoint runs, and where; exit 2 where it doesn't."""
    from tidegate.local import status

    endpoint = status(load(context))
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
    rate: Annotated[float | None, typer.Option(min=0.1, help="Records a second, at most.")] = None,
) -> None:
    """Put each line of some files on a stream, a line a record."""
    from tidegate.aws import aws_config
    from tidegate.land.send import send as sending

    settings = load(context)
    config, say = aws_config(settings), watch(settings)
    sent = sending(config, files, stream, create=create, shards=shards, rate=rate, say=say)
    blank = f", {counted(sent.blank, 'blank line')} left out" if sent.blank else ""
    records = counted(sent.records, "record")
    out.print(f'sent {records} ({sent.bytes / 1e6:,.1f} MB) to stream "{stream}"{blank}')
