"""The door as a process: HTTP/1.1 behind a load balancer, or here.

uvicorn speaks HTTP; what it leaves to others is added: a request has a time to arrive in, its head
a size, and all requests together a number and bytes of theirs that are held. A request is answered
in a thread of its own, so that those which wait for a stream share its calls.
"""

import asyncio
import gc
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from types import FrameType
from typing import Any

import uvicorn

from tidegate.collect.arriving import SLOW, in_time
from tidegate.collect.connected import connected
from tidegate.collect.door import Door
from tidegate.collect.opening import open_door, tell
from tidegate.collect.records import LARGEST_BODY
from tidegate.collect.sockets import LARGEST_MESSAGE, Sockets
from tidegate.errors import UserError
from tidegate.settings import Settings
from tidegate.web.messages import Request, Response

ANSWERED_AT_ONCE = 128
"""Threads that answer; most of them wait for a stream."""
HELD_REQUESTS, HELD_BYTES = 1_024, 128 * 1024 * 1024
"""Requests, and bytes of theirs, that are held at once; what is more is told to come later. So many
connections may be open besides."""
GARBAGE_AT_ONCE = 100_000
"""Objects that are made before Python looks for cycles among them; by itself it is some hundred."""
TELL_SECONDS = 60
"""Seconds between two tellings of what was counted."""

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]


def serve(
    settings: Settings, streams: Mapping[str, str], host: str, port: int, say: Callable[[str], None]
) -> None:
    """Serve until the process is told to end; then answer what has come, and end.

    Args:
        settings: where AWS is, and the settings ``collect_…``.
        streams: each source's stream.
        host: the address to bind.
        port: the port; 0 for a free one.
        say: told where it serves.

    Raises:
        SettingsError: there are no streams or no keys, or the keys can't be read.
        StreamError: the local endpoint is meant and doesn't run.
        UserError: the port is taken.
    """
    door = open_door(settings, streams)
    # What is read of a body holds no cycles, and looking for them takes longer than to read it.
    gc.set_threshold(GARBAGE_AT_ONCE)
    bound = _bind(host, port)
    app = App(door, settings.collect_seconds)
    config = uvicorn.Config(
        app,
        http=in_time(door, settings.collect_slow_seconds),
        loop="asyncio",
        lifespan="off",
        # The image has none: on AWS connections are API Gateway's.
        ws="websockets-sansio" if find_spec("websockets") else "none",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,  # API Gateway has none either
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        # Longer than a load balancer keeps a connection, which else sends where nobody listens.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(settings.collect_slow_seconds + settings.collect_seconds) + 5,
    )
    there = bound.getsockname()
    named = f"[{there[0]}]" if ":" in there[0] else there[0]
    say(f"collecting {', '.join(sorted(streams))} at http://{named}:{there[1]}")
    _Server(config, door, settings).run(sockets=[bound])
    say("the collector has stopped; all that came was answered")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        raise UserError(
            f"{host}:{port} can't be bound: {error.strerror}; choose another --port or --host"
        ) from None


class _Server(uvicorn.Server):
    """Ends in order: health says so first, for as long as a load balancer takes to see it."""

    def __init__(self, config: uvicorn.Config, door: Door, settings: Settings) -> None:
        super().__init__(config)
        self._door, self._settings = door, settings

    async def main_loop(self) -> None:
        """Serve, and tell now and then what was counted."""
        telling = asyncio.create_task(self._tell())
        await super().main_loop()
        telling.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what has come, and tell what was counted at last."""
        await super().shutdown(sockets)
        tell(self._door.counts, self._settings)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End, once the load balancer sends nothing more; at once when told twice, or by hand."""
        if self._door.stopping or sig == signal.SIGINT:
            self.should_exit = True
        else:
            ending = threading.Timer(self._settings.collect_drain_seconds, self._end)
            ending.daemon = True
            ending.start()
        self._door.stopping = True

    def _end(self) -> None:
        self.should_exit = True

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            tell(self._door.counts, self._settings)


class App:
    """The door as uvicorn calls it (ASGI).

    Attributes:
        door: the door.
        requests, held: requests that are being answered, and the bytes of their bodies.
        connections: connections that are open.
    """

    def __init__(self, door: Door, seconds: float) -> None:
        self.door, self.requests, self.held = door, 0, 0
        self.connections, self._sockets = 0, Sockets(door)
        self._seconds = seconds  # that a request may wait for a thread
        self._threads = ThreadPoolExecutor(ANSWERED_AT_ONCE, thread_name_prefix="answer")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or a connection's messages."""
        head = _head(scope)
        if scope["type"] == "websocket":
            await self._connected(head, receive, send)
            return
        self.requests += 1
        body = bytearray()
        try:
            response = self.door.at_once(head) or await self._arrived(head, scope, receive, body)
        finally:
            self.requests -= 1
            self.held -= len(body)
        if response is not None:
            await _send(response, send)

    async def _connected(self, head: Request, receive: Receive, send: Send) -> None:
        self.connections += 1
        try:
            is_full = self.connections > HELD_REQUESTS
            await connected(self._sockets, head, is_full, receive, send, self._threads)
        finally:
            self.connections -= 1

    async def _arrived(
        self, head: Request, scope: Scope, receive: Receive, body: bytearray
    ) -> Response | None:
        """The answer once the body has arrived; None where nobody is there to read it."""
        more = True
        while more:
            if self.requests > HELD_REQUESTS or self.held > HELD_BYTES:
                return self.door.refuse(head, "busy", "too much is being answered just now")
            message = await receive()
            if message["type"] == "http.disconnect":
                reason = "slow" if scope["state"].get(SLOW) else "cut"
                self.door.refuse(head, reason, "the connection ended before the request did")
                return None
            body += message["body"]
            self.held += len(message["body"])
            more = message["more_body"]
            if len(body) > LARGEST_BODY:
                return self.door.refuse(
                    head, "too_large", f"a request has {LARGEST_BODY:,} bytes at most; send less"
                )
        whole, latest = replace(head, body=bytes(body)), time.monotonic() + self._seconds
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._answer, whole, latest)

    def _answer(self, request: Request, latest: float) -> Response:
        """The door's answer, unless it was a thread's turn too late."""
        if time.monotonic() > latest:
            return self.door.refuse(request, "busy", "too much is being answered just now")
        return self.door.answer(request)


def _head(scope: Scope) -> Request:
    """A request without its body."""
    return Request(
        method=scope.get("method", "GET"),
        path=scope["path"],
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        query=scope["query_string"].decode("latin-1"),
    )


async def _send(response: Response, send: Send) -> None:
    headers = {**response.headers, "content-length": str(len(response.body))}
    if response.status == 204:
        del headers["content-length"]
    told = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": told})
    await send({"type": "http.response.body", "body": response.body})
