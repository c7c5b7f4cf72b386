"""An answer as a Parquet file, its columns typed as Athena names them."""

import io
import re

import pyarrow as pa
import pyarrow.parquet as pq

from tidegate.serve.answer import Answer

_TYPES = {
    **{"tinyint": pa.int8(), "smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64()},
    **{"real": pa.float32(), "float": pa.float32(), "double": pa.float64()},
    **{"boolean": pa.bool_(), "date": pa.date32(), "varbinary": pa.binary()},
}


def parquet(answer: Answer) -> bytes:
    """A Parquet file of an answer (zstd); what is nested keeps its shape."""
    names = answer.columns
    arrays = [
        pa.array([row[place] for row in answer.rows], _type(kind))
        for place, kind in enumerate(answer.types)
    ]
    file = io.BytesIO()
    pq.write_table(pa.table(arrays, names=names), file, compression="zstd")
    return file.getvalue()


def _type(kind: str) -> pa.DataType | None:
    """Arrow's type; None where Arrow is to see for itself."""
    if kind in _TYPES:
        return _TYPES[kind]
    if found := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return pa.decimal128(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"array\((.+)\)", kind):
        inner = _type(found[1])
        return pa.list_(inner) if inner else None
    if kind.startswith("timestamp"):
        return pa.timestamp("us", tz="UTC" if "zone" in kind or kind == "timestamptz" else None)
    return pa.string() if kind.startswith(("varchar", "char", "text", "bpchar")) else None
