"""cfn-lint knows each type's properties, and what a value must look like: it finds nothing."""

import pytest
from cfnlint.api import lint_file
from cfnlint.config import ManualArgs
from cfnlint.context.parameters import ParameterSet

from tests.infra.stacks import ALL_ON, INFRA, ORDER, STACKS, path_of, template, values

SIZES = {
    "dev": {"Env": "dev"},
    "prod": {"Env": "prod"},
    "dev, all asked for": {"Env": "dev", **ALL_ON},
    "prod, collector in Lambda": {"Env": "prod", "Home": "lambda", "Sockets": "yes"},
    "prod, all asked for": {"Env": "prod", **ALL_ON, "LakeFormation": "no"},
}


@pytest.mark.parametrize("stack", STACKS)
def test_cfn_lint_finds_nothing_in_a_template_of_any_size(stack: str) -> None:
    declared = template(stack)["Parameters"]
    sizes = [
        ParameterSet(size, values(stack, **{k: v for k, v in chosen.items() if k in declared}))
        for size, chosen in SIZES.items()
    ]

    found = lint_file(path_of(stack), config=ManualArgs(parameters=sizes))

    assert [str(one) for one in found] == []


@pytest.mark.quick
def test_each_template_has_its_place_in_the_order() -> None:
    assert sorted(path.stem for path in INFRA.glob("*.yaml")) == sorted(STACKS)
    assert set(STACKS) <= set(ORDER)


@pytest.mark.quick
@pytest.mark.parametrize("stack", STACKS)
def test_each_template_is_as_small_as_cloudformation_takes_it(stack: str) -> None:
    assert path_of(stack).stat().st_size <= 1_000_000  # CreateChangeSet, TemplateURL
