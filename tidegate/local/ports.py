"""Whether a port of this machine is taken, and by whom."""

import contextlib
import socket
from pathlib import Path

_LISTENS = "0A"  # in /proc/net/tcp
_WORDS = 60  # letters of a command line that are told


def is_taken(host: str, port: int) -> bool:
    """Look first: moto's server never says that its port is taken, and hangs."""
    with socket.socket() as there:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            there.bind((host, port))
        except OSError:
            return True
    return False


def holder(port: int, processes: Path = Path("/proc")) -> str:
    """Who listens on a port, e.g. ``process 4711 (python -m http.server)``.

    Args:
        port: the port.
        processes: where Linux tells of processes.

    Returns:
        Empty where it can't be told: another user's process, or no Linux.
    """
    sockets = {f"socket:[{inode}]" for inode in _listening(port, processes)}
    for process in processes.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another user's, or one that has just ended
            if any(str(one.readlink()) in sockets for one in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                told = words if len(words) <= _WORDS else f"{words[:_WORDS]}…"
                return f"process {process.name} ({told})"
    return ""


def _listening(port: int, processes: Path) -> list[str]:
    """The inodes of the sockets that listen on a port."""
    found = []
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            lines = (processes / "net" / table).read_text().splitlines()[1:]
            words = [line.split() for line in lines]
            found += [
                one[9]
                for one in words
                if one[3] == _LISTENS and int(one[1].rpartition(":")[2], 16) == port
            ]
    return found
