"""A whole flow on AWS' code path: Kinesis, S3, the Glue catalog, Step Functions, Glue, Athena.

Each job run is a process that runs the built entry on Spark; the endpoint stands for AWS.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import payload
from tests.orchestration.flow_on_aws import ENTRIES, FlowOnAws
from tidegate import local
from tidegate.aws import aws_config
from tidegate.contract import load_contracts
from tidegate.deploy.artefacts import pack_project
from tidegate.deploy.orchestration import rendered
from tidegate.flow.books import books
from tidegate.lake.ledger import Counts
from tidegate.land.send import send
from tidegate.serve import Answer, ask, sql
from tidegate.serve.remote import ask_athena
from tidegate.settings import Settings, load_settings

pytestmark = pytest.mark.aws

STREAM = "github"
HOUR = REPOSITORY / "examples" / "github" / "2015-01-01-0.json.gz"
DAY_AFTER = dt.date(2015, 1, 2)
QUESTIONS = (
    "busiest_hours",
    "busiest_organisations",
    "daily_activity_by_type",
    "most_active_pushers",
    "most_starred_repositories",
    "pull_requests_merged_by_organisation",
    "repositories_with_most_people",
)
OF_VIEW = "SELECT count(*), sum(events), sum(stars), sum(people) FROM {}.repository_activity"
GLUES = {
    "--TIDEGATE_CATALOG": "glue",
    "--TIDEGATE_ENDPOINT": "aws",
    "--TIDEGATE_WAREHOUSE": "s3://lake",
    "--TIDEGATE_PERSONAL_KEY": "secretsmanager:personal",
    "--TIDEGATE_SPARK_MEMORY": "1g",
}
MIXED_UP = {"size": 1, "distinct_size": 2}


@dataclass(frozen=True)
class Two:
    """One stream, and two lakes of what is on it.

    Attributes:
        flow: the flow as it is deployed.
        aws: the lake on AWS.
        laptop: the lake of a project in which nothing is set.
    """

    flow: FlowOnAws
    aws: Settings
    laptop: Settings


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """The flow ``github`` deployed to an endpoint of its own, and a laptop's project there."""
    folder = tmp_path_factory.mktemp("github")
    archive = pack_project(REPOSITORY, folder / "project.zip")
    project = folder / "project"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(project)
    local.start(load_settings(project, endpoint="local", catalog="glue", warehouse="s3://lake"))
    laptop = load_settings(project)
    config = aws_config(laptop)
    for bucket in ("lake", "results"):
        config.client("s3").create_bucket(Bucket=bucket)
    config.client("secretsmanager").create_secret(Name="personal", SecretString="5e" * 32)
    results = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    config.client("athena").create_work_group(Name="tidegate-dev-jobs", Configuration=results)
    definition = json.loads(rendered(REPOSITORY)[Path("infra/flows/github.asl.json")])
    artefacts = {name: REPOSITORY / name for name in ENTRIES} | {"project.zip": archive}
    on_aws = {"catalog": "glue", "warehouse": "s3://lake", "athena_workgroup": "tidegate-dev-jobs"}
    yield Two(
        FlowOnAws(config, definition, folder, artefacts=artefacts, settings=GLUES),
        load_settings(project, endpoint=config.endpoint_url, **on_aws),
        laptop,
    )
    local.stop(laptop)


def test_an_hour_goes_from_the_stream_to_the_answers_that_a_laptop_gives(two: Two) -> None:
    sent = send(aws_config(two.laptop), [HOUR], STREAM, create=True, shards=2)

    ended = two.flow.ended(two.flow.start(), seconds=900)
    on_laptop(two.laptop, "run", "github")

    assert ended["status"] == "SUCCEEDED", two.flow.alerts()
    assert sent.records == 7702
    assert rows_of(two.aws) == rows_of(two.laptop)
    assert rows_of(two.aws)["clean.github_events"] == Counts(rows_in=7702, published=7702)
    for name in QUESTIONS:
        here = ask(two.laptop, name, {}, DAY_AFTER)
        assert here.rows
        assert figures(ask(two.aws, name, {}, DAY_AFTER, on="athena")) == figures(here)
    view = ask_athena(two.aws, OF_VIEW.format("analytics"), "SQL", {})
    assert view.rows == sql(two.laptop, OF_VIEW.format("mart")).rows


def test_a_blocked_gate_ends_the_flow_and_goes_to_the_alert(two: Two) -> None:
    config = aws_config(two.laptop)
    payloads = [payload(id=number, payload=MIXED_UP) for number in ("4", "5")]
    records = [{"Data": one, "PartitionKey": "key"} for one in payloads]
    config.client("kinesis").put_records(StreamName=STREAM, Records=records)

    blocked = two.flow.ended(two.flow.start(), seconds=900)

    assert (blocked["status"], blocked["cause"]) == ("FAILED", "clean.github_events")
    (alert,) = two.flow.alerts()
    assert alert["Subject"] == "tidegate: github, clean.github_events: GateBlocked"
    assert "distinct_size_within_size" in alert["Message"]
    assert "tidegate accept" in alert["Message"]


def on_laptop(settings: Settings, *words: str) -> None:
    """Run a command in a project."""
    subprocess.run(
        [sys.executable, "-c", "from tidegate.cli import main; main()", *words],
        cwd=settings.project,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "TIDEGATE_SPARK_MEMORY": "1g"},
        check=True,
    )


def rows_of(settings: Settings) -> dict[str, Counts]:
    """The books of all time."""
    return {page.table: page.rows for page in books(settings, load_contracts(settings.project))}


def figures(answer: Answer) -> tuple[list[str], list[tuple[Any, ...]]]:
    """An answer but for what it cost and for the digits that a type is written with."""
    return answer.columns, answer.rows
