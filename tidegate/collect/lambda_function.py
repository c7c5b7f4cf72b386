"""The door as a Lambda function behind API Gateway's HTTP API (payload format 2.0).

The function's settings are variables of its environment; it has no project, so ``TIDEGATE_STREAMS``
names its sources. A function answers one request at a time: many of them are many of its copies,
each with rates of its own.
"""

import base64
import functools
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tidegate.collect.door import Door
from tidegate.collect.messages import Request, Response
from tidegate.collect.opening import open_door, tell
from tidegate.collect.problems import Refused, answer
from tidegate.errors import TidegateError
from tidegate.logs import log
from tidegate.settings import Settings, load_settings

Event = dict[str, Any]


def handler(event: Event, context: object = None) -> Event:  # noqa: ARG001
    """Answer one request.

    Args:
        event: of API Gateway, in payload format 2.0.
        context: Lambda's; not needed.

    Returns:
        The answer as API Gateway takes it.
    """
    try:
        door, settings = opened()
    except TidegateError as error:  # told to who looks after it; a sender only waits
        log.error("the collector isn't set up: %s", error)
        return _as_event(answer(Refused("not_ready", "send again later")))
    response = door.answer(_request(event))
    tell(door.counts, settings)
    return _as_event(response)


@functools.cache
def opened() -> tuple[Door, Settings]:
    """The door of this copy of the function; what fails is tried again with the next request."""
    log.setLevel(logging.INFO)  # Lambda's own logger prints it
    settings = load_settings(Path(os.environ.get("LAMBDA_TASK_ROOT", ".")))
    return open_door(settings, settings.streams), settings


def _request(event: Event) -> Request:
    body = event.get("body") or ""
    return Request(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        query=dict(parse_qsl(event.get("rawQueryString", ""))),
    )


def _as_event(response: Response) -> Event:
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body.decode(),
        "isBase64Encoded": False,
    }
