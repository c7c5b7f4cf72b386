"""What the generator holds, whatever the number of visitors."""

import subprocess
import sys
from pathlib import Path

import pytest

MAKE = """
import datetime, pathlib, sys
from tidegate.generate.storefront import generate
folder, visitors = sys.argv[1:]
start = datetime.date(2026, 3, 2)
generate(pathlib.Path(folder), start=start, days=2, visitors=int(visitors), seed=1)
"""
# A process is charged with what the one that started it held: so a small one stands between.
PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(folder: Path, visitors: int) -> int:
    """The most memory that it takes to make so many visitors, in the system's own unit."""
    command = [sys.executable, "-c", PEAK, MAKE, str(folder / str(visitors)), str(visitors)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_ten_times_the_visitors_take_no_more_memory(tmp_path: Path) -> None:
    few, many = peak(tmp_path, 8_000), peak(tmp_path, 80_000)

    assert sum(map(number_of_lines, (tmp_path / "80000" / "events").iterdir())) > 900_000
    assert many < few * 1.1


def number_of_lines(file: Path) -> int:
    return file.read_bytes().count(b"\n")
