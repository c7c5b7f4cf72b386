"""Every kind of bad input, followed to its place: rule, payload, books."""

import json
from datetime import UTC, datetime

import pytest

from tests.lake_of_a_test import ARRIVED, LakeOfATest, event, payload

GOOD = payload(id="good")
LIMIT = 1_048_576  # bytes; the contract's default


def padded(size: int, **changes: object) -> bytes:
    """A valid event of exactly so many bytes."""
    short = payload(**changes, padding="")
    return payload(**changes, padding="x" * (size - len(short)))


REFUSED: dict[str, tuple[bytes, list[str]]] = {
    "a truncated object": (payload(id="cut")[:-20], ["payload_not_json"]),
    "no JSON at all": (b"GET / HTTP/1.1", ["payload_not_json"]),
    "a bare number": (b"42", ["payload_not_json"]),
    "an array of one event": (b"[" + payload(id="array") + b"]", ["payload_not_json"]),
    "two objects": (payload(id="a") + payload(id="b"), ["payload_not_json"]),
    "two objects and a comma": (payload(id="a") + b"," + payload(id="b"), ["payload_not_json"]),
    "trailing bytes": (payload(id="trailing") + b" and more", ["payload_not_json"]),
    "a closed array behind it": (payload(id="closing") + b"]}", ["payload_not_json"]),
    "single quotes": (payload(id="quotes").replace(b'"', b"'"), ["payload_not_json"]),
    "a number that is none": (payload(id="nan").replace(b"70", b"NaN"), ["payload_not_json"]),
    "an empty payload": (b"", ["payload_empty"]),
    "a payload of blanks": (b"  \t ", ["payload_empty"]),
    "bytes that are not UTF-8": (
        payload(id="latin").replace(b"ann", b"\xe9nn"),
        ["payload_not_utf8"],
    ),
    "text where a number belongs": (
        payload(id="text", actor={"id": "seven", "login": "ann"}),
        ["actor_id_wrong_type"],
    ),
    "digits in quotes where a number belongs": (
        payload(id="digits", actor={"id": "7", "login": "ann"}),
        ["actor_id_wrong_type"],
    ),
    "a fraction where a whole number belongs": (
        payload(id="fraction", actor={"id": 7.5, "login": "ann"}),
        ["actor_id_wrong_type"],
    ),
    "a number too large for its column": (
        payload(id="large", repo={"id": 10**30, "name": "ann/sea"}),
        ["repository_id_wrong_type"],
    ),
    "an object where text belongs": (
        payload(id="object", type={"a": 1}),
        ["event_type_wrong_type"],
    ),
    "a list where text belongs": (
        payload(id="list", actor={"id": 7, "login": ["ann"]}),
        ["actor_wrong_type"],
    ),
    "a boolean where text belongs": (
        payload(id="boolean", actor={"id": 7, "login": True}),
        ["actor_wrong_type"],
    ),
    "a number where a time belongs": (
        payload(id="number", created_at=1420106400),
        ["event_time_wrong_type"],
    ),
    "an object where a time belongs": (
        payload(id="hours", created_at={"hour": 10}),
        ["event_time_wrong_type"],
    ),
    "text where an object belongs": (
        payload(id="flat", actor="ann"),
        ["actor_id_wrong_type", "actor_wrong_type"],
    ),
    "a name twice beside an object where text belongs": (
        payload(id="twice", actor={"id": 7, "login": {}}).replace(
            b"{", b'{"odd": 1, "odd": 2, ', 1
        ),
        ["payload_wrong_type"],
    ),
    "a missing id": (payload(id=None), ["event_id_missing"]),
    "an id that is null": (
        json.dumps(event() | {"id": None}).encode(),
        ["event_id_missing"],
    ),
    "an impossible date": (
        payload(id="date", created_at="2015-02-30T10:00:00Z"),
        ["event_time_wrong_type"],
    ),
    "a time without its zone": (
        payload(id="zone", created_at="2015-01-01T10:00:00"),
        ["event_time_wrong_type"],
    ),
    "a date later than its arrival": (
        payload(id="future", created_at="2015-01-01T12:05:01Z"),
        ["event_time_in_future"],
    ),
    "a payload over the limit": (padded(LIMIT + 1, id="huge"), ["payload_too_large"]),
    "a broken rule": (
        payload(id="rule", repo={"id": 70, "name": "sea"}),
        ["repository_has_owner_and_name"],
    ),
    "several broken rules at once": (
        payload(id="rules", type="push", payload={"size": -1}),
        ["event_type_well_formed", "push_size_not_negative"],
    ),
}

PUBLISHED: dict[str, bytes] = {
    "1 MB to the byte": padded(LIMIT, id="1 MB"),
    "a number for an id": payload(id=123456789),
    "a number for a text": payload(id="0.10", actor={"id": 8, "login": 1.10}),
    "a number of many digits for a text": payload(id=1420106400.125),
    "text that looks like an object": payload(id="braces", actor={"id": 8, "login": '{"a": 1}'}),
    "text that looks like a list": payload(id="brackets", actor={"id": 8, "login": "[bot]"}),
    "text that looks like a boolean": payload(id="true", actor={"id": 8, "login": "false"}),
    "a null where text may be": payload(id="null", payload={"size": 1, "ref": None}),
    "an unknown field": payload(id="unknown", weather="fine"),
    "a time with another zone": payload(id="offset", created_at="2015-01-01T11:00:00+01:00"),
    "a little ahead of its arrival": payload(id="skew", created_at="2015-01-01T12:04:59Z"),
    "an event a year late": payload(id="late", created_at="2014-01-01T10:00:00Z"),
    "blanks around it": b" \t" + payload(id="blanks") + b"\r",
    "letters of every script": payload(id="数据 ünï ☃", actor={"id": 8, "login": "Ωμέγα"}),
    "an escape for each letter": payload(id="escape").replace(b"escape", rb"\u0065sc"),
}


@pytest.fixture(scope="module")
def cleaned(lake_of_module: LakeOfATest) -> LakeOfATest:
    """One batch with every case in it, and its whole way through clean."""
    batch = [GOOD, *(one for one, _ in REFUSED.values()), *PUBLISHED.values()]
    lake_of_module.land(batch)
    lake_of_module.clean()
    return lake_of_module


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_kept_byte_for_byte_with_every_rule_it_breaks(
    cleaned: LakeOfATest, case: str
) -> None:
    sent, rules = REFUSED[case]

    assert dict(cleaned.quarantined())[sent] == rules


@pytest.mark.parametrize("case", PUBLISHED)
def test_what_only_looks_odd_is_published(cleaned: LakeOfATest, case: str) -> None:
    told = json.loads(PUBLISHED[case])
    wanted = str(told["id"])

    found = cleaned.table("clean.github_events").where(f"event_id = '{wanted}'")

    assert [row["actor"] for row in found.collect()] == [str(told["actor"]["login"])]


def test_the_books_of_all_this_balance_to_the_record(cleaned: LakeOfATest) -> None:
    rows = cleaned.newest("clean.github_events").rows

    assert (rows.rows_in, rows.published, rows.quarantined, rows.duplicates) == (
        1 + len(REFUSED) + len(PUBLISHED),
        1 + len(PUBLISHED),
        len(REFUSED),
        0,
    )
    assert cleaned.table("clean.github_events").count() == rows.published
    assert cleaned.table("quarantine.github_events").count() == rows.quarantined


def test_an_event_is_filed_under_its_own_day_in_utc(cleaned: LakeOfATest) -> None:
    found = cleaned.rows("clean.github_events", "event_id", "event_time", "event_date")
    days = {row[0]: (row[1], str(row[2])) for row in found}

    assert days["offset"][0] == datetime(2015, 1, 1, 10)
    assert days["late"][1] == "2014-01-01"


def test_a_refused_row_says_where_it_came_from(cleaned: LakeOfATest) -> None:
    sent, _ = REFUSED["a missing id"]
    held = cleaned.table("quarantine.github_events").collect()
    (row,) = (row for row in held if bytes(row["payload"]) == sent)
    landed = cleaned.table("raw.github").where(f"sequence_number = '{row['sequence_number']}'")

    assert row["shard"] == "shard-0"
    assert row["arrived_at"].replace(tzinfo=UTC) == ARRIVED
    assert [bytes(one["payload"]) for one in landed.collect()] == [sent]
