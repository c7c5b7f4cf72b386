"""What stands before a real endpoint, for a test that has another answer for some requests."""

import threading
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tidegate.aws import AwsConfig


class Rude(ABC):
    """A server before an endpoint, while a block lasts.

    Attributes:
        behind: the endpoint's host and port.
        config: how this server is reached.
    """

    def __init__(self, address: str) -> None:
        self.behind = urlsplit(address).netloc
        rude = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                rude.answer(self)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        here = f"http://127.0.0.1:{self.server.server_port}"
        self.config = AwsConfig(here, "us-east-1", "local", "local")

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @abstractmethod
    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
