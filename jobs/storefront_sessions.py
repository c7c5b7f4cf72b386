"""Visits to the shop: where a visitor's events fall apart for want of one."""

from datetime import timedelta

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow import job, whole_days

QUIET = timedelta(minutes=30)
"""So long without an event ends a visit."""


@job(
    reads={"events": "clean.storefront_events"},
    writes="clean.storefront_sessions",
    increment=whole_days("event_date", before=1, after=1),
)
def storefront_sessions(events: DataFrame) -> DataFrame:
    """Put each visitor's events together to visits, filed under the day on which they begin.

    A visit ends after half an hour without an event. It may go on past midnight; but a visitor
    without such a half hour in a whole day is cut at the midnight that ends it, so that no visit
    has events of three days.

    Args:
        events: rows of ``clean.storefront_events``, with the days before and after.

    Returns:
        Rows of ``clean.storefront_sessions``; unique on (visitor_id, started_at).
    """
    at = F.struct("event_time", "event_id")
    whose = Window.partitionBy("visitor_id")
    in_order, day = whose.orderBy(at), Window.partitionBy("visitor_id", "event_date")

    # Refunds are the shop's doing and belong to no visit.
    came = events.where(F.col("event_type") != "refund").select(
        "*",
        F.lag("event_time").over(in_order).alias("before"),
        F.lag("event_time").over(day.orderBy(at)).alias("before_that_day"),
    )
    since = F.coalesce("before_that_day", F.col("event_date").cast("timestamp"))
    was_quiet = F.col("event_time") - since >= F.lit(QUIET)
    days = came.withColumn("is_unbroken", ~F.bool_or(was_quiet).over(day))

    is_new_day = F.col("before").cast("date") != F.col("event_date")
    pauses = F.col("event_time") - F.col("before") >= F.lit(QUIET)
    cut = is_new_day & F.lag("is_unbroken").over(in_order)
    starts = F.coalesce(pauses | cut, F.lit(True))
    visits = days.withColumn("starts", starts.cast("int"))
    visits = visits.withColumn("visit", F.sum("starts").over(in_order))

    visit = visits.groupBy("visitor_id", "visit").agg(
        F.min("event_date").alias("event_date"),
        F.min("event_time").alias("started_at"),
        F.max("event_time").alias("ended_at"),
        F.count("*").alias("events"),
        F.count_if(F.col("event_type") == "page_view").alias("page_views"),
        F.min_by("page", at).alias("entry_page"),
        F.max_by("page", at).alias("exit_page"),
        F.min_by("campaign", F.when(F.col("campaign").isNotNull(), at)).alias("campaign"),
        F.min_by("device", at).alias("device"),
        F.bool_or(F.col("device") == "bot").alias("is_bot"),
        F.bool_or(F.col("event_type") == "purchase").alias("converted"),
    )
    return visit.drop("visit").withColumns(
        {
            "is_bounce": F.col("events") == 1,
            "duration_seconds": F.timestamp_diff("SECOND", "started_at", "ended_at"),
        }
    )


if __name__ == "__main__":
    storefront_sessions.main()
