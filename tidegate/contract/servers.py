"""Where a raw table's records come from: a Kinesis stream, or files dropped into S3."""

from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, Server

from tidegate.contract.document import Document, Place
from tidegate.contract.model import Dropped, Stage
from tidegate.contract.properties import read_properties
from tidegate.contract.vocabulary import FILE_FORMATS, Property

_STREAM = {"stream": Property("the Kinesis stream's name", str)}
_FILES = {
    "queue": Property("the SQS queue that is told of each new file, by name", str),
    "jsonColumns": Property(
        "CSV columns whose cells are JSON as they stand: numbers, true, false", list
    ),
}
_S3 = "s3://"


def read_servers(
    document: Document, standard: OpenDataContractStandard, stage: Stage | None
) -> tuple[str | None, Dropped | None]:
    """The stream a raw table lands and the files, at least one of them; both None elsewhere."""
    servers = standard.servers or []
    found = {
        kind: [place for place, server in enumerate(servers) if server.type == kind]
        for kind in ("kinesis", "s3")
    }
    for kind, places in found.items():
        if stage is Stage.LAND and len(places) > 1:
            what = f"a raw table lands one place of a kind, and servers has {len(places)} of type"
            document.refuse(("servers",), f"{what} {kind}")
    if stage is Stage.LAND and not any(found.values()):
        what = "a raw table lands a stream or files, and servers has none of type kinesis or s3"
        document.refuse(("servers",), what)
    stream = dropped = None
    for index in found["kinesis"][:1]:
        stream = _stream(document, ("servers", index), servers[index])
    if stage is Stage.LAND:  # another table's may only say where its own files are
        for index in found["s3"][:1]:
            dropped = _dropped(document, ("servers", index), servers[index])
    return stream, dropped


def _stream(document: Document, place: Place, server: Server) -> str | None:
    """The stream's name: a custom property, as the standard's Kinesis server has no key for it."""
    name = read_properties(document, place, server.customProperties, _STREAM).get("stream")
    if name is None:
        what = "the kinesis server names no stream; expected customProperties: - property: stream"
        document.refuse(place, what)
    return name


def _dropped(document: Document, place: Place, server: Server) -> Dropped | None:
    """Files under a prefix, their format, and the queue that is told of them."""
    found: dict[str, Any] = read_properties(document, place, server.customProperties, _FILES)
    location, kind = server.location or "", server.format or ""
    if kind not in FILE_FORMATS:
        what = f'the s3 server has format "{kind}"; expected one of {", ".join(FILE_FORMATS)}'
        document.refuse((*place, "format"), what, kind, FILE_FORMATS)
    if not is_location(location):
        what = f'the s3 server has location "{location}"; expected s3://bucket/folder'
        document.refuse((*place, "location"), what)
    if "queue" not in found:
        what = "the s3 server names no queue; expected customProperties: - property: queue"
        document.refuse(place, what)
    columns = found.get("jsonColumns", [])
    if columns and kind != "csv":
        document.refuse(place, f'jsonColumns are of CSV files, and the format is "{kind}"')
    return Dropped(location, kind, found.get("queue", ""), tuple(map(str, columns)))


def is_location(text: str) -> bool:
    """Whether a text names a place of S3, without a wildcard."""
    bucket, _, _ = text.removeprefix(_S3).partition("/")
    return text.startswith(_S3) and bool(bucket) and "*" not in text and "{" not in text
