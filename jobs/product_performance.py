"""How often each product was looked at, put in a cart and bought, each day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from jobs.amounts import as_of, in_euro_cents, sum_where
from tidegate.flow import job, whole_days


@job(
    reads={
        "events": "clean.storefront_events",
        "rates": "clean.exchange_rates",
        "catalogue": "clean.catalogue",
    },
    writes="mart.product_performance",
    increment=whole_days("event_date"),
)
def product_performance(events: DataFrame, rates: DataFrame, catalogue: DataFrame) -> DataFrame:
    """Count what people did with each product, one row a day and product.

    Args:
        events: rows of ``clean.storefront_events``, every row of each day they touch.
        rates: rows of ``clean.exchange_rates``.
        catalogue: rows of ``clean.catalogue``.

    Returns:
        Rows of ``mart.product_performance``; unique on (event_date, sku).
    """
    kind = F.col("event_type")
    is_view, is_cart, is_order = kind == "page_view", kind == "cart_add", kind == "purchase"
    by_people = (F.col("device") != "bot") & F.col("sku").isNotNull()
    counts = (
        in_euro_cents(events.where(by_people & (is_view | is_cart | is_order)), rates)
        .groupBy("event_date", "sku")
        .agg(
            F.count_if(is_view).alias("views"),
            sum_where(is_cart, "quantity").alias("cart_adds"),
            F.count_distinct(F.when(is_order, F.col("order_id"))).alias("orders"),
            sum_where(is_order, "quantity").alias("units"),
            sum_where(is_order, "euro_cents").alias("gross_cents"),
        )
    )
    of_that_day = (counts.sku == catalogue.sku) & as_of(counts.event_date, catalogue)
    named = counts.join(F.broadcast(catalogue), of_that_day, "left")
    return named.select(counts["*"], "category")


if __name__ == "__main__":
    product_performance.main()
