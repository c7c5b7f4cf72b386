"""The collector's two homes, beside an endpoint with streams of a module's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.collect.homes import Function, Home, Process, environment
from tidegate.aws import Endpoint
from tidegate.collect import lambda_function


@pytest.fixture(scope="module")
def named(streams: Callable[..., str]) -> dict[str, str]:
    """Each source's stream; that of one isn't there."""
    shop = streams(shards=2)
    return {"shop": shop, "museum": streams(), "still": shop, "gone": "no-such-stream"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the homes have their keys."""
    return tmp_path_factory.mktemp("collector")


@pytest.fixture(scope="module")
def process(folder: Path, endpoint: Endpoint, named: dict[str, str]) -> Iterator[Process]:
    """The collector as a process."""
    process = Process(folder, environment(folder, endpoint.address, named))
    yield process
    process.end()


@pytest.fixture(scope="module", params=["process", "lambda"])
def home(
    request: pytest.FixtureRequest, folder: Path, endpoint: Endpoint, named: dict[str, str]
) -> Iterator[Home]:
    """The collector in each of its homes."""
    if request.param == "process":
        yield request.getfixturevalue("process")
        return
    with pytest.MonkeyPatch.context() as patch:
        yield function(patch, folder, environment(folder, endpoint.address, named))
    forget()


def function(patch: pytest.MonkeyPatch, folder: Path, settings: dict[str, str]) -> Function:
    """The collector as a Lambda function with some settings, as if just started."""
    for name, value in {**settings, "LAMBDA_TASK_ROOT": str(folder)}.items():
        patch.setenv(name, value)
    forget()
    return Function()


def forget() -> None:
    """End the function's copy: the next request starts one."""
    lambda_function.opened.cache_clear()
