"""The service as a function behind API Gateway's HTTP API: ``tidegate.figures.function.answer``.

``TIDEGATE_PROJECT`` names the folder of the project's questions and contracts, by default the one
beside the function's own code.
"""

import functools
import os
from pathlib import Path
from typing import Any

from tidegate.figures.handler import Handler
from tidegate.figures.messages import Request
from tidegate.logs import tell_log
from tidegate.settings import load_settings


def answer(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answer an event of API Gateway, in its format 2.0."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): said for name, said in event.get("headers", {}).items()}
    request = Request(http["method"], event["rawPath"], event.get("rawQueryString", ""), headers)
    response = _handler().answer(request)
    body = "" if request.method == "HEAD" else response.body.decode()
    return {"statusCode": response.status, "headers": dict(response.headers), "body": body}


@functools.cache
def _handler() -> Handler:
    """Made once, with the function's first event."""
    tell_log()
    project = os.environ.get("TIDEGATE_PROJECT") or os.environ.get("LAMBDA_TASK_ROOT")
    return Handler(load_settings(Path(project) if project else None))
