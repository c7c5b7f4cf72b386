"""How requests arrive at the process: in time, and with a head of a size; else they are refused."""

import asyncio

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tidegate.collect.door import Door
from tidegate.collect.problems import PROBLEMS
from tidegate.web.messages import Request, Response
from tidegate.web.problems import Refused

SLOW = "slow"
"""What a request's state says where its time ran out."""
LARGEST_HEAD = 64 * 1024
"""Bytes of a request's line and headers; load balancers take about as many."""


def in_time(door: Door, seconds: float) -> type[HttpToolsProtocol]:
    """A connection whose requests have so many seconds to arrive, each as a whole."""

    class InTime(_Arriving):
        pass

    InTime.door, InTime.seconds = door, seconds
    return InTime


class _Arriving(HttpToolsProtocol):
    """A connection. What is refused before there is a request is told and counted here."""

    door: Door
    seconds: float
    _timer: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None  # runs out where nobody reads the answer
    _has_begun = False  # whether a request is arriving
    _is_head = False  # whether it is its head that arrives
    _head = 0  # bytes of it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first request its time."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._disarm()
        self._read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for who is answered to read, but not for ever."""
        super().pause_writing()
        self._reading = self.loop.call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on answering."""
        self._read()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take some bytes, of a head only so many."""
        if self.transport.is_closing():
            return
        if self._is_head and self._head > LARGEST_HEAD:
            self._refuse("head_too_large", f"a head has {LARGEST_HEAD:,} bytes at most")
            return
        super().data_received(data)
        self._head += len(data) if self._is_head else 0

    def on_message_begin(self) -> None:
        """Give a request its time."""
        super().on_message_begin()
        self._has_begun, self._is_head, self._head = True, True, 0
        self._disarm()
        self._arm()

    def on_headers_complete(self) -> None:
        """Begin to answer a request, whose head is here."""
        self._is_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take it that a request has arrived."""
        self._has_begun = False
        self._disarm()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Tell what is no HTTP in the one shape."""
        self._refuse("not_http", msg)

    def _arm(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._late)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _late(self) -> None:
        """End what took too long: a request that isn't whole, or a connection nobody used."""
        detail = f"a request has {self.seconds:g} seconds to arrive in"
        if self._is_head:
            self._refuse("slow", detail)
        elif self._has_begun and not (self.pipeline or self.cycle.response_started):
            # Whoever waits for the body counts it, once it hears that there will be none.
            self.cycle.scope["state"][SLOW] = True
            self._write(PROBLEMS.answer(Refused("slow", detail)))
        self.transport.close()

    def _refuse(self, reason: str, detail: str) -> None:
        self._write(self.door.refuse(Request("", ""), reason, detail))
        self.transport.close()

    def _write(self, response: Response) -> None:
        headers = {
            **response.headers,
            "content-length": str(len(response.body)),
            "connection": "close",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = STATUS_LINE[response.status] + lines.encode() + b"\r\n"
        self.transport.write(head + response.body)
