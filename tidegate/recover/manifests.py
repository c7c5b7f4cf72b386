"""Iceberg's manifest lists, manifests and position deletes: what files they name, and new names.

They are read and written as Avro with the very schema they have, so that all else in them stays.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Rename = Callable[[str], str]
"""The address of a file now, by the one that metadata has."""

_DELETED = 2  # an entry's status: the file was taken out, and need not be there
_POSITION_DELETES = 1  # a file's content: it names data files in its rows
# The column of position deletes that holds those names, by Iceberg's reserved number.
_PATH_COLUMN, _PATHS = "file_path", 2147483546


@dataclass(frozen=True)
class Named:
    """A file as metadata names it.

    Attributes:
        path: its address.
        size: its bytes.
        is_deletes: whether it holds position deletes.
    """

    path: str
    size: int
    is_deletes: bool = False


def manifests(content: bytes) -> list[Named]:
    """The manifests that a manifest list names."""
    _, records = _read(content)
    return [Named(one["manifest_path"], one["manifest_length"]) for one in records]


def files(content: bytes) -> Iterator[Named]:
    """The files of data and of deletes that a manifest says are in the table."""
    _, records = _read(content)
    for entry in records:
        if entry["status"] != _DELETED:
            file = entry["data_file"]
            is_deletes = file.get("content", 0) == _POSITION_DELETES
            yield Named(file["file_path"], file["file_size_in_bytes"], is_deletes)


def rewritten_list(content: bytes, rename: Rename, sizes: Callable[[str], int]) -> bytes:
    """A manifest list with its manifests' new addresses, and their sizes there."""
    header, records = _read(content)
    for one in records:
        one["manifest_length"] = sizes(one["manifest_path"])
        one["manifest_path"] = rename(one["manifest_path"])
    return _written(header, records)


def rewritten_manifest(
    content: bytes, rename: Rename, deletes: Rename, sizes: Callable[[str], int]
) -> bytes:
    """A manifest with its files' new addresses.

    Args:
        content: the manifest.
        rename: the new address of a data file.
        deletes: that of a file of position deletes, which is written anew.
        sizes: the bytes of a file of position deletes there.
    """
    header, records = _read(content)
    for entry in records:
        file = entry["data_file"]
        is_deletes = file.get("content", 0) == _POSITION_DELETES and entry["status"] != _DELETED
        if is_deletes:
            file["file_size_in_bytes"] = sizes(file["file_path"])
            # They bound the old names; where there are none, a reader looks into the file.
            for bounds in ("lower_bounds", "upper_bounds"):
                kept = [one for one in file[bounds] or () if one["key"] != _PATHS]
                file[bounds] = kept if file[bounds] is not None else None
        file["file_path"] = (deletes if is_deletes else rename)(file["file_path"])
        if file.get("referenced_data_file"):
            file["referenced_data_file"] = rename(file["referenced_data_file"])
    return _written(header, records)


def rewritten_deletes(content: bytes, rename: Rename) -> bytes:
    """A Parquet file of position deletes with its data files' new addresses, in the same order."""
    rows = pq.read_table(io.BytesIO(content))
    place = rows.schema.get_field_index(_PATH_COLUMN)
    paths = pa.array([rename(path) for path in rows.column(place).to_pylist()])
    renamed = rows.set_column(place, rows.schema.field(place), paths)
    into = io.BytesIO()
    pq.write_table(renamed, into, compression="zstd")
    return into.getvalue()


def _read(content: bytes) -> tuple[dict[str, Any], list[Any]]:
    """An Avro file's header and records.

    Raises:
        ValueError: it isn't whole.
    """
    import fastavro

    try:
        reader = fastavro.reader(io.BytesIO(content))
        return dict(reader.metadata), list(reader)
    except Exception as error:  # it raises whatever the byte it stopped at suggests
        raise ValueError(f"broken Avro: {error}") from None


def _written(header: dict[str, Any], records: list[Any]) -> bytes:
    import json

    import fastavro

    into = io.BytesIO()
    own = {name: told for name, told in header.items() if not name.startswith("avro.")}
    schema = json.loads(header["avro.schema"])
    codec = header.get("avro.codec", "null")
    # Its own marker is as good as a new one, and makes the same bytes each time.
    fastavro.writer(into, schema, records, codec, metadata=own, sync_marker=b"tidegate-recover")
    return into.getvalue()
