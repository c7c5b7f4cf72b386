"""What a derived table recomputes: the days that new rows touch, and no other."""

from datetime import date

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from bench.scans import files as scanned
from bench.scans import newest
from jobs.daily_activity import daily_activity
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.errors import ProjectError
from tidegate.flow import job, whole_days
from tidegate.lake.ledger import Counts

FIRST = date(2015, 1, 1)


@job(
    reads={"events": "clean.github_events"},
    writes="mart.daily_activity",
    increment=whole_days("event_date"),
)
def days_without_stars(events: DataFrame) -> DataFrame:
    """Like ``daily_activity``, but a day with a star in it has no rows."""
    starred = events.where("event_type = 'WatchEvent'").select("event_date").distinct()
    return daily_activity(events=events.join(starred, "event_date", "left_anti"))


@pytest.fixture(scope="module")
def two_days(lake_of_module: LakeOfATest) -> LakeOfATest:
    """A lake that has cleaned an event of each of two days."""
    lake_of_module.land([on("2015-01-01", id="1"), on("2014-12-31", id="2")])
    lake_of_module.clean()
    return lake_of_module


@pytest.fixture
def lake(two_days: LakeOfATest) -> LakeOfATest:
    """One that begins so."""
    return two_days.copy()


def on(day: str, **changes: object) -> bytes:
    return payload(created_at=f"{day}T08:00:00Z", **changes)


def files(lake: LakeOfATest) -> dict[date, set[str]]:
    """The mart's data files by day: a day that is written again has others."""
    table = lake.run().table("mart.daily_activity")
    found = table.files(table.history().main).select("partition.event_date", "file_path")
    by_day: dict[date, set[str]] = {}
    for day, path in found.collect():
        by_day.setdefault(day, set()).add(path)
    return by_day


def test_only_the_days_that_new_rows_touch_are_written_again(lake: LakeOfATest) -> None:
    lake.derive(daily_activity)
    before = files(lake)
    lake.land([on("2014-12-31", id="3")])
    lake.clean()

    report = lake.derive(daily_activity)

    after = files(lake)
    assert report.rows == Counts(rows_in=2, published=1)
    assert after[FIRST] == before[FIRST]
    assert after[date(2014, 12, 31)] != before[date(2014, 12, 31)]
    assert lake.rows("mart.daily_activity", "event_date", "events") == [
        (date(2014, 12, 31), 2),
        (FIRST, 1),
    ]


def test_only_the_files_of_the_touched_days_are_read(lake: LakeOfATest) -> None:
    lake.derive(daily_activity)
    lake.land([on("2014-12-31", id="3")])
    lake.clean()
    before = newest(lake.spark)

    lake.derive(daily_activity)

    # Of the events two files, and the mart's own to judge it; each has one of the other day.
    read, skipped = scanned(lake.spark, before)
    assert (read, skipped) == (3, 2)


def test_a_day_that_becomes_empty_goes(lake: LakeOfATest) -> None:
    lake.derive(days_without_stars)
    lake.land([on("2014-12-31", id="3", type="WatchEvent")])
    lake.clean()

    was = lake.run().table("mart.daily_activity").history().newest().number
    lake.derive(days_without_stars)

    assert lake.rows("mart.daily_activity", "event_date") == [(FIRST,)]
    history = lake.run().table("mart.daily_activity").history()
    assert history.days_since(was) == {date(2014, 12, 31)}  # for Redshift to delete, too


def test_with_nothing_new_a_job_commits_nothing(lake: LakeOfATest) -> None:
    lake.derive(daily_activity)
    before = lake.run().table("mart.daily_activity").history().main

    assert lake.derive(daily_activity).verdict == "nothing new"
    assert lake.run().table("mart.daily_activity").history().main == before


def test_rows_of_a_day_that_a_job_was_not_given_are_refused(lake: LakeOfATest) -> None:
    @job(
        reads={"events": "clean.github_events"},
        writes="mart.daily_activity",
        increment=whole_days("event_date"),
    )
    def a_day_late(events: DataFrame) -> DataFrame:
        return daily_activity(events=events).withColumn("event_date", F.date_add("event_date", 1))

    with pytest.raises(ProjectError, match="rows of other days than those it was given"):
        lake.derive(a_day_late)
    assert lake.rows("mart.daily_activity", "*") == []


def test_a_job_whose_columns_are_not_the_contract_s_is_refused(lake: LakeOfATest) -> None:
    @job(
        reads={"events": "clean.github_events"},
        writes="mart.daily_activity",
        increment=whole_days("event_date"),
    )
    def another_shape(events: DataFrame) -> DataFrame:
        return daily_activity(events=events).withColumnRenamed("people", "persons")

    with pytest.raises(ProjectError, match="lacks people and has persons"):
        lake.derive(another_shape)
