"""Who has been seen, since when, and what they are worth to the shop."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow import job, whole_keys


@job(
    reads={"days": "clean.visitor_days"},
    writes="mart.visitors",
    increment=whole_keys("visitor_id", dating=["first_seen"]),
)
def visitors(days: DataFrame) -> DataFrame:
    """Fold a person's days to one row.

    Args:
        days: rows of ``clean.visitor_days``, every row of each visitor they touch.

    Returns:
        Rows of ``mart.visitors``; unique on visitor_id.
    """
    is_seen = F.col("events") > 0
    return (
        days.where(~F.col("is_bot"))
        .groupBy("visitor_id")
        .agg(
            F.min(F.when(is_seen, F.col("event_date"))).alias("first_seen"),
            F.max(F.when(is_seen, F.col("event_date"))).alias("last_seen"),
            F.count_if(is_seen).alias("days"),
            F.sum("orders").alias("orders"),
            (F.sum("gross_cents") - F.sum("refunds_cents")).alias("lifetime_value_cents"),
        )
        .where("first_seen IS NOT NULL")
    )


if __name__ == "__main__":
    visitors.main()
