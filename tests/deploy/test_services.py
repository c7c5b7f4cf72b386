"""The table of docs/aws.md that says what is executed here names what there is."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.services import Service, outcome, services

pytestmark = pytest.mark.quick

TARGETS = re.findall(r"^([a-z0-9.-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)


def is_there(place: str) -> bool:
    """Whether a file, folder or test of the suite, or a target of make, is there."""
    if place.startswith("make "):
        return place.removeprefix("make ") in TARGETS
    file, _, test = place.partition("::")
    path = Path(REPOSITORY, file)
    return path.exists() and (not test or f"def {test}(" in path.read_text())


@pytest.mark.parametrize("service", services(), ids=lambda one: one.name)
def test_each_row_names_tests_that_there_are(service: Service) -> None:
    assert service.shown_by
    assert [one for one in service.shown_by if not is_there(one)] == []


@pytest.mark.parametrize("service", services(), ids=lambda one: one.name)
def test_what_is_only_checked_has_its_reason(service: Service) -> None:
    assert (service.checked == "–") == (service.why == "–")


def test_a_row_says_what_came_of_its_tests() -> None:
    row = Service("Kinesis", "", "", "", ("tests/land/", "tests/infra/test_linted.py", "make scan"))
    ended = [("tests/land/test_a.py::test_b", "passed"), ("tests/land/test_a.py::test_c", "failed")]

    assert outcome(row, ended).splitlines() == [
        "tests/land/: 1 failed, 1 passed",
        "tests/infra/test_linted.py: not run",
        "make scan: not run",
    ]
