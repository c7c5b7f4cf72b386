"""Calling AWS: with patience where it is asked too much, and one line for what goes wrong."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.errors import StreamError, did_you_mean

# Seconds to wait, one after another, while Kinesis says that it is asked too much.
PATIENCE = (1, 2, 4, 8, 16, 30, 30, 30)
TOO_MUCH = (
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "KMSThrottlingException",
)


def patiently(call: Callable[..., Any], **arguments: Any) -> Any:
    """Call Kinesis, and again after a while where it says that it is asked too much."""
    from botocore.exceptions import ClientError

    for wait in PATIENCE:
        try:
            return call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] not in TOO_MUCH:
                raise
            time.sleep(wait)
    return call(**arguments)


@contextmanager
def asking(config: AwsConfig, stream: str) -> Iterator[None]:
    """Turn what boto3 raises of a stream into one line that says what to do.

    Raises:
        StreamError: the stream isn't there, or Kinesis can't be reached or asked.
    """
    with reaching(
        config,
        f'stream "{stream}"',
        {"ResourceNotFoundException": lambda: _not_there(config, stream)},
    ):
        yield


@contextmanager
def reaching(
    config: AwsConfig, what: str, missing: Mapping[str, Callable[[], str]] | None = None
) -> Iterator[None]:
    """Turn what boto3 raises into one line.

    Args:
        config: how AWS is reached.
        what: what is asked for, e.g. ``queue "orders"``.
        missing: what is to be said instead of some of AWS' error codes.

    Raises:
        StreamError: it isn't there, or AWS can't be reached or asked.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionError,  # noqa: A004 - another one than Python's
        HTTPClientError,
    )

    try:
        yield
    except (ConnectionError, HTTPClientError) as error:
        raise StreamError(
            f"{config} can't be reached ({type(error).__name__}); see the setting endpoint"
        ) from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if missing and code in missing:
            raise StreamError(missing[code]()) from None
        told = error.response["Error"].get("Message", "").partition("\n")[0]
        raise StreamError(f"{what} at {config}: {code}: {told}") from None
    except BotoCoreError as error:
        told = " ".join(str(error).split())
        raise StreamError(f"{what} at {config}: {told}") from None


def _not_there(config: AwsConfig, stream: str) -> str:
    from botocore.exceptions import ClientError

    known: list[str] = []
    with suppress(ClientError):  # who may read a stream may not always list them
        known = config.client("kinesis").list_streams(Limit=1_000)["StreamNames"]
    return (
        f'there is no stream "{stream}" at {config};'
        f' "tidegate send FILE --stream {stream} --create" makes it{did_you_mean(stream, known)}'
    )
