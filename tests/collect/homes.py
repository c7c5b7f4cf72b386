"""The door in its two homes, asked alike: over HTTP as a process, and by API Gateway's events."""

import base64
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from tests.conftest import REPOSITORY
from tidegate.collect import lambda_function

KEY, OLD_KEY, OTHER_KEY = "a-key-of-the-shop", "a-key-from-before", "a-key-of-the-museum"
PAGE = "https://shop.example.org"
KEYS = {
    "shop": {
        "keys": {"web": KEY, "before": OLD_KEY},
        "origins": [PAGE],
        "rate": 1_000_000,
    },
    "museum": {"keys": {"app": OTHER_KEY}},
    "gone": {"keys": {"web": KEY}},
    "still": {"keys": {"web": KEY}, "rate": 2},
}


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        headers: by their names in small letters.
        document: the JSON in it; empty where there is no body.
    """

    status: int
    headers: dict[str, str]
    document: dict[str, Any]

    @property
    def reasons(self) -> list[str]:
        """Each record's reason, empty where it was accepted."""
        return [one.get("reason", "") for one in self.document["records"]]


class Home(Protocol):
    """A home of the door."""

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask something."""


def send(home: Home, body: bytes, source: str = "shop", **headers: str) -> Answer:
    """Send a body with the source's key; ``content_type=…`` and others are its headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return home.ask("POST", f"/events/{source}", body, {"x-tidegate-key": KEY, **named})


def refused(home: Home) -> dict[str, int]:
    """How many requests and records were refused so far, by reason."""
    told = home.ask("GET", "/health").document["refused"]
    reasons = told["records"].keys() | told["requests"].keys()
    return {x: told["records"].get(x, 0) + told["requests"].get(x, 0) for x in reasons}


def environment(folder: Path, endpoint: str, streams: Mapping[str, str]) -> dict[str, str]:
    """The settings of both homes, and the keys' file."""
    keys = folder / "keys.json"
    keys.write_text(json.dumps(KEYS))
    return {
        "TIDEGATE_ENDPOINT": endpoint,
        "TIDEGATE_STREAMS": json.dumps(streams),
        "TIDEGATE_COLLECT_KEYS": str(keys),
        "TIDEGATE_COLLECT_KEYS_SECONDS": "0.1",
        "TIDEGATE_COLLECT_SECONDS": "2",
        "TIDEGATE_COLLECT_SLOW_SECONDS": "1",
        "TIDEGATE_COLLECT_DRAIN_SECONDS": "0",
        "TIDEGATE_METRICS": "cloudwatch",
    }


class Process:
    """The collector as its image starts it.

    Attributes:
        host, port: where it serves.
        process: the process.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tidegate.collect", "127.0.0.1", "0"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": _path(), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        first = self.process.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found, first + self.process.stdout.read()
        place = urlsplit(found[0])
        self.host, self.port = str(place.hostname), int(place.port or 0)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        client = http.client.HTTPConnection(self.host, self.port, timeout=30)
        target = f"{path}?{urlencode(query)}" if query else path
        client.request(method, target, body, dict(headers or {}))
        response = client.getresponse()
        text = response.read()
        client.close()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, json.loads(text) if text else {})

    def end(self) -> str:
        """Tell it to end; back comes what it said, once it has."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=30)
        return said


def _path() -> str:
    return os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])


class Function:
    """The collector as Lambda runs it, its settings being in the environment."""

    # API Gateway takes a body of another type for bytes, which it hands on as base64.
    TEXT = ("text/", "application/json", "application/javascript", "application/xml")

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        given = {name.lower(): value for name, value in (headers or {}).items()}
        is_text = given.get("content-type", "").startswith(self.TEXT)
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": urlencode(query or {}),
            "headers": {"content-length": str(len(body)), **given},
            "requestContext": {"http": {"method": method, "path": path, "protocol": "HTTP/1.1"}},
            "isBase64Encoded": False,
        }
        if body:
            is_text = is_text and "content-encoding" not in given and _is_utf8(body)
            event["body"] = body.decode() if is_text else base64.b64encode(body).decode()
            event["isBase64Encoded"] = not is_text
        # Lambda hands events and answers on as JSON.
        told = json.loads(json.dumps(lambda_function.handler(json.loads(json.dumps(event)))))
        document = json.loads(told["body"]) if told["body"] else {}
        return Answer(told["statusCode"], told["headers"], document)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def eventually(holds: Any, seconds: float = 10) -> None:
    """Wait until something holds."""
    latest = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < latest, "it never came to be so"
        time.sleep(0.02)
