"""GitHub's activity per day and type of event: how much, by how many people, where."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow import job, whole_days


@job(
    reads={"events": "clean.github_events"},
    writes="mart.daily_activity",
    increment=whole_days("event_date"),
)
def daily_activity(events: DataFrame) -> DataFrame:
    """Count events, people and repositories, one row a day and event type.

    Args:
        events: rows of ``clean.github_events``, every row of each day they touch.

    Returns:
        Rows of ``mart.daily_activity``; unique on (event_date, event_type).
    """
    return events.groupBy("event_date", "event_type").agg(
        F.count("*").alias("events"),
        F.count_distinct("actor_id").alias("people"),
        F.count_distinct("repository_id").alias("repositories"),
    )


if __name__ == "__main__":
    daily_activity.main()
