"""What several jobs add up: parts of a group, and amounts of money at the rate of their day."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812


def in_euro_cents(lines: DataFrame, rates: DataFrame) -> DataFrame:
    """Add what each line of an order or a refund is worth.

    Args:
        lines: rows with event_date, quantity, unit_price (minor units) and currency.
        rates: rows of ``clean.exchange_rates``.

    Returns:
        The lines, with ``euro_cents``, rounded half to even; null where there is no price, or no
        rate for its currency and day.
    """
    of_that_day = (lines.currency == rates.currency) & as_of(lines.event_date, rates)
    worth = F.col("quantity") * F.col("unit_price") * rates.euro_cents
    joined = lines.join(F.broadcast(rates), of_that_day, "left")
    return joined.select(lines["*"], F.bround(worth).cast("bigint").alias("euro_cents"))


def as_of(day: Column, versions: DataFrame) -> Column:
    """Whether a version of something was the valid one on a day."""
    has_begun = versions.valid_from <= day
    return has_begun & (versions.valid_to.isNull() | (versions.valid_to >= day))


def sum_where(condition: Column, column: str) -> Column:
    """The sum of a column over the rows of a kind; 0 where there are none."""
    return F.coalesce(F.sum(F.when(condition, F.col(column))), F.lit(0))
