"""The flow that is run after a deployment, and what is said of it."""

from pathlib import Path

import pytest

from tests.deploy.commands.conftest import Project
from tidegate.deploy.smoke import check_lake
from tidegate.errors import DeployError
from tidegate.settings import load_settings

# What has the endpoint's state machines execute.
pytest.importorskip("tidegate.local.step_functions")

FLOW = """
Parameters:
  Env: {Type: String}
Resources:
  Github:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: !Sub tidegate-${Env}-github
      RoleArn: arn:aws:iam::123456789012:role/flow
      DefinitionString: '{"StartAt": "land", "States": {"land": STATE}}'
"""
PASSES = '{"Type": "Pass", "End": true}'
FAILS = '{"Type": "Fail", "Error": "GateBlocked", "Cause": "clean.github_events: volume"}'


def with_flow(project: Project, state: str) -> Project:
    project.template("flow").write_text(FLOW.replace("STATE", state))
    return project


def test_a_flow_that_succeeds_says_how_long_it_took(project: Project) -> None:
    code, out, err = with_flow(project, PASSES).deploy("--yes")

    assert (code, f"smoke flow: tidegate-{project.env}-github SUCCEEDED in" in out) == (0, True)
    assert f"smoke flow: tidegate-{project.env}-github runs as deploy-" in err


def test_a_flow_that_fails_says_why_and_where_to_look(project: Project) -> None:
    code, _, err = with_flow(project, FAILS).deploy("--yes")

    told, why, again, look = err[err.index("DeployError") :].splitlines()
    assert (code, told, why) == (
        2,
        f"DeployError: smoke flow: tidegate-{project.env}-github FAILED; the stacks are deployed",
        "  GateBlocked clean.github_events: volume",
    )
    assert again.startswith("  once that is mended, deploy again: it runs the flow again")
    assert look.startswith("  aws stepfunctions get-execution-history --execution-arn arn:aws:")


@pytest.mark.quick
def test_a_local_endpoint_whose_lake_is_another_one_is_told_how_to_be_started(
    tmp_path: Path,
) -> None:
    outputs = {"Warehouse": "s3://tidegate-dev-lake/lake", "DatabasePrefix": "tidegate_dev_"}
    (tmp_path / "contracts").mkdir()
    settings = load_settings(tmp_path, endpoint="local", warehouse=outputs["Warehouse"])

    with pytest.raises(DeployError) as raised:
        check_lake(settings, outputs)

    assert str(raised.value) == (
        "smoke flow: not run, as the local endpoint's lake isn't the stacks'; export"
        " TIDEGATE_CATALOG=glue TIDEGATE_WAREHOUSE=s3://tidegate-dev-lake/lake"
        " TIDEGATE_DATABASE_PREFIX=tidegate_dev_, then tidegate local stop, tidegate local start,"
        " and deploy again"
    )
    meant = {"catalog": "glue", "database_prefix": outputs["DatabasePrefix"]}
    check_lake(settings.model_copy(update=meant), outputs)
    check_lake(settings.model_copy(update={"endpoint": "aws"}), outputs)


def test_no_flow_runs_where_that_isnt_wanted(project: Project) -> None:
    code, out, err = with_flow(project, FAILS).deploy("--yes", "--no-smoke")

    assert (code, "smoke" in out + err) == (0, False)


def test_a_flow_that_isnt_there_is_named_before_anything_is_done(project: Project) -> None:
    code, out, err = with_flow(project, PASSES).deploy("--yes", "--flow", "git")

    assert (code, out) == (2, "")
    assert err.splitlines() == [
        'DeployError: --flow "git": infra/flow.yaml has no state machine of it; it has github',
        '  did you mean "github"?',
    ]
