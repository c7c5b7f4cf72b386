"""What runs in a connection of its own, until it has ended or is stopped."""

from dataclasses import dataclass, field
from threading import Event

import duckdb

_STEP = 0.05  # seconds between two attempts to interrupt


@dataclass
class Running:
    """A statement, or a transaction of several."""

    _lake: duckdb.DuckDBPyConnection
    _over: Event = field(default_factory=Event, init=False)

    def stop(self) -> None:
        """Interrupt it, from another thread, until it has ended."""
        while not self._over.is_set():
            self._lake.interrupt()  # one that comes just before the start is forgotten
            self._over.wait(_STEP)

    def end(self) -> None:
        """Have nothing interrupt what comes after it."""
        self._over.set()
