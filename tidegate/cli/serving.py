"""``tidegate serve``: what analysts find on Athena, on Redshift and here."""

from typing import Annotated

import typer

from tidegate.cli.app import app, err, load, out

serve_app = typer.Typer(help="What analysts find in analytics.", no_args_is_help=True)
app.add_typer(serve_app, name="serve")


@serve_app.command("install")
def serve_install(
    context: typer.Context,
    on: Annotated[
        str, typer.Option("--engine", help="duckdb (here), athena or redshift (by their APIs).")
    ] = "duckdb",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the SQL; run none.")] = False,
) -> None:
    """Install a view of each clean table and mart, and those of sql/views, in analytics."""
    from tidegate import serve
    from tidegate.serve.install import install, statements

    settings = load(context)
    serve.check_engine(on)
    if dry_run:
        for text in statements(settings, on):
            out.print(f"{text};\n", markup=False, soft_wrap=True)
        return
    found = install(settings, on, lambda line: err.print(line, style="dim", markup=False))
    out.print(f"{len(found)} views are installed in analytics ({on})", markup=False)


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


@serve_app.command("save")
def serve_save(context: typer.Context) -> None:
    """Write the saved questions into infra/questions.yaml, as Athena's named queries."""
    from tidegate.serve.saved import TEMPLATE, save

    count = save(load(context).project)
    out.print(f"{count} questions are in {TEMPLATE}; tidegate deploy takes them to Athena")
