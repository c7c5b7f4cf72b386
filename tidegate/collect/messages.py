"""What comes in and goes out, in HTTP's words and no framework's."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: e.g. ``POST``.
        path: e.g. ``/events/storefront``.
        headers: by their names in small letters.
        body: its bytes as they came, maybe gzip.
        query: what stands after the question mark, by name.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The source that events are sent to; empty where the path is another one."""
        start, _, source = self.path.partition("/events/")
        return "" if start or "/" in source else source


@dataclass(frozen=True)
class Response:
    """An answer.

    Attributes:
        status: e.g. 200.
        headers: by their names.
        body: its bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
