"""``tidegate serve load``: hot marts into Redshift."""

from typing import Annotated

import typer

from tidegate.cli.app import app, load, out

serve_app = typer.Typer(help="What analysts read on Redshift.", no_args_is_help=True)
app.add_typer(serve_app, name="serve")


@serve_app.callback()
def _group() -> None:
    """What analysts read on Redshift."""


@serve_app.command("load")
def serve_load(
    context: typer.Context,
    table: Annotated[
        str | None, typer.Argument(help="A mart; by default each that is hot in its contract.")
    ] = None,
) -> None:
    """Bring the days that changed in the lake into Redshift's own tables."""
    from tidegate.serve.load import load as load_marts

    for one in load_marts(load(context), table):
        out.print(str(one), markup=False)
