"""A single job as ``spark-submit`` runs it: over what is new, and refused where a flow's run is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pyspark.sql import DataFrame

from jobs.daily_activity import daily_activity
from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.flow import Job, whole_days, whole_weeks
from tidegate.flow.submitted import main
from tidegate.lake.catalog import tables

MART = "mart.daily_activity"
Submitted = Callable[[Job], tuple[int, str, str]]


@pytest.fixture
def submitted(
    lake: LakeOfATest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Submitted:
    """Runs a job by itself over a lake that has cleaned one event; its exit code and words."""
    lake.land([payload(id="1")])
    lake.clean()
    for name, value in lake.environment().items():
        monkeypatch.setenv(name, value)

    def submit(job: Job) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(job, REPOSITORY)
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return submit


def test_a_job_by_itself_computes_what_is_new(submitted: Submitted, lake: LakeOfATest) -> None:
    code, told, _ = submitted(daily_activity)

    assert code == 0
    assert ", 1 row published, " in told
    assert len(lake.rows(MART, "*")) == 1
    assert {row[0] for row in lake.rows("quality.verdicts", "table_name")} == {MART}


def nothing(events: DataFrame) -> DataFrame:
    raise AssertionError("it was given rows")


@pytest.mark.parametrize(
    ("increment", "told"),
    [
        (whole_days("day"), f"whole_days('day'), but {MART} is partitioned by event_date"),
        (whole_weeks("event_date", writes="week"), f"but {MART} is partitioned by event_date"),
    ],
)
def test_a_declaration_that_its_tables_can_not_have_is_refused_before_anything_is_made(
    submitted: Submitted, lake: LakeOfATest, increment: object, told: str
) -> None:
    before = tables(lake.settings)

    code, _, wrong = submitted(replace(daily_activity, increment=increment, function=nothing))

    assert code == 2
    assert wrong.startswith("ProjectError: job nothing: its increment is ")
    assert told in wrong
    assert "Traceback" not in wrong
    assert tables(lake.settings) == before
