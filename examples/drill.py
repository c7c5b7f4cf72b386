"""A drill: the lake is copied while a run writes to it, then it is gone; what comes back, and when.

``python examples/drill.py`` (``make drill``) takes the project of ``examples/doors``, sends it
events, good and bad, and runs its flow. While a second run lands and cleans more of them, its files
are copied to a lake of another name as S3's replication would copy them: each by itself, after a
while that chance decides. In the midst of it the run dies and the first lake is taken away. Then
``tidegate recover`` brings back what the copy has, its books are proven, the flow goes on from the
stream, and all tables are held against those of a run that nobody disturbed. It ends with 1 where
anything differs. ``--seed`` makes chance decide as it did.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tidegate.cli.app import out
from tidegate.report.tables import table_of
from tidegate.serve import sql
from tidegate.settings import load_settings

DOORS = Path(__file__).resolve().parent / "doors"
EVENTS = 4_000
# A file's way to the replica takes up to so many seconds; S3 promises 15 minutes, by contract.
LONGEST_WAY = 4.0
TABLES = {
    "raw.doors": "sequence_number, payload",
    "clean.doors": "*",
    "quarantine.doors": "payload, reasons",
}


class Drill:
    """A folder with the project, three lakes and what each step took.

    Attributes:
        folder: where it all is.
        chance: decides what is late, and when the lake is gone.
        steps: what was done, and how many seconds it took.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.steps: list[tuple[str, float]] = []
        self.original, self.replica, self.calm = (
            folder / name for name in ("lake", "replica", "undisturbed")
        )
        self.environment = os.environ | {
            "TIDEGATE_ENDPOINT": "local",
            "TIDEGATE_CATALOG": "sqlite",
            "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m",
        }

    def command(self, lake: Path, *words: str) -> list[str]:
        """What is typed, as a process is started."""
        flags = ["--project", str(self.folder), "--warehouse", str(lake)]
        return [str(Path(sys.executable).with_name("tidegate")), *flags, *words]

    def type(self, lake: Path, *words: str) -> str:
        """Type a command and wait for it; what it printed.

        Raises:
            SystemExit: it failed; its own words are on the terminal.
        """
        out.print(f"$ tidegate --warehouse {lake.name} {' '.join(words)}", markup=False)
        ended = subprocess.run(
            self.command(lake, *words), env=self.environment, stdout=subprocess.PIPE, text=True
        )
        if ended.returncode:
            sys.exit(f"{words[0]} ended with {ended.returncode}")
        return ended.stdout

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tell of a step, and keep how long it takes."""
        out.print(f"\n{what}", style="bold", markup=False)
        started = time.monotonic()
        yield
        self.steps.append((what, time.monotonic() - started))

    def send(self, name: str, numbers: range) -> None:
        """Put events on the stream, of which some are broken and some come twice."""
        file = self.folder / f"{name}.ndjson"
        file.write_text("".join(f"{event(number)}\n" for number in numbers))
        self.type(self.original, "send", str(file), "--stream", "doors", "--create")

    def run_until_it_is_gone(self) -> None:
        """Run the flow while its lake is copied; in the midst of it both end."""
        over = threading.Event()
        copying = threading.Thread(target=self._copy, args=(over,))
        words = self.command(self.original, "run", "doors")
        with subprocess.Popen(
            words, env=self.environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as run:
            assert run.stderr
            copying.start()
            for line in run.stderr:
                out.print(line.rstrip(), style="dim", markup=False)
                if "clean.doors: judging" in line:
                    break
            time.sleep(self.chance.uniform(0, 6))
            os.killpg(run.pid, 9)
            over.set()
        copying.join()
        self.original.rename(self.folder / "gone")
        shutil.rmtree(self.folder / "gone")

    def _copy(self, over: threading.Event) -> None:
        """Copy each file of the lake by itself, after its own while, until it is over."""
        due: dict[Path, float] = {}
        while not over.wait(0.05):
            now = time.monotonic()
            for at, _, names in os.walk(self.original):
                for file in (Path(at) / name for name in names):
                    due.setdefault(file, now + self.chance.uniform(0, LONGEST_WAY))
            for file in [file for file, when in due.items() if when <= now]:
                self._copy_one(file)
                due[file] = float("inf")

    def _copy_one(self, file: Path) -> None:
        place = self.replica / file.relative_to(self.original)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, place)
        except FileNotFoundError:  # it was taken away meanwhile
            place.unlink(missing_ok=True)

    def rows(self, lake: Path, table: str) -> list[Any]:
        """A table's rows in a lake, in an order of their own."""
        settings = load_settings(self.folder, warehouse=str(lake))
        return sorted(map(repr, sql(settings, f"SELECT {TABLES[table]} FROM {table}").rows))


def event(number: int) -> str:
    """An event; every 50th of a door that nobody knows, every 70th broken, every 40th again."""
    if number % 70 == 69:
        return f'{{"id": "{number}", "door": '
    told = number - 1 if number % 40 == 39 else number
    door = "cellar" if number % 50 == 49 else ("north", "south", "garage")[told % 3]
    at = f"2026-03-{1 + told % 9:02d}T10:{told % 60:02d}:00Z"
    return json.dumps({"id": str(told), "door": door, "at": at})


def main(drill: Drill) -> int:
    """Do the drill; the exit code says whether all tables are as those of the undisturbed run."""
    with drill.step("The lake before it is gone: half of the events"):
        drill.send("first", range(EVENTS // 2))
        drill.type(drill.original, "run", "doors")
        drill.replica.mkdir()
        shutil.copytree(drill.original, drill.replica, dirs_exist_ok=True)
    drill.send("second", range(EVENTS // 2, EVENTS))
    with drill.step("A run lands and cleans the others while its files are copied; both end"):
        drill.run_until_it_is_gone()
    with drill.step("What the copy has is brought back, and its books are proven"):
        told = json.loads(drill.type(drill.replica, "recover", "--yes", "--json"))
    with drill.step("The flow goes on from the stream"):
        out.print(drill.type(drill.replica, "run", "doors"), markup=False)
    out.print(drill.type(drill.replica, "books", "--prove"), markup=False)
    with drill.step("The same events, undisturbed, in a lake of their own"):
        drill.type(drill.calm, "run", "doors")
    (raw,) = (one for one in told["tables"] if one["table"] == "raw.doors")
    out.print(
        f"\nraw.doors had {EVENTS:,} rows when it was gone, and its copy {raw['rows']:,} (RPO);"
        " once the stream was read on, nothing was missing",
        soft_wrap=True,
    )
    times = table_of("step", "seconds")
    for what, seconds in drill.steps:
        times.add_row(what, f"{seconds:,.1f}")
    out.print(times)
    back = sum(seconds for _, seconds in drill.steps[2:4])
    out.print(f"back, and caught up with the stream, after {back:,.1f} s (RTO)")
    is_equal = True
    for table in TABLES:
        ours, theirs = drill.rows(drill.replica, table), drill.rows(drill.calm, table)
        is_equal &= ours == theirs
        is_or_not = "as" if ours == theirs else "NOT as"
        out.print(f"{table}: {len(ours):,} rows, {is_or_not} those of the undisturbed run")
    return 0 if is_equal else 1


@contextmanager
def _drill(seed: int) -> Iterator[Drill]:
    """A drill in a folder that goes away, with AWS on this machine for as long."""
    with tempfile.TemporaryDirectory(prefix="tidegate-drill-") as folder:
        place = Path(folder)
        for part in ("contracts", "pipelines"):
            shutil.copytree(DOORS / part, place / part)
        drill = Drill(place, seed)
        drill.type(drill.original, "local", "start")
        try:
            yield drill
        finally:
            drill.type(drill.original, "local", "stop")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Lose a lake and bring it back.")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    chosen = parser.parse_args().seed
    out.print(f"chance decides by --seed {chosen}")
    with _drill(chosen) as going:
        sys.exit(main(going))
