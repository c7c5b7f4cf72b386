"""The service in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-c", "from tidegate.cli import main; main()")


@dataclass(frozen=True)
class Served:
    """A running service.

    Attributes:
        address: where it listens, e.g. ``http://127.0.0.1:8080``.
        process: what runs it.
    """

    address: str
    process: "subprocess.Popen[str]"


@contextmanager
def serving(project: Path, database: str = "", port: int = 0) -> Iterator[Served]:
    """``tidegate figures serve`` until the block ends, then told to stop."""
    words = ("--project", str(project), "figures", "serve", "--port", str(port))
    process = subprocess.Popen(
        [*COMMAND, *words],
        env={**os.environ, "TIDEGATE_FIGURES_DATABASE": database},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        line = process.stderr.readline()
        found = re.search(r"http://[\d.:]+", line)
        assert found, line + process.stderr.read()
        yield Served(found[0], process)
    finally:
        process.terminate()
        process.wait(60)
