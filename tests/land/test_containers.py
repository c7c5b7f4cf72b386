"""Dropped files: their records as payloads, and files that are refused as a whole."""

import gzip
import io
import json
import tracemalloc
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tidegate.contract import Dropped
from tidegate.land.containers import LARGEST_RECORD, BadFile, records

pytestmark = pytest.mark.quick

LARGEST = 1_000_000_000


class Given(io.RawIOBase):
    """A file as S3 hands it over: forwards only."""

    def __init__(self, content):
        self._rest = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._rest.readinto(buffer)


def read(content: bytes, form: str = "jsonl", largest: int = LARGEST, *json_columns: str):
    dropped = Dropped("s3://drops/", form, "queue", json_columns)
    return list(records(Given(content), dropped, largest))


def refusal(content: bytes, form: str = "jsonl", largest: int = LARGEST, *json_columns: str) -> str:
    with pytest.raises(BadFile) as refused:
        read(content, form, largest, *json_columns)
    return str(refused.value)


def parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


FEW = parquet(pa.table({"id": ["a", "b"], "n": [1, None]}))


def test_each_line_is_a_payload_byte_for_byte_and_blank_ones_are_none():
    content = b'{"id": 1}\r\n\n  \nno json \xff\n{"id": 2}'

    assert read(content) == [b'{"id": 1}\r', b"no json \xff", b'{"id": 2}']


@pytest.mark.parametrize(
    ("content", "form", "first"),
    [
        (b'{"id": 1}\n', "jsonl", b'{"id": 1}'),
        (b"id\n1\n", "csv", b'{"id":"1"}'),
        (FEW, "parquet", b'{"id":"a","n":1}'),
    ],
)
def test_gzip_is_told_by_content(content, form, first):
    assert read(content, form)[0] == first
    assert read(gzip.compress(content), form) == read(content, form)
    if form != "parquet":
        members = gzip.compress(content[:3]) + gzip.compress(content[3:])
        assert read(members, form) == read(content, form)


def test_a_byte_order_mark_belongs_to_the_file():
    assert read(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n{}\n") == [b"{}", b"\xef\xbb\xbf{}", b"{}"]
    assert read(b"\xef\xbb\xbfid\n1\n", "csv") == [b'{"id":"1"}']


def test_a_csv_row_is_an_object_of_texts_and_an_empty_cell_null():
    content = b'id,"the ""name""",note\r\n007,"a, b\nc",\r\n\r\n2,\xc3\xa9,x\r\n'

    assert [json.loads(one) for one in read(content, "csv")] == [
        {"id": "007", 'the "name"': "a, b\nc", "note": None},
        {"id": "2", 'the "name"': "é", "note": "x"},
    ]


def test_cells_of_named_columns_are_json_where_they_are_numbers_or_truths():
    cells = ["1.50", "-3", "1e5", "true", "007", "NaN", '"x"', "null", "[1]", "ten", " 4 ", ""]
    content = "paid,n\n" + "".join(f'"{cell.replace(chr(34), chr(34) * 2)}",1\n' for cell in cells)

    found = [one.decode() for one in read(content.encode(), "csv", LARGEST, "paid")]

    assert found == [
        *(f'{{"paid":{text},"n":"1"}}' for text in ("1.50", "-3", "1e5", "true")),
        *(f'{{"paid":{json.dumps(cell)},"n":"1"}}' for cell in cells[4:10]),
        '{"paid":4,"n":"1"}',
        '{"paid":null,"n":"1"}',
    ]


def test_a_parquet_row_is_an_object_that_says_what_the_row_says():
    moment = datetime(2015, 1, 1, 10, 0, 0, 250_000)
    table = pa.table(
        {
            "text": ['"é'],
            "whole": [2**60],
            "money": pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
            "share": [0.1],
            "nan": [float("nan")],
            "yes": [True],
            "day": [date(2015, 1, 1)],
            "plain": [moment],
            "zoned": [moment.replace(tzinfo=timezone(timedelta(hours=2)))],
            "nanos": pa.array([1_420_106_400_000_000_123], pa.timestamp("ns", "UTC")),
            "bytes": [b"\xff"],
            "list": [[1, None]],
            "struct": [{"a": {"b": "c"}}],
            "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "nothing": pa.array([None], pa.string()),
        }
    )

    (found,) = read(parquet(table), "parquet")

    assert b'"money":1.50' in found
    assert json.loads(found) == {
        "text": '"é',
        "whole": 2**60,
        "money": 1.5,
        "share": 0.1,
        "nan": "nan",
        "yes": True,
        "day": "2015-01-01",
        "plain": "2015-01-01T10:00:00.250000Z",
        "zoned": "2015-01-01T08:00:00.250000Z",
        "nanos": "2015-01-01T10:00:00Z",
        "bytes": "/w==",
        "list": [1, None],
        "struct": {"a": {"b": "c"}},
        "map": {"k": 1},
        "nothing": None,
    }


def test_rows_of_several_row_groups_keep_their_order():
    table = pa.table({"n": range(12_000)})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=1_000)

    assert read(file.getvalue(), "parquet") == [b'{"n":%d}' % n for n in range(12_000)]


LINES = b"".join(b'{"id": %d, "text": "%s"}\n' % (n, b"x" * 50) for n in range(2_000))


@pytest.mark.parametrize(
    ("content", "form", "said"),
    [
        pytest.param(b"", "jsonl", "it is empty: there is no record in it", id="empty"),
        pytest.param(b"", "csv", "it is empty: there is no record in it", id="empty CSV"),
        pytest.param(b"", "parquet", "it is empty: there is no record in it", id="empty Parquet"),
        pytest.param(b"\n \n", "jsonl", "it is empty: there is no record in it", id="blank"),
        pytest.param(gzip.compress(b""), "jsonl", "it is empty: there is no record in it", id="gz"),
        pytest.param(b"id,n\n", "csv", "it is empty: there is no record in it", id="only a header"),
        pytest.param(
            gzip.compress(LINES)[:-100],
            "jsonl",
            "its gzip is broken or cut: ",
            id="gzip cut",
        ),
        pytest.param(
            gzip.compress(LINES)[:-8] + b"\0" * 8,
            "jsonl",
            "its gzip is broken or cut: ",
            id="gzip with a wrong sum",
        ),
        pytest.param(
            gzip.compress(FEW)[:-12],
            "parquet",
            "its gzip is broken or cut: ",
            id="gzip of Parquet cut",
        ),
        pytest.param(
            LINES[:-9],
            "jsonl",
            "it is cut: line 2,000, its last, ends within a record",
            id="last line cut",
        ),
        pytest.param(
            b"id,n\n1,2\n3,4\n",
            "jsonl",
            "it isn't JSON lines: none of its lines begins with {",
            id="CSV for JSON lines",
        ),
        pytest.param(
            '{"id": 1}\n'.encode("utf-16"),
            "jsonl",
            "it isn't JSON lines: none of its lines begins with {",
            id="UTF-16",
        ),
        pytest.param(FEW, "jsonl", "it is Parquet, and not jsonl", id="Parquet for JSON lines"),
        pytest.param(
            b"{}\n" + b"x" * (LARGEST_RECORD + 1) + b"\n",
            "jsonl",
            "line 2 is longer than 10,485,760 bytes",
            id="a line too long",
        ),
        pytest.param(b'{"a": 1}\n', "csv", "it isn't CSV: its header is JSON", id="JSON for CSV"),
        pytest.param(
            b"id,n\n1,2\n3\n", "csv", "line 3 has 1 cells, and its header 2", id="a cell too few"
        ),
        pytest.param(
            b'id,n\n1,"2\n3,4\n', "csv", "it isn't CSV: line 3: unexpected end of data", id="quote"
        ),
        pytest.param(
            b"id,id\n1,2\n",
            "csv",
            "its header has a name twice, or a column without a name",
            id="a name twice",
        ),
        pytest.param(b"id\n\xff\n", "csv", "it isn't UTF-8 after line 0", id="not UTF-8"),
        pytest.param(FEW, "csv", "it is Parquet, and not csv", id="Parquet for CSV"),
        pytest.param(
            b"PK\x03\x04...", "csv", "it is a zip archive, and not csv", id="a zip archive"
        ),
        pytest.param(
            gzip.compress(gzip.compress(b"{}\n")),
            "jsonl",
            "it is packed with gzip twice, and not jsonl",
            id="gzip twice",
        ),
        pytest.param(b"id,n\n1,2\n", "parquet", "it isn't Parquet, or is cut: ", id="CSV"),
        pytest.param(FEW[:-10], "parquet", "it isn't Parquet, or is cut: ", id="no footer"),
        pytest.param(
            FEW[:20] + b"\xff" * 40 + FEW[60:],
            "parquet",
            "it isn't Parquet, or is cut: ",
            id="a page broken",
        ),
    ],
)
def test_a_file_that_is_not_whole_or_of_another_kind_is_refused(content, form, said):
    assert refusal(content, form).startswith(said)


def test_a_json_column_that_the_header_has_not_is_told():
    assert refusal(b"id\n1\n", "csv", LARGEST, "paid") == "its header has no paid"


def test_what_unpacks_to_more_than_is_allowed_is_refused():
    bomb = gzip.compress(b"{}" + b" " * 10_000_000 + b"\n")

    assert len(bomb) < 20_000
    assert refusal(bomb, "jsonl", 1_000_000) == (
        "unpacked it is larger than 1,000,000 bytes (land_file_bytes)"
    )


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_large_file_is_read_in_little_memory(pack):
    line = b'{"id": 1, "text": "%s"}\n' % (b"x" * 1_000)
    content = pack(line * 60_000)
    dropped = Dropped("s3://drops/", "jsonl", "queue")
    tracemalloc.start()

    count = sum(1 for _ in records(Given(content), dropped, LARGEST))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60_000
    assert most < 8_000_000
