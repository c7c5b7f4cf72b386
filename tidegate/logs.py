"""The engine's log, and the one line that is said of an error."""

import logging
import re
import sys
import tempfile
from pathlib import Path

from tidegate import errors
from tidegate.errors import TidegateError
from tidegate.settings import Settings

log = logging.getLogger("tidegate")
# Else Python prints what no file takes, and a trace with it.
log.addHandler(logging.NullHandler())

_FORM = logging.Formatter("%(asctime)s %(levelname)s %(message)s")


def keep_log(settings: Settings) -> None:
    """Keep what is logged from now on in ``<state>/log/tidegate.log``."""
    _keep(settings.state / "log" / "tidegate.log")
    log.setLevel(logging.INFO)


def tell_log() -> None:
    """Print what is logged from now on, as on a machine whose files nobody comes back to."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_FORM)
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def in_words(error: Exception) -> TidegateError:
    """An error as it is told: our own as it is, any other as a defect whose trace is in the log."""
    if isinstance(error, TidegateError):
        return error
    return _from_a_task(error) or _defect(error)


def _keep(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file)
    handler.setFormatter(_FORM)
    log.addHandler(handler)
    return file


def _from_a_task(error: Exception) -> TidegateError | None:
    """The error a Spark task raised: text in the midst of Java's and Python's traces."""
    found = re.search(r"tidegate\.errors\.(\w+): (.+)", str(error))
    kind = getattr(errors, found[1], None) if found else None
    return kind(found[2]) if found and kind else None


def _defect(error: Exception) -> TidegateError:
    """What nobody expected, in one line; the trace is in the log, or in a file of its own."""
    files = [Path(one.baseFilename) for one in log.handlers if isinstance(one, logging.FileHandler)]
    is_printed = any(type(one) is logging.StreamHandler for one in log.handlers)
    if files:
        more = f"more is in {files[0]} and, of Spark's own, in spark.log beside it"
    elif is_printed:
        more = "more is in what the run printed"
    else:
        more = f"more is in {_keep(Path(tempfile.mkdtemp(prefix='tidegate-')) / 'defect.log')}"
    log.error("a defect", exc_info=error)
    # Where a Spark task failed, what it said is the last of the lines that name an error.
    lines = re.findall(r"^[\w.]+(?:Error|Exception): .+", str(error), re.MULTILINE)
    first = lines[-1] if lines else str(error).strip().partition("\n")[0]
    return TidegateError(f"{type(error).__name__}: {first}\n  {more}")
