"""Requests and answers as API Gateway's HTTP API hands them to a function (format 2.0)."""

import base64
from typing import Any

from tidegate.web.messages import Request, Response

Event = dict[str, Any]


def request_of(event: Event) -> Request:
    """The request that an event is of."""
    http, body = event["requestContext"]["http"], event.get("body") or ""
    return Request(
        method=http["method"],
        path=event["rawPath"],
        query=event.get("rawQueryString", ""),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
    )


def event_of(request: Request, response: Response) -> Event:
    """An answer as API Gateway takes it."""
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": "" if request.method == "HEAD" else response.body.decode(),
        "isBase64Encoded": False,
    }
