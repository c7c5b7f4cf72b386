"""What API Gateway's WebSocket API does with a connection, around the collector's function.

It asks the function once who opens one, hands what that knows back to it with each message, and
sends its answer on, as a route with a response does.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tidegate.collect import socket_function

LARGEST = 128 * 1024
ARN = "arn:aws:execute-api:us-east-1:000000000000:sockets/stream/$connect"


@contextmanager
def gateway() -> Iterator[str]:
    """Serve; gives the address that devices open."""
    known: dict[ServerConnection, Any] = {}

    def opened(connection: ServerConnection, request: Request) -> Response | None:
        query = dict(parse_qsl(urlsplit(request.path).query))
        if "source" not in query:  # the authorizer's identity source (infra/collector.yaml)
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        asked = {
            "type": "REQUEST",
            "methodArn": ARN,
            "headers": dict(request.headers.raw_items()),
            "queryStringParameters": query,
            "requestContext": {"routeKey": "$connect", "eventType": "CONNECT"},
        }
        try:
            policy = called(asked)
        except Exception as error:
            is_unknown = str(error) == "Unauthorized"
            return connection.respond(HTTPStatus(401 if is_unknown else 500), "")
        if policy["policyDocument"]["Statement"][0]["Effect"] == "Deny":
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        known[connection] = policy["context"]
        about = {"eventType": "CONNECT", "authorizer": known[connection]}
        assert called({"requestContext": about})["statusCode"] == 200
        return None

    def messages(connection: ServerConnection) -> None:
        about = {"authorizer": known[connection], "routeKey": "$default"}
        try:
            for message in connection:
                is_text = isinstance(message, str)
                event = {
                    "requestContext": {**about, "eventType": "MESSAGE"},
                    "body": message if is_text else base64.b64encode(message).decode(),
                    "isBase64Encoded": not is_text,
                }
                connection.send(called(event)["body"])
        except ConnectionClosed:
            pass
        called({"requestContext": {**about, "eventType": "DISCONNECT"}})

    with serve(messages, "127.0.0.1", 0, process_request=opened, max_size=LARGEST) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/stream"
        server.shutdown()


def called(event: dict[str, Any]) -> Any:
    """The function's answer, both as Lambda hands them on: as JSON."""
    return json.loads(json.dumps(socket_function.handler(json.loads(json.dumps(event)))))
