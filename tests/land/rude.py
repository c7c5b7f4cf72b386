"""A real Kinesis behind something that misbehaves as only AWS does."""

import json
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import Any

from typing_extensions import override

from tests.rude import Rude

Answer = tuple[int, dict[str, Any]]
Misbehaviour = Callable[[dict[str, Any], Callable[[dict[str, Any]], Answer]], Answer]


class RudeKinesis(Rude):
    """Hands calls on to a Kinesis, except those a test has a misbehaviour for.

    Attributes:
        instead: the misbehaviours of an operation, each used once, in order.
        asked: the operations called so far, with their arguments.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.instead: dict[str, list[Misbehaviour]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """What an operation was called with, call by call."""
        return [arguments for name, arguments in self.asked if name == operation]

    @override
    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Answer one call."""
        operation = call.headers["X-Amz-Target"].partition(".")[2]
        asked = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        self.asked.append((operation, asked))

        def go_on(arguments: dict[str, Any]) -> Answer:
            behind = HTTPConnection(self.behind)
            headers = {k: v for k, v in call.headers.items() if k.lower() != "content-length"}
            behind.request("POST", "/", json.dumps(arguments).encode(), headers)
            response = behind.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else {}

        planned = self.instead.get(operation, [])
        status, told = planned.pop(0)(asked, go_on) if planned else go_on(asked)
        body = json.dumps(told).encode()
        call.send_response(status)
        call.send_header("Content-Type", "application/x-amz-json-1.1")
        call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)


def refuse(code: str) -> Misbehaviour:
    """Answer with an error."""
    return lambda asked, go_on: (400, {"__type": code, "message": "not now"})


def gap(lag: int) -> Misbehaviour:
    """Answer as AWS does in a stretch without records: nothing, and so many milliseconds behind."""
    return lambda asked, go_on: (
        200,
        {"Records": [], "NextShardIterator": asked["ShardIterator"], "MillisBehindLatest": lag},
    )


def take_only(*places: int) -> Misbehaviour:
    """Take the records at some places of a request and refuse the others, one by one."""

    def some(asked: dict[str, Any], go_on: Callable[[dict[str, Any]], Answer]) -> Answer:
        no = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "not now"}
        results: list[dict[str, Any]] = [no] * len(asked["Records"])
        if places:
            chosen = [asked["Records"][place] for place in places]
            _, told = go_on(asked | {"Records": chosen})
            for place, result in zip(places, told["Records"], strict=True):
                results[place] = result
        return 200, {"FailedRecordCount": len(results) - len(places), "Records": results}

    return some
