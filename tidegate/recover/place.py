"""The files of a lake where they are now, in a folder or a bucket, whatever metadata calls them."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tidegate.aws import AwsConfig, aws_config, code_of
from tidegate.errors import LakeError
from tidegate.settings import Settings

# Requests to S3 at once; a client's connections are as many.
AT_ONCE = 32

One = TypeVar("One")
Told = TypeVar("Told")


class Folder:
    """A lake in a folder."""

    def __init__(self, root: str) -> None:
        self.root = root

    def sizes(self, folder: str) -> dict[str, int]:
        """The files under a folder of the lake, by their place in it, with their bytes."""
        top = Path(self.root) / folder
        found = (Path(at) / name for at, _, names in os.walk(top) for name in names)
        return {str(file.relative_to(top)): file.stat().st_size for file in found}

    def folders(self) -> set[str]:
        """The folders of the lake that have a table's metadata, as ``clean/orders``."""
        found = Path(self.root).glob("*/*/metadata")
        return {str(one.parent.relative_to(self.root)) for one in found}

    def drop_cut_sums(self, folder: str) -> None:
        """Take away each checksum file that was copied before it was whole.

        Hadoop writes one beside each file of a folder, and refuses to read a file that has another
        sum; one that has none it reads.
        """
        for file in (Path(self.root) / folder).rglob(".*.crc"):
            summed = file.with_name(file.name[1:].removesuffix(".crc"))
            if summed.is_file() and not _is_whole(file.read_bytes(), summed.stat().st_size):
                file.unlink()

    def read(self, file: str) -> bytes:
        """A file's content.

        Raises:
            FileNotFoundError: it isn't there, or not any more.
        """
        return (Path(self.root) / file).read_bytes()

    def write(self, file: str, content: bytes) -> None:
        """Write a file; it is whole or not there at all."""
        place = Path(self.root) / file
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_name(place.name + ".half")
        half.write_bytes(content)
        half.replace(place)


def _is_whole(sums: bytes, size: int) -> bool:
    """Whether Hadoop's checksums are all there: a mark, the bytes of a chunk, 4 bytes a chunk."""
    chunk = int.from_bytes(sums[4:8], "big")
    return sums[:4] == b"crc\0" and chunk > 0 and len(sums) == 8 + 4 * -(-size // chunk)


class Bucket:
    """A lake on S3, of whose objects the newest versions count."""

    def __init__(self, root: str, config: AwsConfig) -> None:
        self.root = root
        self.bucket, _, prefix = root.split("://")[1].partition("/")
        self.prefix = f"{prefix}/" if prefix else ""
        self.s3 = config.client("s3")

    def sizes(self, folder: str) -> dict[str, int]:
        """The files under a folder of the lake, by their place in it, with their bytes."""
        top = f"{self.prefix}{folder}/"
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=top)
        with self._asking():
            return {
                each["Key"].removeprefix(top): each["Size"]
                for page in pages
                for each in page.get("Contents", ())
            }

    def drop_cut_sums(self, folder: str) -> None:
        """Nothing: S3 keeps an object's sum by itself."""

    def folders(self) -> set[str]:
        """The folders of the lake that have a table's metadata, as ``clean/orders``."""
        with self._asking():
            tables = [one for database in self._under(self.prefix) for one in self._under(database)]
            return {
                one.removeprefix(self.prefix).rstrip("/")
                for one in tables
                if f"{one}metadata/" in self._under(one)
            }

    def _under(self, prefix: str) -> list[str]:
        """The prefixes one level below."""
        listing = self.s3.get_paginator("list_objects_v2")
        pages = listing.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        return [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", ())]

    def read(self, file: str) -> bytes:
        """A file's content.

        Raises:
            FileNotFoundError: it isn't there, or not any more.
        """
        with self._asking():
            try:
                told = self.s3.get_object(Bucket=self.bucket, Key=self.prefix + file)
            except self.s3.exceptions.NoSuchKey:
                raise FileNotFoundError(f"{self.root}/{file}") from None
            content: bytes = told["Body"].read()
        return content

    def write(self, file: str, content: bytes) -> None:
        """Write a file; it is whole or not there at all."""
        with self._asking():
            self.s3.put_object(Bucket=self.bucket, Key=self.prefix + file, Body=content)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """What S3 says no to, as an error that names the place."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise LakeError(
                f"{self.root}: S3 says {code_of(error)}; name the replica with --warehouse or"
                " TIDEGATE_WAREHOUSE, its region with TIDEGATE_REGION, and let this role list,"
                " read and write there"
            ) from None


Place = Folder | Bucket


def place_of(settings: Settings) -> Place:
    """The place of the settings' lake.

    Raises:
        StreamError: the local endpoint is meant and doesn't run.
    """
    if "://" in settings.lake:
        return Bucket(settings.lake, aws_config(settings))
    return Folder(settings.lake)


def at_once(do: Callable[[One], Told], these: Iterable[One]) -> list[Told]:
    """Do the same with many files, side by side; the answers in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, these))
