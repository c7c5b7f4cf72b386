"""How AWS is reached, from a laptop, a driver or a Spark task."""

import fcntl
import functools
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tidegate.errors import SettingsError, StreamError
from tidegate.settings import Settings

# What an endpoint that is not AWS gets where the environment has no credentials: it checks none.
NO_SECRET = "local"
# Services that a run tells something and doesn't wait for.
ASIDE = {"sns", "events"}


@dataclass(frozen=True)
class AwsConfig:
    """How a process reaches AWS. It can be pickled, so a Spark task is handed it as it is.

    Attributes:
        endpoint_url: the address of an endpoint that stands for AWS, or None for AWS itself.
        region: the AWS region.
        access_key: None where boto3 finds the credentials itself.
        secret: as above.
    """

    endpoint_url: str | None
    region: str
    access_key: str | None = None
    secret: str | None = field(default=None, repr=False)

    def client(self, service: str, seconds: float | None = None) -> Any:
        """A boto3 client, safe to share between threads; one a service and process.

        Args:
            service: the service.
            seconds: what one call may take, which is then not tried again; for who has a time by
                which to answer, and tries again itself.
        """
        return _client(self, service, seconds)

    @property
    def is_here(self) -> bool:
        """Whether it is an endpoint on this machine."""
        return urlsplit(self.endpoint_url or "").hostname in ("127.0.0.1", "localhost")

    def __str__(self) -> str:
        """Where it is, as an error says it."""
        return self.endpoint_url or f"AWS {self.region}"


@functools.lru_cache(maxsize=32)
def _client(config: AwsConfig, service: str, seconds: float | None) -> Any:
    # Importing boto3 takes 0.2 s, which a command that asks nothing of AWS shouldn't pay.
    from boto3.session import Session
    from botocore.config import Config

    attempts = 2 if service in ASIDE else 4
    # A session of its own: boto3's default session must not be used by two threads at once.
    return Session().client(
        service,
        region_name=config.region,
        endpoint_url=config.endpoint_url,
        aws_access_key_id=config.access_key,
        aws_secret_access_key=config.secret,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 1 if seconds else attempts},
            connect_timeout=min(5, seconds or 5),
            read_timeout=seconds or (5 if service in ASIDE else 60),
            max_pool_connections=32,
            # A proxy that the environment names can't reach this machine's own address.
            proxies={} if config.is_here else None,
            # Path style: a bucket's name in front of an address of numbers is not a host.
            s3={"addressing_style": "path"} if config.endpoint_url else None,
        ),
    )


def aws_config(settings: Settings) -> AwsConfig:
    """How the settings' endpoint is reached.

    Raises:
        StreamError: the local endpoint is meant and doesn't run.
    """
    if settings.endpoint == "aws":
        return AwsConfig(None, settings.region)
    url = settings.endpoint
    if url == "local":
        endpoint = local_endpoint(settings)
        if endpoint is None:
            other = os.environ.get("AWS_ENDPOINT_URL")
            named = f", or name the one that AWS_ENDPOINT_URL does: --endpoint {other}"
            raise StreamError(
                'the local endpoint isn\'t running; start it with "tidegate local start"'
                f"{named if other else ''}"
            )
        url = endpoint.address
    is_aws = (urlsplit(url).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if is_aws or os.environ.keys() & {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"}:
        return AwsConfig(url, settings.region)
    return AwsConfig(url, settings.region, NO_SECRET, NO_SECRET)


def client(service: str, settings: Settings) -> Any:
    """A boto3 client for the settings' endpoint.

    Raises:
        StreamError: the local endpoint is meant and doesn't run.
    """
    return aws_config(settings).client(service)


def code_of(error: Exception) -> str:
    """AWS' own word for why a call failed, or the kind of error where AWS wasn't reached."""
    told = getattr(error, "response", None)  # which is None where a connection was cut
    return str(told["Error"]["Code"]) if told else type(error).__name__


def read_secret(config: AwsConfig, name: str) -> str | bytes:
    """What a secret of AWS Secrets Manager holds now, by its name or ARN.

    Raises:
        SettingsError: it can't be read; the message has AWS' own word for why, and no value.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        held = config.client("secretsmanager").get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        raise SettingsError(
            f'secret "{name}" can\'t be read from {config}: {code_of(error)}; make it in AWS'
            " Secrets Manager, or let this role read it (secretsmanager:GetSecretValue)"
        ) from None
    found: str | bytes = held["SecretString"] if "SecretString" in held else held["SecretBinary"]
    return found


@dataclass(frozen=True)
class Endpoint:
    """AWS on this machine.

    Attributes:
        address: e.g. ``http://127.0.0.1:5000``.
        pid: the process that serves it.
        started: when, in UTC.
        lake: the lake that its Athena and Redshift read.
    """

    address: str
    pid: int
    started: datetime
    lake: str


def local_files(settings: Settings) -> tuple[Path, Path]:
    """Where the local endpoint keeps its address, and the file it holds locked while it lives."""
    return settings.state / "local.json", settings.state / "local.lock"


def is_held(lock: Path) -> bool:
    """Whether a process holds a lock file; the system lets go of it when the process ends."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def local_endpoint(settings: Settings) -> Endpoint | None:
    """The local endpoint, or None where none runs.

    Its lock tells whether it lives, so a file that was left behind, or another process with the
    number in it, deceives nobody.
    """
    file, lock = local_files(settings)
    if not is_held(lock):
        return None
    try:
        kept = json.loads(file.read_text())
        os.kill(kept["pid"], 0)
    except (FileNotFoundError, ProcessLookupError):  # it is just starting
        return None
    started = datetime.fromisoformat(kept["started"])
    return Endpoint(kept["address"], kept["pid"], started, kept.get("lake", ""))
