"""What stands beside the engine: Glue's and EMR's scripts and definitions."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def beside(name: str) -> Path:
    """Where a file of ``glue/`` or ``emr/`` is: an installed engine has it inside."""
    inside = _HERE / name
    return inside if inside.exists() else _HERE.parents[1] / name
