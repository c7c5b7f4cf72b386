"""How many people came to the shop each day, how often, and how many of them for the first time."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow import job, whole_days


@job(
    reads={
        "days": "clean.visitor_days",
        "sessions": "clean.storefront_sessions",
        "visitors": "mart.visitors",
    },
    writes="mart.storefront_day",
    increment=whole_days("event_date"),
)
def storefront_day(days: DataFrame, sessions: DataFrame, visitors: DataFrame) -> DataFrame:
    """Count people, and the visits they began, one row a day with either.

    Args:
        days: rows of ``clean.visitor_days``, every row of each day they touch.
        sessions: rows of ``clean.storefront_sessions``, every row of these days.
        visitors: rows of ``mart.visitors``.

    Returns:
        Rows of ``mart.storefront_day``; unique on event_date.
    """
    is_new = F.col("first_seen") == F.col("event_date")
    people = (
        days.where(~F.col("is_bot") & (F.col("events") > 0))
        .join(visitors.select("visitor_id", "first_seen"), "visitor_id", "left")
        .groupBy("event_date")
        .agg(
            F.count("*").alias("visitors"),
            F.count_if(is_new).alias("new_visitors"),
            F.sum("page_views").alias("page_views"),
        )
    )
    visits = (
        sessions.where(~F.col("is_bot"))
        .groupBy("event_date")
        .agg(F.count("*").alias("sessions"), F.count_if("is_bounce").alias("bounces"))
    )
    counted = people.join(visits, "event_date", "full").na.fill(0)
    return counted.select(
        "*",
        (F.col("visitors") - F.col("new_visitors")).alias("returning_visitors"),
        F.try_divide("bounces", "sessions").alias("bounce_rate"),
    )


if __name__ == "__main__":
    storefront_day.main()
