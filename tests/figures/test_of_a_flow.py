"""Figures of marts that a flow's runs write on Spark, after each publish."""

import json
from typing import Any

from pydantic import SecretStr

from tests.flow.test_increments import days_without_stars
from tests.lake_of_a_test import LakeOfATest, payload
from tidegate.figures.handler import Handler
from tidegate.figures.load import load
from tidegate.serve import ask, render
from tidegate.web.messages import Request

QUESTION, MART = "daily_activity_by_type", "mart.daily_activity"
DAYS = {"first_day": "2014-12-31", "last_day": "2015-01-01"}


def test_figures_follow_what_is_published_and_a_day_that_is_emptied_is_gone(
    lake: LakeOfATest, database: str
) -> None:
    secret = SecretStr(database)
    settings = lake.settings.model_copy(update={"figures_database": secret})
    handler = Handler(settings)

    def figures() -> list[tuple[Any, ...]]:
        query = "&".join(f"{name}={day}" for name, day in DAYS.items())
        told = json.loads(handler.answer(Request("GET", f"/figures/{QUESTION}", query)).body)
        printed = render(ask(settings, QUESTION, DAYS), "json")
        assert told["rows"] == json.loads(printed)
        return [(row["event_date"], row["events"]) for row in told["rows"]]

    lake.land([_on("2014-12-31", id="1"), _on("2015-01-01", id="2")])
    lake.clean()
    lake.derive(days_without_stars)
    (told,) = load(settings, MART)
    assert str(told) == f"{MART}: loaded all days, 2 rows, up to commit 1"
    assert figures() == [("2014-12-31", 1), ("2015-01-01", 1)]

    lake.land([_on("2014-12-31", id="3", type="WatchEvent")])
    lake.clean()
    lake.derive(days_without_stars)
    (told,) = load(settings, MART)
    assert str(told) == f"{MART}: loaded 1 day, 0 rows, up to commit 2"
    assert figures() == [("2015-01-01", 1)]


def _on(day: str, **changes: object) -> bytes:
    return payload(created_at=f"{day}T08:00:00Z", **changes)
