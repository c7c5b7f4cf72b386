"""A job's declaration that its tables can't have is told before anything runs."""

import pytest

from tests.conftest import REPOSITORY, project_contracts
from tidegate.errors import ProjectError
from tidegate.flow import job, whole_days, whole_keys, whole_weeks
from tidegate.flow.declared import check_declared
from tidegate.flow.increment import Increment
from tidegate.flow.project import flows, load_flow

pytestmark = pytest.mark.quick

DAYS, SESSIONS = "clean.visitor_days", "clean.storefront_sessions"


@pytest.mark.parametrize("flow", flows(REPOSITORY))
def test_the_projects_own_declarations_are_what_its_contracts_say(flow: str) -> None:
    check_declared(project_contracts(), load_flow(REPOSITORY, flow).stages)


@pytest.mark.parametrize(
    ("reads", "writes", "increment", "told"),
    [
        ([DAYS], "mart.daily_revenue", whole_days("day"), "is partitioned by event_date; expected"),
        ([DAYS], "mart.visitors", whole_days("event_date"), "is partitioned by no date column"),
        (
            ["clean.exchange_rates"],
            "mart.daily_revenue",
            whole_days("event_date"),
            "no table that it reads is partitioned by event_date: clean.exchange_rates",
        ),
        (
            [DAYS],
            "mart.weekly_retention",
            whole_weeks("event_date", "day"),
            "by week; expected day",
        ),
        ([DAYS, SESSIONS], "mart.visitors", whole_keys("visitor_id"), "it reads 2 tables"),
        ([DAYS], "mart.visitors", whole_keys("who"), "clean.visitor_days has no column who"),
        (
            [DAYS],
            "mart.visitors",
            whole_keys("visitor_id", dating=["visitor_id"]),
            "its dating names visitor_id, which is no date column of mart.visitors",
        ),
    ],
)
def test_a_declaration_that_does_not_fit_is_told_with_the_jobs_name(
    reads: list[str], writes: str, increment: Increment, told: str
) -> None:
    names = {f"frame_{place}": table for place, table in enumerate(reads)}

    @job(reads=names, writes=writes, increment=increment)
    def wrong(**frames: object) -> None: ...

    with pytest.raises(ProjectError, match="job wrong: its increment is") as raised:
        check_declared(project_contracts(), [wrong])
    assert told in str(raised.value)
