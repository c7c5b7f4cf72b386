"""How far a visit came: step after step, in order, and within the visit."""

from typing import TYPE_CHECKING, Any

import pytest

from jobs.purchase_funnel import purchase_funnel
from jobs.storefront_sessions import storefront_sessions
from tests.jobs.conftest import clicks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CATALOGUE = [("B1", "books"), ("B2", "books"), ("T1", "toys")]


@pytest.fixture
def catalogue(spark: "SparkSession") -> "DataFrame":
    rows = [(sku, category, "2026-01-01", None) for sku, category in CATALOGUE]
    frame = spark.createDataFrame(rows, "sku string, category string, since string, until string")
    return frame.selectExpr(
        "sku", "category", "DATE(since) AS valid_from", "DATE(until) AS valid_to"
    )


def funnel(events: "DataFrame", catalogue: "DataFrame") -> list[tuple[Any, ...]]:
    found = purchase_funnel(
        events=events, sessions=storefront_sessions(events), catalogue=catalogue
    )
    steps = ("viewed", "put_in_cart", "checked_out", "purchased")
    return sorted(map(tuple, found.select("category", *steps).collect()))


def test_each_step_counts_only_after_the_one_before(
    spark: "SparkSession", catalogue: "DataFrame"
) -> None:
    events = clicks(
        spark,
        [
            *("ann 1 10:00 page_view B1", "ann 1 10:01 cart_add B1", "ann 1 10:02 checkout"),
            *("ann 1 10:03 purchase B1",),
            # Bob looks after he has put it in the cart; Cat pays without the checkout.
            *("bob 1 10:00 cart_add B2", "bob 1 10:01 page_view B2", "bob 1 10:02 checkout"),
            *("cat 1 10:00 page_view B2", "cat 1 10:01 cart_add B2", "cat 1 10:02 purchase B2"),
        ],
    )

    assert funnel(events, catalogue) == [("books", 3, 2, 1, 1)]


def test_a_checkout_is_of_each_category_in_the_cart(
    spark: "SparkSession", catalogue: "DataFrame"
) -> None:
    events = clicks(
        spark,
        [
            *("ann 1 10:00 page_view B1", "ann 1 10:01 cart_add B1", "ann 1 10:02 page_view T1"),
            *("ann 1 10:03 cart_add T1", "ann 1 10:04 checkout", "ann 1 10:05 purchase T1"),
        ],
    )

    assert funnel(events, catalogue) == [("books", 1, 1, 1, 0), ("toys", 1, 1, 1, 1)]


def test_what_happens_in_another_visit_does_not_count(
    spark: "SparkSession", catalogue: "DataFrame"
) -> None:
    events = clicks(spark, ["ann 1 10:00 page_view B1", "ann 1 11:00 cart_add B1"])

    assert funnel(events, catalogue) == [("books", 1, 0, 0, 0)]


def test_a_visit_that_crosses_midnight_is_one(
    spark: "SparkSession", catalogue: "DataFrame"
) -> None:
    events = clicks(spark, ["ann 1 23:55 page_view B1", "ann 2 00:05 cart_add B1"])

    assert funnel(events, catalogue) == [("books", 1, 1, 0, 0)]


def test_bots_buy_nothing(spark: "SparkSession", catalogue: "DataFrame") -> None:
    events = clicks(spark, ["bot 1 10:00 page_view B1"])

    assert funnel(events, catalogue) == []
