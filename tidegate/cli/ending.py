"""How a command ends: its exit code, and for an error one clear line and no trace."""

import os
import sys
from typing import Any

import typer

from tidegate.cli.app import app, err
from tidegate.logs import in_words, log

# What is typed amiss. Of click, or of the copy of click that newer releases of typer carry.
_Usage: Any = typer.BadParameter.__base__


STOPPED = 130
"""The exit code of a command that was stopped by hand."""
UNREAD = 141
"""The exit code where what read the output, such as ``head``, went away; a shell's own for it."""
# What is so after a command was stopped on its way.
_AGAIN = "what was not published is not visible, and the next run does it again"
_SLICES = "the slices that were published stay; the same command goes on with what is left"
_STOPPED = {
    "rebuild": _SLICES,
    "backfill": _SLICES,
    "run": _AGAIN,
    "land": _AGAIN,
    "recover": "the replica is as it was, and the same command does it again",
    "generate": "what wasn't whole is gone; what was sent stays on the stream",
    "deploy": "what AWS has begun goes on there; what was told done is done; deploy again",
    "destroy": "what AWS has begun goes on there; the same command goes on with what is left",
    "send": "what was sent stays on the stream; sent again, it counts as duplicates",
}


def main() -> None:
    """Run a command; end with its exit code, and for an error with one clear line and no trace."""
    try:
        code = app(standalone_mode=False) or 0
        if code == STOPPED:  # newer releases of typer end so by themselves
            raise KeyboardInterrupt
        sys.stdout.flush()
        sys.exit(code)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except _Usage as error:
        error.show()
        sys.exit(error.exit_code)
    except (BrokenPipeError, SystemExit) as end:
        # rich and typer end by themselves where a pipe broke, with the code of a defect.
        if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it at last
        sys.exit(UNREAD)
    except (KeyboardInterrupt, typer.Abort):
        command = next((word for word in sys.argv[1:] if word in _STOPPED), "")
        err.print(f"stopped; {_STOPPED.get(command, 'nothing is half done')}")
        sys.exit(STOPPED)
    except Exception as error:
        told = in_words(error)
        log.error("%s: %s", type(told).__name__, told)
        err.print(f"{type(told).__name__}: {told}", style="red", markup=False)
        sys.exit(told.exit_code)
