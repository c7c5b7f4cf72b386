"""What a page made is in clean once, however often it came to the stream."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.collector import Collector
from tests.browser.page import Page
from tests.lake_of_a_test import LakeOfATest, with_own_prefix
from tidegate.aws import Endpoint
from tidegate.flow import land
from tidegate.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.browser


@pytest.fixture
def lake(
    spark: "SparkSession", suite_settings: Settings, endpoint: Endpoint, collector: Collector
) -> LakeOfATest:
    """A lake that lands what the collector puts on its stream."""
    source = {"endpoint": endpoint.address, "streams": {"storefront": collector.stream}}
    return LakeOfATest(spark, with_own_prefix(suite_settings).model_copy(update=source))


def test_an_event_sent_again_after_its_answer_was_lost_is_once_in_clean(
    visit: Callable[..., Page], collector: Collector, lake: LakeOfATest
) -> None:
    page = visit()
    numbers = itertools.count()

    def lose_some(route: Any) -> None:
        answer = route.fetch()
        # The collector has answered, and the page will never know.
        route.abort() if next(numbers) % 2 == 0 else route.fulfill(response=answer)

    page.tab.route("**/events/**", lose_some)
    for _ in range(3):
        page.send(
            40,
            visitor={"id": "ann"},
            device={"kind": "desktop"},
            received_at="2026-03-29T00:00:00Z",
            at="2026-03-29T00:00:00Z",
            sku="BO-0000",
        )
        collector.has(page.made)
        page.wait_until_sent()
    collector.kill()
    came = collector.ids

    landed = lake._stage(land("raw.storefront"))
    cleaned = lake.clean("storefront")

    assert len(came) > len(page.made) == 120
    assert landed.rows.published == len(came)
    assert cleaned.rows.duplicates == len(came) - 120
    assert cleaned.rows.quarantined == 0
    assert {row[0] for row in lake.rows("clean.storefront_events", "event_id")} == page.made
    assert cleaned.rows.published == 120
