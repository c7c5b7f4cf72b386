"""What comes in and goes out, in HTTP's words and no framework's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: e.g. ``POST``.
        path: e.g. ``/events/storefront``.
        query: what stands after the question mark, as it came.
        headers: by their names in small letters.
        body: its bytes as they came, maybe gzip.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def parameters(self) -> dict[str, str]:
        """What the query says, by name; the last where a name stands twice."""
        return dict(parse_qsl(self.query))


@dataclass(frozen=True)
class Response:
    """An answer.

    Attributes:
        status: e.g. 200.
        headers: by their names in small letters.
        body: its bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def json_response(document: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that is a JSON document."""
    told = {"content-type": "application/json", "cache-control": "no-cache", **(headers or {})}
    return Response(200, told, json.dumps(document, ensure_ascii=False).encode())
