"""``tidegate docs``: Great Expectations' Data Docs of the verdicts kept."""

from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, load, out, watch
from tidegate.errors import LakeError, did_you_mean

if TYPE_CHECKING:
    from tidegate.gate.kept import Kept


@app.command()
def docs(
    context: typer.Context,
    run: Annotated[str | None, typer.Option(help="Name this run's pages, however old.")] = None,
    table: Annotated[str | None, typer.Option(help="Name this table's newest page.")] = None,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="How many days back.")] = 30,
) -> None:
    """Build Data Docs, a page a verdict, in .tidegate/docs, and name the pages asked for."""
    from tidegate.contract import load_contracts
    from tidegate.gate.kept import verdicts
    from tidegate.serve import kept_verdicts

    settings = load(context)
    watch(settings)
    contracts = load_contracts(settings.project)
    kept = verdicts(kept_verdicts(settings, days, run or ""))
    if not kept:
        raise LakeError(f"no verdict was kept in the last {days} days; name more with --days")
    named = _named(kept, run, table)
    from tidegate.gate.data_docs import build_data_docs

    folder = settings.state / "docs"
    build_data_docs(folder, contracts, kept)
    out.print(f"{len(kept)} verdicts: {folder / 'index.html'}", markup=False, soft_wrap=True)
    for one in named:
        what = f"{one.table} {one.word}: {folder / one.page}"
        out.print(what, markup=False, soft_wrap=True)


def _named(kept: "list[Kept]", run: str | None, table: str | None) -> "list[Kept]":
    """The verdicts whose pages were asked for: all of a run, or the newest of a table.

    Raises:
        LakeError: there is none of that run and table.
    """
    if not (run or table):
        return []
    found = [one for one in kept if run in (None, one.run) and table in (None, one.table)]
    if not found:
        asked = [f'{what} "{word}"' for what, word in (("run", run), ("table", table)) if word]
        there = sorted({one.table for one in kept})
        raise LakeError(
            f"no verdict was kept of {' and '.join(asked)}; the newest run is {kept[0].run},"
            f" tables are {', '.join(there)}{did_you_mean(table or '', there)}"
        )
    return found if run else found[:1]
