"""The collector's process as its image starts it: ``python -m tidegate.collect HOST PORT``.

It needs no project: ``TIDEGATE_STREAMS`` names the sources.
"""

import sys
from pathlib import Path

from tidegate.collect.server import serve
from tidegate.logs import in_words, log, tell_log
from tidegate.settings import load_settings


def main() -> None:
    """Serve; end with an exit code, and for an error with one clear line."""
    tell_log()
    host, port = sys.argv[1:]
    try:
        settings = load_settings(Path.cwd())
        serve(settings, settings.streams, host, int(port), log.info)
    except Exception as error:
        told = in_words(error)
        log.error("%s: %s", type(told).__name__, told)
        sys.exit(told.exit_code)


if __name__ == "__main__":
    main()
