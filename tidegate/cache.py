"""Where a user's projects keep together what can be fetched or made again."""

import os
from pathlib import Path


def user_cache() -> Path:
    """The folder, which needn't be there yet: ``~/.cache/tidegate``, or in ``XDG_CACHE_HOME``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidegate"
