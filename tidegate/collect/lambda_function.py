"""The door as a Lambda function behind API Gateway's HTTP API (payload format 2.0).

The function's settings are variables of its environment; it has no project, so ``TIDEGATE_STREAMS``
names its sources. A function answers one request at a time: many of them are many of its copies,
each with rates of its own.
"""

import functools
import logging
import os
from pathlib import Path

from tidegate.collect.door import Door
from tidegate.collect.opening import open_door, tell
from tidegate.collect.problems import PROBLEMS
from tidegate.errors import TidegateError
from tidegate.logs import log
from tidegate.settings import Settings, load_settings
from tidegate.web.gateway import Event, event_of, request_of
from tidegate.web.problems import Refused


def handler(event: Event, context: object = None) -> Event:  # noqa: ARG001
    """Answer one request.

    Args:
        event: of API Gateway, in payload format 2.0.
        context: Lambda's; not needed.

    Returns:
        The answer as API Gateway takes it.
    """
    request = request_of(event)
    try:
        door, settings = opened()
    except TidegateError as error:  # told to who looks after it; a sender only waits
        log.error("the collector isn't set up: %s", error)
        return event_of(request, PROBLEMS.answer(Refused("not_ready", "send again later")))
    response = door.answer(request)
    tell(door.counts, settings)
    return event_of(request, response)


@functools.cache
def opened() -> tuple[Door, Settings]:
    """The door of this copy of the function; what fails is tried again with the next request."""
    log.setLevel(logging.INFO)  # Lambda's own logger prints it
    settings = load_settings(Path(os.environ.get("LAMBDA_TASK_ROOT", ".")))
    return open_door(settings, settings.streams), settings
