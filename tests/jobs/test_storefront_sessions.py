"""Where one visit ends and the next begins."""

from typing import TYPE_CHECKING, Any

from jobs.storefront_sessions import storefront_sessions
from tests.jobs.conftest import clicks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def visits(sessions: "DataFrame") -> list[tuple[Any, ...]]:
    """Who, the day a visit is filed under, its first and last moment, its events."""
    found = sessions.selectExpr(
        "visitor_id",
        "day(event_date)",
        "date_format(started_at, 'd HH:mm')",
        "date_format(ended_at, 'd HH:mm')",
        "events",
    )
    return sorted(map(tuple, found.collect()))


def test_a_visit_ends_after_thirty_quiet_minutes(spark: "SparkSession") -> None:
    events = clicks(spark, ["ann 1 10:00", "ann 1 10:29", "ann 1 11:00"])

    assert visits(storefront_sessions(events)) == [
        ("ann", 1, "1 10:00", "1 10:29", 2),
        ("ann", 1, "1 11:00", "1 11:00", 1),
    ]


def test_thirty_minutes_to_the_second_are_quiet(spark: "SparkSession") -> None:
    events = clicks(spark, ["ann 1 10:00:00", "ann 1 10:29:59", "ann 1 10:59:59"])

    assert visits(storefront_sessions(events)) == [
        ("ann", 1, "1 10:00", "1 10:29", 2),
        ("ann", 1, "1 10:59", "1 10:59", 1),
    ]


def test_a_visit_goes_on_past_midnight_and_is_of_the_day_it_began(spark: "SparkSession") -> None:
    events = clicks(spark, ["ann 1 23:50", "ann 2 00:10", "ann 2 00:30", "bob 2 00:10"])

    assert visits(storefront_sessions(events)) == [
        ("ann", 1, "1 23:50", "2 00:30", 3),
        ("bob", 2, "2 00:10", "2 00:10", 1),
    ]


def test_a_bot_that_is_never_quiet_is_cut_at_the_end_of_each_whole_day(
    spark: "SparkSession",
) -> None:
    every_twenty_minutes = [
        f"bot {1 + minute // 1440} {minute // 60 % 24:02}:{minute % 60:02}"
        for minute in range(600, 5 * 1440, 20)
    ]

    assert visits(storefront_sessions(clicks(spark, every_twenty_minutes))) == [
        ("bot", 1, "1 10:00", "2 23:40", 42 + 72),
        ("bot", 3, "3 00:00", "3 23:40", 72),
        ("bot", 4, "4 00:00", "4 23:40", 72),
        ("bot", 5, "5 00:00", "5 23:40", 72),
    ]


def test_a_day_without_a_quiet_half_hour_but_at_its_end_is_not_cut(spark: "SparkSession") -> None:
    all_day = [f"ann 1 {minute // 60:02}:{minute % 60:02}" for minute in range(0, 1420, 20)]
    events = clicks(spark, [*all_day, "ann 1 23:29", "ann 2 00:00"])

    assert [row[1:4] for row in visits(storefront_sessions(events))] == [
        (1, "1 00:00", "1 23:29"),
        (2, "2 00:00", "2 00:00"),
    ]


def test_what_a_visit_says_of_itself(spark: "SparkSession") -> None:
    events = clicks(
        spark,
        ["ann 1 10:00:00", "ann 1 10:01:30 cart_add BO-1", "ann 1 10:02:00 purchase BO-1"],
    ).selectExpr(
        "* EXCEPT (campaign)", "IF(event_type = 'page_view', NULL, event_type) AS campaign"
    )

    (one,) = storefront_sessions(events).collect()

    assert one["duration_seconds"] == 120
    assert (one["entry_page"], one["exit_page"]) == ("/10:00:00", "/10:02:00")
    assert (one["page_views"], one["campaign"], one["device"]) == (1, "cart_add", "desktop")
    assert (one["is_bounce"], one["converted"], one["is_bot"]) == (False, True, False)


def test_money_paid_back_is_no_part_of_a_visit(spark: "SparkSession") -> None:
    events = clicks(spark, ["ann 1 10:00", "ann 1 10:20 refund BO-1", "ann 1 10:40"])

    assert [row[-1] for row in visits(storefront_sessions(events))] == [1, 1]
