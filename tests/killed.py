"""Run a command that dies at a point of its way, with Java and every worker: a lost machine.

``python -m tests.killed "clean.|ledger" run github``: dies where a table of ``clean`` is about to
write its ledger commit. The engine knows nothing of this: its methods are wrapped here, in a
process of its own.
"""

import os
import signal
import sys
import threading
from typing import Any, NoReturn

from tidegate.cli import main
from tidegate.lake.branch import Branch
from tidegate.lake.table import Table
from tidegate.land.queue import Queue

# A first write takes longer than this to plan and to run: the process dies while Spark is at it.
IN_MIDST = 0.4


def die() -> NoReturn:
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("still alive")


def arm(kind: type, method: str, tables: str, delay: float = 0) -> None:
    """Let the process die when a method is called for one of some tables."""
    original = getattr(kind, method)

    def dying(self: Any, *args: Any, **kwargs: Any) -> Any:
        table = self.table if isinstance(self, Branch) else self
        if table.name.startswith(tables):
            if not delay:
                die()
            threading.Timer(delay, die).start()
        return original(self, *args, **kwargs)

    setattr(kind, method, dying)


def arm_at(point: str) -> None:
    tables, _, step = point.partition("|")
    match step:
        case "write":
            arm(Branch, "append", tables, IN_MIDST)
            arm(Branch, "replace", tables, IN_MIDST)
        case "ledger":
            arm(Branch, "ledger", tables)
        case "publish":
            arm(Table, "publish", tables)
        case "delete":  # what a queue told of, once it is published
            Queue.delete = lambda *_: die()  # type: ignore[assignment, method-assign]
        case _:
            raise ValueError(point)


if __name__ == "__main__":
    os.setpgid(0, 0)
    arm_at(sys.argv[1])
    sys.argv = ["tidegate", *sys.argv[2:]]
    main()
