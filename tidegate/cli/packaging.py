"""``tidegate package``: what a deployment needs of a project."""

from pathlib import Path
from typing import Annotated

import typer

from tidegate.cli.app import app, load, out


@app.command()
def package(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="The folder that the artefacts go to.")] = Path("dist"),
) -> None:
    """Build what Glue and EMR need to run the project (glue/README.md, emr/README.md)."""
    from tidegate.deploy.artefacts import build

    made = build(load(context).project, to)
    for one in made:
        out.print(f"{one.size / 1e3:11,.1f} kB  {one.sha256[:16]}  {to / one.name}")
