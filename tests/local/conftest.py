"""A small lake behind a local endpoint of its own, and the clients that analysts use."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.transforms import IdentityTransform

from tests.local_endpoint import CATALOG, export
from tests.serve.conftest import STARS, make_events, open_for_writing, schema, stars
from tidegate import local
from tidegate.aws import aws_config
from tidegate.settings import Settings, load_settings

RESULTS = "s3://results/of-tests/"
# Where a lake of these tests is: in a folder, or in the Glue and on the S3 of its own endpoint.
WHERE = {"catalog": "glue", "warehouse": "s3://lake/of-tests"} if CATALOG == "glue" else {}


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """mart.stars: a day a commit, partitioned by it, with a branch ahead of main.

    clean.events: one row of the awkward types. clean.large: 12 MB.
    """
    project = tmp_path_factory.mktemp("analysed")
    (project / "contracts").mkdir()
    settings = load_settings(project, endpoint="local", query_seconds=20, **WHERE)
    local.start(settings)
    catalog = in_its_catalog(settings)
    for database in ("mart", "clean"):
        catalog.create_namespace(database)
    table = catalog.create_table("mart.stars", schema(STARS))
    with table.update_spec() as spec:
        spec.add_field("event_date", IdentityTransform(), "event_date")
    with table.update_schema() as change:
        change.update_column("stars", doc="how many gave a star")
    table.append(stars(("2015-01-01", "ann/sea", 1)))
    table.append(stars(("2015-01-02", "bob/tide", 7), ("2015-01-02", "it's", 2)))
    snapshot = table.current_snapshot()
    assert snapshot
    table.manage_snapshots().create_branch(snapshot.snapshot_id, "run-2").commit()
    table.append(stars(("2015-01-03", "eve/flood", 99)), branch="run-2")
    make_events(catalog)
    large = catalog.create_table("clean.large", schema({"payload": "binary"}))
    noise = [{"payload": os.urandom(1_000_000)} for _ in range(12)]
    large.append(pa.Table.from_pylist(noise, schema=schema({"payload": "binary"})))
    yield settings
    local.stop(settings)


def in_its_catalog(settings: Settings) -> Catalog:
    """A lake's catalog, to write to: a folder's, or the Glue of the lake's own local endpoint."""
    if settings.catalog == "sqlite":
        return open_for_writing(Path(settings.lake))
    aws = aws_config(settings)
    aws.client("s3").create_bucket(Bucket="lake")
    keys = {"region": "us-east-1", "access-key-id": "local", "secret-access-key": "local"}
    given = {f"{one}.{name}": value for one in ("glue", "s3") for name, value in keys.items()}
    there = {"glue.endpoint": aws.endpoint_url, "s3.endpoint": aws.endpoint_url}
    return GlueCatalog("glue", **given, **there, warehouse=settings.lake)


@pytest.fixture(scope="module")
def address(analysed: Settings) -> str:
    """Where its endpoint is."""
    endpoint = local.status(analysed)
    assert endpoint
    return endpoint.address


@pytest.fixture
def exported(address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What an analyst exports."""
    export(monkeypatch, address)
    return address


@pytest.fixture
def athena(analysed: Settings) -> Any:
    return aws_config(analysed).client("athena")


@pytest.fixture
def execute(athena: Any) -> Callable[..., dict[str, Any]]:
    """Runs a statement to its end; back comes its execution."""

    def run(text: str, *arguments: str, **more: Any) -> dict[str, Any]:
        asked = {"QueryString": text, "ResultConfiguration": {"OutputLocation": RESULTS}} | more
        if arguments:
            asked["ExecutionParameters"] = list(arguments)
        return ended(athena, athena.start_query_execution(**asked)["QueryExecutionId"])

    return run


def ended(athena: Any, identity: str) -> dict[str, Any]:
    """An execution, once it has ended."""
    while True:
        told: dict[str, Any] = athena.get_query_execution(QueryExecutionId=identity)
        if told["QueryExecution"]["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return told["QueryExecution"]
        time.sleep(0.02)


@pytest.fixture
def rows_of(athena: Any, execute: Callable[..., Any]) -> Callable[..., list[list[str | None]]]:
    """The texts that a statement answers with, its header first."""

    def ask(text: str, *arguments: str, **more: Any) -> list[list[str | None]]:
        execution = execute(text, *arguments, **more)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [
            [cell.get("VarCharValue") for cell in row["Data"]] for row in found["ResultSet"]["Rows"]
        ]

    return ask


@pytest.fixture
def reason(execute: Callable[..., Any]) -> Callable[..., str]:
    """Why a statement fails."""

    def ask(text: str, *arguments: str, **more: Any) -> str:
        status = execute(text, *arguments, **more)["Status"]
        assert status["State"] in ("FAILED", "CANCELLED"), status
        return str(status["StateChangeReason"])

    return ask
