"""What the runbook and the page on recovery tell to type exists, and every alarm has its entry."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from botocore import xform_name
from botocore.session import get_session

from tests.conftest import REPOSITORY
from tests.infra.stacks import resources, template
from tidegate.cli.app import app

pytestmark = pytest.mark.quick

PAGES = ("runbook.md", "recovery.md")
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text()
# Of the command line itself, which no request has.
_OF_AWS = {"--query", "--output"}


def typed(first: str) -> list[str]:
    """The lines of the pages' blocks of commands that begin with a word, without their comments."""
    text = "".join((REPOSITORY / "docs" / page).read_text() for page in PAGES)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith(f"{first} ")))


def words_of(line: str) -> list[str]:
    """A line as a shell takes it apart."""
    return shlex.split(line, comments=True)[1:]


@pytest.mark.parametrize("line", typed("tidegate"))
def test_each_command_of_tidegate_is_one_with_its_arguments_and_options(line: str) -> None:
    command: Any = typer.main.get_command(app)
    parse(command, words_of(line))


def parse(command: Any, words: list[str], parent: Any = None) -> None:
    """Read words as the command line does, and run nothing; an error of usage is raised."""
    context = command.make_context("tidegate", list(words), parent=parent)
    left = [*getattr(context, "_protected_args", []), *context.args]
    if hasattr(command, "resolve_command") and left:
        _, inner, rest = command.resolve_command(context, left)
        parse(inner, rest, context)


@pytest.mark.parametrize("line", ["tidegate recoverr", "tidegate run", "tidegate books --nosuch"])
def test_a_command_that_is_none_is_found(line: str) -> None:
    command: Any = typer.main.get_command(app)

    with pytest.raises(Exception, match=r"No such|Missing"):
        parse(command, words_of(line))


@pytest.mark.parametrize("line", typed("aws"))
def test_each_command_of_aws_is_a_request_with_its_parameters(line: str) -> None:
    service, request, *words = words_of(line)
    model = get_session().get_service_model("s3" if service == "s3api" else service)
    named = {xform_name(name, "-"): name for name in model.operation_names}
    assert request in named
    shape = model.operation_model(named[request]).input_shape
    known = {f"--{xform_name(name, '-')}" for name in shape.members} if shape else set()

    given = {word for word in words if word.startswith("--")}

    assert given - known - _OF_AWS == set()


def told() -> Iterator[str]:
    """The names of the alarms, and of the rules that tell the topic of alerts."""
    for place, one in resources("AWS::CloudWatch::Alarm", "AWS::Events::Rule"):
        has = one["Properties"]
        targets = str(has.get("Targets", has.get("AlarmActions", "")))
        if "Alert" in targets:
            name = has.get("AlarmName", has.get("Name"))
            assert name, place
            yield name["Fn::Sub"].replace("${Env}", "ENV")


def test_each_alarm_that_is_named_is_there_and_each_that_is_there_is_named() -> None:
    named = set(re.findall(r"tidegate-ENV-[a-z-]+[a-z]", RUNBOOK)) - {"tidegate-ENV-alerts"}

    assert named == set(told())
    assert template("alarms")["Resources"]["Alerts"]["Properties"]["TopicName"] == {
        "Fn::Sub": "tidegate-${Env}-alerts"
    }


def test_each_entry_says_what_breaks_who_notices_and_what_to_type() -> None:
    entries = re.split(r"^## ", RUNBOOK, flags=re.M)[1:]

    assert len(entries) > 20
    for entry in entries:
        assert "**What breaks** " in entry, entry
        assert "\n**Who notices** " in entry, entry
        assert "```sh\n" in entry, entry


@pytest.mark.parametrize("page", PAGES)
def test_each_link_leads_somewhere(page: str) -> None:
    text = (REPOSITORY / "docs" / page).read_text()
    for to, anchor in re.findall(r"\]\(([\w.]*)(?:#([\w-]+))?\)", text):
        other = (REPOSITORY / "docs" / to).read_text() if to else text
        heads = re.findall(r"^## (.+)$", other, re.M)
        anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors, f"{to}#{anchor}"
