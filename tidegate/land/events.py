"""What a message of the queue says: which objects are new in a bucket."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

CREATED = "ObjectCreated"


class NoEvent(Exception):  # noqa: N818 - named for what is found
    """A message that says nothing of an object; why, as of "it"."""


@dataclass(frozen=True)
class Created:
    """An object that an event says is new.

    Attributes:
        bucket, key: the object.
        version: which version of it, in a bucket that keeps them; None for the one that is there.
        at: when S3 had taken it, UTC; None where the event doesn't say.
    """

    bucket: str
    key: str
    version: str | None = None
    at: datetime | None = None

    @property
    def address(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    def event(self) -> str:
        """An event that says so, as S3 would: this object alone."""
        at = {"eventTime": _text(self.at)} if self.at else {}
        version = {"versionId": self.version} if self.version else {}
        told = {"bucket": {"name": self.bucket}, "object": {"key": quote_plus(self.key), **version}}
        event = {"eventSource": "aws:s3", "eventName": f"{CREATED}:Put", **at, "s3": told}
        return json.dumps({"Records": [event]})


def created(body: str) -> list[Created]:
    """The new objects that a message tells of, by S3's own events or EventBridge's.

    Returns:
        None at all where it tells of something else that happened to a bucket, or tests the queue.

    Raises:
        NoEvent: it is no event of S3.
    """
    try:
        told = json.loads(body)
        if told.get("Event") == "s3:TestEvent":
            return []
        if told.get("source") == "aws.s3":
            return [_from_eventbridge(told)] if told["detail-type"] == "Object Created" else []
        return [
            _from_s3(one)
            for one in told["Records"]
            if str(one["eventName"]).removeprefix("s3:").startswith(CREATED)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoEvent(f"it is no event of S3 ({type(error).__name__}: {error})") from None


def _from_s3(event: dict[str, Any]) -> Created:
    bucket, found = event["s3"]["bucket"]["name"], event["s3"]["object"]
    return _created(bucket, unquote_plus(found["key"]), found.get("versionId"), event["eventTime"])


def _from_eventbridge(event: dict[str, Any]) -> Created:
    bucket, found = event["detail"]["bucket"]["name"], event["detail"]["object"]
    return _created(bucket, found["key"], found.get("version-id"), event["time"])


def _created(bucket: str, key: str, version: str | None, at: str) -> Created:
    if not (isinstance(bucket, str) and isinstance(key, str) and bucket and key):
        raise ValueError("a bucket or key is no text")
    moment = datetime.fromisoformat(at)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # What S3 calls the version of an object in a bucket that keeps none.
    named = version if version not in ("", "null") else None
    return Created(bucket, key, named, moment.astimezone(UTC))


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
