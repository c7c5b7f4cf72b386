"""A body as records: each one's own bytes, as they came, or why it is none.

JSON is what RFC 8259 says: no NaN, no single quotes, nothing behind it. Names that stand twice are
JSON; what they mean is the gate's business.
"""

import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from tidegate.web.problems import Refused

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request, and of what its gzip unpacks to: as base64 it fits Lambda's 6 MB."""
MOST_RECORDS = 5_000
"""Records of a request."""
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
JSON = ("application/json", "text/plain", "")
"""Content types of one object or an array; a page's ``sendBeacon`` says text without asking."""

GZIP = ("gzip", "x-gzip")
"""Content encodings that are taken."""

_WITH_GZIPS_HEAD = zlib.MAX_WBITS | 16
_MARK = b"\xef\xbb\xbf"  # what some editors put before UTF-8; a parser may leave it out
_BLANKS = re.compile(r"[ \t\n\r]*")
_BLANK_BYTES = b" \t\n\r"


def _not_json(word: str) -> NoReturn:
    raise JSONDecodeError(f"{word} is no JSON", word, 0)


# Digits stay text: a number of thousands of them is JSON too, and takes long to be made a number.
_decoder = JSONDecoder(parse_constant=_not_json, parse_int=str, parse_float=str)


@dataclass(frozen=True)
class Record:
    """One record of a request.

    Attributes:
        data: its bytes, without the blanks around it.
        reason: why it is refused; empty where it is a record.
    """

    data: bytes
    reason: str = ""


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body without its content encoding, which ``check_encoding`` has seen.

    Raises:
        Refused: the gzip is broken, or more is in it than is taken.
    """
    check_size(len(body))
    return _gunzip(body) if encoding in GZIP else body


def check_encoding(encoding: str) -> None:
    """Look whether a content encoding is taken.

    Raises:
        Refused: it isn't.
    """
    if encoding not in ("", "identity", *GZIP):
        raise Refused(
            "unknown_encoding",
            f'content-encoding "{encoding}"; send it plain, or as gzip',
            {"accept-encoding": "gzip"},
        )


def check_size(size: int) -> None:
    """Look whether a body of so many bytes is taken.

    Raises:
        Refused: it isn't.
    """
    if size > LARGEST_BODY:
        raise Refused("too_large", f"a request has {LARGEST_BODY:,} bytes at most; send less")


def records(body: bytes, content_type: str, largest: int) -> list[Record]:
    """The records of a body, in order.

    Args:
        body: one JSON object, an array of them, or an object a line.
        content_type: of ``JSON`` or ``LINES``.
        largest: bytes of a record, at most.

    Raises:
        Refused: it isn't JSON as a whole, is empty, or has too many records.
    """
    body = body.removeprefix(_MARK)
    found = _lines(body, largest) if content_type in LINES else _elements(body)
    kept: list[Record] = []
    for record in found:
        if len(kept) == MOST_RECORDS:
            raise Refused("too_many", f"a request has {MOST_RECORDS:,} records at most; send fewer")
        is_large = not record.reason and len(record.data) > largest
        kept.append(Record(record.data, "too_large") if is_large else record)
    if not kept:
        raise Refused("empty", "send one JSON object, an array of them, or an object a line")
    return kept


def members(text: str) -> dict[str, str]:
    """The members of one JSON object, each value as it is written there; of two, the later one.

    Raises:
        Refused: the text is no JSON, or another one than an object.
    """
    found = {}
    at = _after_blanks(text, 0)
    value, end = _value(text, at)
    if not isinstance(value, dict):
        raise Refused("not_object", "send a JSON object")
    if (behind := _after_blanks(text, end)) < len(text):
        raise _broken(behind, "there is more behind it")
    at = _after_blanks(text, at + 1)
    while text[at] != "}":
        name, at = _value(text, at)
        start = _after_blanks(text, _after_blanks(text, at) + 1)
        _, end = _value(text, start)
        found[name] = text[start:end]
        at = _after_blanks(text, end)
        at = _after_blanks(text, at + 1) if text[at] == "," else at
    return found


def _gunzip(body: bytes) -> bytes:
    """What gzip holds, one member after the other; never much more than is taken."""
    parts, size = [], 0
    try:
        while body:
            member = zlib.decompressobj(_WITH_GZIPS_HEAD)
            parts.append(member.decompress(body, LARGEST_BODY + 1 - size))
            size += len(parts[-1])
            check_size(size)
            if not member.eof:
                raise Refused("bad_gzip", "the gzip ends before its end; send it whole")
            body = member.unused_data
    except zlib.error as error:
        raise Refused("bad_gzip", f"{error}; send gzip (RFC 1952)") from None
    return b"".join(parts)


def _lines(body: bytes, largest: int) -> Iterator[Record]:
    """Each line that isn't blank, judged by itself; one that is too large isn't read."""
    for line in body.split(b"\n"):
        if data := line.strip(_BLANK_BYTES):
            yield Record(data, _wrong_with(data) if len(data) <= largest else "too_large")


def _wrong_with(data: bytes) -> str:
    """Why some bytes are no JSON object; empty where they are one."""
    try:
        text = data.decode()
        value, end = _value(text, 0)
    except UnicodeDecodeError:
        return "not_utf8"
    except Refused as refused:
        return refused.reason
    if end < len(text):
        return "not_json"
    return "" if isinstance(value, dict) else "not_object"


def _elements(body: bytes) -> Iterator[Record]:
    """The one object of a text, or the elements of its array, each as it is written there."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"byte {error.start:,} is no UTF-8; send UTF-8") from None
    at = _after_blanks(text, 0)
    if at == len(text):
        return
    if text[at] == "[":
        at = yield from _array(text, at)
    else:
        value, end = _value(text, at)
        if not isinstance(value, dict):
            raise Refused("not_object", "send one JSON object, or an array of them")
        yield Record(text[at:end].encode())
        at = end
    if (at := _after_blanks(text, at)) < len(text):
        raise _broken(at, "there is more behind it; an object a line is application/x-ndjson")


def _array(text: str, at: int) -> Generator[Record, None, int]:
    """The elements of an array that begins at a place; returns where it ends."""
    at = _after_blanks(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, end = _value(text, at)
        yield Record(text[at:end].encode(), "" if isinstance(value, dict) else "not_object")
        at = _after_blanks(text, end)
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] != ",":
            raise _broken(at, "expected a comma or the array's end")
        at = _after_blanks(text, at + 1)


def _value(text: str, at: int) -> tuple[Any, int]:
    """The JSON value that begins at a place, and where it ends."""
    try:
        value, end = _decoder.raw_decode(text, at)
    except JSONDecodeError as error:
        raise _broken(error.pos or at, error.msg) from None
    except RecursionError:
        raise Refused("too_deep", "objects and lists are nested too deep; nest less") from None
    return value, end


def _broken(at: int, why: str) -> Refused:
    return Refused("not_json", f"at character {at:,}: {why}")


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at
