"""What stands beside the engine: the stacks, and Glue's and EMR's scripts and definitions."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def beside(name: str) -> Path:
    """Where ``infra/``, ``glue/``, ``emr/`` or a file of theirs is.

    An installed engine has it inside, a clone at the repository's root.
    """
    inside = _HERE / name
    return inside if inside.exists() else _HERE.parents[1] / name
