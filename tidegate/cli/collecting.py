"""``tidegate collect``: events over HTTP to the streams."""

from typing import Annotated

import typer

from tidegate.cli.app import app, load, watch


@app.command()
def collect(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 for a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="The address to bind; 0.0.0.0 for all.")] = "127.0.0.1",
) -> None:
    """Take events over HTTP, and put them on the streams of their sources, until it is ended.

    Who may send is said by the setting collect_keys (docs/collector.md).
    """
    from tidegate.collect.server import serve
    from tidegate.contract import load_contracts

    settings = load(context)
    named: dict[str, str] = {}
    if any((settings.project / "contracts").glob("*.yaml")):
        raw = load_contracts(settings.project).by_table.values()
        named = {one.table.partition(".")[2]: one.stream for one in raw if one.stream}
    serve(settings, {**named, **settings.streams}, host, port, watch(settings))
