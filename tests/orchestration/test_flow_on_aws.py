"""A whole flow on AWS' code path: Kinesis, S3, the Glue catalog, Step Functions, Glue, Athena.

Each job run is a process that runs the real stage on Spark; the endpoint stands for AWS.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import payload
from tests.orchestration.flow_on_aws import FlowOnAws
from tidegate import local
from tidegate.aws import AwsConfig, aws_config
from tidegate.deploy.orchestration import rendered
from tidegate.settings import load_settings

pytestmark = pytest.mark.aws

STREAM = "github-events"
ENTRY = Path(__file__).with_name("entry.py")
SETTINGS = {
    "--project": str(REPOSITORY),
    "--TIDEGATE_CATALOG": "glue",
    "--TIDEGATE_ENDPOINT": "aws",
    "--TIDEGATE_WAREHOUSE": "s3://lake",
    "--TIDEGATE_STREAMS": json.dumps({"github": STREAM}),
    "--TIDEGATE_PERSONAL_KEY": "5e" * 32,
    "--TIDEGATE_SPARK_MEMORY": "1g",
}
MIXED_UP = {"size": 1, "distinct_size": 2}


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowOnAws]:
    """The flow ``github`` as it is deployed, on an endpoint of its own, with an empty stream."""
    project = tmp_path_factory.mktemp("github")
    (project / "contracts").mkdir()
    settings = load_settings(project, endpoint="local", catalog="glue", warehouse="s3://lake")
    local.start(settings)
    aws = aws_config(settings)
    aws.client("s3").create_bucket(Bucket="lake")
    aws.client("s3").create_bucket(Bucket="results")
    aws.client("kinesis").create_stream(StreamName=STREAM, ShardCount=2)
    results = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    aws.client("athena").create_work_group(Name="tidegate-dev-jobs", Configuration=results)
    definition = json.loads(rendered(REPOSITORY)[Path("infra/flows/github.asl.json")])
    yield FlowOnAws(aws, definition, project, script=ENTRY, settings=SETTINGS)
    local.stop(settings)


def test_events_go_from_the_stream_to_answers_and_a_blocked_gate_to_the_alert(
    flow: FlowOnAws,
) -> None:
    put(flow.aws, [payload(id="1"), payload(id="2"), payload(id="3", type="WatchEvent")])
    whole = flow.ended(flow.start(), seconds=900)

    put(flow.aws, [payload(id="4", payload=MIXED_UP), payload(id="5", payload=MIXED_UP)])
    blocked = flow.ended(flow.start(), seconds=900)

    assert whole["status"] == "SUCCEEDED", flow.alerts()
    assert answer(
        flow.aws, "SELECT repository, pushes, stars FROM analytics.repository_activity"
    ) == [("ann/sea", "2", "1")]
    assert (blocked["status"], blocked["cause"]) == ("FAILED", "clean.github_events")
    (alert,) = flow.alerts()
    assert alert["Subject"] == "tidegate: github, clean.github_events: GateBlocked"
    assert "distinct_size_within_size" in alert["Message"]
    assert "tidegate accept" in alert["Message"]


def put(aws: AwsConfig, payloads: list[bytes]) -> None:
    """Put payloads on the stream."""
    records = [{"Data": one, "PartitionKey": str(hash(one))} for one in payloads]
    aws.client("kinesis").put_records(StreamName=STREAM, Records=records)


def answer(aws: AwsConfig, question: str) -> list[tuple[Any, ...]]:
    """What Athena answers."""
    athena = aws.client("athena")
    asked = athena.start_query_execution(QueryString=question, WorkGroup="tidegate-dev-jobs")
    identity = asked["QueryExecutionId"]
    while True:
        told = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]
        if told["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    assert told["State"] == "SUCCEEDED", told
    rows = athena.get_query_results(QueryExecutionId=identity)["ResultSet"]["Rows"]
    return [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in rows[1:]]
