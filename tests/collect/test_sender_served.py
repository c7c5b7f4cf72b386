"""The sender as the collector serves it: small, and made of the source that people read."""

import hashlib
import http.client
import re

import pytest

from tests.collect.homes import Home, Process
from tidegate.collect.door import SENDER

SOURCE = SENDER.with_name("sender.js")


@pytest.mark.quick
def test_the_sender_is_smaller_than_3_kb() -> None:
    assert len(SENDER.read_bytes()) < 3_000


@pytest.mark.quick
def test_the_sender_that_is_served_is_made_of_the_source_as_it_is_now() -> None:
    source = SOURCE.read_bytes()
    named = hashlib.sha1(b"blob %d\0" % len(source) + source).hexdigest()

    found = re.match(r"// .* made of sender\.js ([0-9a-f]{40})\n", SENDER.read_text())

    assert found
    assert found[1] == named, 'run "make sender"'


def test_pages_load_the_sender_from_the_collector(process: Process) -> None:
    client = http.client.HTTPConnection(process.host, process.port, timeout=30)
    client.request("GET", "/sender.js", headers={"origin": "https://anywhere.example.org"})
    response = client.getresponse()

    assert response.status == 200
    assert response.read() == SENDER.read_bytes()
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"


def test_the_sender_is_not_written_to(home: Home) -> None:
    answer = home.ask("POST", "/sender.js", b"{}")

    assert (answer.status, answer.document["reason"]) == (405, "wrong_method")
