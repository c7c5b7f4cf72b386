"""A shop's events in few words, for tests of what the jobs make of them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "event_id string, event_type string, event_time timestamp, event_date date,"
    " visitor_id string, device string, campaign string, page string, sku string,"
    " quantity int, order_id string, unit_price bigint, currency string"
)


def clicks(spark: "SparkSession", told: list[str]) -> "DataFrame":
    """Events of March 2026, each as ``visitor day hh:mm[:ss] [type [sku]]``; else a page view."""
    said = [line.split() for line in told]
    rows = [_row(str(number), *words) for number, words in enumerate(said)]
    names = [column.split()[0] for column in SCHEMA.split(", ")]
    kinds = dict(column.strip().split() for column in SCHEMA.split(","))
    texts = spark.createDataFrame(rows, ", ".join(f"{name} string" for name in names))
    return texts.selectExpr(*(f"CAST({name} AS {kinds[name]}) AS {name}" for name in names))


def _row(
    number: str, visitor: str, day: str, time: str, kind: str = "page_view", sku: str | None = None
) -> tuple[str | None, ...]:
    date = f"2026-03-{int(day):02}"
    device = "bot" if visitor == "bot" else "desktop"
    price = ("1", f"order-{visitor}-{day}", "1000", "EUR") if kind == "purchase" else (None,) * 4
    return (number, kind, f"{date} {time}", date, visitor, device, None, f"/{time}", sku, *price)
