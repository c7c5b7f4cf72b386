"""Devices that stay connected: each message is acknowledged as HTTP answers, in both homes."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.collect.conftest import forget, function
from tests.collect.gateway import gateway
from tests.collect.homes import KEY, KEYS, PAGE, Process, environment, eventually
from tests.land.test_kinesis import now
from tidegate.aws import AwsConfig, Endpoint
from tidegate.land.kinesis import describe_stream, read_shard

Open = Callable[..., ClientConnection]


@pytest.fixture(scope="module", params=["process", "gateway"])
def address(
    request: pytest.FixtureRequest, folder: Path, endpoint: Endpoint, named: dict[str, str]
) -> Iterator[str]:
    """Where each home's connections are opened."""
    if request.param == "process":
        process: Process = request.getfixturevalue("process")
        yield f"ws://{process.host}:{process.port}/stream"
        return
    with pytest.MonkeyPatch.context() as patch:
        function(patch, folder, environment(folder, endpoint.address, named))
        with gateway() as place:
            yield place
    forget()


@pytest.fixture
def device(address: str) -> Iterator[Open]:
    """Opens connections, which end with the test."""
    with ExitStack() as opened:

        def open_one(source: str = "shop", key: str = KEY, **options: Any) -> ClientConnection:
            query = f"?source={source}&key={key}" if source else ""
            made = connect(address + query, proxy=None, compression=None, **options)
            return opened.enter_context(made)

        yield open_one


@pytest.fixture
def arrived(aws: AwsConfig, named: dict[str, str]) -> Callable[[], list[tuple[str, bytes]]]:
    """What has come to the shop's stream since the test began: shard and payload."""

    def read() -> list[tuple[str, str, bytes]]:
        stream = describe_stream(aws, named["shop"])
        return [
            (row["shard"], row["sequence_number"], row["payload"])
            for shard in stream.shards
            for batch in read_shard(aws, stream, shard.id, None, 1, 1_000_000, now())
            for row in batch.to_pylist()
        ]

    before = set(read())
    return lambda: [
        (shard, data) for shard, number, data in read() if (shard, number, data) not in before
    ]


def said(connection: ClientConnection, message: str | bytes | dict[str, Any]) -> Any:
    """Send a message; back comes its acknowledgement."""
    connection.send(json.dumps(message) if isinstance(message, dict) else message)
    return json.loads(connection.recv(30))


def test_a_message_is_acknowledged_by_its_id_once_its_record_is_on_the_stream(
    device: Open, arrived
) -> None:
    told = said(device(), '{"id": "17", "records": {"a" : 1e0} }')

    ((shard, payload),) = arrived()
    assert payload == b'{"a" : 1e0}'
    place = {"shard": shard, "sequence_number": told["records"][0]["sequence_number"]}
    assert told == {
        "id": "17",
        "status": 200,
        "accepted": 1,
        "refused": 0,
        "records": [{"index": 0, "status": "accepted", **place}],
    }


def test_each_record_of_a_batch_is_answered_and_is_on_the_stream_as_it_is_written_there(
    device: Open, arrived
) -> None:
    told = said(
        device(), '{"records":[{"a": 1,"a":\t2}, 3, {"\\u00e9": "é世"}],"id":-7,"more":"]"}'
    )

    assert sorted(data for _, data in arrived()) == [
        b'{"\\u00e9": "\xc3\xa9\xe4\xb8\x96"}',
        b'{"a": 1,"a":\t2}',
    ]
    assert (told["id"], told["status"], told["accepted"], told["refused"]) == (-7, 207, 2, 1)
    assert told["records"][1] == {
        "index": 1,
        "status": "refused",
        "reason": "not_object",
        "retry": False,
    }


@pytest.mark.parametrize(
    ("message", "identity", "reason"),
    [
        ("", None, "not_json"),
        ("hello", None, "not_json"),
        ('{"id": 1, "records": [{"a": 1}]} {}', None, "not_json"),
        ('{"id": 1, "records": [{"a": NaN}]}', None, "not_json"),
        ('[{"id": 1}]', None, "not_object"),
        ('{"records": [{"a": 1}]}', None, "no_id"),
        ('{"id": null, "records": [{"a": 1}]}', None, "no_id"),
        ('{"id": true, "records": [{"a": 1}]}', None, "no_id"),
        ('{"id": 1.5, "records": [{"a": 1}]}', None, "no_id"),
        ('{"id": ' + "9" * 5_000 + ', "records": [{"a": 1}]}', None, "no_id"),
        ('{"id": 1}', 1, "empty"),
        ('{"id": 1, "records": []}', 1, "empty"),
        ('{"id": 1, "records": [2, "a"]}', 1, "not_object"),
        ('{"id": 1, "records": "a"}', 1, "not_object"),
        ('{"id": 1, "records": ' + "[" * 30_000 + "]" * 30_000 + "}", None, "too_deep"),
        ('{"id": 1, "records": [' + "{}," * 5_000 + "{}]}", 1, "too_many"),
        (b'{"id": 1, "records": [{"a": "\xff"}]}', None, "not_utf8"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_problem_and_the_connection_lives_on(
    message: str | bytes, identity: object, reason: str, device: Open, arrived
) -> None:
    connection = device()

    told = said(connection, message)

    assert (told["id"], told["reason"]) == (identity, reason)
    assert told["type"] == f"urn:tidegate:collector:{reason}"
    assert told["status"] in (400, 413)
    assert arrived() == []
    assert said(connection, {"id": 2, "records": {}})["accepted"] == 1


def test_a_message_of_bytes_is_taken_as_text_is(device: Open, arrived) -> None:
    assert said(device(), '{"id": 1, "records": {"a": "é"}}'.encode())["accepted"] == 1

    assert [data for _, data in arrived()] == ['{"a": "é"}'.encode()]


def test_messages_sent_without_waiting_are_each_acknowledged(device: Open, arrived) -> None:
    connection = device()

    for number in range(100):
        connection.send(json.dumps({"id": number, "records": [{"n": number}]}))
    told = [json.loads(connection.recv(30)) for _ in range(100)]

    assert sorted(one["id"] for one in told) == list(range(100))
    assert len(arrived()) == 100


@pytest.mark.parametrize(
    ("source", "key", "options", "here", "on_aws"),
    [
        ("shop", "wrong", {}, 401, 401),
        ("shop", "", {}, 401, 401),
        ("museum", KEY, {}, 401, 401),
        ("garden", KEY, {}, 404, 403),
        ("", KEY, {}, 404, 401),
        ("shop", KEY, {"origin": "https://elsewhere.example.org"}, 403, 403),
    ],
)
def test_who_may_not_send_is_refused_at_the_handshake(
    source: str, key: str, options: Any, here: int, on_aws: int, device: Open, request
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        device(source, key, **options)

    home = request.node.callspec.params["address"]
    assert refusal.value.response.status_code == (here if home == "process" else on_aws)


def test_a_refusal_at_the_processs_handshake_says_why(process: Process) -> None:
    address = f"ws://{process.host}:{process.port}/stream?source=shop&key=wrong"
    with pytest.raises(InvalidStatus) as refusal, connect(address, proxy=None):
        pass

    response = refusal.value.response
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(response.body)["reason"] == "wrong_key"


def test_a_page_that_may_send_may_stay_connected_and_the_key_may_be_in_the_header(
    address: str,
) -> None:
    headers = {"X-Tidegate-Key": KEY}
    with connect(
        f"{address}?source=shop", origin=PAGE, additional_headers=headers, proxy=None
    ) as connection:
        assert said(connection, {"id": 1, "records": {}})["accepted"] == 1


def test_a_message_that_is_too_large_ends_the_connection_and_nothing_of_it_arrives(
    device: Open, arrived
) -> None:
    connection = device()

    with pytest.raises(ConnectionClosed) as end:
        said(connection, {"id": 1, "records": {"a": "x" * 131_072}})

    assert end.value.rcvd.code == 1009
    assert arrived() == []


def test_a_message_sent_again_after_the_connection_was_cut_is_the_same_record_in_the_same_shard(
    device: Open, arrived
) -> None:
    message = {"id": "order-1", "records": [{"event_id": "1"}, {"event_id": "2"}]}
    cut = device()
    cut.send(json.dumps(message))
    eventually(lambda: len(arrived()) == 2)
    # Reset, so that no acknowledgement is read.
    cut.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cut.socket.close()

    again = said(device(), message)

    assert again["accepted"] == 2
    first, second, third, fourth = sorted(arrived())
    assert (first, third) == (second, fourth)


def test_a_connection_half_a_message_came_over_loses_no_other(device: Open, arrived) -> None:
    torn = device()
    torn.socket.sendall(bytes([0x81, 0xFE, 0x10, 0x00]) + b"only the beginning")
    torn.socket.close()

    assert said(device(), {"id": 1, "records": {"a": 1}})["accepted"] == 1
    assert len(arrived()) == 1


def test_a_key_taken_away_ends_what_an_open_connection_may_send(
    device: Open, arrived, folder: Path
) -> None:
    connection = device("shop", KEYS["shop"]["keys"]["before"])
    assert said(connection, {"id": 1, "records": {}})["accepted"] == 1
    fewer = {**KEYS, "shop": {**KEYS["shop"], "keys": {"web": KEY}}}
    (folder / "keys.json").write_text(json.dumps(fewer))

    def is_refused() -> bool:
        told = said(connection, {"id": 2, "records": {}})
        return (told["status"], told.get("reason")) == (401, "wrong_key")

    try:
        eventually(is_refused)
    finally:
        (folder / "keys.json").write_text(json.dumps(KEYS))


def test_a_flood_is_told_to_wait(device: Open) -> None:
    connection = device("still")
    said(connection, {"id": 1, "records": [{}] * 6})

    told = said(connection, {"id": 2, "records": {}})

    assert (told["id"], told["status"], told["reason"]) == (2, 429, "flood")
    assert told["retry_after"] >= 1


def test_a_stream_that_is_not_there_is_told_with_when_to_send_again(device: Open) -> None:
    told = said(device("gone"), {"id": 1, "records": {}})

    assert (told["id"], told["status"], told["reason"]) == (1, 503, "no_stream")
    assert told["retry_after"] == 5


def test_a_connection_may_be_silent_longer_than_a_request_may_take(device: Open) -> None:
    connection = device()
    time.sleep(1.5)

    assert said(connection, {"id": 1, "records": {}})["accepted"] == 1


def test_a_process_that_stops_ends_its_connections_so_that_devices_come_back(
    folder: Path, endpoint: Endpoint, named: dict[str, str]
) -> None:
    process = Process(folder, environment(folder, endpoint.address, named))
    with connect(
        f"ws://{process.host}:{process.port}/stream?source=shop&key={KEY}", proxy=None
    ) as connection:
        assert said(connection, {"id": 1, "records": {}})["accepted"] == 1
        process.end()
        with pytest.raises(ConnectionClosed) as end:
            connection.recv(10)

    assert end.value.rcvd.code == 1012
    assert process.process.returncode == 0
