"""The keys of each source: who may send, from which pages, how much; read again as they change.

They are a JSON document in a secret of AWS Secrets Manager, a file or the environment::

    {"storefront": {
        "keys": {"web": "sha256:9f86d0…", "web-before": "sha256:60303a…"},
        "origins": ["https://shop.example.org"],
        "rate": 2000}}

Keys of several names hold at once, so one is replaced by adding another, and taking it away once
nobody sends it any more.
"""

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from tidegate.aws import aws_config, read_secret
from tidegate.errors import SettingsError, TidegateError
from tidegate.logs import log
from tidegate.settings import SECRET, Settings

SHORTEST = 16
"""Characters of a key that is kept as it is; 24 random bytes as base64 are 32."""
ANY = "*"
"""The origin that stands for all."""
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


class OfSource(BaseModel):
    """What the document says of a source.

    Attributes:
        keys: each key, or ``sha256:`` and its hash, by a name that answers and logs may tell.
        origins: the pages that may send, e.g. ``https://shop.example.org``; ``*`` for all.
        rate: records a second that a key may send; twice as many at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: dict[str, str]
    origins: tuple[str, ...] = ()
    rate: float = Field(1_000, gt=0)

    @field_validator("keys")
    @classmethod
    def _hashed(cls, keys: dict[str, str]) -> dict[str, str]:
        """Each key's hash alone: keys themselves aren't held longer than it takes to read them."""
        return {name: _hash(name, key) for name, key in keys.items()}

    def name_of(self, key: str) -> str | None:
        """The name of a key, or None; it takes as long for a wrong key as for any right one."""
        given = hashlib.sha256(key.encode()).hexdigest()
        found = [name for name, one in self.keys.items() if hmac.compare_digest(one, given)]
        return found[0] if found else None

    def lets_in(self, origin: str) -> bool:
        """Whether a page of an origin may send."""
        return ANY in self.origins or origin in self.origins


@dataclass(frozen=True)
class Sender:
    """Who sends.

    Attributes:
        source: the source.
        key: the name of the key.
        rate: records a second that it may send.
    """

    source: str
    key: str
    rate: float


_DOCUMENT = TypeAdapter(dict[str, OfSource])


def _hash(name: str, key: str) -> str:
    if found := _HASH.fullmatch(key):
        return found[1]
    if key.startswith("sha256:"):
        raise ValueError(f'key "{name}": expected 64 hexadecimal digits after "sha256:"')
    if len(key) < SHORTEST:
        raise ValueError(f'key "{name}" has {len(key)} characters; a key has {SHORTEST} or more')
    return hashlib.sha256(key.encode()).hexdigest()


def read_keys(settings: Settings) -> dict[str, OfSource]:
    """The keys as they are now, by source.

    Raises:
        SettingsError: there are none, or they can't be read; no key is in the message.
        StreamError: the endpoint that has the secret can't be reached.
    """
    given = settings.collect_keys.get_secret_value().strip()
    if not given:
        raise SettingsError(
            "there are no keys to know senders by; name a secret or a file:"
            f" TIDEGATE_COLLECT_KEYS={SECRET}NAME, or the file's path (docs/collector.md)"
        )
    if given.startswith(SECRET):
        name = given.removeprefix(SECRET)
        held = read_secret(aws_config(settings), name)
        return _read(held, f'secret "{name}"')
    if given.startswith("{"):
        return _read(given, "TIDEGATE_COLLECT_KEYS")
    file = settings.project / Path(given)
    try:
        return _read(file.read_bytes(), str(file))
    except OSError as error:
        raise SettingsError(f"collect_keys: {file}: {error.strerror}") from None


def _read(text: str | bytes, place: str) -> dict[str, OfSource]:
    try:
        return _DOCUMENT.validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(_in_words(one["loc"], one["msg"]) for one in error.errors()[:3])
        raise SettingsError(
            f'{place}: {wrong}; expected {{"SOURCE": {{"keys": {{"NAME": "KEY"}}}}}}'
            " (docs/collector.md)"
        ) from None


def _in_words(place: tuple[int | str, ...], message: str) -> str:
    """What is wrong with the document at a place; never what stands there, which may be a key."""
    where = ".".join(str(one) for one in place)
    return f"{where}{': ' if where else ''}{message.removeprefix('Value error, ')}"


class Keys:
    """The keys, read again every so many seconds, beside whoever asks.

    What can't be read leaves the keys as they were, and is told once a try.
    """

    def __init__(self, read: Callable[[], dict[str, OfSource]], seconds: float) -> None:
        self._read, self._seconds = read, seconds
        self._sources = read()
        self._due = time.monotonic() + seconds
        self._reading = threading.Lock()

    def of(self, source: str) -> OfSource | None:
        """What is known of a source."""
        if time.monotonic() >= self._due and self._reading.acquire(blocking=False):
            threading.Thread(target=self._again, daemon=True).start()
        return self._sources.get(source)

    def _again(self) -> None:
        try:
            self._sources = self._read()
        except TidegateError as error:
            log.error("the keys stay as they were: %s", error)
        finally:
            self._due = time.monotonic() + self._seconds
            self._reading.release()


@dataclass
class _Bucket:
    left: float
    at: float


class Rates:
    """How much each key has sent of late; a bucket of tokens a key, in this process."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def wait(self, key: tuple[str, str], rate: float) -> float:
        """Seconds until a key may send again; 0 where it may now."""
        with self._lock:
            return max(0.0, -self._filled(key, rate).left / rate)

    def spend(self, key: tuple[str, str], rate: float, records: int) -> None:
        """Count what a key sends. One request may go beyond, which the next ones then wait for."""
        with self._lock:
            self._filled(key, rate).left -= records

    def _filled(self, key: tuple[str, str], rate: float) -> _Bucket:
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, _Bucket(2 * rate, now))
        bucket.left = min(2 * rate, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        return bucket
