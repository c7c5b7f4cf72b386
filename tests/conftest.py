"""What the suite's tests share: a worker's Spark session and warehouse, databases of their own."""

import functools
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.lake_of_a_test import LakeOfATest, with_own_prefix
from tests.local_endpoint import CATALOG, LAKES
from tidegate.settings import Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.aws import AwsConfig, Endpoint
    from tidegate.contract import Contracts

pytest_plugins = ["tests.local_endpoint"]

REPOSITORY = Path(__file__).resolve().parent.parent
CASES = "cases"  # the property by which a test tells how many it held against stock GX

# Too little runs here for Java's thorough compiler to pay for the half of two cores that it takes.
# Without it Java keeps little room for what it compiled, and soon spends its time clearing it out.
os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m")
# Spark hands timestamps to Python in the machine's zone.
os.environ["TZ"] = "UTC"
time.tzset()


@functools.cache
def project_contracts() -> "Contracts":
    """The project's own contracts, which take a while to read; nobody may change them."""
    from tidegate.contract import load_contracts

    return load_contracts(REPOSITORY)


@pytest.fixture(scope="session")
def suite_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    if CATALOG == "glue":
        request.getfixturevalue("aws").client("s3").create_bucket(Bucket="lake")
        where = {
            "warehouse": LAKES[CATALOG],
            "endpoint": request.getfixturevalue("endpoint").address,
        }
        return load_settings(
            REPOSITORY, catalog="glue", personal_key="5e" * 32, spark_memory="3g", **where
        )
    return load_settings(
        REPOSITORY, warehouse=str(tmp_path_factory.mktemp("lake")), spark_memory="3g"
    )


@pytest.fixture(scope="session")
def spark(suite_settings: Settings) -> "Iterator[SparkSession]":
    from tidegate.lake.catalog_file import make_catalog
    from tidegate.lake.session import spark_session

    if suite_settings.catalog == "sqlite":
        make_catalog(suite_settings)
    session = spark_session(suite_settings)
    yield session
    session.stop()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files without a test of the mark asked for alone: importing GX takes seconds."""
    mark = config.option.markexpr
    if mark not in ("quick", "slow") or not collection_path.name.startswith("test_"):
        return None
    return True if f"mark.{mark}" not in collection_path.read_text() else None


def pytest_collection_finish() -> None:
    """Spare each later search for garbage the modules, which are as many as most tests' objects."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases of a rule were held against stock Great Expectations, and of what a Java
    died whose end failed the tests that came after it."""
    told = [dict(one.user_properties) for one in terminalreporter.getreports("passed")]
    if cases := sum(one.get(CASES, 0) for one in told):
        line = f"{cases:,} cases agree with stock Great Expectations, figure by figure"
        terminalreporter.write_line(line)
    log = REPOSITORY / ".tidegate" / "log" / "spark.log"
    if terminalreporter.getreports("failed") and log.exists():
        for line in log.read_text(errors="replace").splitlines():
            if " ERROR SparkUncaughtExceptionHandler" in line:
                terminalreporter.write_line(f"Spark: {line}")


@pytest.fixture
def lake(spark: "SparkSession", suite_settings: Settings) -> LakeOfATest:
    """A lake of the test's own."""
    return LakeOfATest(spark, with_own_prefix(suite_settings))


@pytest.fixture(scope="module")
def lake_of_module(spark: "SparkSession", suite_settings: Settings) -> LakeOfATest:
    """A lake that the tests of one module only look at."""
    return LakeOfATest(spark, with_own_prefix(suite_settings))


@pytest.fixture(scope="module")
def make_lake(
    spark: "SparkSession", suite_settings: Settings, endpoint: "Endpoint"
) -> Callable[[str], LakeOfATest]:
    """Makes a lake whose source ``github`` is a stream."""

    def make(stream: str) -> LakeOfATest:
        source = {"endpoint": endpoint.address, "streams": {"github": stream}}
        return LakeOfATest(spark, with_own_prefix(suite_settings).model_copy(update=source))

    return make


@pytest.fixture
def streaming(
    make_lake: Callable[[str], LakeOfATest], make_stream: Callable[..., str]
) -> LakeOfATest:
    """A lake of the test's own whose source ``github`` is a stream of its own."""
    return make_lake(make_stream())


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Type a command; back come its exit code and what it printed on its two outputs."""
    from tidegate.cli import main

    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("TIDEGATE_WAREHOUSE", str(tmp_path / "lake"))

    def type_in(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tidegate", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return type_in


def put(aws: "AwsConfig", lake: LakeOfATest, payloads: list[bytes]) -> None:
    """Put payloads on the lake's stream, in order; empty ones too, which no file can hold."""
    aws.client("kinesis").put_records(
        StreamName=lake.settings.streams["github"],
        Records=[{"Data": one, "PartitionKey": "key"} for one in payloads],
    )


def rows(frame: Any, *columns: str) -> list[tuple[Any, ...]]:
    """A frame's rows as sorted tuples."""
    return sorted(tuple(row) for row in frame.select(*columns).collect())
