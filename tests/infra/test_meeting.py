"""What one stack puts out is what a later one takes, by the same name; all is said in words."""

import pytest

from tests.infra.stacks import COMMON, STACKS, template

pytestmark = pytest.mark.quick

FOR_PEOPLE = {
    "ExternalSchemas": "what somebody runs on Redshift once",
    "GithubStreamArn": "where a sender writes, in a policy of its own account",
    "StorefrontStreamArn": "the same",
    "JobSecurityGroup": "what a private data source lets in",
    "LanderRepository": "where the lander's image is pushed",
    "RunsTable": "where who is on call sees what runs now",
    "SentQueue": "where a sender writes, in a policy of its own account",
    "RedshiftWorkgroup": "the setting redshift_workgroup",
}
"""Outputs that no stack takes, and what they are for."""


@pytest.mark.parametrize("stack", STACKS)
def test_a_parameter_has_a_default_or_is_put_out_by_an_earlier_stack(stack: str) -> None:
    before = STACKS[: STACKS.index(stack)]
    known = {name for one in before for name in template(one).get("Outputs", {})} | COMMON

    asked = {n for n, one in template(stack)["Parameters"].items() if "Default" not in one}

    assert asked - known == set()


def test_an_output_is_taken_by_a_later_stack_or_is_for_people() -> None:
    for place, stack in enumerate(STACKS):
        after = {name for one in STACKS[place + 1 :] for name in template(one)["Parameters"]}
        left = set(template(stack).get("Outputs", {})) - after - FOR_PEOPLE.keys()
        assert (stack, left) == (stack, _of_flow_alone(left))


def _of_flow_alone(names: set[str]) -> set[str]:
    """Outputs that only the stack of flows takes, where that isn't there."""
    return set() if "flow" in STACKS else names & {"GlueJob", "EmrApplication", "EmrRole"}


def test_two_stacks_put_out_nothing_by_the_same_name() -> None:
    names = [name for stack in STACKS for name in template(stack).get("Outputs", {})]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("stack", STACKS)
def test_templates_parameters_and_outputs_say_what_they_are(stack: str) -> None:
    found = template(stack)

    assert found["Description"]
    for part in ("Parameters", "Outputs"):
        assert [n for n, one in found.get(part, {}).items() if not one.get("Description")] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_parameter_of_one_name_means_the_same_everywhere(stack: str) -> None:
    for other in STACKS:
        ours, theirs = (template(one)["Parameters"] for one in (stack, other))
        for name in (ours.keys() & theirs.keys()) - {"Env", "DatabasePrefix", "LakeFormation"}:
            assert ours[name].get("Default") == theirs[name].get("Default"), (name, stack, other)
