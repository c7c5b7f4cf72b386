"""The collector's function as its archive has it, on the Python that Lambda runs."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.land.test_send import on
from tidegate.aws import AwsConfig, Endpoint
from tidegate.deploy.packages import OF_LAMBDA, packages

pytestmark = pytest.mark.aws

# Of Lambda's own Python: boto3 and what it needs.
BROUGHT = {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}
KEY = "the-key-of-a-sender"
CALL = """
import json, sys
from tidegate.collect.lambda_function import handler
event = {
    "rawPath": "/events/shop",
    "headers": {"x-tidegate-key": "%s", "content-type": "application/json"},
    "requestContext": {"http": {"method": "POST"}},
    "body": '[{"a": 1}, 2]',
}
print(json.dumps(handler(event, None)))
"""


@pytest.fixture
def unpacked(built: dict[str, Path], tmp_path: Path) -> Path:
    """The archive's files, and beside them what Lambda brings."""
    with zipfile.ZipFile(built["collector/lambda.zip"]) as archive:
        archive.extractall(tmp_path / "task")
    for one in packages():
        if one.name in BROUGHT:
            with zipfile.ZipFile(one.wheel) as wheel:
                wheel.extractall(tmp_path / "runtime")
    return tmp_path


def test_it_puts_events_on_their_stream(
    unpacked: Path, python_of_aws: Path, endpoint: Endpoint, aws: AwsConfig, make_stream
) -> None:
    stream = make_stream()

    ended = subprocess.run(
        [python_of_aws, "-c", CALL % KEY],
        cwd="/",
        env={
            "PYTHONPATH": f"{unpacked}/task:{unpacked}/runtime",
            "LAMBDA_TASK_ROOT": f"{unpacked}/task",
            "TIDEGATE_ENDPOINT": endpoint.address,
            "TIDEGATE_STREAMS": json.dumps({"shop": stream}),
            "TIDEGATE_COLLECT_KEYS": json.dumps({"shop": {"keys": {"web": KEY}}}),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert answer["statusCode"] == 207
    assert json.loads(answer["body"])["accepted"] == 1
    assert on(aws, stream) == [b'{"a": 1}']


def test_it_is_small(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["collector/lambda.zip"]) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        size = sum(one.file_size for one in archive.infolist())

    assert {"tidegate", "pydantic_settings"} <= tops
    assert not tops & {"boto3", "botocore", "pyarrow", "great_expectations", "pyspark"}
    assert len([one for one in tops if one.endswith(".dist-info")]) == len(OF_LAMBDA) + 1
    assert size < 25e6
