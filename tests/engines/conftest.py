"""Real Trino and real PostgreSQL, from what ``make test-engines`` has fetched."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.trino import Trino, running_trino
from tests.serve.conftest import PROJECT

FETCHED = Path(os.environ.get("TIDEGATE_ENGINES", PROJECT / ".engines"))


@pytest.fixture(scope="session")
def bare_trino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    """A Trino without tables."""
    with running_trino(FETCHED, tmp_path_factory.mktemp("trino")) as trino:
        yield trino
