"""What each visitor did on each day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from jobs.amounts import in_euro_cents, sum_where
from tidegate.flow import job, whole_days


@job(
    reads={"events": "clean.storefront_events", "rates": "clean.exchange_rates"},
    writes="clean.visitor_days",
    increment=whole_days("event_date"),
)
def visitor_days(events: DataFrame, rates: DataFrame) -> DataFrame:
    """Count each visitor's events, orders and money, one row a visitor and day.

    Args:
        events: rows of ``clean.storefront_events``, every row of each day they touch.
        rates: rows of ``clean.exchange_rates``.

    Returns:
        Rows of ``clean.visitor_days``; unique on (event_date, visitor_id).
    """
    kind = F.col("event_type")
    is_order, is_refund = kind == "purchase", kind == "refund"
    return (
        in_euro_cents(events, rates)
        .groupBy("event_date", "visitor_id")
        .agg(
            F.bool_or(F.col("device") == "bot").alias("is_bot"),
            F.count_if(~is_refund).alias("events"),
            F.count_if(kind == "page_view").alias("page_views"),
            F.count_distinct(F.when(is_order, F.col("order_id"))).alias("orders"),
            sum_where(is_order, "euro_cents").alias("gross_cents"),
            sum_where(is_refund, "euro_cents").alias("refunds_cents"),
        )
    )


if __name__ == "__main__":
    visitor_days.main()
