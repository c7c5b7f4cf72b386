"""The door: a request with events in, an answer for each of them out. No framework is known here.

At the door only key, size and JSON are judged. All else is the gate's business, where what is
refused is kept and stays in the books.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.collect.counts import UNKNOWN, Count, Counts
from tidegate.collect.keys import Keys, Rates, Sender
from tidegate.collect.problems import PROBLEMS, REASONS
from tidegate.collect.records import JSON, LINES, check_encoding, check_size, records, unpacked
from tidegate.collect.streams import Outcome, Stream
from tidegate.logs import log
from tidegate.web.messages import Request, Response
from tidegate.web.problems import Refused

KEY = "x-tidegate-key"
"""The header that has the key; what can set none, as ``sendBeacon``, says ``?key=``."""
_TYPES = (*JSON, *LINES)
_ALLOWED = {
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": f"{KEY}, content-type, content-encoding",
    "access-control-max-age": "600",
}
_JSON = {"content-type": "application/json", "cache-control": "no-store"}

SENDER = Path(__file__).with_name("sender.min.js")
"""The sender that pages load."""
_SCRIPT = {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=3600",
    "access-control-allow-origin": "*",
}


class Door:
    """What answers, in both homes.

    Attributes:
        counts: what became of records and requests.
        stopping: whether the process is about to stop, which health then says.
    """

    def __init__(
        self, config: AwsConfig, streams: Mapping[str, str], keys: Keys, seconds: float
    ) -> None:
        """Open a door.

        Args:
            config: how Kinesis is reached.
            streams: each source's stream, by name.
            keys: who may send.
            seconds: how long a record may wait for its stream to take it.
        """
        self.counts = Counts()
        self.stopping = False
        self._keys, self._rates = keys, Rates()
        self._streams = {one: Stream(config, name, seconds) for one, name in streams.items()}

    def answer(self, request: Request) -> Response:
        """Answer a request; its body is there as a whole."""
        if (early := self.at_once(request)) is not None:
            return early
        try:
            response = self._take(request)
        except Exception as error:
            response = self._failed(source_of(request), error)
        return self._shared(request, response)

    def at_once(self, request: Request) -> Response | None:
        """The answer that needs no body: health, a page's preflight, a refusal; else None."""
        try:
            response = self._enter(request)
        except Exception as error:
            response = self._failed(source_of(request), error)
        return None if response is None else self._shared(request, response)

    def refuse(self, request: Request, reason: str, detail: str) -> Response:
        """Refuse a request for a reason that its home knows, e.g. that it came too slowly."""
        return self._shared(request, self._failed(source_of(request), Refused(reason, detail)))

    def _enter(self, request: Request) -> Response | None:
        """Judge a request by its head alone."""
        if request.path == "/health":
            return self._health(request)
        if request.path == "/sender.js":
            _check_method(request, "GET", "HEAD")
            return Response(200, _SCRIPT, SENDER.read_bytes())
        if not source_of(request):
            raise Refused("unknown_path", "events go to /events/SOURCE")
        self._check_source(request)
        if request.method == "OPTIONS":
            return self._preflight(request)
        _check_method(request, "POST", "OPTIONS")
        self._check_rate(self.sender(request))
        _check_type(request)
        check_encoding(_encoding(request))
        length = request.headers.get("content-length", "")
        check_size(int(length) if length.isdecimal() else 0)
        return None

    def sender(self, request: Request) -> Sender:
        """Who sends a request.

        Raises:
            Refused: there is no such source, there is no key, it is none of the source's, or it
                comes from a page that may not send.
        """
        self._check_source(request)
        known = self._keys.of(source_of(request))
        given = request.headers.get(KEY) or request.parameters.get("key", "")
        if not given:
            raise Refused("no_key", f"send the source's key in the header {KEY}")
        name = known.name_of(given) if known else None
        if known is None or name is None:
            raise Refused("wrong_key", f'no key of "{source_of(request)}" is this one')
        if (origin := request.headers.get("origin")) and not known.lets_in(origin):
            raise _wrong_origin(request, origin)
        return Sender(source_of(request), name, known.rate)

    def answer_message(self, source: str, key: str, body: bytes) -> Response:
        """Answer what came over a connection that is open already.

        Args:
            source: the source that the connection is for.
            key: the name of the key that it was opened with.
            body: one JSON object, or an array of them.
        """
        try:
            known = self._keys.of(source)
            if known is None or key not in known.keys:
                raise Refused("wrong_key", f'"{source}" has no key "{key}" any more')
            sender = Sender(source, key, known.rate)
            self._check_rate(sender)
            self._rates.spend((source, key), known.rate, 1)
            return self._put(sender, body, JSON[0])
        except Exception as error:
            return self._failed(source, error)

    def _take(self, request: Request) -> Response:
        """Put a request's records on their stream, and answer for each."""
        sender = self.sender(request)
        self._rates.spend((sender.source, sender.key), sender.rate, 1)
        body = unpacked(request.body, _encoding(request))
        return self._put(sender, body, _content_type(request))

    def _put(self, sender: Sender, body: bytes, content_type: str) -> Response:
        """Put records on their stream; the first of them has been counted by its key's rate."""
        stream = self._streams[sender.source]
        found = records(body, content_type, stream.largest)
        self._rates.spend((sender.source, sender.key), sender.rate, len(found) - 1)
        put = iter(stream.put([one.data for one in found if not one.reason]))
        outcomes = [Outcome(one.reason) if one.reason else next(put) for one in found]
        for reason, number in Counter(one.reason for one in outcomes).items():
            is_of = Count(sender.source, "RecordsAccepted", key=sender.key)
            if reason:
                is_of = Count(sender.source, "RecordsRefused", reason)
            self.counts.add(is_of, number)
        return _told(outcomes)

    def _check_source(self, request: Request) -> None:
        if source_of(request) not in self._streams:
            raise Refused("unknown_source", f"known are {', '.join(sorted(self._streams))}")

    def _check_rate(self, sender: Sender) -> None:
        if wait := self._rates.wait((sender.source, sender.key), sender.rate):
            raise Refused(
                "flood",
                f'key "{sender.key}" may send {sender.rate:g} records a second',
                {"retry-after": str(math.ceil(wait))},
            )

    def _health(self, request: Request) -> Response:
        _check_method(request, "GET", "HEAD")
        status = "stopping" if self.stopping else "ok"
        told = {"status": status, **self.counts.since_start()}
        return Response(503 if self.stopping else 200, _JSON, json.dumps(told).encode())

    def _preflight(self, request: Request) -> Response:
        """What a browser asks before it sends what a page wants to send (Fetch, CORS)."""
        origin = request.headers.get("origin", "")
        known = self._keys.of(source_of(request))
        if known is None or not known.lets_in(origin):
            raise _wrong_origin(request, origin)
        return Response(204, _ALLOWED)

    def _shared(self, request: Request, response: Response) -> Response:
        """An answer that the page may read which asked, where it may send."""
        if not source_of(request):
            return response
        headers = {**response.headers, "vary": "origin"}
        known = self._keys.of(source_of(request))
        if known and known.lets_in(origin := request.headers.get("origin", "")) and origin:
            headers["access-control-allow-origin"] = origin
            headers["access-control-expose-headers"] = "retry-after"
        return Response(response.status, headers, response.body)

    def _failed(self, source: str, error: Exception) -> Response:
        """The answer to a request that is refused as a whole, which is counted."""
        if not isinstance(error, Refused):
            log.error("a defect while a request was answered", exc_info=error)
            error = Refused("defect", "send again; more is in the collector's log")
        known = source if source in self._streams else UNKNOWN
        self.counts.add(Count(known, "RequestsRefused", error.reason))
        return PROBLEMS.answer(error)


def source_of(request: Request) -> str:
    """The source that events are sent to; empty where the path is another one."""
    start, _, source = request.path.partition("/events/")
    return "" if start or "/" in source else source


def _told(outcomes: Sequence[Outcome]) -> Response:
    """The answer for each record: 200 or 207 where any was accepted, else as a problem."""
    refused = [one.reason for one in outcomes if one.reason]
    document: dict[str, Any] = {
        "accepted": len(outcomes) - len(refused),
        "refused": len(refused),
        "records": [_record(index, one) for index, one in enumerate(outcomes)],
    }
    if len(refused) < len(outcomes):
        return Response(207 if refused else 200, _JSON, json.dumps(document).encode())
    # What may yet be accepted says what to do with all: whoever sends again is told of the others.
    reason = next((one for one in refused if REASONS[one].retry), refused[0])
    detail = f"none of {len(refused)} was accepted; records says why, of each"
    return PROBLEMS.answer(Refused(reason, detail, more=document))


def _record(index: int, one: Outcome) -> dict[str, Any]:
    if one.reason:
        retry = REASONS[one.reason].retry
        return {"index": index, "status": "refused", "reason": one.reason, "retry": retry}
    place = {"shard": one.shard, "sequence_number": one.sequence_number}
    return {"index": index, "status": "accepted", **place}


def _check_method(request: Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Refused("wrong_method", f"ask by {allowed}", {"allow": allowed})


def _check_type(request: Request) -> None:
    """Look whether the body is of a type that is taken, in UTF-8."""
    given = request.headers.get("content-type", "")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", given, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Refused("unknown_type", f'charset "{charset[1]}"; send UTF-8')
    if _content_type(request) not in _TYPES:
        known = ", ".join(one for one in _TYPES if one)
        raise Refused("unknown_type", f'content-type "{given}"; {known} are taken')


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _encoding(request: Request) -> str:
    return request.headers.get("content-encoding", "").strip().lower()


def _wrong_origin(request: Request, origin: str) -> Refused:
    return Refused("wrong_origin", f'"{origin}" is no origin of {source_of(request)}')
