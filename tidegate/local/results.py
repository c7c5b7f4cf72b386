"""What a query leaves in S3 and answers GetQueryResults with: CSV, Parquet, column information."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from moto.s3.models import s3_backends

from tidegate.local.values import text
from tidegate.serve.statement import Found, StatementError

# Athena's name of a type, and the precision it tells of it, where they aren't the SQL's own.
_NAMES = {"real": "float"}
_PRECISIONS = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "varchar": 2147483647,
    "varbinary": 1073741824,
}
_ROWS_AT_ONCE = 10_000


def column_info(found: Found) -> list[dict[str, Any]]:
    """The columns as Athena describes them."""
    return [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": name,
            "Label": name,
            "Type": kind,
            "Precision": precision,
            "Scale": scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": kind == "varchar",
        }
        for name, (kind, precision, scale) in zip(
            found.columns, map(athena_type, found.types), strict=True
        )
    ]


def athena_type(kind: str) -> tuple[str, int, int]:
    """A type's name, precision and scale, from e.g. ``decimal(5,2)`` or ``array(varchar)``."""
    if sized := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return "decimal", int(sized[1]), int(sized[2])
    plain = re.sub(r"\(.*\)", "", kind)
    name = _NAMES.get(plain, plain)
    return name, _PRECISIONS.get(name, 0), 0


def texts(table: pa.Table, first: int = 0, count: int | None = None) -> Iterator[list[str | None]]:
    """Rows as Athena writes their values."""
    for batch in table.slice(first, count).to_batches(max_chunksize=_ROWS_AT_ONCE):
        vectors = [column.to_pylist() for column in batch.columns]
        for row in zip(*vectors, strict=True):
            yield [text(value) for value in row]


def csv_of(found: Found) -> bytes:
    """Athena's CSV: the columns' names, every value in quotes, NULL as nothing."""
    file = io.StringIO()
    _write(file, found.columns)
    for row in texts(found.table):
        _write(file, row)
    return file.getvalue().encode()


def _write(file: io.StringIO, row: list[Any]) -> None:
    """One line; the csv module can't quote a text and leave a NULL bare."""
    words = ("" if one is None else '"' + one.replace('"', '""') + '"' for one in row)
    file.write(",".join(words) + "\n")


def tabs_of(found: Found) -> bytes:
    """What SHOW and DESCRIBE leave: values between tabs, no header."""
    file = io.StringIO()
    lines = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    lines.writerows([one or "" for one in row] for row in texts(found.table))
    return file.getvalue().encode()


def parquet_of(found: Found) -> bytes:
    """A Parquet file of the rows."""
    file = io.BytesIO()
    pq.write_table(found.table, file, compression="zstd")
    return file.getvalue()


def metadata_of(found: Found) -> bytes:
    """What stands in the ``.metadata`` file: the columns. AWS' own form of it isn't documented."""
    return json.dumps({"ColumnInfo": column_info(found)}).encode()


def put(account: str, address: str, content: bytes) -> None:
    """Put an object in the endpoint's S3, in a bucket that is made where it isn't there.

    Raises:
        StatementError: the address isn't one of S3.
    """
    found = re.fullmatch(r"s3://([^/]+)/(.+)", address)
    if not found:
        raise StatementError("INVALID_OUTPUT_LOCATION", f"{address}: not an address of S3")
    bucket, key = found.groups()
    store = s3_backends[account]["aws"]
    if bucket not in store.buckets:
        store.create_bucket(bucket, "us-east-1")
    store.put_object(bucket, key, content)
