"""How the process bears senders that are slow, cut off or no HTTP, and how it ends."""

import itertools
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.collect.homes import (
    KEY,
    KEYS,
    Process,
    environment,
    eventually,
    refused,
    send,
)
from tests.conftest import REPOSITORY
from tests.land.rude import Answer as KinesisAnswer
from tests.land.rude import RudeKinesis, refuse
from tests.land.test_send import on
from tidegate.aws import AwsConfig, Endpoint
from tidegate.collect.arriving import LARGEST_HEAD
from tidegate.collect.counts import OF_REASON, OF_SOURCE, UNITS

HEAD = (
    f"POST /events/shop HTTP/1.1\r\nhost: here\r\nx-tidegate-key: {KEY}\r\n"
    "content-type: application/x-ndjson\r\n"
)


@contextmanager
def connected(process: Process) -> Iterator[socket.socket]:
    with socket.create_connection((process.host, process.port), timeout=20) as connection:
        yield connection


def answered(connection: socket.socket) -> tuple[int, dict[str, Any], bool]:
    """An answer's status and document, and whether the connection was ended after it."""
    response = HTTPResponse(connection)
    response.begin()
    document = json.loads(response.read())
    return response.status, document, connection.recv(1) == b""


@pytest.mark.parametrize(
    "sent",
    [
        "POST /events/shop HTT",
        HEAD,
        f'{HEAD}content-length: 20\r\n\r\n{{"a": 1}}\n',
        f'{HEAD}transfer-encoding: chunked\r\n\r\n9\r\n{{"a": 1}}\n\r\n',
    ],
    ids=["in its first line", "in its head", "in its body", "in its chunks"],
)
def test_a_sender_that_is_slow_is_told_so_and_nothing_of_it_is_taken(
    sent: str, process: Process
) -> None:
    before = process.ask("GET", "/health").document["accepted"]
    slow = refused(process).get("slow", 0)
    with connected(process) as connection:
        connection.sendall(sent.encode())
        status, document, is_over = answered(connection)

    assert (status, document["reason"], is_over) == (408, "slow", True)
    assert refused(process)["slow"] == slow + 1
    assert process.ask("GET", "/health").document["accepted"] == before


def test_one_that_sends_a_byte_now_and_then_is_slow_too(process: Process) -> None:
    with connected(process) as connection:
        connection.sendall(f"{HEAD}content-length: 100\r\n\r\n".encode())
        stopped = threading.Event()

        def trickle() -> None:
            while not stopped.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        began = time.monotonic()
        response = HTTPResponse(connection)
        response.begin()
        took = time.monotonic() - began
        stopped.set()
        thread.join()

    assert response.status == 408
    assert took < 5


def test_slow_senders_keep_nobody_else_from_sending(process: Process) -> None:
    with ThreadPoolExecutor(1) as beside:
        idle = [socket.create_connection((process.host, process.port)) for _ in range(200)]
        for one in idle:
            one.sendall(f"{HEAD}content-length: 20\r\n\r\n{{".encode())
        answer = beside.submit(send, process, b"{}").result(timeout=10)
        for one in idle:
            one.close()

    assert answer.status == 200


def test_of_a_batch_that_is_cut_off_nothing_is_taken(process: Process) -> None:
    before = process.ask("GET", "/health").document["accepted"]
    cut = refused(process).get("cut", 0)
    body = b'{"a": 1}\n' * 1_000
    with connected(process) as connection:
        connection.sendall(f"{HEAD}content-length: {len(body)}\r\n\r\n".encode())
        connection.sendall(body[: len(body) // 2])

    eventually(lambda: refused(process).get("cut", 0) == cut + 1)
    assert process.ask("GET", "/health").document["accepted"] == before


def test_a_batch_that_came_whole_is_taken_whoever_waits_for_the_answer(process: Process) -> None:
    before = process.ask("GET", "/health").document["accepted"]
    body = b'{"a": 1}\n' * 100
    with connected(process) as connection:
        connection.sendall(f"{HEAD}content-length: {len(body)}\r\n\r\n".encode() + body)

    eventually(lambda: process.ask("GET", "/health").document["accepted"] == before + 100)


def test_a_body_that_is_too_large_is_refused_while_it_comes(process: Process) -> None:
    """Nobody says how large it will be: it comes in chunks."""
    block = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with connected(process) as connection:
        connection.sendall(f"{HEAD}transfer-encoding: chunked\r\n\r\n".encode())
        for _ in range(66):
            connection.sendall(block)
        response = HTTPResponse(connection)
        response.begin()

    assert response.status == 413


def test_a_refusal_by_the_head_alone_doesnt_wait_for_the_body(process: Process) -> None:
    with connected(process) as connection:
        connection.sendall(b"POST /events/zoo HTTP/1.1\r\nhost: here\r\ncontent-length: 99\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()

    assert response.status == 404


def test_a_head_without_end_is_refused(process: Process) -> None:
    with connected(process) as connection:
        connection.sendall(HEAD.encode())
        with suppress(OSError):  # whoever is refused can't go on for ever
            for _ in range(1_000):
                connection.sendall(b"x-more: " + b"a" * LARGEST_HEAD + b"\r\n")
                time.sleep(0.01)
            pytest.fail("it could go on")

    assert refused(process)["head_too_large"] == 1


def test_whoever_doesnt_read_the_answers_is_left(process: Process) -> None:
    body = b"1\n" * 5_000  # refused one by one, in an answer many times as long
    request = f"{HEAD}content-length: {len(body)}\r\n\r\n".encode() + body
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(10)
        connection.connect((process.host, process.port))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_for_ever(connection, request)
    assert process.ask("GET", "/health").status == 200


def send_for_ever(connection: socket.socket, request: bytes) -> None:
    while True:
        connection.sendall(request)


def test_what_is_no_http_is_told_so_in_the_same_shape(process: Process) -> None:
    with connected(process) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 is TLS\r\n\r\n")
        status, document, is_over = answered(connection)

    assert (status, document["reason"], is_over) == (400, "not_http", True)


def test_one_connection_takes_many_requests(process: Process) -> None:
    client = HTTPConnection(process.host, process.port, timeout=20)
    statuses = []
    for body in (b"{}", b"{", b"{}"):
        client.request("POST", "/events/shop", body, {"x-tidegate-key": KEY})
        response = client.getresponse()
        response.read()
        statuses.append(response.status)
    client.close()

    assert statuses == [200, 400, 200]


def test_requests_sent_without_waiting_are_answered_in_order(process: Process) -> None:
    body = b'{"a": 1}'
    one = f"{HEAD}content-length: {len(body)}\r\n\r\n".encode() + body
    wrong = one.replace(KEY.encode(), b"b-key-of-the-shop")
    with connected(process) as connection:
        connection.sendall(one + wrong + one)
        statuses = []
        reader = connection.makefile("rb")
        while len(statuses) < 3:
            statuses += [int(x) for x in re.findall(rb"HTTP/1.1 (\d+)", reader.readline())]

    assert statuses == [200, 401, 200]


@pytest.fixture
def started(
    tmp_path: Path, rude: RudeKinesis, make_stream: Callable[..., str]
) -> Iterator[Callable[..., tuple[Process, str]]]:
    """Starts a collector whose Kinesis misbehaves as a test says; back comes its stream too."""
    begun: list[Process] = []

    def start(**settings: str) -> tuple[Process, str]:
        stream = make_stream()
        told = environment(tmp_path, str(rude.config.endpoint_url), {"shop": stream})
        begun.append(Process(tmp_path, {**told, **settings}))
        return begun[-1], stream

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.end()


def after(seconds: float) -> Any:
    """Answer as ever, but late."""

    def late(asked: dict[str, Any], go_on: Callable[[dict[str, Any]], KinesisAnswer]) -> Any:
        time.sleep(seconds)
        return go_on(asked)

    return late


def test_told_to_end_it_answers_what_has_come_and_takes_nothing_more(
    started, rude: RudeKinesis, aws: AwsConfig
) -> None:
    process, stream = started()
    rude.instead["PutRecords"] = [after(1.0)]
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(send, process, b'{"a": 1}')
        eventually(lambda: rude.calls("PutRecords"))
        process.process.terminate()
        eventually(lambda: is_closed(process))
        said = process.end()

        assert waiting.result().status == 200
    assert process.process.returncode == 0
    assert on(aws, stream) == [b'{"a": 1}']
    assert "shop: 1 record accepted (web 1)" in said
    assert "the collector has stopped; all that came was answered" in said


def test_killed_in_its_midst_it_has_accepted_nothing_that_the_stream_has_not(
    started, aws: AwsConfig
) -> None:
    process, stream = started()
    accepted: list[bytes] = []

    def send_on(sender: int) -> None:
        for number in itertools.count():
            events = [f'{{"id": "{sender}-{number}-{one}"}}'.encode() for one in range(20)]
            try:
                answer = send(process, b"\n".join(events), content_type="application/x-ndjson")
            except (OSError, HTTPException):
                return
            accepted.extend(one for one, why in zip(events, answer.reasons, strict=True) if not why)

    with ThreadPoolExecutor(4) as senders:
        sending = [senders.submit(send_on, one) for one in range(4)]
        eventually(lambda: len(accepted) > 400)
        process.process.kill()
        for one in sending:
            one.result(timeout=30)

    there = on(aws, stream)
    assert set(accepted) <= set(there)
    assert len(accepted) == len(set(accepted))


def is_closed(process: Process) -> bool:
    """Whether nobody is let in any more."""
    try:
        socket.create_connection((process.host, process.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_request_that_is_just_arriving_is_taken_before_the_end(started, aws: AwsConfig) -> None:
    process, stream = started()
    body = b'{"a": 1}'
    with connected(process) as connection:
        connection.sendall(f"{HEAD}content-length: {len(body)}\r\n\r\n".encode() + body[:4])
        time.sleep(0.2)
        process.process.terminate()
        eventually(lambda: is_closed(process))
        connection.sendall(body[4:])
        status, _, is_over = answered(connection)

    process.end()
    assert (status, is_over, process.process.returncode) == (200, True, 0)
    assert on(aws, stream) == [body]


def test_health_says_that_it_is_about_to_stop_while_it_still_takes_events(started) -> None:
    process, _ = started(TIDEGATE_COLLECT_DRAIN_SECONDS="1.5")
    assert process.ask("GET", "/health").status == 200

    process.process.terminate()
    eventually(lambda: process.ask("GET", "/health").status == 503)

    assert process.ask("GET", "/health").document["status"] == "stopping"
    assert send(process, b"{}").status == 200
    process.process.wait(30)
    assert process.process.returncode == 0


def test_what_was_counted_is_told_as_metrics_by_reason(started) -> None:
    process, _ = started()
    send(process, b'{"a": 1}\n{\n', content_type="application/x-ndjson")
    process.ask("POST", "/events/zoo/with/a/long/name", b"{}")

    lines = [json.loads(one) for one in process.end().splitlines() if one.startswith("{")]

    told = [
        (one["Source"], one.get("Reason", ""), {n: one[n] for n in UNITS if n in one})
        for one in lines
    ]
    assert ("shop", "", {"RecordsAccepted": 1, "RecordsRefused": 1}) in told
    assert ("shop", "not_json", {"RecordsRefused": 1}) in told
    assert ("unknown", "unknown_path", {"RequestsRefused": 1}) in told
    sets = [one["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for one in lines]
    assert all(one in (OF_SOURCE, OF_REASON) for one in sets)


def test_a_stream_that_takes_no_more_is_told_with_a_time_to_come_again(
    started, rude: RudeKinesis
) -> None:
    process, _ = started(TIDEGATE_COLLECT_SECONDS="0.5")
    rude.instead["PutRecords"] = [refuse("ProvisionedThroughputExceededException")] * 100

    answer = send(process, b"[{}, {}]")

    assert (answer.status, answer.reasons) == (503, ["throttled", "throttled"])
    assert int(answer.headers["retry-after"]) > 0
    assert all(one["retry"] for one in answer.document["records"])
    assert refused(process) == {"throttled": 2}


def test_more_than_can_be_answered_in_time_is_told_to_come_again(
    started, rude: RudeKinesis, aws: AwsConfig
) -> None:
    process, stream = started(TIDEGATE_COLLECT_SECONDS="0.5")
    rude.instead["PutRecords"] = [after(2)] * 100
    bodies = [f'{{"id": {number}}}'.encode() for number in range(300)]
    began = time.monotonic()
    with ThreadPoolExecutor(300) as senders:
        answers = list(senders.map(lambda one: send(process, one), bodies))

    assert time.monotonic() - began < 25
    assert {one.status for one in answers} == {200, 503}
    assert "busy" in {one.document.get("reason") for one in answers}
    accepted = {body for body, one in zip(bodies, answers, strict=True) if one.status == 200}
    assert accepted <= set(on(aws, stream))


def test_a_key_is_replaced_while_it_runs(started, tmp_path: Path) -> None:
    process, _ = started()
    keys = tmp_path / "keys.json"
    assert send(process, b"{}").status == 200

    keys.write_text(keys.read_text().replace(KEY, "a-key-of-tomorrow"))

    eventually(lambda: send(process, b"{}").status == 401)
    tomorrow = {"x-tidegate-key": "a-key-of-tomorrow"}
    assert process.ask("POST", "/events/shop", b"{}", tomorrow).status == 200


def test_keys_that_cant_be_read_any_more_stay_as_they_were(started, tmp_path: Path) -> None:
    process, _ = started()
    (tmp_path / "keys.json").write_text('{"shop": {"kyes": {}}}')

    for _ in range(5):
        assert send(process, b"{}").status == 200
        time.sleep(0.1)

    said = process.end()
    assert "the keys stay as they were" in said
    assert "kyes" in said
    assert KEY not in said


def collect(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Type ``tidegate collect`` where it won't start."""
    command = "import sys; from tidegate.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, "collect", *words],
        cwd=folder,
        env={"PYTHONPATH": ":".join([str(REPOSITORY), *sys.path]), "PATH": "/bin", **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "there are no keys to know senders by"),
        ({"TIDEGATE_COLLECT_KEYS": "nowhere.json"}, "nowhere.json: No such file or directory"),
        ({"TIDEGATE_COLLECT_KEYS": '{"shop": {"keys": {"web": "short"}}}'}, "has 5 characters"),
        ({"TIDEGATE_COLLECT_KEYS": '{"shop": {"keys": {"web": "sha256:no"}}}'}, "64 hexadecimal"),
        ({"TIDEGATE_COLLECT_KEYS": '{"shop": {"kyes": {}}}'}, "shop.keys"),
        ({"TIDEGATE_STREAMS": "{}"}, "there is no stream to put events on"),
    ],
)
def test_a_collector_that_cant_start_says_what_is_missing(
    settings: dict[str, str], told: str, tmp_path: Path, endpoint: Endpoint
) -> None:
    (tmp_path / "tidegate.toml").write_text(f'endpoint = "{endpoint.address}"\n')

    ended = collect(tmp_path, **{"TIDEGATE_STREAMS": '{"shop": "shop"}', **settings})

    assert ended.returncode == 2
    assert ended.stderr.startswith("SettingsError: ")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path, endpoint: Endpoint) -> None:
    (tmp_path / "tidegate.toml").write_text(f'endpoint = "{endpoint.address}"\n')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = collect(
            tmp_path,
            *("--port", str(port)),
            TIDEGATE_STREAMS='{"shop": "shop"}',
            TIDEGATE_COLLECT_KEYS=json.dumps(KEYS),
        )

    assert ended.returncode == 2
    assert f"127.0.0.1:{port} can't be bound" in ended.stderr
