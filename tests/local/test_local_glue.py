"""The local Glue catalog where publishing relies on it: of two updates of one version, one wins."""

import pytest
from botocore.exceptions import ClientError

from tidegate.aws import AwsConfig

DATABASE = "locked"


def test_an_update_that_is_not_made_from_the_newest_version_is_refused(aws: AwsConfig) -> None:
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "events"})
    version = glue.get_table(DatabaseName=DATABASE, Name="events")["Table"]["VersionId"]
    update = {"DatabaseName": DATABASE, "VersionId": version}

    glue.update_table(TableInput={"Name": "events", "Description": "first"}, **update)
    with pytest.raises(ClientError) as refused:
        glue.update_table(TableInput={"Name": "events", "Description": "second"}, **update)

    assert refused.value.response["Error"]["Code"] == "ConcurrentModificationException"
    assert glue.get_table(DatabaseName=DATABASE, Name="events")["Table"]["Description"] == "first"
