"""What the shop took and paid back each day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from tidegate.flow import job, whole_days


@job(
    reads={"days": "clean.visitor_days"},
    writes="mart.daily_revenue",
    increment=whole_days("event_date"),
)
def daily_revenue(days: DataFrame) -> DataFrame:
    """Add up orders and refunds in euro cents, one row a day with either.

    Args:
        days: rows of ``clean.visitor_days``, every row of each day they touch.

    Returns:
        Rows of ``mart.daily_revenue``; unique on event_date.
    """
    totals = days.groupBy("event_date").agg(
        F.sum("gross_cents").alias("gross_cents"),
        F.sum("refunds_cents").alias("refunds_cents"),
        F.sum("orders").alias("orders"),
    )
    gross, orders = F.col("gross_cents"), F.col("orders")
    average = F.bround(gross.cast("decimal(38,10)") / orders)
    return totals.where((orders > 0) | (F.col("refunds_cents") != 0)).select(
        "*",
        (gross - F.col("refunds_cents")).alias("net_cents"),
        F.when(orders > 0, average).alias("average_order_cents"),
    )


if __name__ == "__main__":
    daily_revenue.main()
