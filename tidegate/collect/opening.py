"""What both homes begin with: a door, opened as the settings say, and how its counts are told."""

import functools
from collections.abc import Mapping

from tidegate.aws import aws_config
from tidegate.collect.counts import Counts, line, metrics
from tidegate.collect.door import Door
from tidegate.collect.keys import Keys, read_keys
from tidegate.errors import SettingsError
from tidegate.logs import log
from tidegate.settings import Settings


def open_door(settings: Settings, streams: Mapping[str, str]) -> Door:
    """Open a door.

    Args:
        settings: where AWS is, and the settings ``collect_…``.
        streams: each source's stream.

    Raises:
        SettingsError: there are no streams or no keys, or the keys can't be read.
        StreamError: the local endpoint is meant and doesn't run.
    """
    if not streams:
        raise SettingsError(
            "there is no stream to put events on; name one for each source:"
            ' TIDEGATE_STREAMS=\'{"shop": "shop-stream"}\', or streams in tidegate.toml'
        )
    keys = Keys(functools.partial(read_keys, settings), settings.collect_keys_seconds)
    return Door(aws_config(settings), streams, keys, settings.collect_seconds)


def tell(counts: Counts, settings: Settings) -> None:
    """Tell what was counted since the last time: a line of log, and metrics where they are on."""
    if not (told := counts.untold()):
        return
    log.info("%s", line(told))
    if settings.metrics == "cloudwatch":
        for one in metrics(told, settings.environment):
            print(one, flush=True)  # noqa: T201
