"""Run ``tidegate recover`` in a process that dies when it has written so many files.

``python -m tests.recover.killed 7 recover --yes``; with ``registered`` instead of a number, before
it gives the tables to the catalog.
"""

import os
import signal
import sys
from typing import Any, NoReturn

from tidegate.cli import main
from tidegate.recover import recovering
from tidegate.recover.place import Bucket, Folder


def die(*_: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def arm(point: str) -> None:
    if point == "registered":
        recovering.register = die
        return
    left = iter(range(int(point)))
    for kind in (Folder, Bucket):
        original = kind.write

        def write(self: Any, file: str, content: bytes, original: Any = original) -> None:
            if next(left, None) is None:
                die()
            original(self, file, content)

        kind.write = write  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    arm(sys.argv[1])
    sys.argv = ["tidegate", *sys.argv[2:]]
    main()
