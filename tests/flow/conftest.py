"""What tests of several stages begin with."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.visits import Visits, write_project
from tidegate.aws import Endpoint

if TYPE_CHECKING:
    from tests.lake_of_a_test import LakeOfATest


@pytest.fixture
def visits(
    lake: "LakeOfATest", tmp_path: Path, endpoint: Endpoint, make_stream: Callable[..., str]
) -> Visits:
    """A project of its own, with an empty lake and a stream."""
    stream = make_stream()
    update = {
        "project": write_project(tmp_path),
        "endpoint": endpoint.address,
        "streams": {"visits": stream, "github": stream},
    }
    return Visits(lake.spark, lake.settings.model_copy(update=update))
