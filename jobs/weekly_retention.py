"""Of the people first seen in a week, how many came in each week since."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow import job, whole_weeks


@job(
    reads={"days": "clean.visitor_days", "visitors": "mart.visitors"},
    writes="mart.weekly_retention",
    increment=whole_weeks("event_date", "week"),
)
def weekly_retention(days: DataFrame, visitors: DataFrame) -> DataFrame:
    """Count people by the week they were first seen in and the week they came in.

    Args:
        days: rows of ``clean.visitor_days``, every row of each week they touch.
        visitors: rows of ``mart.visitors``.

    Returns:
        Rows of ``mart.weekly_retention``; unique on (week, cohort_week).
    """
    came = days.where(F.col("events") > 0).select("visitor_id", _week("event_date").alias("week"))
    first = visitors.select("visitor_id", _week("first_seen").alias("cohort_week"))
    return (
        came.distinct()
        .join(first, "visitor_id")
        .groupBy("week", "cohort_week")
        .agg(F.count("*").alias("visitors"))
    )


def _week(day: str) -> Column:
    """The Monday of a day's week."""
    return F.trunc(day, "week")


if __name__ == "__main__":
    weekly_retention.main()
