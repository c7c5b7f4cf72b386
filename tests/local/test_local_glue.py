"""The local Glue catalog where publishing relies on it: of two updates of one version, one wins."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tidegate import local
from tidegate.aws import aws_config
from tidegate.serve.remote import run_on_athena
from tidegate.settings import Settings, load_settings

DATABASE = "locked"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """An endpoint whose lake is in its Glue catalog."""
    where = {"catalog": "glue", "warehouse": "s3://lake", "athena_results": "s3://results/"}
    settings = load_settings(tmp_path, endpoint="local", **where)
    local.start(settings)
    yield settings
    local.stop(settings)


@pytest.fixture
def glue(settings: Settings) -> Any:
    return aws_config(settings).client("glue")


def test_an_update_that_is_not_made_from_the_newest_version_is_refused(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": DATABASE})
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "events"})
    version = glue.get_table(DatabaseName=DATABASE, Name="events")["Table"]["VersionId"]
    update = {"DatabaseName": DATABASE, "VersionId": version}

    glue.update_table(TableInput={"Name": "events", "Description": "first"}, **update)
    with pytest.raises(ClientError) as refused:
        glue.update_table(TableInput={"Name": "events", "Description": "second"}, **update)

    assert refused.value.response["Error"]["Code"] == "ConcurrentModificationException"
    assert glue.get_table(DatabaseName=DATABASE, Name="events")["Table"]["Description"] == "first"


def test_a_view_that_athena_made_is_in_the_catalog_with_its_columns_comments(
    settings: Settings, glue: Any
) -> None:
    run_on_athena(settings, "CREATE SCHEMA IF NOT EXISTS analytics", "the schema")
    run_on_athena(settings, "CREATE OR REPLACE VIEW analytics.ones AS SELECT 1 AS one", "the view")

    told = glue.get_table(DatabaseName="analytics", Name="ones")["Table"]
    (column,) = told["StorageDescriptor"]["Columns"]
    told["StorageDescriptor"]["Columns"] = [{**column, "Comment": "the first number"}]
    view = {name: told[name] for name in ("Name", "StorageDescriptor", "TableType", "Parameters")}
    glue.update_table(DatabaseName="analytics", TableInput=view)

    found = glue.get_table(DatabaseName="analytics", Name="ones")["Table"]
    assert found["TableType"] == "VIRTUAL_VIEW"
    assert found["StorageDescriptor"]["Columns"][0]["Comment"] == "the first number"
