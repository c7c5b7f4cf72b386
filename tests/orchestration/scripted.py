"""A job run that does as a test has written down: run by an endpoint, as the real entry is.

``--TIDEGATE_WAREHOUSE`` names a folder. ``<stage>.<n>`` in it says how the nth run of a stage ends:
its first line is the exit code, its second the last words. ``<stage>.with`` names a file that has
to be there before.
"""

import sys
import time
from pathlib import Path

told = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
folder, stage = Path(told["--TIDEGATE_WAREHOUSE"]), told["--stage"]
with (folder / "runs").open("a") as runs:
    runs.write(f"{stage}\n")
number = (folder / "runs").read_text().splitlines().count(stage)
(folder / f"{stage}.begun").touch()
meets = folder / f"{stage}.with"
latest = time.monotonic() + 30
while meets.exists() and not (folder / meets.read_text()).exists():
    if time.monotonic() > latest:
        sys.exit(f"{meets.read_text()} isn't there")
    time.sleep(0.05)
plan = folder / f"{stage}.{number}"
if plan.exists():
    code, last = plan.read_text().splitlines()
    print("a line before the last")
    print(last, file=sys.stderr)
    sys.exit(int(code))
