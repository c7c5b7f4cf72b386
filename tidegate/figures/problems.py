"""Why a request isn't answered: each reason's status, and the shape it is told in (RFC 9457)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.figures.messages import Response


@dataclass(frozen=True)
class Reason:
    """A reason.

    Attributes:
        status: of HTTP.
        title: what is wrong, in words.
    """

    status: int
    title: str


REASONS = {
    "unknown_path": Reason(404, "There is nothing at this path"),
    "unknown_question": Reason(404, "There is no such question"),
    "wrong_method": Reason(405, "This path isn't asked so"),
    "wrong_parameter": Reason(400, "A parameter is unknown, missing or wrong"),
    "no_answer": Reason(400, "The question has no answer for these parameters"),
    "changed": Reason(409, "The figures have changed since the page before"),
    "not_loaded": Reason(503, "The figures aren't loaded yet"),
    "no_database": Reason(503, "The database can't be asked just now"),
    "slow": Reason(503, "The question took too long"),
    "defect": Reason(500, "A defect of the service"),
}
"""Every reason there is, by the word that an answer has for it."""
AGAIN_AFTER = 15
"""Seconds after which to ask again; a database that rests on AWS is awake by then."""


@dataclass
class Refused(Exception):  # noqa: N818 - named for what happened
    """A request that isn't answered.

    Attributes:
        reason: a word of ``REASONS``.
        detail: what exactly is wrong, and what to do.
        headers: what the answer says besides.
        more: members of the document besides.
    """

    reason: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def answer(refused: Refused) -> Response:
    """The answer to a request that is refused: a problem's document."""
    reason = REASONS[refused.reason]
    document = {
        "type": f"urn:tidegate:figures:{refused.reason}",
        "title": reason.title,
        "status": reason.status,
        "detail": refused.detail,
        "reason": refused.reason,
        **refused.more,
    }
    headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
    if reason.status == 503:
        headers["retry-after"] = str(AGAIN_AFTER)
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(reason.status, {**headers, **refused.headers}, body)
