"""A local endpoint whose state machines run job runs that a test has written down."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.flow_on_aws import FlowOnAws
from tidegate import local
from tidegate.aws import AwsConfig, aws_config
from tidegate.deploy.orchestration.machine import machine
from tidegate.settings import load_settings

LAYERS = [["raw.shop"], ["clean.orders", "clean.visits"], ["mart.sales"], ["serve"]]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsConfig]:
    """An endpoint that stands for AWS."""
    project = tmp_path_factory.mktemp("cloud")
    (project / "contracts").mkdir()
    settings = load_settings(project, endpoint="local")
    local.start(settings)
    yield aws_config(settings)
    local.stop(settings)


@pytest.fixture
def deployed(cloud: AwsConfig, tmp_path: Path) -> Callable[..., FlowOnAws]:
    """Makes the machine of a flow of five stages; how its job runs end is planned."""

    def make(engine: str = "glue", **more: Any) -> FlowOnAws:
        project = tmp_path / f"flow-{next(_numbers)}"
        project.mkdir()
        return FlowOnAws(cloud, machine("shop", LAYERS), project, engine, **more)

    return make
