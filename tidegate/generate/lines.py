"""Lines in order of delivery, however many: put aside in a file for each stretch of time.

A stretch is sorted when all of its lines are there, so memory holds one, and what waits to be put
aside.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tidegate.generate.acts import BYTES
from tidegate.generate.sending import Line
from tidegate.generate.shop import DAY

SORTED_AT_ONCE = 15_000
"""Lines that are sorted at once, about."""
HELD = 50_000
"""Lines that are held until they are put aside, about."""
GIVEN_AT_ONCE = 10_000


class Lines:
    """Lines that come in no order, and go in that of delivery."""

    def __init__(self, folder: Path, a_day: int) -> None:
        """Begin.

        Args:
            folder: an empty one, for the files.
            a_day: how many lines a day is to have, about.
        """
        self.folder = folder
        parts = 1
        # A day's milliseconds are divided by two ten times without a rest.
        while a_day > parts * SORTED_AT_ONCE and parts < 2**10:
            parts *= 2
        self.stretch = DAY // parts
        self.waiting: dict[int, list[str]] = defaultdict(list)
        self.held = 0
        self.stretches: set[int] = set()

    def add(self, lines: Sequence[Line]) -> None:
        """Take some lines."""
        waiting, stretch = self.waiting, self.stretch
        for received, line in lines:
            waiting[received // stretch].append(line)
        self.held += len(lines)
        if self.held > HELD:
            self._put_aside()

    def _put_aside(self) -> None:
        for stretch, lines in self.waiting.items():
            with (self.folder / str(stretch)).open("ab") as file:
                file.write("\n".join((*lines, "")).encode(BYTES))
        self.stretches |= self.waiting.keys()
        self.waiting.clear()
        self.held = 0

    def in_order(self) -> Iterator[tuple[int, list[str]]]:
        """All lines, some at a time, with the day on which these were delivered."""
        self._put_aside()
        for stretch in sorted(self.stretches):
            file, day = self.folder / str(stretch), stretch * self.stretch // DAY
            lines = file.read_bytes().decode(BYTES).split("\n")
            lines.pop()
            lines.sort()
            for first in range(0, len(lines), GIVEN_AT_ONCE):
                yield day, lines[first : first + GIVEN_AT_ONCE]
            file.unlink()
