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
    came = {"received_at": received, "arrived_at": received}
    return {**said, **came, "order_id": "o1", "sku": "BO-1", **more}


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


def session(name: str, hour: int, converted: bool, **more: object) -> dict[str, object]:
    when = {"event_date": MONDAY, "started_at": at(2, hour), "ended_at": at(2, hour)}
    is_bot = {"is_bot": False, "is_bounce": not converted, "converted": converted}
    counts = {"duration_seconds": 90 if converted else 5, "page_views": 3, "device": "mobile"}
    return {"visitor_id": name, **when, **is_bot, **counts, **more}


def visits(date: str, visitors: int, orders: int, cents: int) -> list[dict[str, object]]:
    """A row of mart.storefront_day and one of mart.daily_revenue."""
    seen = {"visitors": visitors, "new_visitors": 3, "returning_visitors": 2}
    said = {"sessions": visitors + 3, "bounce_rate": 0.125}
    money = {"gross_cents": cents + 50, "refunds_cents": 50, "net_cents": cents}
    mean = {"average_order_cents": (cents + 50) // orders}
    return [
        {"event_date": day(date), **seen, **said},
        {"event_date": day(date), **money, "orders": orders, **mean},
    ]


DAYS_OF_THE_SHOP = [
    visits("2026-03-02", 5, 2, 1000),
    visits("2026-02-23", 8, 3, 3980),
    visits("2026-02-16", 3, 1, 21),
    visits("2026-02-17", 90, 9, 99999),
]

ROWS: dict[str, list[dict[str, object]]] = {
    "clean.storefront_events": [
        line("purchase", at(2, 9), at(2, 9), quantity=2, unit_price=500, currency="EUR"),
        line(
            *("refund", at(3, 9), at(3, 10)),
            **{"ordered_on": MONDAY, "quantity": 1, "unit_price": 500, "currency": "EUR"},
        ),
        line("page_view", at(3, 8), at(4, 8)),
        # one whose sender claims to have received it days after the stream took it
        line("page_view", at(3, 8), at(9, 8), arrived_at=at(3, 8)),
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
    "mart.daily_revenue": [revenue for _, revenue in DAYS_OF_THE_SHOP],
    "mart.storefront_day": [seen for seen, _ in DAYS_OF_THE_SHOP],
    "clean.storefront_sessions": [
        session("ann", 9, True),
        session("ann", 9, False),
        session("bob", 9, False),
        session("cid", 21, False, device="desktop"),
        session("bot", 21, False, is_bot=True),
    ],
    "clean.visitor_days": [
        {"event_date": day(date), "visitor_id": name, "gross_cents": gross, "refunds_cents": back}
        for date, name, gross, back in [
            ("2026-03-02", "ann", 100, 0),
            ("2026-03-11", "ann", 7, 0),
            ("2026-03-03", "bob", 1000, 100),
        ]
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
        ("how_late_events_come", DAYS, [(MONDAY, 1, 0, 0), (TUESDAY, 3, 2, 1)]),
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
        (
            "products_paid_back",
            DAYS,
            [("BO-1", 2, 1, 1, 50.0)],
        ),
        ("sessions_by_hour", DAYS, [(9, 3, 1, 33.3, 33), (21, 1, 0, 0.0, 5)]),
        (
            "top_movers",
            {"last_day": "2026-03-09"},
            [("TO-1", 1, 0, -20.0), ("BO-1", 2, 1, -5.0)],
        ),
        (
            "value_by_cohort",
            {},
            [(MONDAY, 0, 3, 10.0, 3.33), (MONDAY, 1, 3, 10.07, 3.36)],
        ),
        (
            "visits_by_device",
            DAYS,
            [("mobile", 3, 2, 9, 2, 1, 33.3), ("desktop", 1, 1, 3, 1, 0, 0.0)],
        ),
        (
            "yesterday_against_same_weekday",
            {"day": "2026-03-02"},
            [
                ("that day", 5, 8, 2, 10.0),
                ("a week before", 8, 11, 3, 39.8),
                ("mean of four weeks", 5, 8, 2, 20.0),
            ],
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
