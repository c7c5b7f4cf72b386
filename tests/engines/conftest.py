"""Real Trino and real PostgreSQL, from what ``make test-engines`` has fetched, and one lake."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from pyiceberg.catalog.glue import GlueCatalog

from tests.engines.postgres import running_postgres
from tests.engines.rows import Row, rows
from tests.engines.trino import Trino, running_trino
from tests.serve.conftest import PROJECT, make_tables
from tidegate import local
from tidegate.aws import Endpoint
from tidegate.generate.storefront import generate
from tidegate.settings import Settings, load_settings

FETCHED = Path(os.environ.get("TIDEGATE_ENGINES", PROJECT / ".engines"))
BUCKET = "engines"


@pytest.fixture(scope="session", autouse=True)
def fetched() -> None:
    """Without the engines there is nothing to ask."""
    if not FETCHED.exists():
        pytest.skip("make test-engines fetches Trino and PostgreSQL first")


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The rows of each table."""
    shop = tmp_path_factory.mktemp("shop") / "made"
    generate(shop, start=dt.date(2026, 3, 2), days=21, visitors=300, seed=1)
    return rows(PROJECT, shop)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A local endpoint whose Glue is the lake's catalog, as Trino needs it."""
    folder = tmp_path_factory.mktemp("endpoint")
    warehouse = f"s3://{BUCKET}/lake"
    settings = load_settings(folder, endpoint="local", catalog="glue", warehouse=warehouse)
    yield local.start(settings)
    local.stop(settings)


@pytest.fixture(scope="session")
def lake(endpoint: Endpoint, said: dict[str, list[Row]]) -> Iterator[Settings]:
    """The project's tables in a Glue catalog and on S3, both at the local endpoint."""
    here = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    before = {name: os.environ.get(name) for name in here}
    os.environ |= here
    address = endpoint.address
    boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket=BUCKET)
    catalog = GlueCatalog(
        "lake",
        **{
            "warehouse": f"s3://{BUCKET}/lake",
            "glue.endpoint": address,
            "glue.region": "us-east-1",
            "s3.endpoint": address,
            "s3.region": "us-east-1",
        },
    )
    make_tables(catalog, said)
    yield load_settings(PROJECT, catalog="glue", warehouse=f"s3://{BUCKET}/lake", endpoint=address)
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(scope="session")
def trino(lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    """A Trino over that lake."""
    with running_trino(FETCHED, tmp_path_factory.mktemp("trino"), lake.endpoint) as found:
        yield found


@pytest.fixture(scope="session")
def postgres(
    said: dict[str, list[Row]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[object]:
    """A connection to a PostgreSQL with the same rows."""
    folder = tmp_path_factory.mktemp("postgres")
    with running_postgres(FETCHED, folder, PROJECT, said) as connection:
        yield connection
