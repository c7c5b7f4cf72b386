"""``tidegate figures``: saved questions over HTTP, from marts in PostgreSQL."""

import json
from typing import Annotated

import typer

from tidegate.cli.app import app, load, out, watch

figures_app = typer.Typer(help="Saved questions over HTTP.", no_args_is_help=True)
app.add_typer(figures_app, name="figures")


@figures_app.command("load")
def figures_load(
    context: typer.Context,
    table: Annotated[
        str | None, typer.Argument(help="A mart; by default each that a marked question reads.")
    ] = None,
) -> None:
    """Bring the days that changed in the lake into PostgreSQL."""
    from tidegate.figures.load import load as load_marts

    for one in load_marts(load(context), table):
        out.print(str(one), markup=False)


@figures_app.command("serve")
def figures_serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
) -> None:
    """Answer the marked questions over HTTP until stopped."""
    from tidegate.figures.server import serve

    settings = load(context)
    serve(settings, host, port, watch(settings))


@figures_app.command("describe")
def figures_describe(context: typer.Context) -> None:
    """Print the service's OpenAPI description."""
    from tidegate.figures.marked import figures
    from tidegate.figures.openapi import description

    print(json.dumps(description(figures(load(context).project)), indent=2))  # noqa: T201
