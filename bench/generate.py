"""What the storefront generator does in a second, and what memory it takes.

``make bench-generate``. A run is a process of its own, from its start to its last file. A second is
one of a core's: what the process used, whoever else used the machine; seconds by the clock stand
beside. Memory is the most that a process held at once, with ten times the visitors too.
"""

import argparse
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

DAYS = 30
# macOS counts a process' memory in bytes, Linux in KiB.
UNIT = 1 if sys.platform == "darwin" else 1_024


class Run(NamedTuple):
    """One making of a shop: its lines, a core's seconds, seconds by the clock, bytes of memory."""

    lines: int
    seconds: float
    elapsed: float
    memory: int


def run(visitors: int) -> Run:
    """Make a shop in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [sys.executable, "-m", "bench.generate", "--visitors", str(visitors)]
        told = subprocess.run([*command, "--into", folder], check=True, stdout=subprocess.PIPE)
        elapsed = time.perf_counter() - started
    lines, seconds, memory = json.loads(told.stdout)
    return Run(lines, seconds, elapsed, memory)


def make(folder: Path, visitors: int) -> None:
    from tidegate.generate.storefront import generate

    made = generate(folder, start=dt.date(2026, 3, 2), days=DAYS, visitors=visitors, seed=1)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([made.lines, used.ru_utime + used.ru_stime, used.ru_maxrss * UNIT]))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    words.add_argument("--visitors", type=int, default=20_000)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.into:
        make(asked.into, asked.visitors)
        return
    runs = [run(asked.visitors) for _ in range(asked.rounds)]
    speeds = [one.lines / one.seconds for one in runs]
    by_the_clock = statistics.median(one.lines / one.elapsed for one in runs)
    print(
        f"speed: {statistics.median(speeds):,.0f} lines a second of one core"
        f" (median of {len(runs)} runs of {runs[0].lines:,} lines;"
        f" {min(speeds):,.0f}–{max(speeds):,.0f}), {by_the_clock:,.0f} by the clock"
    )
    most, more = max(one.memory for one in runs), run(10 * asked.visitors)
    print(
        f"memory: {most / 1e6:.0f} MB for {asked.visitors:,} visitors,"
        f" {more.memory / 1e6:.0f} MB for {10 * asked.visitors:,} ({more.lines:,} lines)"
    )


if __name__ == "__main__":
    main()
