"""How a command ends: its exit code, and for an error one clear line and no trace."""

import sys
from typing import Any

import typer

from tidegate.cli.app import app, err
from tidegate.logs import in_words, log

# What is typed amiss. Of click, or of the copy of click that newer releases of typer carry.
_Usage: Any = typer.BadParameter.__base__


# What is so after a command was stopped on its way.
_AGAIN = "what was not published is not visible, and the next run does it again"
_STOPPED = {
    "run": _AGAIN,
    "land": _AGAIN,
    "send": "what was sent stays on the stream; sent again, it counts as duplicates",
}


def main() -> None:
    """Run a command; end with its exit code, and for an error with one clear line and no trace."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code or 0)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except _Usage as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        err.print(f"stopped; {_STOPPED.get(' '.join(sys.argv[1:2]), 'nothing is half done')}")
        sys.exit(130)
    except Exception as error:
        told = in_words(error)
        log.error("%s: %s", type(told).__name__, told)
        err.print(f"{type(told).__name__}: {told}", style="red", markup=False)
        sys.exit(told.exit_code)
