"""How a command ends: its exit code, and for an error one clear line and no trace."""

import re
import sys
from typing import Any, NoReturn

import typer

from tidegate import errors
from tidegate.cli.app import app, err, log
from tidegate.errors import TidegateError

# What is typed amiss. Of click, or of the copy of click that newer releases of typer carry.
_Usage: Any = typer.BadParameter.__base__


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
        err.print("stopped; what was not published is not visible, and the next run does it again")
        sys.exit(130)
    except TidegateError as error:
        _end(error)
    except Exception as error:
        _end(_from_a_task(error) or _defect(error))


def _end(error: TidegateError) -> NoReturn:
    log.error("%s: %s", type(error).__name__, error)
    err.print(f"{type(error).__name__}: {error}", style="red", markup=False)
    sys.exit(error.exit_code)


def _from_a_task(error: Exception) -> TidegateError | None:
    """The error a Spark task raised: text in the midst of Java's and Python's traces."""
    found = re.search(r"tidegate\.errors\.(\w+): (.+)", str(error))
    kind = getattr(errors, found[1], None) if found else None
    return kind(found[2]) if found and kind else None


def _defect(error: Exception) -> TidegateError:
    """What nobody expected, in one line; the trace is in the log."""
    log.error("a defect", exc_info=error)
    # Where a Spark task failed, what it said is the last of the lines that name an error.
    lines = re.findall(r"^[\w.]+(?:Error|Exception): .+", str(error), re.MULTILINE)
    first = lines[-1] if lines else str(error).strip().partition("\n")[0]
    files = [handler.baseFilename for handler in log.handlers if hasattr(handler, "baseFilename")]
    where = (
        f"\n  more is in {files[0]} and, of Spark's own, in spark.log beside it" if files else ""
    )
    return TidegateError(f"{type(error).__name__}: {first}{where}")
