"""A command that waits, before it first publishes to a table, until another run is there too.

``python -m tests.meeting raw.github FOLDER land github`` meets a run of the suite's own process.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidegate.cli import main
from tidegate.lake.table import Table

PATIENCE = 120  # seconds


def publish_after_meeting(name: str, folder: Path, mine: str, other: str) -> Callable[..., None]:
    """``Table.publish`` that first leaves a sign in the folder, and waits for the other's."""
    original = Table.publish

    def publish(self: Table, *args: Any) -> None:
        if self.name == name and not (folder / mine).exists():
            (folder / mine).touch()
            latest = time.monotonic() + PATIENCE
            while not (folder / other).exists():
                if time.monotonic() > latest:
                    raise TimeoutError(f"the other never came to publish {name}")
                time.sleep(0.02)
        original(self, *args)

    return publish


if __name__ == "__main__":
    meeting = publish_after_meeting(sys.argv[1], Path(sys.argv[2]), "there", "here")
    Table.publish = meeting  # type: ignore[method-assign]
    sys.argv = ["tidegate", *sys.argv[3:]]
    main()
