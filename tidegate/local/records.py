"""How Redshift's Data API gives columns and values."""

import base64
import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

from tidegate.serve.statement import Found

_NAMES = {
    "tinyint": ("int2", 5),
    "smallint": ("int2", 5),
    "integer": ("int4", 10),
    "bigint": ("int8", 19),
    "real": ("float4", 8),
    "double": ("float8", 17),
    "boolean": ("bool", 1),
    "date": ("date", 13),
    "timestamp(6)": ("timestamp", 29),
    "timestamp(6) with time zone": ("timestamptz", 35),
    "varbinary": ("varbyte", 65535),
    "varchar": ("varchar", 65535),
}


def column_metadata(found: Found) -> list[dict[str, Any]]:
    """The columns as Redshift describes them."""
    return [_column(name, kind) for name, kind in zip(found.columns, found.types, strict=True)]


def _column(name: str, kind: str) -> dict[str, Any]:
    sized = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind)
    typed, precision = _NAMES.get(kind, ("super", 0))
    if sized:
        typed, precision = "numeric", int(sized[1])
    return {
        "name": name,
        "label": name,
        "typeName": typed,
        "precision": precision,
        "scale": int(sized[2]) if sized else 0,
        "length": 0,
        "nullable": 1,
        "isSigned": typed.startswith(("int", "float", "numeric")),
        "isCaseSensitive": typed in ("varchar", "super"),
        "isCurrency": False,
        "schemaName": "",
        "tableName": "",
    }


def records(found: Found, first: int, count: int) -> list[list[dict[str, Any]]]:
    """A page of rows, each value under the name of its form."""
    vectors = [column.to_pylist() for column in found.table.slice(first, count).columns]
    return [[_field(value) for value in row] for row in zip(*vectors, strict=True)]


def _field(value: Any) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"blobValue": base64.b64encode(value).decode()}
    return {"stringValue": _text(value)}


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC) if value.tzinfo else value
        text = f"{moment:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".")
        return text + ("+00" if value.tzinfo else "")
    if isinstance(value, list | dict):
        return json.dumps(value, default=str)
    return str(value)
