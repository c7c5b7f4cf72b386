"""Why something is refused: a word, a status, and the one shape it is told in (RFC 9457)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.web.messages import Response


@dataclass(frozen=True)
class Reason:
    """A reason.

    Attributes:
        status: of HTTP.
        title: what is wrong, in words.
        retry: whether the same thing sent again later may be answered otherwise.
    """

    status: int
    title: str
    retry: bool = False


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818 - named for what happened: it is no failure
    """A request that is refused as a whole.

    Attributes:
        reason: a word of the service's reasons.
        detail: what exactly is wrong, and what to do.
        headers: what the answer says besides.
        more: members of the document besides.
    """

    reason: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problems:
    """All that a service refuses for.

    Attributes:
        service: its name, e.g. ``collector``.
        reasons: each reason there is, by the word that answers, counts and metrics have for it.
        again_after: seconds after which to send again, where nothing better is known.
    """

    service: str
    reasons: Mapping[str, Reason]
    again_after: int

    def answer(self, refused: Refused) -> Response:
        """The answer to a request that is refused: a problem's document."""
        reason = self.reasons[refused.reason]
        document = {
            "type": f"urn:tidegate:{self.service}:{refused.reason}",
            "title": reason.title,
            "status": reason.status,
            "detail": refused.detail,
            "reason": refused.reason,
            **refused.more,
        }
        headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
        if reason.retry and reason.status in (429, 503):
            headers["retry-after"] = str(self.again_after)
        body = json.dumps(document, ensure_ascii=False).encode()
        return Response(reason.status, {**headers, **refused.headers}, body)
