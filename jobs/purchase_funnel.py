"""How far visits came from looking at something to buying it."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from jobs.amounts import as_of
from tidegate.flow import job, whole_days

STEPS = ("page_view", "cart_add", "checkout", "purchase")
CHECKOUT = STEPS.index("checkout")
NAMES = ("viewed", "put_in_cart", "checked_out", "purchased")
VISIT = ["visitor_id", "started_at"]


@job(
    reads={
        "events": "clean.storefront_events",
        "sessions": "clean.storefront_sessions",
        "catalogue": "clean.catalogue",
    },
    writes="mart.purchase_funnel",
    increment=whole_days("event_date", after=1),
)
def purchase_funnel(events: DataFrame, sessions: DataFrame, catalogue: DataFrame) -> DataFrame:
    """Count visits by how far they came in each category, step after step.

    Args:
        events: rows of ``clean.storefront_events``, with the day after.
        sessions: rows of ``clean.storefront_sessions``, likewise.
        catalogue: rows of ``clean.catalogue``.

    Returns:
        Rows of ``mart.purchase_funnel``; unique on (event_date, category, device, campaign).
    """
    people = sessions.where(~F.col("is_bot")).select(
        *VISIT,
        "ended_at",
        "device",
        F.coalesce("campaign", F.lit("direct")).alias("campaign"),
        F.col("event_date").alias("began"),
    )
    steps = events.select(
        "visitor_id",
        "event_time",
        "event_id",
        "event_date",
        "sku",
        _step(F.col("event_type")).alias("step"),
    ).where("step IS NOT NULL")
    of_visit = (steps.visitor_id == people.visitor_id) & steps.event_time.between(
        people.started_at, people.ended_at
    )
    taken = steps.join(people, of_visit).drop(steps.visitor_id)

    of_product = (taken.sku == catalogue.sku) & as_of(taken.event_date, catalogue)
    within = taken.join(F.broadcast(catalogue), of_product).select(taken["*"], "category")
    checkouts = taken.where(F.col("step") == CHECKOUT)
    categories = within.select(*VISIT, "category").distinct()
    shared = checkouts.join(categories, VISIT).select(within.columns)

    reached = F.aggregate(
        F.array_sort(F.collect_list(F.struct("event_time", "event_id", "step"))),
        F.lit(-1),
        lambda reached, one: F.when(one.step == reached + 1, one.step).otherwise(reached),
    )
    visits = (
        within.union(shared)
        .groupBy(*VISIT, F.col("began").alias("event_date"), "category", "device", "campaign")
        .agg(reached.alias("reached"))
    )
    return (
        visits.where("reached >= 0")
        .groupBy("event_date", "category", "device", "campaign")
        .agg(*(F.count_if(F.col("reached") >= step).alias(name) for step, name in enumerate(NAMES)))
    )


def _step(kind: Column) -> Column:
    """Which step of the funnel a kind of event is; null where it is none."""
    return F.coalesce(*(F.when(kind == F.lit(name), step) for step, name in enumerate(STEPS)))


if __name__ == "__main__":
    purchase_funnel.main()
