"""A deployment that isn't alone, is stopped, or loses its endpoint on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.deploy.commands.conftest import Project
from tests.deploy.commands.rude import RudeAws
from tests.deploy.commands.test_deploying import Terminal
from tests.deploy.commands.test_failures import last
from tidegate.aws import AwsConfig
from tidegate.deploy.deploying import Ask, Deployment, account

REFUSED, STOPPED = 2, 130
STACKS = ("lake", "alarms", "compute")
Asked = dict[str, str]


@pytest.fixture
def behind(project: Project) -> AwsConfig:
    """The endpoint itself, behind what stands before it."""
    return project.aws


@pytest.fixture
def rude(project: Project, behind: AwsConfig) -> Iterator[RudeAws]:
    with RudeAws(str(behind)) as found:
        project.aws = found.config
        yield found


def by_another(project: Project, behind: AwsConfig) -> None:
    """Deploy the project once more, beside whoever does already."""
    settings = project.settings.model_copy(update={"endpoint": str(behind)})
    ask = Ask(project.env, lambda one: True, lambda line: None, artefacts=project.built)
    Deployment(settings, account(behind), ask).run()


def once(do: Callable[[], None]) -> Callable[[Asked], None]:
    """Do something before the first request of a kind is handed on."""
    seen: list[Asked] = []

    def before(asked: Asked) -> None:
        seen.append(asked)
        if len(seen) == 1:
            do()

    return before


def test_another_deployment_that_is_first_is_told_of(
    project: Project, rude: RudeAws, behind: AwsConfig
) -> None:
    rude.instead["ExecuteChangeSet"] = once(lambda: by_another(project, behind))

    code, _, err = project.deploy("--yes")

    assert (code, [project.status(one) for one in STACKS]) == (REFUSED, ["CREATE_COMPLETE"] * 3)
    assert last(err).startswith(f"DeployError: stack {project.stack('lake')}: ChangeSet [arn:")
    assert "another deployment was first: wait for its end, and deploy again" in last(err)
    assert project.deploy("--yes")[0] == 0


def test_what_is_declined_stays_where_another_deployment_has_made_it_meanwhile(
    project: Project, rude: RudeAws, behind: AwsConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rude.instead["DeleteChangeSet"] = once(lambda: by_another(project, behind))
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))

    code, _, _ = project.deploy()

    assert (code, project.status("lake")) == (REFUSED, "CREATE_COMPLETE")


def test_a_change_set_that_nobody_carried_out_is_in_nobodys_way(
    project: Project, behind: AwsConfig
) -> None:
    behind.client("cloudformation").create_change_set(
        StackName=project.stack("lake"),
        ChangeSetName="left",
        ChangeSetType="CREATE",
        TemplateBody=project.template("lake").read_text(),
        Parameters=[{"ParameterKey": "Env", "ParameterValue": project.env}],
    )
    assert project.status("lake") == "REVIEW_IN_PROGRESS"

    code, _, err = project.deploy("--yes")

    assert (code, project.status("lake")) == (0, "CREATE_COMPLETE"), err


def test_two_deployments_at_once_leave_what_one_would(project: Project) -> None:
    first, second = begun(project), begun(project)

    ended = [(one.communicate(timeout=120)[1], one.returncode) for one in (first, second)]

    for err, code in ended:
        assert code == 0 or (code == REFUSED and "deploy again" in last(err)), err
    code, _, err = project.deploy("--yes")
    assert (code, [project.status(one) for one in STACKS]) == (0, ["CREATE_COMPLETE"] * 3), err


def test_a_deployment_that_is_stopped_by_hand_says_how_it_goes_on(
    project: Project, rude: RudeAws, tmp_path: Path
) -> None:
    reached, go = tmp_path / "reached", tmp_path / "go"

    def hold(asked: Asked) -> None:
        if project.stack("alarms") in asked["ChangeSetName"] or reached.exists():
            return
        if project.status("lake") == "CREATE_COMPLETE":
            reached.touch()
            until(go.exists)

    rude.instead["ExecuteChangeSet"] = hold
    deploying = begun(project)
    until(reached.exists)

    deploying.send_signal(signal.SIGINT)
    _, err = deploying.communicate(timeout=60)
    go.touch()

    assert deploying.returncode == STOPPED
    assert err.splitlines()[-1] == (
        "stopped; what AWS has begun goes on there; what was told done is done; deploy again"
    )
    assert f"{project.stack('lake')}: CREATE_COMPLETE" in err
    until(lambda: project.status("alarms") == "CREATE_COMPLETE")
    code, _, again = project.deploy("--yes")
    assert (code, project.status("compute")) == (0, "CREATE_COMPLETE"), again
    assert again.count("no change") == 2


def test_an_endpoint_that_is_gone_on_the_way_is_told_of_with_the_stack(
    project: Project, rude: RudeAws, behind: AwsConfig
) -> None:
    def gone(asked: Asked) -> None:
        if asked["StackName"] == project.stack("alarms"):
            rude.server.shutdown()
            rude.server.server_close()
            raise ConnectionAbortedError

    rude.instead["CreateChangeSet"] = gone

    code, _, err = project.deploy("--yes")

    project.aws = behind
    assert (code, project.status("lake"), project.status("alarms")) == (
        REFUSED,
        "CREATE_COMPLETE",
        None,
    )
    stack = project.stack("alarms")
    assert last(err).startswith(f"DeployError: stack {stack}: AWS can't be reached")
    assert last(err).endswith("deploy again: it goes on from there")
    assert project.deploy("--yes")[0] == 0


# What a shell starts in the background is deaf to Ctrl-C, and so is all that it starts.
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


def begun(project: Project) -> subprocess.Popen[str]:
    """A deployment that runs beside the test."""
    words = ("--project", project.folder, "--endpoint", project.aws, "deploy", "--env", project.env)
    return subprocess.Popen(
        [
            *(sys.executable, "-c", f"{HEEDING}from tidegate.cli import main; main()"),
            *map(str, words),
            *("--artefacts", str(project.built), "--yes"),
        ],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(is_so: Callable[[], bool]) -> None:
    latest = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < latest
        time.sleep(0.05)
