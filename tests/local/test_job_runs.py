"""Job runs at the local endpoint: each is a process that runs a script from S3."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tidegate import local
from tidegate.aws import AwsConfig, aws_config
from tidegate.settings import load_settings

ROLE = "arn:aws:iam::123456789012:role/jobs"
SAYS = "import sys; print(' '.join(sys.argv[1:]))"
RAISES = """
class GateBlocked(Exception): ...
print("a line")
raise GateBlocked("clean.orders: blocked\\n  see: tidegate docs")
"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def upload(aws: AwsConfig) -> Callable[[str], str]:
    """Puts a script into S3, and says where."""

    def put(script: str) -> str:
        aws.client("s3").create_bucket(Bucket="scripts")
        aws.client("s3").put_object(Bucket="scripts", Key="job.py", Body=script.encode())
        return "s3://scripts/job.py"

    return put


@pytest.fixture
def glue(aws: AwsConfig, upload: Callable[[str], str]) -> Run:
    """Runs a script as a Glue job to its end."""
    client = aws.client("glue")

    def run(script: str, arguments: dict[str, str], **job: Any) -> dict[str, Any]:
        command = {"Name": "glueetl", "ScriptLocation": upload(script)}
        name = f"job-{time.monotonic_ns()}"
        client.create_job(Name=name, Role=ROLE, Command=command, **job)
        started = client.start_job_run(JobName=name, Arguments=arguments)
        asked = {"JobName": name, "RunId": started["JobRunId"]}
        return ended(lambda: client.get_job_run(**asked)["JobRun"], "JobRunState")

    return run


def test_a_glue_run_has_its_jobs_arguments_and_its_own_and_ends_as_its_script_does(
    glue: Run,
) -> None:
    fails = SAYS + "; sys.exit(3)"

    told = glue(fails, {"--stage": "b"}, DefaultArguments={"--stage": "a", "--conf": "x=y"})

    assert told["JobRunState"] == "FAILED"
    assert told["ErrorMessage"] == f"--JOB_NAME {told['JobName']} --stage b"
    assert told["CompletedOn"] >= told["StartedOn"]


def test_a_glue_script_asks_for_its_arguments_as_on_glue(glue: Run) -> None:
    script = (
        "import sys; from awsglue.utils import getResolvedOptions;"
        "sys.exit(str(getResolvedOptions(sys.argv, ['JOB_NAME', 'stage'])))"
    )

    told = glue(script, {"--stage": "b", "--stage_of": "c", "--enable-metrics": "true"})

    assert told["ErrorMessage"] == str({"JOB_NAME": told["JobName"], "stage": "b"})


def test_what_a_script_raises_is_a_runs_error_message(glue: Run) -> None:
    told = glue(RAISES, {})

    assert told["ErrorMessage"] == "GateBlocked: clean.orders: blocked\n  see: tidegate docs"


def test_a_job_runs_no_more_often_at_once_than_it_may(
    aws: AwsConfig, upload: Callable[[str], str]
) -> None:
    client = aws.client("glue")
    command = {"Name": "glueetl", "ScriptLocation": upload("import time; time.sleep(30)")}
    client.create_job(
        Name="one", Role=ROLE, Command=command, ExecutionProperty={"MaxConcurrentRuns": 1}
    )
    client.start_job_run(JobName="one")

    with pytest.raises(client.exceptions.ConcurrentRunsExceededException):
        client.start_job_run(JobName="one")


def test_a_script_that_isnt_there_fails_its_run(aws: AwsConfig) -> None:
    client = aws.client("glue")
    client.create_job(
        Name="none", Role=ROLE, Command={"Name": "glueetl", "ScriptLocation": "s3://none/job.py"}
    )
    run = client.start_job_run(JobName="none")["JobRunId"]

    told = client.get_job_run(JobName="none", RunId=run)["JobRun"]

    assert told["JobRunState"] == "FAILED"
    assert "LAUNCH ERROR: s3://none/job.py can't be read" in told["ErrorMessage"]


def test_a_run_of_emr_serverless_tells_its_exit_code_and_can_be_cancelled(
    aws: AwsConfig, upload: Callable[[str], str]
) -> None:
    client = aws.client("emr-serverless")
    made = client.create_application(
        name="jobs", releaseLabel="emr-7.0.0", type="SPARK", clientToken="jobs"
    )

    def start(script: str) -> Callable[[], Any]:
        submit = {"entryPoint": upload(script), "entryPointArguments": ["--stage", "a"]}
        started = client.start_job_run(
            applicationId=made["applicationId"],
            executionRoleArn=ROLE,
            jobDriver={"sparkSubmit": submit},
        )
        asked = {"applicationId": made["applicationId"], "jobRunId": started["jobRunId"]}
        return lambda: client.get_job_run(**asked)["jobRun"]

    failed = ended(start(SAYS + "; sys.exit(5)"), "state")
    look = start("import time; time.sleep(60)")
    client.cancel_job_run(applicationId=look()["applicationId"], jobRunId=look()["jobRunId"])

    assert failed["state"] == "FAILED"
    assert failed["stateDetails"].endswith("ExitCode: 5. Last few exceptions: --stage a")
    assert ended(look, "state")["state"] == "CANCELLED"


def test_runs_end_with_the_endpoint(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    settings = load_settings(tmp_path, endpoint="local")
    local.start(settings)
    aws = aws_config(settings)
    alive = tmp_path / "alive"
    script = f"import time\nwhile True: open({str(alive)!r}, 'a').write('.'); time.sleep(0.05)"
    aws.client("s3").create_bucket(Bucket="scripts")
    aws.client("s3").put_object(Bucket="scripts", Key="job.py", Body=script.encode())
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/job.py"}
    aws.client("glue").create_job(Name="long", Role=ROLE, Command=command)
    aws.client("glue").start_job_run(JobName="long")
    until(alive.exists)

    local.stop(settings)

    time.sleep(0.5)  # for one that ends to have ended
    then = alive.stat().st_size
    time.sleep(0.5)
    assert alive.stat().st_size == then


def ended(look: Callable[[], dict[str, Any]], state: str) -> dict[str, Any]:
    """What a look tells, once it has ended."""
    until(lambda: look()[state] not in ("STARTING", "RUNNING"))
    return look()


def until(is_so: Callable[[], Any]) -> None:
    latest = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < latest
        time.sleep(0.05)
