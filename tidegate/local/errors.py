"""Errors in the form of AWS' JSON services: a code that boto3 raises by name, and a message."""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError


class RequestError(JsonRESTError):
    """A request that can't be done as asked.

    Args:
        kind: the service's name for it, e.g. ``InvalidRequestException``.
        message: what is wrong.
        more: what the service's answer has besides.
    """

    code = 400

    def __init__(self, kind: str, message: str, **more: Any) -> None:
        super().__init__(kind, message)
        self.description = json.dumps(
            {"__type": kind, "message": message, "Message": message, **more}
        )


def page(
    items: list[Any], token: str | None, limit: int | None, most: int
) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next one.

    Args:
        items: all of them.
        token: of this page; None for the first.
        limit: how many were asked for.
        most: how many a page may have.

    Raises:
        RequestError: the token is none that was given.
    """
    if token and not token.isdigit():
        raise RequestError("InvalidRequestException", f"{token!r} is no token of this list")
    first = int(token or 0)
    end = first + min(limit or most, most)
    return items[first:end], str(end) if end < len(items) else None
