"""A mart that a flow's runs write, on Athena and in Redshift's own table, by awswrangler."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from tests.flow.test_increments import days_without_stars
from tests.lake_of_a_test import LakeOfATest, payload
from tests.local_endpoint import export
from tidegate import local
from tidegate.aws import aws_config
from tidegate.serve.load import load
from tidegate.settings import Settings, load_settings

Days = list[tuple[dt.date, int]]
FIRST, LAST = dt.date(2014, 12, 31), dt.date(2015, 1, 1)


@pytest.fixture
def served(lake: LakeOfATest, tmp_path, monkeypatch) -> Iterator[Settings]:
    """The settings of whoever loads the test's lake, which is behind an endpoint."""
    own = load_settings(tmp_path, warehouse=lake.settings.lake, endpoint="local")
    in_glue = lake.settings.catalog == "glue"
    address = lake.settings.endpoint if in_glue else local.start(own).address
    settings = lake.settings.model_copy(
        update={"endpoint": address, "redshift_workgroup": "analysts"}
    )
    export(monkeypatch, address)
    aws_config(settings).client("s3").create_bucket(Bucket="results")
    yield settings
    local.stop(own)


@pytest.fixture
def on_athena(served: Settings) -> Callable[[], Days]:
    def ask() -> Days:
        import awswrangler as wr

        return _rows(
            wr.athena.read_sql_query(
                f"SELECT event_date, events FROM {served.database_prefix}mart.daily_activity",
                database=f"{served.database_prefix}mart",
                ctas_approach=False,
                s3_output="s3://results/",
            )
        )

    return ask


@pytest.fixture
def on_redshift(served: Settings) -> Callable[[], Days]:
    def ask() -> Days:
        import awswrangler as wr

        return _rows(
            wr.data_api.redshift.read_sql_query(
                f"SELECT event_date, events FROM {served.database_prefix}hot.daily_activity",
                con=wr.data_api.redshift.connect(workgroup_name="analysts", database="dev"),
            )
        )

    return ask


def _rows(frame) -> Days:
    days = [dt.date.fromisoformat(str(day)[:10]) for day in frame["event_date"]]
    return sorted(zip(days, map(int, frame["events"]), strict=True))


def test_a_day_that_a_correction_empties_is_gone_from_athena_and_from_redshift(
    lake, served, on_athena, on_redshift
) -> None:
    lake.land([_on("2014-12-31", id="1"), _on("2015-01-01", id="2")])
    lake.clean()
    lake.derive(days_without_stars)
    (told,) = load(served, "mart.daily_activity")
    assert str(told) == "mart.daily_activity: loaded all days, 2 rows, up to commit 1"
    assert on_athena() == on_redshift() == [(FIRST, 1), (LAST, 1)]

    lake.land([_on("2014-12-31", id="3", type="WatchEvent")])
    lake.clean()
    lake.derive(days_without_stars)
    (told,) = load(served, "mart.daily_activity")

    assert str(told) == "mart.daily_activity: loaded 1 day, 0 rows, up to commit 2"
    assert on_athena() == on_redshift() == [(LAST, 1)]


def _on(day: str, **changes: object) -> bytes:
    return payload(created_at=f"{day}T08:00:00Z", **changes)
