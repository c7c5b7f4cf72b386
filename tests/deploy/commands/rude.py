"""A real endpoint behind something that answers some requests as only AWS does."""

from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

from typing_extensions import override

from tests.rude import Rude

Asked = dict[str, str]
Told = tuple[int, str]


class RudeAws(Rude):
    """Hands requests on to an endpoint, except those a test has another answer for.

    Attributes:
        instead: for an action, or S3's method, what is answered; None hands that request on.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.instead: dict[str, Callable[[Asked], Told | None]] = {}

    @override
    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        is_query = "urlencoded" in call.headers.get("Content-Type", "")
        asked = {"Action": call.command, "Path": call.path}  # as S3 is asked
        if is_query:
            asked = {k: v[0] for k, v in parse_qs(body.decode()).items()}
        planned = self.instead.get(asked.get("Action", ""), lambda asked: None)(asked)
        if planned:
            status, text = planned
            self._send(call, status, text.encode(), {"Content-Type": "text/xml"})
            return
        behind = HTTPConnection(self.behind)
        behind.request(call.command, call.path, body, dict(call.headers.items()))
        response = behind.getresponse()
        told = {k: v for k, v in response.getheaders() if k.lower() not in _HOP}
        self._send(call, response.status, response.read(), told)

    def _send(
        self, call: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        call.send_response(status)
        for name, value in headers.items():
            call.send_header(name, value)
        if call.command != "HEAD":
            call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)


_HOP = {"content-length", "connection", "transfer-encoding", "date", "server"}


def refuse(code: str, message: str) -> Callable[[Asked], Told]:
    """Answer with an error."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return lambda asked: (400, f"<ErrorResponse>{error}</ErrorResponse>")


def refuse_of_s3(path: str) -> Callable[[Asked], Told | None]:
    """Refuse what S3 is asked of a path, in its words, which name neither who nor what."""
    error = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return lambda asked: (403, error) if path in asked["Path"] else None


def stack_in(stack: str, status: str, reason: str = "") -> Callable[[Asked], Told | None]:
    """Say that one stack is in a status."""
    told = f"""<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
        <StackName>{stack}</StackName><StackId>{stack}</StackId>
        <CreationTime>2026-01-01T00:00:00Z</CreationTime>
        <StackStatus>{status}</StackStatus><StackStatusReason>{reason}</StackStatusReason>
        </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
    return lambda asked: (200, told) if asked.get("StackName") == stack else None
