"""The service as a function behind API Gateway's HTTP API: ``tidegate.figures.function.answer``.

``TIDEGATE_PROJECT`` names the folder of the project's questions and contracts, by default the one
beside the function's own code.
"""

import functools
import os
from pathlib import Path
from typing import Any

from tidegate.figures.handler import Handler
from tidegate.logs import tell_log
from tidegate.settings import load_settings
from tidegate.web.gateway import Event, event_of, request_of


def answer(event: Event, _: Any) -> Event:
    """Answer an event of API Gateway, in its format 2.0."""
    request = request_of(event)
    return event_of(request, _handler().answer(request))


@functools.cache
def _handler() -> Handler:
    """Made once, with the function's first event."""
    tell_log()
    project = os.environ.get("TIDEGATE_PROJECT") or os.environ.get("LAMBDA_TASK_ROOT")
    return Handler(load_settings(Path(project) if project else None))
