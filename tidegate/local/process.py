"""Starting and stopping the local endpoint: a process of its own that outlives the command."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tidegate.aws import NO_SECRET, Endpoint, is_held, local_endpoint, local_files
from tidegate.errors import SettingsError, TidegateError
from tidegate.local.ports import holder, is_taken
from tidegate.settings import Settings

HOST = "127.0.0.1"
# Seconds that a start may take on a busy machine; 2 are usual.
START_TAKES = 60
# The settings that its Glue, Athena and Redshift read the lake by.
LAKE = {
    "project",
    "catalog",
    "warehouse",
    "database_prefix",
    "endpoint",
    "region",
    "query_seconds",
}
# Seconds the process gets to end by itself.
STOP_TAKES = 10


def start(settings: Settings, port: int | None = None) -> Endpoint:
    """Start the local endpoint and wait until it answers; one that runs is left as it is.

    Args:
        settings: whose state folder it belongs to.
        port: the port; a free one by default.

    Raises:
        SettingsError: the port is taken, or what the endpoint is made of isn't installed.
        TidegateError: it doesn't start.
    """
    running = local_endpoint(settings)
    if running:
        return running
    if importlib.util.find_spec("moto") is None:
        raise SettingsError('the local endpoint needs moto: pip install "tidegate[local]"')
    if port and is_taken(HOST, port):
        by = holder(port)
        told = f" by {by}" if by else ""
        raise SettingsError(
            f"port {port} is taken{told}; name another with --port, or leave it out"
        )
    log = settings.state / "log" / "local.log"
    process = _spawn(settings, port or 0, log)
    latest = time.monotonic() + START_TAKES
    while time.monotonic() < latest:
        endpoint = local_endpoint(settings)
        if endpoint and _answers(endpoint):
            return endpoint
        if process.poll():  # 0 where another start was first: then its endpoint is waited for
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise TidegateError(f"the local endpoint doesn't start; {log} says why")


def exports(settings: Settings, endpoint: Endpoint) -> list[str]:
    """The lines that point AWS' own clients at the local endpoint, for a shell."""
    return [
        f"export AWS_ENDPOINT_URL={endpoint.address}",
        f"export AWS_DEFAULT_REGION={settings.region}",
        f"export AWS_ACCESS_KEY_ID={NO_SECRET} AWS_SECRET_ACCESS_KEY={NO_SECRET}",
        f"export NO_PROXY={HOST}",
    ]


def stop(settings: Settings) -> bool:
    """Stop the local endpoint and wait until it has ended; whether there was one."""
    endpoint = local_endpoint(settings)
    if endpoint is None:
        return False
    file, lock = local_files(settings)
    for ending in (signal.SIGTERM, signal.SIGKILL):
        os.kill(endpoint.pid, ending)
        latest = time.monotonic() + STOP_TAKES
        while is_held(lock) and time.monotonic() < latest:
            time.sleep(0.02)
        if not is_held(lock):
            break
    file.unlink(missing_ok=True)
    return True


def _spawn(settings: Settings, port: int, log: Path) -> "subprocess.Popen[bytes]":
    """The process, in a session of its own: what ends the terminal doesn't end it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    file, lock = local_files(settings)
    lake = settings.model_dump_json(include=LAKE)
    command = ["-m", "tidegate.local.server", str(file), str(lock), HOST, str(port), lake]
    with log.open("ab") as sink:
        return subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


def _answers(endpoint: Endpoint) -> bool:
    connection = HTTPConnection(urlsplit(endpoint.address).netloc, timeout=10)
    try:
        connection.request("GET", "/moto-api/")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
