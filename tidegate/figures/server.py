"""The service as a process: ``tidegate figures serve``."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import FrameType
from typing import Any

from tidegate.errors import SettingsError, counted
from tidegate.figures.database import find_address
from tidegate.figures.handler import Handler
from tidegate.logs import log
from tidegate.settings import Settings
from tidegate.web.messages import Request, Response

HOST = "127.0.0.1"


def serve(settings: Settings, host: str, port: int, say: Callable[[str], None]) -> None:
    """Answer requests until the process is told to stop; requests on their way are answered.

    Args:
        settings: which project and database.
        host: the address to listen at.
        port: the port; 0 for a free one.
        say: told where it listens.

    Raises:
        ContractError, QuestionError: as ``marked.figures``.
        SettingsError: the port is taken, or what the settings name can't be used.
        TidegateError: a database of this machine doesn't start.
    """
    try:
        from werkzeug.serving import ThreadedWSGIServer
    except ImportError:
        raise SettingsError('the service needs werkzeug: pip install "tidegate[local]"') from None

    handler = Handler(settings)
    find_address(settings)  # one on this machine is started now, and ends with this process
    try:
        door = socket.create_server((host, port))
    except OSError as error:
        raise SettingsError(
            f"nothing can listen at {host}, port {port}: {os.strerror(error.errno or 0)};"
            " name another --port"
        ) from None
    with door:
        made = ThreadedWSGIServer(host, port, wsgi(handler), handler=_quiet(), fd=door.fileno())
        made.daemon_threads = False  # closing waits for those that answer

        def stop(_: int, __: FrameType | None) -> None:
            threading.Thread(target=made.shutdown).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        place = f"http://{host}:{door.getsockname()[1]}/figures"
        say(f"{counted(len(handler.figures), 'question')} at {place}")
        made.serve_forever()


def wsgi(handler: Handler) -> Callable[..., Iterable[bytes]]:
    """The handler as Python's servers take it (PEP 3333)."""

    def application(environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        began = time.monotonic()
        request = Request(
            environ["REQUEST_METHOD"],
            environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
            environ.get("QUERY_STRING", ""),
            {"if-none-match": environ.get("HTTP_IF_NONE_MATCH", "")},
        )
        response = handler.answer(request)
        took = (time.monotonic() - began) * 1000
        log.info("%s %s %d %.0f ms", request.method, request.path[:200], response.status, took)
        return _sent(request, response, start)

    return application


def _sent(request: Request, response: Response, start: Callable[..., Any]) -> Iterable[bytes]:
    headers = [*response.headers.items()]
    if response.status != 304:
        headers.append(("content-length", str(len(response.body))))
    start(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
    return [b"" if request.method == "HEAD" else response.body]


def _quiet() -> Any:
    """A handler of connections that leaves the log to us."""
    from werkzeug.serving import WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        timeout = 30  # seconds for a request to arrive
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "tidegate", ""

        def log(self, *_: Any) -> None:
            """Say nothing."""

    return Quiet
