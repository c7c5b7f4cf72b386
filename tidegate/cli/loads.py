"""``tidegate serve load``: hot marts into Redshift."""

from typing import Annotated

import typer

from tidegate.cli.app import load, out
from tidegate.cli.serving import serve_app


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
