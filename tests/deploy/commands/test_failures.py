"""What goes wrong on the way: the resource, the reason, the next step; and how it goes on."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.deploy.commands.conftest import Project
from tests.deploy.commands.rude import RudeAws, refuse, refuse_of_s3, stack_in
from tidegate.deploy.failures import next_step, one_line

REFUSED = 2


def last(err: str) -> str:
    """The error that a command ended with, in its lines."""
    return err[err.index("DeployError: ") :].strip()


def taken(project: Project) -> str:
    """Have the lake's bucket be somebody else's."""
    bucket = f"tidegate-{project.env}-lake"
    project.client("s3").create_bucket(Bucket=bucket)
    return bucket


def test_a_bucket_name_that_is_taken_names_resource_reason_and_next_step(project: Project) -> None:
    taken(project)

    code, _, err = project.deploy("--yes")

    stack = project.stack("lake")
    first, resource, step = last(err).splitlines()
    assert (code, project.status("lake"), project.status("compute")) == (
        REFUSED,
        "ROLLBACK_COMPLETE",
        None,
    )
    assert first == (
        f"DeployError: stack {stack} failed and is in ROLLBACK_COMPLETE: nothing of it is left;"
        " the next deploy makes it anew"
    )
    assert resource.startswith("  Lake (AWS::S3::Bucket): The requested bucket name is not avail")
    assert "--parameter BucketPrefix=…" in step


def test_what_was_made_before_the_failure_is_gone(project: Project) -> None:
    project.change("lake", "  Lake:", "  Lake:\n    DependsOn: Topic")
    taken(project)

    project.deploy("--yes")

    topics = project.client("sns").list_topics()["Topics"]
    assert not [one for one in topics if f"tidegate-{project.env}-alerts" in one["TopicArn"]]


def test_a_stack_that_was_rolled_back_is_deleted_and_made_again(project: Project) -> None:
    bucket = taken(project)
    project.deploy("--yes")
    project.client("s3").delete_bucket(Bucket=bucket)

    code, _, err = project.deploy("--yes")

    assert (code, project.status("lake")) == (0, "CREATE_COMPLETE"), err
    said = f"{project.stack('lake')} is in ROLLBACK_COMPLETE: it is deleted and made again"
    assert said in err


def test_what_a_rolled_back_stack_keeps_is_named_and_taken_in_by_the_next_deployment(
    project: Project,
) -> None:
    logs = (
        "  Logs:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n"
        "    Properties:\n      BucketName: !Sub tidegate-${Env}-logs\n"
    )
    project.change("lake", "  Lake:", f"{logs}  Lake:\n    DependsOn: Logs")
    bucket = taken(project)
    _, _, failed = project.deploy("--yes")
    project.client("s3").delete_bucket(Bucket=bucket)

    code, _, err = project.deploy("--yes")

    assert (
        last(failed)
        .splitlines()[0]
        .endswith(
            "is in ROLLBACK_COMPLETE: Logs stays, as what holds data does;"
            " the next deploy takes that in and makes the rest anew"
        )
    )
    assert (code, project.status("lake")) == (0, "CREATE_COMPLETE"), err
    assert "  Logs (AWS::S3::Bucket) IMPORT_COMPLETE" in err


def test_an_update_that_fails_leaves_the_stack_as_it_was(project: Project) -> None:
    project.deploy("--yes")
    other = f"tidegate-{project.env}-other"
    project.client("s3").create_bucket(Bucket=other)
    bucket = f"Other:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {other}"
    project.change("lake", "  Topic:", f"  {bucket}\n  Topic:")

    code, _, err = project.deploy("--yes")

    assert (code, project.status("lake")) == (REFUSED, "UPDATE_ROLLBACK_COMPLETE")
    assert "is in UPDATE_ROLLBACK_COMPLETE: it is as it was before" in last(err)
    assert project.outputs("lake")["LakeBucket"] == f"tidegate-{project.env}-lake"

    project.client("s3").delete_bucket(Bucket=other)
    assert project.deploy("--yes")[0] == 0


@pytest.fixture
def rude(project: Project) -> Iterator[RudeAws]:
    """An endpoint before the project's, which answers what a test says."""
    with RudeAws(str(project.aws)) as found:
        project.aws = found.config
        yield found


def test_a_missing_permission_is_named_with_who_lacks_it(project: Project, rude: RudeAws) -> None:
    who = "arn:aws:iam::123456789012:user/ann"
    message = f"User: {who} is not authorized to perform: cloudformation:CreateChangeSet"
    rude.instead["CreateChangeSet"] = refuse("AccessDenied", message)

    code, _, err = project.deploy("--yes")

    assert (code, last(err)) == (
        REFUSED,
        f"DeployError: stack {project.stack('lake')}: {message} (AccessDenied); let the role that"
        " deploys do that (docs/aws.md, step 2) and deploy again",
    )


def test_an_artefact_that_may_not_be_uploaded_is_named(project: Project, rude: RudeAws) -> None:
    rude.instead["PUT"] = refuse_of_s3("project.zip")

    code, _, err = project.deploy("--yes")

    address = f"s3://tidegate-{project.env}-artefacts-123456789012-us-east-1/"
    assert (code, project.status("compute")) == (REFUSED, None)
    assert last(err).startswith(f"DeployError: uploading to {address}")
    assert "Access Denied (AccessDenied); let the role that deploys do that" in last(err)


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name"),
        ("UPDATE_IN_PROGRESS", "something changes it just now; wait for its end"),
        ("DELETE_FAILED", "finish that with tidegate destroy"),
    ],
)
def test_a_stack_that_cannot_be_changed_now_says_what_comes_first(
    project: Project, rude: RudeAws, status: str, step: str
) -> None:
    rude.instead["DescribeStacks"] = stack_in(project.stack("lake"), status, "Bucket is stuck.")

    code, _, err = project.deploy("--yes")

    assert (code, project.status("alarms")) == (REFUSED, None)
    assert last(err).startswith(f"DeployError: stack {project.stack('lake')} is in {status}")
    assert step in last(err)


def test_a_deployment_that_was_cut_off_goes_on_from_there(project: Project, rude: RudeAws) -> None:
    executed: list[str] = []

    def cut(asked: dict[str, str]) -> tuple[int, str] | None:
        executed.append(asked["ChangeSetName"])
        return refuse("RequestExpired", "too late")(asked) if len(executed) == 2 else None

    rude.instead["ExecuteChangeSet"] = cut
    assert project.deploy("--yes")[0] == REFUSED

    code, _, err = project.deploy("--yes")

    assert (code, project.status("compute")) == (0, "CREATE_COMPLETE"), err
    assert re.findall(r"(\w+): (no change|CREATE_COMPLETE)", err) == [
        ("lake", "no change"),
        ("alarms", "CREATE_COMPLETE"),
        ("compute", "CREATE_COMPLETE"),
    ]


def test_an_artefact_that_was_overwritten_is_refused(project: Project) -> None:
    project.deploy("--yes")
    job = project.client("glue").get_job(JobName=f"tidegate-{project.env}-stage")["Job"]
    address = job["Command"]["ScriptLocation"]
    bucket, _, key = address.removeprefix("s3://").partition("/")
    project.client("s3").put_object(Bucket=bucket, Key=key, Body=b"something else")

    code, _, err = project.deploy("--yes")

    assert code == REFUSED
    assert f"{address} isn't what was built here (sha256 " in last(err)
    assert last(err).endswith(f"aws s3 rm {address} and deploy again")


def test_an_endpoint_that_isnt_there_is_one_line(project: Project) -> None:
    project.aws = replace(project.aws, endpoint_url="http://127.0.0.1:9")

    code, _, err = project.deploy("--yes")

    assert code == REFUSED
    assert last(err).startswith("DeployError: deploying to http://127.0.0.1:9: AWS can't be")
    assert len(last(err).splitlines()) == 1


def test_an_answer_that_isnt_of_aws_is_one_line(project: Project, rude: RudeAws) -> None:
    rude.instead["CreateChangeSet"] = lambda asked: (500, "<!doctype html>\n<title>Broken")

    code, _, err = project.deploy("--yes")

    assert code == REFUSED
    assert last(err).startswith(f"DeployError: stack {project.stack('lake')}: AWS can't be reached")


@pytest.mark.quick
@pytest.mark.parametrize(
    ("reason", "step"),
    [
        (
            "Resource handler returned message: Insufficient Lake Formation permission(s): Required"
            " Create Database on Catalog (Service: Glue, Status Code: 400, Request ID: 1-2)",
            "make the role that deploys an administrator of Lake Formation",
        ),
        (
            "User: arn:aws:iam::1:user/ann is not authorized to perform: iam:CreateRole",
            "let the role that deploys do that",
        ),
        (
            "You can't create this secret because a secret with this name is already scheduled for"
            " deletion",
            "aws secretsmanager delete-secret --force-delete-without-recovery",
        ),
        ("tidegate-dev-lake already exists", "it is there and no stack's"),
        ("The maximum number of VPCs has been reached: LimitExceeded", "a higher quota"),
        ("The security token included in the request is expired", "log in to AWS again"),
        ("OptInRequired: needs a subscription for the service", "another --region"),
        ("ChangeSet [deploy-1] does not exist (ChangeSetNotFound)", "another deployment was first"),
        ("Stack:arn is in CREATE_IN_PROGRESS state and can not be updated", "wait for its end"),
        ("Something else went wrong", "mend it and deploy again"),
    ],
)
def test_each_of_awss_reasons_has_a_next_step(reason: str, step: str) -> None:
    assert step in next_step(reason)


@pytest.mark.quick
def test_a_reason_is_told_without_what_only_support_can_use() -> None:
    reason = 'Key is gone.\n (Service: Kms, Status Code: 400, Request ID: 1) (RequestToken: 2, "X")'

    assert one_line(reason) == "Key is gone"
