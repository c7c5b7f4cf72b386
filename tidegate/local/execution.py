"""What runs in a thread of its own: stopped from another one, and within a limit of time."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Timer
from typing import ClassVar
from uuid import uuid4

from tidegate.serve.running import Running
from tidegate.serve.statement import StatementError
from tidegate.settings import Settings


@dataclass(kw_only=True)
class Execution(ABC):
    """One execution.

    Attributes:
        settings: which lake, and the seconds it may take.
        id: its identity.
        submitted: when it was asked for, in seconds since 1970.
        over: set once it has ended.
        stopped: why it was stopped; None where it wasn't.
        is_late: whether it was because it took too long.
    """

    CANCELLED: ClassVar[str]  # why it was stopped, where its user did

    settings: Settings
    id: str = field(default_factory=lambda: str(uuid4()))
    submitted: float = field(default_factory=time.time)
    over: Event = field(default_factory=Event)
    stopped: str | None = None
    is_late: bool = False
    _has_begun: bool = False
    _running: Running | None = None
    _lock: Lock = field(default_factory=Lock)

    @abstractmethod
    def _end_stopped(self, reason: str) -> None:
        """End it as what was stopped before it began."""

    def stop(self, reason: str = "") -> None:
        """Cancel it, unless it has ended."""
        with self._lock:
            if self.over.is_set():
                return
            self.stopped = reason or self.CANCELLED
            running = self._running
            if not self._has_begun:
                self._end_stopped(self.stopped)
        if running:
            running.stop()

    def _begin(self) -> bool:
        """Whether it is still to run; from here on it ends by itself."""
        with self._lock:
            self._has_begun = not self.over.is_set()
        return self._has_begun

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Stop what takes longer than its limit of time."""
        limit = Timer(self.settings.query_seconds, self._stop_late)
        limit.daemon = True
        limit.start()
        try:
            yield
        finally:
            limit.cancel()

    def _stop_late(self) -> None:
        seconds = self.settings.query_seconds
        self.is_late = True
        self.stop(f"Query timeout: it ran longer than {seconds} s (setting query_seconds)")

    def _reach(self, running: Running) -> None:
        """Have ``stop`` reach what is about to run.

        Raises:
            StatementError: the execution was stopped by then (``kind`` is ``INTERRUPTED``).
        """
        with self._lock:
            if self.stopped:
                raise StatementError("INTERRUPTED", self.stopped)
            self._running = running
