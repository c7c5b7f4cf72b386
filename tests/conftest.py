"""What the whole suite shares: one Spark session over one warehouse, in which each test has databases of its own."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.lake_of_a_test import LakeOfATest
from tidegate.settings import Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REPOSITORY = Path(__file__).resolve().parent.parent

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def suite_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        REPOSITORY, warehouse=str(tmp_path_factory.mktemp("lake")), spark_memory="3g"
    )


@pytest.fixture(scope="session")
def spark(suite_settings: Settings) -> "Iterator[SparkSession]":
    from tidegate.lake.session import spark_session

    session = spark_session(suite_settings)
    yield session
    session.stop()


@pytest.fixture
def lake(spark: "SparkSession", suite_settings: Settings) -> LakeOfATest:
    """A lake of the test's own: databases with a prefix that no other test has."""
    settings = suite_settings.model_copy(update={"database_prefix": f"t{next(_numbers)}_"})
    return LakeOfATest(spark, settings)


def rows(frame: Any, *columns: str) -> list[tuple[Any, ...]]:
    """A frame's rows as sorted tuples."""
    return sorted(tuple(row) for row in frame.select(*columns).collect())
