"""What is rendered of a project's flows: the layers, the committed files, the stack's two ways."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY, project_contracts
from tidegate.deploy.orchestration import render, rendered
from tidegate.deploy.orchestration.layers import layers
from tidegate.errors import ProjectError
from tidegate.flow import Flow, clean, job, land, reference, whole_days
from tidegate.flow.project import load_flow

pytestmark = pytest.mark.quick

MACHINE = ("IsMachine", "BySchedule", "ByPublish", "ByObject")


def test_stages_stand_in_the_layer_after_those_that_they_read() -> None:
    flow = load_flow(REPOSITORY, "storefront")

    assert layers(flow, project_contracts()) == [
        ["raw.storefront", "clean.exchange_rates", "clean.catalogue"],
        ["clean.storefront_events"],
        ["clean.storefront_sessions", "clean.visitor_days", "mart.product_performance"],
        ["mart.visitors", "mart.purchase_funnel", "mart.daily_revenue"],
        ["mart.storefront_day", "mart.weekly_retention"],
    ]


def test_a_stage_before_what_it_reads_is_refused() -> None:
    flow = Flow("github", [land("raw.github"), days("mart.daily_activity"), EVENTS])

    with pytest.raises(ProjectError) as refused:
        layers(flow, project_contracts())

    assert str(refused.value) == (
        "flow github: mart.daily_activity reads clean.github_events, which only a later stage"
        " writes; move that one up"
    )


def test_two_stages_that_write_one_table_are_refused() -> None:
    flow = Flow("github", [land("raw.github"), EVENTS, reference("clean.github_events")])

    with pytest.raises(ProjectError, match="two of its stages write clean"):
        layers(flow, project_contracts())


def test_the_committed_files_are_what_the_flows_say() -> None:
    stale = {
        path
        for path, text in rendered(REPOSITORY).items()
        if not (REPOSITORY / path).is_file() or (REPOSITORY / path).read_text() != text
    }
    machines = {path.name for path in (REPOSITORY / "infra" / "flows").iterdir()}

    assert stale == set(), "render them: tidegate flow render"
    assert machines == {"github.asl.json", "storefront.asl.json"}


def test_rendering_writes_what_changed_and_removes_the_machine_of_a_flow_that_is_gone(
    tmp_path: Path,
) -> None:
    for name in ("contracts", "pipelines", "jobs"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    gone = tmp_path / "infra" / "flows" / "gone.asl.json"
    gone.parent.mkdir(parents=True)
    gone.touch()

    assert [str(path) for path in render(tmp_path)] == [
        "infra/flow.yaml",
        "infra/flows/github.asl.json",
        "infra/flows/gone.asl.json",
        "infra/flows/storefront.asl.json",
    ]
    assert not gone.exists()
    assert render(tmp_path) == []


def test_each_resource_is_of_state_machines_or_of_glue_workflows_and_never_of_both() -> None:
    stack = parsed(rendered(REPOSITORY)[Path("infra/flow.yaml")])

    conditions = {name: one.get("Condition") for name, one in stack["Resources"].items()}
    both = [name for name, one in conditions.items() if one is None]
    machines = [name for name, one in conditions.items() if one in MACHINE]
    workflows = [name for name, one in conditions.items() if one == "IsWorkflow"]
    assert both == ["RunsTable"]
    assert len(machines) + len(workflows) + 1 == len(conditions)
    assert {"GithubFlow", "StorefrontSchedule"} <= {*machines}
    assert {"GithubWorkflow", "StorefrontLayer1", "StorefrontMartVisitors"} <= {*workflows}
    chosen = {
        name: one["Fn::Equals"]
        for name, one in stack["Conditions"].items()
        if name[:2] == "Is" and "Fn::Equals" in one
    }
    assert chosen == {
        "IsMachine": [{"Ref": "Orchestrator"}, "step-functions"],
        "IsWorkflow": [{"Ref": "Orchestrator"}, "glue"],
    }


def test_a_schedule_starts_a_machine_where_it_is_on_and_nothing_else_is_asked_for() -> None:
    stack = parsed(rendered(REPOSITORY)[Path("infra/flow.yaml")])

    schedule = stack["Resources"]["GithubSchedule"]
    assert schedule["Condition"] == "BySchedule"
    assert schedule["Properties"]["State"] == {"Fn::If": ["IsOn", "ENABLED", "DISABLED"]}
    assert schedule["Properties"]["Target"]["Arn"] == {"Ref": "GithubFlow"}


def test_a_stage_of_a_workflow_starts_when_all_of_the_layer_before_succeeded() -> None:
    stack = parsed(rendered(REPOSITORY)[Path("infra/flow.yaml")])

    last = stack["Resources"]["GithubLayer4"]["Properties"]
    assert [one["JobName"]["Ref"] for one in last["Predicate"]["Conditions"]] == [
        "GithubMartRepositoryActivity",
        "GithubMartDailyActivity",
    ]
    assert last["Actions"] == [{"JobName": {"Ref": "GithubServe"}}]


def test_what_a_machine_names_the_stack_substitutes() -> None:
    files = rendered(REPOSITORY)
    stack = parsed(files[Path("infra/flow.yaml")])

    given = stack["Resources"]["StorefrontFlow"]["Properties"]["DefinitionSubstitutions"]
    text = files[Path("infra/flows/storefront.asl.json")]
    assert names_in(text) == set(given)


def test_a_blocked_gate_is_none_of_what_is_tried_again() -> None:
    machine = json.loads(rendered(REPOSITORY)[Path("infra/flows/github.asl.json")])

    stage = machine["States"]["layer 2: run"]["Branches"][0]["States"]["clean.github_events"]
    assert [one["ErrorEquals"] for one in stage["Retry"]] == [["PublishLost"], ["JobFailed"]]


EVENTS = clean("clean.github_events")


def days(table: str) -> Any:
    """A job that reads GitHub's events."""
    declare = job(
        reads={"events": "clean.github_events"}, writes=table, increment=whole_days("event_date")
    )
    return declare(lambda events: events)


def names_in(text: str) -> set[str]:
    """The names in ``${…}``."""
    return {part.partition("}")[0] for part in text.split("${")[1:]}


def parsed(text: str) -> Any:
    """A template, its short forms (!Ref) written out."""
    import yaml
    from moto.cloudformation.utils import yaml_tag_constructor

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("", yaml_tag_constructor)
    return yaml.load(text, Loader)
