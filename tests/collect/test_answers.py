"""What is answered to whom, in both homes; what is accepted is on the stream, byte for byte."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.collect.conftest import forget, function
from tests.collect.homes import (
    KEY,
    KEYS,
    OLD_KEY,
    OTHER_KEY,
    PAGE,
    Home,
    environment,
    refused,
    send,
)
from tests.land.test_kinesis import now
from tidegate.aws import AwsConfig, Endpoint
from tidegate.collect.records import LARGEST_BODY, MOST_RECORDS
from tidegate.land.kinesis import describe_stream, read_shard

LINES = "application/x-ndjson"
LARGEST = 1_048_576 - 16  # a stream's largest record; the key takes 16 bytes
Told = list[tuple[str, str, bytes]]


@pytest.fixture
def arrived(aws: AwsConfig, named: dict[str, str]) -> Callable[[], Told]:
    """What has come to the shop's stream since the test began: shard, sequence number, payload."""

    def read(source: str = "shop") -> Told:
        stream = describe_stream(aws, named[source])
        return [
            (row["shard"], row["sequence_number"].lstrip("0"), row["payload"])
            for shard in stream.shards
            for batch in read_shard(aws, stream, shard.id, None, 1, 1_000_000, now())
            for row in batch.to_pylist()
        ]

    before = set(read())
    return lambda: [one for one in read() if one not in before]


def padded(size: int) -> bytes:
    """An object of so many bytes."""
    return b'{"a": "' + b"x" * (size - 9) + b'"}'


def test_an_event_is_on_the_stream_where_the_answer_says(home: Home, arrived) -> None:
    answer = send(home, b' {"a" : 1e0}\n')

    ((shard, number, payload),) = arrived()
    assert payload == b'{"a" : 1e0}'
    assert answer.status == 200
    assert answer.document == {
        "accepted": 1,
        "refused": 0,
        "records": [
            {"index": 0, "status": "accepted", "shard": shard, "sequence_number": number},
        ],
    }


def test_each_element_of_an_array_is_a_record_as_it_is_written_there(home: Home, arrived) -> None:
    odd = [
        b'{"a":\t1,\r\n "b": [1, {"c": "}]"}]}',
        rb'{"\u00e9": "\ud83d\ude00 \" ", "e": "\xc3\xa9"}'.replace(rb"\xc3\xa9", b"\xc3\xa9"),
        b'{"twice": 1, "twice": 2}',
        b'{"digits": ' + b"9" * 5_000 + b', "e": 1.50E+400}',
        b"{}",
        rb'{"alone": "\ud800"}',
    ]

    answer = send(home, b" [ " + b" ,\n".join(odd) + b" ]\n ", content_type="application/json")

    assert answer.status == 200
    assert sorted(payload for _, _, payload in arrived()) == sorted(odd)


def test_each_line_is_a_record_and_blank_ones_are_none(home: Home, arrived) -> None:
    answer = send(home, b'{"a": 1}\r\n\n  \n{"a": 2}', content_type=LINES)

    assert (answer.status, answer.document["accepted"]) == (200, 2)
    assert sorted(payload for _, _, payload in arrived()) == [b'{"a": 1}', b'{"a": 2}']


def test_gzip_is_unpacked_all_its_members(home: Home, arrived) -> None:
    packed = gzip.compress(b'{"a": 1}\n') + gzip.compress(b'{"a": 2}\n')

    answer = send(home, packed, content_type=LINES, content_encoding="gzip")

    assert (answer.status, answer.document["accepted"]) == (200, 2)
    assert sorted(payload for _, _, payload in arrived()) == [b'{"a": 1}', b'{"a": 2}']


def test_valid_records_of_a_batch_are_accepted_and_each_refusal_is_told(
    home: Home, arrived
) -> None:
    before = refused(home)
    lines = {
        b'{"a": 1}': "",
        b'{"a": 2': "not_json",
        b"[1]": "not_object",
        b'{"a": NaN}': "not_json",
        b"{'a': 3}": "not_json",
        b'{"a": "\xff"}': "not_utf8",
        b'{"a": 4} {"a": 5}': "not_json",
        padded(LARGEST): "",
        padded(LARGEST + 1): "too_large",
        b'{"a": ' + b"[" * 60_000 + b"]" * 60_000 + b"}": "too_deep",
        b'\xef\xbb\xbf{"a": "a mark in the midst"}': "not_json",
        b'{"a": 6}': "",
    }

    answer = send(home, b"\n".join(lines), content_type=LINES)

    assert (answer.status, answer.document["accepted"], answer.document["refused"]) == (207, 3, 9)
    assert answer.reasons == list(lines.values())
    told = {one["index"]: one for one in answer.document["records"]}
    assert told[1] == {"index": 1, "status": "refused", "reason": "not_json", "retry": False}
    assert {payload for _, _, payload in arrived()} == {x for x, why in lines.items() if not why}
    counted = {x: n - before.get(x, 0) for x, n in refused(home).items()}
    assert {x: n for x, n in counted.items() if n} == {
        "not_json": 5,
        "not_object": 1,
        "not_utf8": 1,
        "too_large": 1,
        "too_deep": 1,
    }


def test_an_array_with_an_element_that_is_no_object_keeps_the_others(home: Home, arrived) -> None:
    answer = send(home, b'[{"a": 1}, 2, "{}", null, [{}], {"a": 3}]')

    assert answer.status == 207
    assert answer.reasons == ["", "not_object", "not_object", "not_object", "not_object", ""]
    assert sorted(payload for _, _, payload in arrived()) == [b'{"a": 1}', b'{"a": 3}']


PACKED = gzip.compress(b"{}")
BOMB = gzip.compress(b"[" + b" " * (25 * LARGEST_BODY) + b"{}]")
REFUSED: dict[str, tuple[int, str, dict[str, Any]]] = {
    "no key": (401, "no_key", {"headers": {}}),
    "a wrong key": (401, "wrong_key", {"headers": {"x-tidegate-key": "another"}}),
    "a key of another source": (401, "wrong_key", {"headers": {"x-tidegate-key": OTHER_KEY}}),
    "a key that is no ASCII": (401, "wrong_key", {"headers": {"x-tidegate-key": "\xe9"}}),
    "an unknown source": (404, "unknown_source", {"path": "/events/zoo"}),
    "no source": (404, "unknown_path", {"path": "/events/"}),
    "another path": (404, "unknown_path", {"path": "/"}),
    "a path too long": (404, "unknown_path", {"path": "/events/shop/1"}),
    "another method": (405, "wrong_method", {"method": "PUT"}),
    "reading": (405, "wrong_method", {"method": "GET"}),
    "a form": (415, "unknown_type", {"type": "application/x-www-form-urlencoded"}),
    "another charset": (415, "unknown_type", {"type": "application/json; charset=latin1"}),
    "another encoding": (415, "unknown_encoding", {"encoding": "br"}),
    "no body": (400, "empty", {"body": b""}),
    "blanks": (400, "empty", {"body": b" \n"}),
    "a mark alone": (400, "empty", {"body": b"\xef\xbb\xbf"}),
    "an empty array": (400, "empty", {"body": b"[ ]"}),
    "a number": (400, "not_object", {"body": b"42"}),
    "text": (400, "not_object", {"body": b'"{}"'}),
    "no JSON": (400, "not_json", {"body": b"GET / HTTP/1.1"}),
    "a truncated object": (400, "not_json", {"body": b'{"a": 1'}),
    "a truncated array": (400, "not_json", {"body": b'[{"a": 1},'}),
    "a comma too many": (400, "not_json", {"body": b'[{"a": 1},]'}),
    "a comma too few": (400, "not_json", {"body": b'[{"a": 1} {"a": 2}]'}),
    "two objects": (400, "not_json", {"body": b'{"a": 1}{"a": 2}'}),
    "lines said to be JSON": (400, "not_json", {"body": b'{"a": 1}\n{"a": 2}'}),
    "a number that is none": (400, "not_json", {"body": b'{"a": NaN}'}),
    "infinity": (400, "not_json", {"body": b'{"a": -Infinity}'}),
    "a line break in a text": (400, "not_json", {"body": b'{"a": "\n"}'}),
    "a leading zero": (400, "not_json", {"body": b'{"a": 01}'}),
    "bytes that are no UTF-8": (400, "not_utf8", {"body": b'{"a": "\xff"}'}),
    "UTF-16": (400, "not_utf8", {"body": '{"a": "é"}'.encode("utf-16")}),
    "a surrogate in UTF-8": (400, "not_utf8", {"body": b'{"a": "\xed\xa0\x80"}'}),
    "a well of lists": (400, "too_deep", {"body": b"[" * 1_000_000}),
    "a well of objects": (400, "too_deep", {"body": b'{"a":' * 500_000}),
    "gzip that is none": (400, "bad_gzip", {"body": b'{"a": 1}', "encoding": "gzip"}),
    "gzip cut off": (400, "bad_gzip", {"body": PACKED[:-6], "encoding": "gzip"}),
    "gzip with a tail": (400, "bad_gzip", {"body": PACKED + b"x", "encoding": "gzip"}),
    "gzip, wrong sum": (400, "bad_gzip", {"body": PACKED[:-8] + b"\0" * 8, "encoding": "gzip"}),
    "a gzip bomb": (413, "too_large", {"body": BOMB, "encoding": "gzip"}),
    "a body too large": (413, "too_large", {"body": b" " * (LARGEST_BODY + 1)}),
    "a record too large": (413, "too_large", {"body": padded(LARGEST + 1)}),
    "too many records": (413, "too_many", {"body": b"{}\n" * (MOST_RECORDS + 1), "type": LINES}),
    "another page": (
        403,
        "wrong_origin",
        {"headers": {"x-tidegate-key": KEY, "origin": "https://elsewhere.example.org"}},
    ),
    "a stream that is gone": (503, "no_stream", {"path": "/events/gone"}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_as_a_whole_says_why_and_is_counted(case: str, home: Home) -> None:
    status, reason, chosen = REFUSED[case]
    before, accepted = refused(home).get(reason, 0), home.ask("GET", "/health").document["accepted"]
    headers = {
        "content-type": chosen.get("type", "application/json"),
        **({"content-encoding": chosen["encoding"]} if "encoding" in chosen else {}),
        **chosen.get("headers", {"x-tidegate-key": KEY}),
    }

    answer = home.ask(
        chosen.get("method", "POST"),
        chosen.get("path", "/events/shop"),
        chosen.get("body", b'{"a": 1}'),
        headers,
    )

    assert (answer.status, answer.document["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.document["type"] == f"urn:tidegate:collector:{reason}"
    assert answer.document["status"] == status
    assert answer.document["title"]
    assert answer.document["detail"]
    assert ("retry-after" in answer.headers) == (status == 503)
    assert ("allow" in answer.headers) == (status == 405)
    assert refused(home)[reason] == before + 1
    assert home.ask("GET", "/health").document["accepted"] == accepted


def test_where_none_of_a_batch_is_accepted_the_problem_says_why_of_each(home: Home) -> None:
    answer = send(home, b"1\n{\n", content_type=LINES)

    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.document["accepted"], answer.document["refused"]) == (0, 2)
    assert answer.reasons == ["not_object", "not_json"]


def test_a_mark_before_the_first_record_is_left_out(home: Home, arrived) -> None:
    assert send(home, b'\xef\xbb\xbf{"a": 1}').status == 200
    assert [payload for _, _, payload in arrived()] == [b'{"a": 1}']


def test_several_keys_hold_at_once(home: Home) -> None:
    for key in (KEY, OLD_KEY):
        answer = home.ask("POST", "/events/shop", b"{}", {"x-tidegate-key": key})
        assert answer.status == 200


def test_a_page_that_can_set_no_header_says_its_key_in_the_address(home: Home) -> None:
    headers = {"content-type": "text/plain;charset=UTF-8", "origin": PAGE}

    answer = home.ask("POST", "/events/shop", b'[{"a": 1}]', headers, {"key": KEY})

    assert answer.status == 200


def test_a_page_that_may_send_is_told_so_and_reads_every_answer(home: Home) -> None:
    asks = {"origin": PAGE, "access-control-request-method": "POST"}

    preflight = home.ask("OPTIONS", "/events/shop", headers=asks)
    taken = send(home, b"{}", origin=PAGE)
    wrong = send(home, b"{", origin=PAGE)

    assert preflight.status == 204
    assert preflight.headers["access-control-allow-methods"] == "POST"
    allowed = preflight.headers["access-control-allow-headers"].split(", ")
    assert set(allowed) == {"x-tidegate-key", "content-type", "content-encoding"}
    for answer in (preflight, taken, wrong):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "origin"
    assert wrong.headers["access-control-expose-headers"] == "retry-after"


def test_a_page_that_may_not_send_is_not_let_in(home: Home) -> None:
    asks = {"origin": "https://elsewhere.example.org", "access-control-request-method": "POST"}

    answer = home.ask("OPTIONS", "/events/shop", headers=asks)

    assert (answer.status, answer.document["reason"]) == (403, "wrong_origin")
    assert "access-control-allow-origin" not in answer.headers


def test_a_record_sent_again_comes_to_the_shard_that_has_it(home: Home) -> None:
    records = [json.dumps({"a": number}).encode() for number in range(20)]
    body = b"\n".join(records)

    first, again = (send(home, body, content_type=LINES).document["records"] for _ in range(2))

    assert [one["shard"] for one in first] == [one["shard"] for one in again]
    assert len({one["shard"] for one in first}) == 2


def test_a_flood_is_held_back_and_told_when_to_come_again(home: Home) -> None:
    before = refused(home).get("flood", 0)

    answers = [send(home, b'[{"a": 1}, {"a": 2}]', "still") for _ in range(8)]

    held = [one for one in answers if one.status == 429]
    assert answers[0].status == 200
    assert len(held) >= 4
    assert all(int(one.headers["retry-after"]) >= 1 for one in held)
    assert {one.document["reason"] for one in held} == {"flood"}
    assert refused(home)["flood"] == before + len(held)


def test_health_tells_what_was_accepted(home: Home) -> None:
    before = home.ask("GET", "/health")
    send(home, b"[{}, {}]")

    after = home.ask("GET", "/health")

    assert (before.status, before.document["status"]) == (200, "ok")
    assert after.document["accepted"] == before.document["accepted"] + 2


def test_each_source_has_a_stream_of_its_own(home: Home, aws: AwsConfig, named) -> None:
    headers = {"x-tidegate-key": OTHER_KEY}

    answer = home.ask("POST", "/events/museum", b'{"a": "vase"}', headers)

    stream = describe_stream(aws, named["museum"])
    held = read_shard(aws, stream, stream.shards[0].id, None, 1, 1_000, now())
    assert answer.status == 200
    assert b'{"a": "vase"}' in [one for batch in held for one in batch["payload"].to_pylist()]


def test_a_function_without_keys_says_to_come_later_and_its_log_why(
    folder: Path, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    given = environment(folder, endpoint.address, {"shop": "shop"})
    with pytest.MonkeyPatch.context() as patch:
        unset = function(patch, folder, {**given, "TIDEGATE_COLLECT_KEYS": "secretsmanager:none"})
        answer = send(unset, b"{}")
        (folder / "keys.json").write_text(json.dumps(KEYS))
        patch.setenv("TIDEGATE_COLLECT_KEYS", str(folder / "keys.json"))
        later = unset.ask("GET", "/health")
    forget()

    assert (answer.status, answer.document["reason"]) == (503, "not_ready")
    assert "none" not in answer.document["detail"]
    assert 'secret "none" can\'t be read' in caplog.text
    assert later.status == 200
