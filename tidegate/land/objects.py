"""Files in S3: what there is, what it is known by, and its bytes from the first to the last."""

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.errors import PublishLost, StreamError
from tidegate.land.asking import reaching
from tidegate.land.containers import BadFile
from tidegate.land.events import Created

# How often reading goes on where a connection broke; each time some bytes were read, anew.
TRIES = 5
_GONE = ("404", "NoSuchKey", "NoSuchVersion", "405", "MethodNotAllowed")
# Not for this role, encrypted with a key that it hasn't, or archived.
_CLOSED = ("403", "AccessDenied", "400", "InvalidRequest", "InvalidObjectState")


class Closed(BadFile):
    """A file that is there, and that this role can't read."""


@dataclass(frozen=True)
class File:
    """An object of a bucket as it is at a time.

    Attributes:
        bucket, key: the object.
        version: which version of it; None for the one that is there.
        tag: its entity tag, without quotes: what tells its content from another.
        size: bytes.
        arrived: when S3 had taken it, UTC.
    """

    bucket: str
    key: str
    version: str | None
    tag: str
    size: int
    arrived: datetime

    @property
    def name(self) -> str:
        """The key with the entity tag, which lands once; S3's tags have no ``#``."""
        return f"{self.key}#{self.tag}"

    @property
    def address(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"


def look(config: AwsConfig, told: Created) -> File:
    """What an event's object is now.

    It arrived when S3 says that it was whole, by the event: an upload in parts is dated by its
    beginning. An event of an older content of the same key says too early a time, so the later
    of the two counts.

    Raises:
        BadFile: it isn't there any more; ``Closed`` where this role can't read it.
        StreamError: it can't be asked for.
    """
    with reaching(config, told.address, _unlike_files()):
        about = config.client("s3").head_object(Bucket=told.bucket, Key=told.key, **_version(told))
    changed = about["LastModified"].astimezone(UTC)
    tag, size = about["ETag"].strip('"'), about["ContentLength"]
    arrived = max(told.at or changed, changed)
    return File(told.bucket, told.key, told.version, tag, size, arrived)


def _unlike_files() -> dict[str, Callable[[], str]]:
    """What is raised of an object instead of AWS' error codes."""

    def gone() -> str:
        raise BadFile("it isn't there any more: deleted before it was landed")

    def closed() -> str:
        raise Closed("it can't be read: forbidden to this role, of another key, or archived")

    return dict.fromkeys(_GONE, gone) | dict.fromkeys(_CLOSED, closed)


def list_files(config: AwsConfig, bucket: str, prefix: str) -> Iterator[list[File]]:
    """Everything below a prefix, in order, a thousand at a time.

    Raises:
        StreamError: the bucket isn't there or can't be asked.
    """
    with reaching(config, f"bucket {bucket}"):
        pages = config.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            yield [
                File(
                    *(bucket, one["Key"], None, one["ETag"].strip('"'), one["Size"]),
                    one["LastModified"].astimezone(UTC),
                )
                for one in page.get("Contents", [])
            ]


class Bytes(io.RawIOBase):
    """A file's bytes, forwards only; where a connection breaks, it goes on where it was."""

    def __init__(self, config: AwsConfig, file: File) -> None:
        self._config, self._file = config, file
        self._place = 0
        self._body: Any = None

    def readable(self) -> bool:
        """As a file that is open for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; 0 at the file's end.

        Raises:
            BadFile: this role can't read it.
            PublishLost: the object isn't what it was, so that landing begins again.
            StreamError: it can't be read.
        """
        from botocore.exceptions import BotoCoreError, HTTPClientError
        from urllib3.exceptions import HTTPError

        wanted = min(len(buffer), self._file.size - self._place)
        for left in reversed(range(TRIES)):
            if not wanted:
                break
            try:
                self._body = self._body or self._open()
                data = self._body.read(wanted)
                if data:
                    buffer[: len(data)] = data
                    self._place += len(data)
                    return len(data)
            except (BotoCoreError, HTTPClientError, HTTPError, OSError) as error:
                if not left:
                    raise StreamError(
                        f"{self._file.address} at {self._config}: reading broke off after"
                        f" {self._place:,} bytes ({type(error).__name__})"
                    ) from None
            self._drop()
        if wanted:
            raise StreamError(f"{self._file.address}: ends after {self._place:,} bytes")
        return 0

    def close(self) -> None:
        """Let go of the connection."""
        self._drop()
        super().close()

    def _open(self) -> Any:
        file = self._file
        changed = dict.fromkeys(("412", "PreconditionFailed", *_GONE), self._changed)
        with reaching(self._config, file.address, _unlike_files() | changed):
            return self._config.client("s3").get_object(
                Bucket=file.bucket,
                Key=file.key,
                IfMatch=f'"{file.tag}"',
                Range=f"bytes={self._place}-",
                **_version(file),
            )["Body"]

    def _changed(self) -> str:
        raise PublishLost(f"{self._file.address} changed while it was read")

    def _drop(self) -> None:
        if self._body is not None:
            with suppress(Exception):
                self._body.close()
            self._body = None


def _version(of: Created | File) -> dict[str, str]:
    return {"VersionId": of.version} if of.version else {}
