"""The suite's local endpoint: one real process, with streams that no other test has."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from tests.land.rude import RudeKinesis
from tidegate import local
from tidegate.aws import AwsConfig, Endpoint, aws_config
from tidegate.settings import load_settings

# "glue" has the suite's lakes in a Glue catalog and on S3, at the local endpoint.
CATALOG = os.environ.get("TIDEGATE_TEST_CATALOG", "sqlite")
LAKES = {"glue": "s3://lake", "sqlite": None}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The local endpoint, in a state folder of its own; its address is a setting's ``endpoint``."""
    folder = tmp_path_factory.mktemp("endpoint")
    settings = load_settings(folder, endpoint="local", catalog=CATALOG, warehouse=LAKES[CATALOG])
    yield local.start(settings)
    local.stop(settings)


@pytest.fixture(scope="session")
def aws(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> AwsConfig:
    """How the local endpoint is reached."""
    return aws_config(load_settings(tmp_path_factory.getbasetemp(), endpoint=endpoint.address))


def export(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Set what an analyst exports, so that any client takes an endpoint for AWS."""
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)


def _streams(aws: AwsConfig) -> Iterator[Callable[..., str]]:
    made = []

    def make(shards: int = 1, name: str | None = None) -> str:
        made.append(name or f"stream-{next(_numbers)}")
        client = aws.client("kinesis")
        client.create_stream(StreamName=made[-1], ShardCount=shards)
        client.get_waiter("stream_exists").wait(
            StreamName=made[-1], WaiterConfig={"Delay": 0.05, "MaxAttempts": 100}
        )
        return made[-1]

    yield make
    for stream in made:
        aws.client("kinesis").delete_stream(StreamName=stream)


@pytest.fixture
def make_stream(aws: AwsConfig) -> Iterator[Callable[..., str]]:
    """Makes a stream that no other test has, and says its name: ``make_stream(shards=2)``."""
    yield from _streams(aws)


@pytest.fixture(scope="module")
def streams(aws: AwsConfig) -> Iterator[Callable[..., str]]:
    """Makes such streams for a whole module."""
    yield from _streams(aws)


@pytest.fixture(scope="session")
def between(endpoint: Endpoint) -> Iterator[RudeKinesis]:
    """The local endpoint behind something that misbehaves as a test says."""
    with RudeKinesis(endpoint.address) as between:
        yield between


@pytest.fixture
def rude(between: RudeKinesis) -> RudeKinesis:
    """The same, which nobody has asked anything yet."""
    between.instead.clear()
    between.asked.clear()
    return between
