"""The local endpoint's process: ``python -m tidegate.local.server FILE LOCK HOST PORT LAKE``."""

import fcntl
import json
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tidegate.aws import NO_SECRET, AwsConfig
from tidegate.settings import Settings, load_settings

# Seconds for another endpoint that is just ending to let go of the lock.
LOCK_TAKES = 5


def serve(file: Path, lock: Path, host: str, port: int, lake: Settings) -> None:
    """Serve until the process is told to end, unless another process does already.

    Args:
        file: where the address goes, once it answers.
        lock: held as long as the process lives.
        host: the address to bind.
        port: the port; 0 for a free one.
        lake: which lake its Glue, Athena and Redshift read.
    """
    if not _hold(lock, file):
        return
    file.unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, _end)
    from moto.server import ThreadedMotoServer

    _mend(lake)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(host, port, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    here = AwsConfig(address, lake.region, NO_SECRET, NO_SECRET)
    _reach(here)
    _run_jobs(lake, here)
    if lake.catalog == "glue" and lake.endpoint == "local":
        _read(lake.model_copy(update={"endpoint": address}))
    _tell(file, address, lake.lake)
    try:
        while True:
            signal.pause()
    finally:
        file.unlink(missing_ok=True)
        _stop_jobs()
        os._exit(0)  # not waiting for queries that run


def _mend(lake: Settings) -> None:
    """Put our own services in the place of moto's."""
    from tidegate.local import (
        athena,
        cloudformation,
        glue,
        glue_lock,
        glue_views,
        kinesis,
        redshift,
        s3,
    )

    cloudformation.mend()
    s3.mend()
    kinesis.mend()
    athena.mend(lake)
    redshift.mend(lake)
    glue_lock.mend()
    of_the_catalog = glue if lake.catalog == "sqlite" else glue_views
    of_the_catalog.mend(lake)


def _run_jobs(lake: Settings, here: AwsConfig) -> None:
    """Have events start state machines, those execute, and the job runs they start be processes."""
    from tidegate.local import events, job_runs, step_functions

    job_runs.mend(lake.state / "job-runs", here)
    step_functions.mend(here)
    events.mend(here)


def _stop_jobs() -> None:
    from tidegate.local import job_runs

    job_runs.stop_all()


def _reach(here: AwsConfig) -> None:
    """Have CloudFormation make by their APIs what moto doesn't make by itself."""
    from tidegate.local import resources

    resources.reach(here)


def _read(lake: Settings) -> None:
    """Have Athena and Redshift read a lake that is itself at this endpoint."""
    from tidegate.local import athena, redshift

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ.setdefault(name, NO_SECRET)
    athena.LocalAthena.settings = redshift.LocalRedshift.settings = lake


def _hold(lock: Path, file: Path) -> bool:
    """Hold the lock until the process has ended; False where another process serves.

    One that is just ending has taken its address back already, so it is waited for.
    """
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    latest = time.monotonic() + LOCK_TAKES
    while time.monotonic() < latest:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _is_served(file):
                break
            time.sleep(0.05)
        else:
            return True
    return False


def _is_served(file: Path) -> bool:
    try:
        os.kill(json.loads(file.read_text())["pid"], 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def _tell(file: Path, address: str, lake: str) -> None:
    """Write the address in one step, so that nobody reads half of it."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    fresh = file.with_suffix(".new")
    told = {"address": address, "pid": os.getpid(), "started": started, "lake": lake}
    fresh.write_text(json.dumps(told))
    fresh.replace(file)


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    sys.exit(0)


def _lake(told: dict[str, Any]) -> Settings:
    return load_settings(Path(told.pop("project")), **told)


if __name__ == "__main__":
    serve(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        sys.argv[3],
        int(sys.argv[4]),
        _lake(json.loads(sys.argv[5])),
    )
