"""Manifests and deletes by position with new addresses: all else in them stays as it was."""

import io
import json

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tidegate.recover.manifests import Named, files, rewritten_deletes, rewritten_manifest

pytestmark = pytest.mark.quick

BOUNDS = {"type": "record", "name": "k{}", "fields": [{"name": "key", "type": "int", "field-id": 1},
          {"name": "value", "type": "bytes", "field-id": 2}]}  # fmt: skip


def bounds(name: str) -> dict[str, object]:
    of = json.loads(json.dumps(BOUNDS).replace("k{}", f"k_{name}"))
    return {
        "name": name,
        "type": ["null", {"type": "array", "items": of, "logicalType": "map"}],
        "default": None,
        "field-id": 125,
    }


SCHEMA = {
    "type": "record",
    "name": "manifest_entry",
    "fields": [
        {"name": "status", "type": "int", "field-id": 0},
        {
            "name": "data_file",
            "type": {
                "type": "record",
                "name": "r2",
                "fields": [
                    {"name": "content", "type": "int", "field-id": 134},
                    {"name": "file_path", "type": "string", "field-id": 100},
                    {"name": "file_size_in_bytes", "type": "long", "field-id": 104},
                    bounds("lower_bounds"),
                    bounds("upper_bounds"),
                ],
            },
            "field-id": 2,
        },
    ],
}


def moved(path: str) -> str:
    return path.replace("s3://old/", "s3://new/")


def manifest(*entries: tuple[int, int, str]) -> bytes:
    """A manifest of entries: status, content, path; each of ten bytes, bounded by a name."""
    records = [
        {
            "status": status,
            "data_file": {
                "content": content,
                "file_path": path,
                "file_size_in_bytes": 10,
                "lower_bounds": [{"key": 2147483546, "value": b"s3://old/a"}],
                "upper_bounds": [{"key": 7, "value": b"z"}],
            },
        }
        for status, content, path in entries
    ]
    into = io.BytesIO()
    fastavro.writer(into, SCHEMA, records, "deflate", metadata={"format-version": "2"})
    return into.getvalue()


def test_deletes_by_position_name_the_files_where_they_are_now_in_the_same_order() -> None:
    id_of_path = {b"PARQUET:field_id": b"2147483546"}
    schema = pa.schema(
        [pa.field("file_path", pa.string(), False, id_of_path), pa.field("pos", pa.int64(), False)]
    )
    rows = pa.table({"file_path": ["s3://old/a", "s3://old/b"], "pos": [3, 1]}, schema)
    into = io.BytesIO()
    pq.write_table(rows, into)

    told = pq.read_table(io.BytesIO(rewritten_deletes(into.getvalue(), moved)))

    assert told.to_pydict() == {"file_path": ["s3://new/a", "s3://new/b"], "pos": [3, 1]}
    assert told.schema.field("file_path").metadata == id_of_path


def test_a_manifest_names_what_was_written_anew_by_its_own_address_and_size() -> None:
    content = manifest(
        (1, 0, "s3://old/data.parquet"),
        (1, 1, "s3://old/deletes.parquet"),
        (2, 0, "s3://old/gone.parquet"),
    )

    told = rewritten_manifest(
        content, moved, lambda path: "s3://new/metadata/recovered-1/deletes.parquet", lambda _: 77
    )

    assert list(files(told)) == [
        Named("s3://new/data.parquet", 10),
        Named("s3://new/metadata/recovered-1/deletes.parquet", 77, is_deletes=True),
    ]
    reader = fastavro.reader(io.BytesIO(told))
    data, deletes, gone = (entry["data_file"] for entry in reader)
    assert data["lower_bounds"] == [{"key": 2147483546, "value": b"s3://old/a"}]
    assert (deletes["lower_bounds"], deletes["upper_bounds"]) == ([], [{"key": 7, "value": b"z"}])
    assert gone["file_path"] == "s3://new/gone.parquet"
    assert reader.metadata["format-version"] == "2"
    assert reader.metadata["avro.codec"] == "deflate"
    assert json.loads(reader.metadata["avro.schema"]) == SCHEMA


def test_a_manifest_that_is_cut_short_is_told() -> None:
    content = manifest((1, 0, "s3://old/data.parquet"))

    for length in (0, 10, len(content) - 20):
        with pytest.raises(ValueError, match="broken Avro"):
            list(files(content[:length]))
