"""The engine's own wheel, made of the engine that runs: from a source tree or an installed one."""

import base64
import hashlib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from tidegate import __version__
from tidegate.deploy.archives import Entry, entries_under, pack

NAME = "tidegate"
_ENGINE = Path(__file__).resolve().parents[1]
_WHEEL = "Wheel-Version: 1.0\nGenerator: tidegate\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_SCRIPTS = "[console_scripts]\ntidegate = tidegate.cli:main\n"


def build_wheel(into: Path) -> Path:
    """Write the engine's wheel (py3-none-any) into a folder; the same engine gives the same bytes.

    Returns:
        The wheel.
    """
    told = f"{NAME}-{__version__}.dist-info"
    entries = [
        *entries_under(_ENGINE, _ENGINE.parent),
        (f"{told}/METADATA", _metadata().encode()),
        (f"{told}/WHEEL", _WHEEL.encode()),
        (f"{told}/entry_points.txt", _SCRIPTS.encode()),
    ]
    record = "".join(f"{_recorded(entry)}\n" for entry in entries)
    entries.append((f"{told}/RECORD", f"{record}{told}/RECORD,,\n".encode()))
    return pack(into / f"{NAME}-{__version__}-py3-none-any.whl", entries)


def _metadata() -> str:
    """What the installed engine says of itself, but for its long description."""
    lines = ["Metadata-Version: 2.4", f"Name: {NAME}", f"Version: {__version__}"]
    try:
        installed = metadata(NAME)
    except PackageNotFoundError:  # a source tree on the path: what it needs is in the lock
        return "\n".join([*lines, ""])
    kept = ("Summary", "License-Expression", "Requires-Python", "Requires-Dist")
    lines += [f"{key}: {value}" for key in kept for value in installed.get_all(key, [])]
    return "\n".join([*lines, ""])


def _recorded(entry: Entry) -> str:
    name, content = entry
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"
