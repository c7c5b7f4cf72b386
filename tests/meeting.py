"""Run a command that waits, before it first publishes to a table, until another is there too.

``python -m tests.meeting raw.github FOLDER land github``, twice, with ``MEETS_AS`` 0 and 1.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from tidegate.cli import main
from tidegate.lake.table import Table

PATIENCE = 120  # seconds


def meet_before_publishing(name: str, folder: Path) -> None:
    original = Table.publish
    mine, other = os.environ["MEETS_AS"], str(1 - int(os.environ["MEETS_AS"]))

    def publish(self: Table, *args: Any) -> None:
        if self.name == name and not (folder / mine).exists():
            (folder / mine).touch()
            latest = time.monotonic() + PATIENCE
            while not (folder / other).exists():
                if time.monotonic() > latest:
                    raise TimeoutError(f"the other never came to publish {name}")
                time.sleep(0.02)
        original(self, *args)

    Table.publish = publish  # type: ignore[method-assign]


if __name__ == "__main__":
    meet_before_publishing(sys.argv[1], Path(sys.argv[2]))
    sys.argv = ["tidegate", *sys.argv[3:]]
    main()
