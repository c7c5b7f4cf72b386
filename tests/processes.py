"""Commands in processes of their own: killed on their way, or meeting a run of the suite's."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest
from tests.meeting import publish_after_meeting
from tidegate.lake.table import Table


def killed_at(lake: LakeOfATest, point: str, *words: str) -> None:
    """Run a command on a lake until it dies at a point, which ``tests.killed`` explains."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.killed", point, *words],
        cwd=REPOSITORY,
        env=lake.environment(),
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == -9, ended.stderr.decode()


class Dying:
    """Lakes on which a command is being killed at a point each, while tests go on elsewhere."""

    def __init__(self, beside: ThreadPoolExecutor) -> None:
        self._beside = beside
        self._lakes: dict[str, tuple[LakeOfATest, Future[None]]] = {}

    def at(self, point: str, lake: LakeOfATest, *words: str) -> None:
        """Have a command die at a point, as soon as there is room."""
        self._lakes[point] = lake, self._beside.submit(killed_at, lake, point, *words)

    def lake(self, point: str) -> LakeOfATest:
        """The lake as the command left it that died there."""
        lake, death = self._lakes[point]
        death.result()
        return lake


@contextmanager
def dying() -> Iterator[Dying]:
    """Two commands at a time, as two cores have no room for more."""
    with ThreadPoolExecutor(2) as beside:
        yield Dying(beside)


def points(request: Any) -> list[str]:
    """The points that the module's tests which will run ask for."""
    asked = [item for item in request.session.items if item.module is request.module]
    return [
        item.callspec.params["point"]
        for item in asked
        if hasattr(item, "callspec") and "point" in item.callspec.params
    ]


def two_at_once(
    lake: LakeOfATest, table: str, meeting: Path, command: list[str], here: Callable[[], Any]
) -> list[str]:
    """Run a command, and the same thing here; both wait for each other before they publish.

    Args:
        lake: the lake of both.
        table: the table they both want to publish to.
        meeting: an empty folder.
        command: what to type.
        here: does the same in the suite's own session.

    Returns:
        The lines that the two said.
    """
    with (
        subprocess.Popen(
            [sys.executable, "-m", "tests.meeting", table, str(meeting), *command],
            cwd=REPOSITORY,
            env=lake.environment(),
            stderr=subprocess.PIPE,
            text=True,
        ) as other,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(Table, "publish", publish_after_meeting(table, meeting, "here", "there"))
        here()
        _, said = other.communicate(timeout=300)
    assert other.returncode == 0, said
    return [*lake.said, *said.splitlines()]
