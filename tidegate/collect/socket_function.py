"""Open connections as a Lambda function behind API Gateway's WebSocket API.

API Gateway holds the connections. It asks the function once who opens one, and hands what it was
told back with each message; the function's answer goes over the connection (the route's response).
So nothing is kept between two messages, and nothing need be posted to a connection.
"""

import base64
from urllib.parse import urlencode

from tidegate.collect.lambda_function import opened
from tidegate.collect.opening import tell
from tidegate.collect.problems import PROBLEMS
from tidegate.collect.sockets import PATH, Sockets, acknowledged
from tidegate.errors import TidegateError
from tidegate.logs import log
from tidegate.web.gateway import Event
from tidegate.web.messages import Request, Response
from tidegate.web.problems import Refused


class Unauthorized(Exception):  # noqa: N818 - API Gateway answers 401 where it reads this word
    """There is no key, or a wrong one."""


def handler(event: Event, context: object = None) -> Event:  # noqa: ARG001
    """Answer one event of API Gateway: who opens a connection, or a message.

    Args:
        event: of a REQUEST authorizer at ``$connect``, or of a route.
        context: Lambda's; not needed.

    Returns:
        The policy, or the acknowledgement, as API Gateway takes it.

    Raises:
        Unauthorized: who opens a connection has no key, or a wrong one.
        TidegateError: who opens one finds the collector not set up, which is answered with 500.
    """
    if event.get("type") == "REQUEST":
        return _authorized(event)
    about = event["requestContext"]
    if about["eventType"] != "MESSAGE":
        return {"statusCode": 200}
    body = event.get("body") or ""
    message = base64.b64decode(body) if event.get("isBase64Encoded") else body
    return {"statusCode": 200, "body": _acknowledged(about["authorizer"], message)}


def _authorized(event: Event) -> Event:
    """Whether a connection may be opened; the policy's context says for what, and by which key."""
    door, settings = opened()
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    query = urlencode(event.get("queryStringParameters") or {})
    sender = Sockets(door).open(Request("GET", PATH, query, headers))
    tell(door.counts, settings)
    if isinstance(sender, Response):
        if sender.status == 401:
            raise Unauthorized("Unauthorized")
        return _policy("Deny", event["methodArn"], {})
    return _policy("Allow", event["methodArn"], {"source": sender.source, "key": sender.key})


def _acknowledged(sender: Event, message: str | bytes) -> str:
    try:
        door, settings = opened()
    except TidegateError as error:  # told to who looks after it; a sender only waits
        log.error("the collector isn't set up: %s", error)
        return acknowledged(None, PROBLEMS.answer(Refused("not_ready", "send again later")))
    told = Sockets(door).answer(sender["source"], sender["key"], message)
    tell(door.counts, settings)
    return told


def _policy(effect: str, what: str, context: dict[str, str]) -> Event:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": what}
    return {
        "principalId": context.get("key", "nobody"),
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
