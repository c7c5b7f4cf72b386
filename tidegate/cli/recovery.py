"""``tidegate recover``: the tables of a lake from a replica of its files."""

import sys
from typing import Annotated, Any

import typer

from tidegate.cli.app import AsJson, app, err, load, out, print_json, watch
from tidegate.settings import Settings


@app.command()
def recover(
    context: typer.Context,
    is_sure: Annotated[bool, typer.Option("--yes", help="Don't ask before it is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring back the tables of a replica, which --warehouse names, and prove their books."""
    from tidegate.contract import load_contracts
    from tidegate.recover.recovering import carry_out, lost, plan
    from tidegate.report.recoveries import recovery_document, recovery_table

    settings = load(context)
    contracts = load_contracts(settings.project)
    say = watch(settings)
    found = plan(settings, contracts)
    say(f"{settings.lake}: a replica of {found.origin}")
    if not as_json:
        out.print(recovery_table(found))
    for one in found.choices:
        for line in one.dropped:
            say(f"{one.found.name}: {line}")
    if found.others:
        others = ", ".join(found.others)
        say(f"left as they are, as this project has no contract of them: {others}")
    if not is_sure:
        _ask()
    carry_out(settings, found, say)
    gaps = _gaps(settings, contracts, say)
    if as_json:
        print_json(recovery_document(found, gaps))
    _prove(settings, contracts, as_json)
    if gaps:
        raise lost(gaps)
    err.print("go on with: tidegate run FLOW", style="dim")


def _ask() -> None:
    """Ask whether to go on.

    Raises:
        UserError: nobody is there to be asked.
    """
    from tidegate.errors import UserError

    if not sys.stdin.isatty():
        raise UserError("nothing was done; tidegate recover --yes brings these tables back")
    typer.confirm("bring these tables back?", err=True, abort=True)


def _gaps(settings: Settings, contracts: Any, say: Any) -> list[Any]:
    """What no stream has any more; a stream that can't be asked is told and waits."""
    from tidegate.errors import StreamError
    from tidegate.recover.gaps import gaps

    try:
        return list(gaps(settings, contracts))
    except StreamError as error:
        say(f"whether the stream still has what the replica missed isn't known: {error}")
        say("the same command asks again, until the first run of a flow")
        return []


def _prove(settings: Settings, contracts: Any, as_json: bool) -> None:
    """Count the tables' rows beside their books; the document of --json is only the recovery's.

    Raises:
        BooksError: they don't agree.
    """
    from tidegate.errors import BooksError
    from tidegate.flow.books import balanced, prove, unproven
    from tidegate.report.tables import books_table
    from tidegate.serve.held import counted_rows

    pages, proofs = prove(settings, contracts, lambda one: counted_rows(settings, one))
    if not as_json:
        out.print(books_table(pages, proofs))
    if wrong := unproven(settings, contracts, proofs):
        raise BooksError("\n  ".join(wrong))
    if not balanced(pages):
        raise BooksError("the books don't balance: tidegate books")
