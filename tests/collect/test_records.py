"""A body cut into records, and what it may cost to do so."""

import gzip
import json
import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.collect.records import LARGEST_BODY, Record, records, unpacked
from tidegate.web.problems import Refused

LARGEST = 1_000_000
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BLANKS = st.text(" \t\r\n", max_size=3)


@st.composite
def arrays(draw: st.DrawFn) -> tuple[bytes, list[Record]]:
    """An array as somebody may write it, and the records that are in it."""
    wanted, parts = [], []
    for value in draw(st.lists(VALUES, min_size=1, max_size=5)):
        ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, 1]))
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent, allow_nan=False)
        try:
            data = text.encode()
        except UnicodeEncodeError:  # half a pair can't be written but as its escape
            data = json.dumps(value).encode()
        reason = "" if isinstance(value, dict) else "not_object"
        wanted.append(Record(data, reason))
        parts.append(draw(BLANKS).encode() + data + draw(BLANKS).encode())
    return draw(BLANKS).encode() + b"[" + b",".join(parts) + b"]" + draw(BLANKS).encode(), wanted


@settings(max_examples=50, deadline=None)
@given(arrays())
def test_an_arrays_elements_are_what_is_written_between_its_commas(
    given_: tuple[bytes, list[Record]],
) -> None:
    body, wanted = given_

    assert records(body, "application/json", LARGEST) == wanted


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:1a \n\\').map(str.encode))
def test_whatever_comes_is_cut_or_refused(body: bytes) -> None:
    for content_type in ("application/json", "application/x-ndjson"):
        try:
            found = records(body, content_type, LARGEST)
        except Refused:
            continue
        for one in found:
            assert one.data in body
            if not one.reason:
                assert isinstance(json.loads(one.data), dict)


def test_a_gzip_bomb_is_never_unpacked_whole() -> None:
    bomb = gzip.compress(b" " * (25 * LARGEST_BODY))
    tracemalloc.start()
    with pytest.raises(Refused, match="too_large"):
        unpacked(bomb, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * LARGEST_BODY


def test_many_small_bombs_in_a_row_are_one() -> None:
    bombs = gzip.compress(b" " * LARGEST_BODY) * 100

    with pytest.raises(Refused, match="too_large"):
        unpacked(bombs, "gzip")


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"9" * (LARGEST_BODY - 2) + b"]",
        b'{"a": ' + b"9" * (LARGEST_BODY - 8) + b"}",
        b'{"a": "' + b'\\"' * (LARGEST_BODY // 2 - 8) + b'"}',
        b"[" + b"[]," * (LARGEST_BODY // 3 - 2) + b"[]]",
        b"\n" * LARGEST_BODY,
    ],
    ids=["a number", "a number in an object", "escapes", "lists", "line breaks"],
)
def test_no_body_takes_long_to_be_read(body: bytes) -> None:
    began = time.process_time()
    for content_type in ("application/json", "application/x-ndjson"):
        with suppress(Refused):
            records(body, content_type, LARGEST)

    assert time.process_time() - began < 2
