"""A deployment to the local endpoint: its stacks, what is in them, and what is said."""

import io
import re
from pathlib import Path

import pytest

from tests.deploy.commands.conftest import Project
from tidegate.deploy.templates import templates

REFUSED = 2


def test_the_stacks_are_made_in_order_each_from_the_outputs_before_it(project: Project) -> None:
    code, _, err = project.deploy("--yes")

    assert code == 0, err
    stacks = ("lake", "alarms", "compute")
    assert [project.status(one) for one in stacks] == ["CREATE_COMPLETE"] * 3
    assert re.findall(r"tidegate-\w+-(\w+): CREATE_COMPLETE", err) == list(stacks)
    role = project.client("iam").get_role_policy(
        RoleName=f"tidegate-{project.env}-transformer", PolicyName="lake"
    )
    assert f"arn:aws:s3:::tidegate-{project.env}-lake/*" in str(role["PolicyDocument"])


def test_each_change_set_is_shown_before_it_is_carried_out(project: Project) -> None:
    project.deploy("--yes", "--only", "lake")
    project.change("lake", "alerts", "alarms")

    _, out, _ = project.deploy("--yes", "--only", "lake")

    shown = [line.split() for line in out.splitlines()]
    assert ["resource", "type", "action", "replacement"] in shown
    assert ["Topic", "AWS::SNS::Topic", "modify"] in shown
    assert "Lake" not in out


def test_what_is_deployed_is_what_the_services_hold(project: Project) -> None:
    project.deploy("--yes")

    job = project.client("glue").get_job(JobName=f"tidegate-{project.env}-stage")["Job"]
    release = job["Command"]["ScriptLocation"]
    bucket, _, key = release.removeprefix("s3://").partition("/")
    assert project.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()[:2] == b"PK"


def test_a_second_deployment_changes_nothing(project: Project) -> None:
    project.deploy("--yes")

    code, out, err = project.deploy("--yes")

    assert (code, err.count("no change")) == (0, 3)
    assert "artefacts: 0 uploaded, 1 there already" in err
    assert "resource" not in out


def test_a_changed_artefact_changes_what_is_made_of_the_artefacts_only(project: Project) -> None:
    project.deploy("--yes")
    (project.built / "project.zip").write_bytes(b"PK, and a word")

    _, _, err = project.deploy("--yes")

    assert "artefacts: 1 uploaded" in err
    assert re.findall(r"(\w+): (no change|UPDATE_COMPLETE)", err) == [
        ("lake", "no change"),
        ("alarms", "no change"),
        ("compute", "UPDATE_COMPLETE"),
    ]


def test_one_stack_takes_the_outputs_of_those_that_are_there(project: Project) -> None:
    project.deploy("--yes")
    project.change("compute", "4 GB", "8 GB")

    code, _, err = project.deploy("--yes", "--only", "compute")

    assert (code, re.findall(r"(\w+): UPDATE_COMPLETE", err)) == (0, ["compute"])


def test_one_stack_alone_names_the_output_it_lacks(project: Project) -> None:
    code, _, err = project.deploy("--yes", "--only", "alarms")

    assert (code, project.status("alarms")) == (REFUSED, None)
    assert err.splitlines()[-1] == (
        'DeployError: stack alarms takes a parameter "AlertTopic", which no stack before it puts'
        " out; deploy all stacks, or give it: --parameter AlertTopic=…"
    )


def test_a_parameter_stays_as_it_was_given(project: Project) -> None:
    project.deploy("--yes", "--parameter", "Memory=16 GB")
    project.change("compute", "glueetl", "gluestreaming")

    project.deploy("--yes")

    job = project.client("glue").get_job(JobName=f"tidegate-{project.env}-stage")["Job"]
    assert job["DefaultArguments"] == {"--memory": "16 GB"}
    assert job["Command"]["Name"] == "gluestreaming"


def test_a_parameter_that_no_template_takes_is_refused(project: Project) -> None:
    code, _, err = project.deploy("--yes", "--parameter", "Memry=16 GB")

    assert (code, project.status("lake")) == (REFUSED, None)
    assert 'no template takes a parameter "Memry"\n  did you mean "Memory"?' in err


@pytest.mark.parametrize(
    ("declared", "value", "told"),
    [
        ("AllowedValues: [4 GB, 8 GB]", "4GB", 'takes 4 GB or 8 GB\n  did you mean "4 GB"?'),
        ('AllowedPattern: "[0-9]+ GB"', "4 GB of it", "takes what matches [0-9]+ GB\n"),
        ("Type: Number\n    MinValue: 4\n    MaxValue: 8", "3", "takes a number from 4 up to 8\n"),
        ("Type: Number\n    MaxValue: 8", "8.5", "takes a number up to 8\n"),
        ("Type: Number", "4 GB", "takes a number\n"),
    ],
)
def test_a_value_that_a_parameter_may_not_have_is_refused_before_anything_is_done(
    project: Project, declared: str, value: str, told: str
) -> None:
    said = "    Type: String\n    Default: 4 GB\n"
    kind = "" if "Type" in declared else "    Type: String\n"
    project.change("compute", said, f"{kind}    {declared}\n")

    code, _, err = project.deploy("--yes", "--parameter", f"Memory={value}")

    assert (code, project.status("lake")) == (REFUSED, None)
    assert f'--parameter Memory "{value}": stack compute {told}' in err


def test_an_environment_of_no_size_is_refused_before_anything_is_done(project: Project) -> None:
    env = "  Env:\n    Type: String\n"
    project.change("lake", env, f"{env}    AllowedValues: [dev, prod]\n")
    project.env = "pro"

    code, _, err = project.deploy("--yes")

    assert (code, project.status("lake")) == (REFUSED, None)
    assert 'DeployError: --env "pro": stack lake takes dev or prod' in err
    assert 'did you mean "prod"?' in err


def test_a_project_that_cannot_be_packaged_is_refused_before_anything_is_done(
    project: Project,
) -> None:
    (project.folder / "pipelines" / "doors.py").unlink()

    code, _, err = project.typed(
        *("--project", project.folder, "--endpoint", project.aws),
        *("deploy", "--env", project.env, "--yes"),
    )

    assert (code, project.status("lake")) == (REFUSED, None)
    assert err.splitlines()[-1] == (
        f"ProjectError: {project.folder}: no flow in pipelines/, so there is nothing to run; a file"
        " of it says which stages one has: flow = Flow(source=…, stages=[…])"
    )


def test_a_stack_that_isnt_there_is_refused(project: Project) -> None:
    code, _, err = project.deploy("--yes", "--only", "computer")

    assert code == REFUSED
    assert 'no stack "computer"; it has lake, alarms, compute\n  did you mean "compute"?' in err


def test_without_a_terminal_and_without_a_yes_nothing_is_done(project: Project) -> None:
    code, _, err = project.deploy()

    assert (code, project.status("lake")) == (REFUSED, None)
    assert "this isn't a terminal, so nobody can be asked" in err
    assert f"tidegate deploy --env {project.env} --yes" in err


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_a_region_that_isnt_there_is_refused(project: Project, command: str) -> None:
    code, out, err = project.deploy("--yes", "--region", "eu-cental-1", command=command)

    assert (code, out) == (REFUSED, "")
    assert err.splitlines() == [
        'DeployError: region "eu-cental-1": AWS has none of that name',
        '  did you mean "eu-central-1"?',
    ]


def test_an_environment_that_no_bucket_could_be_named_for_is_refused(project: Project) -> None:
    project.env = "My_Env"

    code, _, err = project.deploy("--yes")

    assert (code, err.strip()) == (
        REFUSED,
        'SettingsError: --env "My_Env": expected up to 16 small letters, digits and hyphens,'
        " e.g. dev",
    )


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_one_yes_is_enough_for_what_is_only_added(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))

    code, _, err = project.deploy()

    assert (code, project.status("compute")) == (0, "CREATE_COMPLETE"), err
    assert err.count("carry that out, and what is added or changed in the stacks after it?") == 1


def test_what_is_declined_stays_as_it_was(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))

    code, _, err = project.deploy()

    assert (code, project.status("lake")) == (REFUSED, None)
    assert f"stack {project.stack('lake')} was declined: it is as it was" in err


def test_what_goes_is_asked_for_by_itself(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "Resources:\n  Other: {Type: AWS::SNS::Topic}"
    project.change("alarms", "Resources:", other)
    project.deploy("--yes")
    project.change("alarms", other, "Resources:")
    project.change("lake", "alerts", "alarms")
    monkeypatch.setattr("sys.stdin", Terminal("y\nn\n"))

    code, _, err = project.deploy()

    assert (code, project.status("lake"), project.status("alarms")) == (
        REFUSED,
        "UPDATE_COMPLETE",
        "CREATE_COMPLETE",
    )
    assert "that removes or replaces something: carry it out?" in err


def test_what_this_endpoint_doesnt_make_is_listed(project: Project) -> None:
    _, _, err = project.deploy("--yes")

    assert "5 of 6 resources are there, as their own services say" in err
    assert "not made by this endpoint: Database (AWS::Glue::Database)" in err


def test_a_template_too_large_for_a_request_is_read_from_the_bucket(project: Project) -> None:
    project.change("compute", "Resources:", f"# {'a long word ' * 5000}\nResources:")

    code, _, err = project.deploy("--yes", "--parameter", "Memory=16 GB")

    job = project.client("glue").get_job(JobName=f"tidegate-{project.env}-stage")["Job"]
    assert (code, job["DefaultArguments"]) == (0, {"--memory": "16 GB"}), err


def test_what_is_rendered_from_a_project_and_isnt_there_is_said(project: Project) -> None:
    _, _, err = project.deploy("--yes")

    assert "no infra/flow.yaml, so no stack flow: tidegate flow render writes it" in err


def test_the_smoke_flow_is_skipped_where_no_stack_has_one(project: Project) -> None:
    _, out, _ = project.deploy("--yes")

    skipped = f"smoke flow: skipped, as tidegate-{project.env}-flow has no state machine"
    assert out.splitlines()[-1] == skipped


@pytest.mark.quick
def test_the_projects_own_templates_go_before_the_engines(tmp_path: Path) -> None:
    own = tmp_path / "infra" / "stream.yaml"
    own.parent.mkdir()
    own.write_text("Resources: {}\n")

    assert [one.path for one in templates(tmp_path)] == [own]


@pytest.mark.quick
def test_a_projects_flows_are_its_own_beside_the_engines_stacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "engine"
    (engine / "infra").mkdir(parents=True)
    for concern in ("network", "flow"):
        (engine / "infra" / f"{concern}.yaml").write_text("Resources: {}\n")
    monkeypatch.setattr("tidegate.deploy.beside._HERE", engine)
    own = tmp_path / "project" / "infra" / "flow.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("Resources: {}\n")

    found = templates(tmp_path / "project")

    assert [one.path for one in found] == [engine / "infra" / "network.yaml", own]


def test_a_folder_without_artefacts_names_how_to_build_them(project: Project) -> None:
    (project.built / "project.zip").unlink()

    code, _, err = project.deploy("--yes")

    assert (code, project.status("compute")) == (REFUSED, None)
    assert f"no artefact in it; tidegate package --to {project.built}" in err
