"""The saved questions about the shop, on tables in the shape of its contracts."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tidegate.serve import ask, render
from tidegate.settings import Settings

from .conftest import day, make_lake

pytestmark = pytest.mark.quick

MONDAY, TUESDAY = day("2026-03-02"), day("2026-03-03")
DAYS = {"first_day": "2026-03-02", "last_day": "2026-03-03"}


def at(number: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, number, hour, tzinfo=dt.UTC)


def line(kind: str, when: dt.datetime, received: dt.datetime, **more: object) -> dict[str, object]:
    said = {"event_type": kind, "event_date": when.date(), "event_time": when}
    return {**said, "received_at": received, "order_id": "o1", "sku": "BO-1", **more}


def sold(date: dt.date, sku: str, units: int, cents: int) -> dict[str, object]:
    counts = {"views": 10, "units": units, "orders": units, "gross_cents": cents}
    return {"event_date": date, "sku": sku, **counts}


def funnel(campaign: str, *counts: int) -> dict[str, object]:
    steps = ("viewed", "put_in_cart", "checked_out", "purchased")
    return {"event_date": MONDAY, "campaign": campaign, **dict(zip(steps, counts, strict=True))}


def cohort(week: str, visitors: int) -> dict[str, object]:
    return {"cohort_week": MONDAY, "week": day(week), "visitors": visitors}


def visitor(name: str, orders: int, cents: int) -> dict[str, object]:
    seen = {"first_seen": MONDAY, "last_seen": TUESDAY, "days": 2}
    return {"visitor_id": name, **seen, "orders": orders, "lifetime_value_cents": cents}


ROWS: dict[str, list[dict[str, object]]] = {
    "clean.storefront_events": [
        line("purchase", at(2, 9), at(2, 9), quantity=2, unit_price=500, currency="EUR"),
        line(
            *("refund", at(3, 9), at(3, 10)),
            **{"ordered_on": MONDAY, "quantity": 1, "unit_price": 500, "currency": "EUR"},
        ),
        line("page_view", at(3, 8), at(4, 8)),
    ],
    "mart.product_performance": [
        sold(MONDAY, "BO-1", 2, 1000),
        sold(TUESDAY, "BO-1", 1, 500),
        sold(MONDAY, "TO-1", 1, 2000),
        sold(MONDAY, "TO-2", 0, 0),
    ],
    "mart.purchase_funnel": [
        funnel("spring", 6, 3, 2, 1),
        funnel("spring", 2, 1, 1, 1),
        funnel("direct", 30, 1, 0, 0),
    ],
    "mart.weekly_retention": [cohort("2026-03-02", 8), cohort("2026-03-16", 2)],
    "mart.visitors": [visitor("ann", 1, 100), visitor("bob", 2, 900), visitor("cid", 0, 0)],
    "mart.daily_revenue": [
        {
            "event_date": MONDAY,
            "gross_cents": 1050,
            "refunds_cents": 50,
            "net_cents": 1000,
            "orders": 2,
            "average_order_cents": 525,
        }
    ],
    "mart.storefront_day": [
        {
            "event_date": MONDAY,
            "visitors": 5,
            "new_visitors": 3,
            "returning_visitors": 2,
            "sessions": 8,
            "bounce_rate": 0.125,
        }
    ],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_lake(tmp_path_factory.mktemp("shop"), ROWS)


@pytest.mark.parametrize(
    ("name", "values", "rows"),
    [
        (
            "best_selling_products",
            DAYS,
            [("TO-1", 10, 1, 1, 20.0), ("BO-1", 20, 3, 3, 15.0)],
        ),
        ("best_selling_products", {**DAYS, "top": "1"}, [("TO-1", 10, 1, 1, 20.0)]),
        ("funnel_by_campaign", DAYS, [("direct", 30, 1, 0, 0, 0.0), ("spring", 8, 4, 3, 2, 25.0)]),
        ("how_late_events_come", DAYS, [(MONDAY, 1, 0, 0), (TUESDAY, 2, 2, 1)]),
        (
            "most_valuable_visitors",
            {},
            [("bob", MONDAY, TUESDAY, 2, 2, 9.0), ("ann", MONDAY, TUESDAY, 2, 1, 1.0)],
        ),
        (
            "refunds_and_their_orders",
            {"day": "2026-03-03"},
            [("o1", MONDAY, "BO-1", 1, 500, "EUR", at(2, 9))],
        ),
        ("retention_by_cohort", {}, [(MONDAY, 0, 8, 100.0), (MONDAY, 2, 2, 25.0)]),
        ("retention_by_cohort", {"first_week": "2026-03-09"}, []),
        ("revenue_by_day", DAYS, [(MONDAY, 10.5, 0.5, 10.0, 2, 5.25)]),
        ("visits_by_day", DAYS, [(MONDAY, 5, 3, 2, 8, 12.5)]),
    ],
)
def test_a_question_about_the_shop_is_answered(
    shop: Settings, name: str, values: dict[str, str], rows: list[tuple[Any, ...]]
) -> None:
    answer = ask(shop, name, values).rows

    assert [tuple(map(plain, row)) for row in answer] == rows


def plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def test_money_keeps_its_cents(shop: Settings) -> None:
    answer = ask(shop, "revenue_by_day", DAYS)

    assert render(answer, "csv").splitlines()[1] == "2026-03-02,10.50,0.50,10.00,2,5.25"
