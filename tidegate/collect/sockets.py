"""Devices that stay connected: a message with records in, its acknowledgement out (WebSocket).

A message is one JSON object, which names itself::

    {"id": "17", "records": [{"type": "opened", …}, {…}]}

and its acknowledgement is HTTP's answer with that id and what HTTP says besides::

    {"id": "17", "status": 200, "accepted": 2, "refused": 0, "records": […]}

``records`` may be one object too. What has no acknowledgement is sent again, as it was: a message
that was taken before is then on its stream twice, and in clean once. No framework is known here.
"""

import json
from dataclasses import replace

from tidegate.collect.door import Door
from tidegate.collect.keys import Sender
from tidegate.collect.records import members
from tidegate.web.messages import Request, Response
from tidegate.web.problems import Refused

PATH = "/stream"
"""Where connections are opened: ``/stream?source=SOURCE``, with the key as for HTTP."""
LARGEST_MESSAGE = 128 * 1024
"""Bytes of a message; API Gateway takes no more, and ends the connection (close code 1009)."""
LONGEST_ID = 128
"""Characters of a message's id."""


class Sockets:
    """What answers on open connections, in both homes."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def open(self, request: Request) -> Sender | Response:
        """Let a sender in, or say why not.

        Args:
            request: the one that asks for a connection; its query names the ``source``.
        """
        asked = replace(request, path=f"/events/{request.parameters.get('source', '')}")
        try:
            if request.path != PATH:
                raise Refused("unknown_path", f"connections are opened at {PATH}?source=SOURCE")
            return self.door.sender(asked)
        except Refused as refused:
            return self.door.refuse(asked, refused.reason, refused.detail)

    def answer(self, source: str, key: str, message: str | bytes) -> str:
        """Put a message's records on their stream, and acknowledge it.

        Args:
            source: the source that the connection is for.
            key: the name of the key that it was opened with.
            message: as it came.
        """
        named = None
        try:
            found = members(_text(message))
            named = _id(found.get("id", "null"))
            if "records" not in found:
                raise Refused("empty", 'a message has its records in "records"')
        except Refused as refused:
            asked = Request("", f"/events/{source}")
            response = self.door.refuse(asked, refused.reason, refused.detail)
        else:
            response = self.door.answer_message(source, key, found["records"].encode())
        return acknowledged(named, response)


def acknowledged(named: str | int | None, response: Response) -> str:
    """An answer as a connection is told it; ``named`` is the message's id, where it has one."""
    told: dict[str, object] = {"id": named, "status": response.status}
    if after := response.headers.get("retry-after"):
        told["retry_after"] = int(after)
    return json.dumps({**told, **json.loads(response.body)})


def _text(message: str | bytes) -> str:
    try:
        return message if isinstance(message, str) else message.decode()
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"byte {error.start:,} is no UTF-8; send UTF-8") from None


def _id(written: str) -> str | int:
    value = json.loads(written) if len(written) <= LONGEST_ID else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("no_id", f'"id" is a string or integer of {LONGEST_ID} characters at most')
    return value
