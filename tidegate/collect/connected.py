"""An open connection of the process, as uvicorn calls for it (ASGI)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from tidegate.collect.sockets import Sockets
from tidegate.web.messages import Request, Response


async def connected(
    sockets: Sockets,
    request: Request,
    is_full: bool,
    receive: Callable[[], Any],
    send: Callable[[Any], Any],
    threads: Executor,
) -> None:
    """Answer a connection's messages, one after the other, until either side ends it.

    Args:
        sockets: what answers.
        request: the one that asks for the connection.
        is_full: whether there are more connections than are held.
        receive: waits for what comes.
        send: sends something.
        threads: where messages wait for their stream.
    """
    await receive()
    full = "too many connections are open just now"
    sender = sockets.door.refuse(request, "busy", full) if is_full else sockets.open(request)
    if isinstance(sender, Response):
        await _refuse(sender, send)
        return
    await send({"type": "websocket.accept"})
    loop = asyncio.get_running_loop()
    while (came := await receive())["type"] == "websocket.receive":
        message = came.get("text") or came.get("bytes") or b""
        told = await loop.run_in_executor(
            threads, sockets.answer, sender.source, sender.key, message
        )
        await send({"type": "websocket.send", "text": told})


async def _refuse(response: Response, send: Callable[[Any], Any]) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    start = {"type": "websocket.http.response.start", "status": response.status}
    await send({**start, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": response.body})
