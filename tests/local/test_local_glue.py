"""The local Glue catalog where publishing relies on it: of two updates of one version, one wins."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tidegate import local
from tidegate.aws import aws_config
from tidegate.settings import load_settings

DATABASE = "locked"


@pytest.fixture
def glue(tmp_path: Path) -> Iterator[Any]:
    """Glue of an endpoint whose lake is in it."""
    settings = load_settings(tmp_path, endpoint="local", catalog="glue", warehouse="s3://lake")
    local.start(settings)
    yield aws_config(settings).client("glue")
    local.stop(settings)


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
