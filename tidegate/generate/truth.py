"""The right answers: every table and mart of the shop, worked out a visitor at a time.

Written without Spark or SQL, and from the events alone, so that it can be held against both. What
it keeps grows with days, products and campaigns, never with events: a visitor's own rows go out as
soon as the visitor is done.

Bots count in no mart; refunds are the shop's doing and belong to no visit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

from tidegate.generate.counts import ProductDay, ShopDay, VisitorDay
from tidegate.generate.sessions import STEPS, sessions, summary
from tidegate.generate.shop import DAY, SECOND, Shop
from tidegate.generate.visits import Event, Visitor

Rows = dict[str, list[str]]
"""Rows of tables, as lines of CSV."""

SESSIONS, VISITOR_DAYS = "clean.storefront_sessions", "clean.visitor_days"
DAYS, FUNNEL, RETENTION = "mart.storefront_day", "mart.purchase_funnel", "mart.weekly_retention"
REVENUE, PRODUCTS, VISITORS = "mart.daily_revenue", "mart.product_performance", "mart.visitors"

COLUMNS = {
    SESSIONS: (
        *("event_date", "visitor_id", "started_at", "ended_at", "duration_seconds", "events"),
        *("page_views", "entry_page", "exit_page", "campaign", "device", "is_bot", "is_bounce"),
        "converted",
    ),
    VISITOR_DAYS: (
        *("event_date", "visitor_id", "is_bot", "events", "page_views", "orders"),
        *("gross_cents", "refunds_cents"),
    ),
    DAYS: (
        *("event_date", "visitors", "new_visitors", "returning_visitors", "page_views"),
        *("sessions", "bounces", "bounce_rate"),
    ),
    FUNNEL: (
        *("event_date", "category", "device", "campaign"),
        *("viewed", "put_in_cart", "checked_out", "purchased"),
    ),
    RETENTION: ("cohort_week", "week", "visitors"),
    REVENUE: (
        *("event_date", "gross_cents", "refunds_cents", "net_cents", "orders"),
        "average_order_cents",
    ),
    PRODUCTS: (
        *("event_date", "sku", "category", "views", "cart_adds", "orders", "units"),
        "gross_cents",
    ),
    VISITORS: ("visitor_id", "first_seen", "last_seen", "days", "orders", "lifetime_value_cents"),
}
"""Each table's columns, in the order of its rows here."""


_Funnel = dict[str, list[int]]
"""For each category, how many visits came to a step and no further."""


def _funnel() -> _Funnel:
    return defaultdict(lambda: [0] * len(STEPS))


class Truth:
    """Adds up what visitors did."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.days = [ShopDay() for _ in range(shop.days)]
        self.products = [defaultdict[int, ProductDay](ProductDay) for _ in range(shop.days)]
        self.funnel = defaultdict[tuple[int, str, str], _Funnel](_funnel)
        self.retention = Counter[tuple[str, str]]()

    def add(self, visitor: Visitor, events: Iterable[Event]) -> Rows:
        """Count a visitor's events.

        Returns:
            The visitor's own rows: its sessions, its days and, but for a bot, itself.
        """
        in_order = sorted(events)
        own = self._days(visitor, in_order)
        seen = [day for day, counts in own.items() if counts.events]
        if not visitor.is_bot:
            self._count(own, seen)
        came = in_order
        if any(one.refunds for one in own.values()):
            came = [event for event in in_order if event[2].kind != "refund"]
        return {
            SESSIONS: [self._session(visitor, session) for session in sessions(came)],
            VISITOR_DAYS: [self._visitor_day(visitor, day, one) for day, one in own.items()],
            VISITORS: [self._visitor(visitor, own, seen)] if seen and not visitor.is_bot else [],
        }

    def _days(self, visitor: Visitor, events: Iterable[Event]) -> dict[int, VisitorDay]:
        """A visitor's days, from its events in order; what a person does to products is counted."""
        days: dict[int, VisitorDay] = {}
        before = -1
        for at, _, act, _, sale in events:
            day, product = at // DAY, act.product
            if day != before:
                before, order = day, ""
                own = days[day] = VisitorDay()
                products = self._products(visitor, day)
            if sale and product is not None:
                cents = self.shop.euro_cents(sale.price * act.quantity, sale.currency, day)
                if act.kind == "refund":
                    own.refunds += cents
                    continue
                # An order's lines come one after another.
                own.orders += sale.order != order
                order = sale.order
                own.gross += cents
                products[product].sell(act.quantity, cents)
            own.events += 1
            if act.kind == "page_view":
                own.page_views += 1
                if product is not None:
                    products[product].views += 1
            elif act.kind == "cart_add" and product is not None:
                products[product].cart_adds += act.quantity
        return days

    def _products(self, visitor: Visitor, day: int) -> dict[int, ProductDay]:
        """Where what the visitor does to products on a day is counted; for a bot, nowhere."""
        return defaultdict(ProductDay) if visitor.is_bot else self.products[day]

    def _count(self, own: dict[int, VisitorDay], seen: list[int]) -> None:
        """Add a person's days to the shop's."""
        for day, counts in own.items():
            total = self.days[day]
            total.orders += counts.orders
            total.gross += counts.gross
            total.refunds += counts.refunds
            if counts.events:
                total.visitors += 1
                total.new += day == seen[0]
                total.page_views += counts.page_views
        weeks = [self.shop.weeks[day] for day in seen]
        for week in dict.fromkeys(weeks):
            self.retention[weeks[0], week] += 1

    def _session(self, visitor: Visitor, session: list[Event]) -> str:
        """A visit's row; a person's is counted."""
        views, campaign, converted, reached = summary(session, self.shop.catalogue)
        (start, _, entry, visit, _), (end, _, leave, *_) = session[0], session[-1]
        day, device, bounce = start // DAY, visit.device.kind, len(session) == 1
        if not visitor.is_bot:
            self.days[day].sessions += 1
            self.days[day].bounces += bounce
            went = self.funnel[day, device, campaign or "direct"]
            for category, step in reached.items():
                went[category][step] += 1
        time, seconds = self.shop.time, (end - start) // SECOND
        return (
            f"{self.shop.dates[day]},{visitor.id},{time(start)},{time(end)},{seconds},"
            f"{len(session)},{views},{entry.page},{leave.page},{campaign or ''},{device},"
            f"{_TRUTH[visitor.is_bot]},{_TRUTH[bounce]},{_TRUTH[converted]}\n"
        )

    def _visitor_day(self, visitor: Visitor, day: int, one: VisitorDay) -> str:
        return (
            f"{self.shop.dates[day]},{visitor.id},{_TRUTH[visitor.is_bot]},{one.events},"
            f"{one.page_views},{one.orders},{one.gross},{one.refunds}\n"
        )

    def _visitor(self, visitor: Visitor, own: dict[int, VisitorDay], seen: list[int]) -> str:
        orders = worth = 0
        for one in own.values():
            orders += one.orders
            worth += one.gross - one.refunds
        first, last = self.shop.dates[seen[0]], self.shop.dates[seen[-1]]
        return f"{visitor.id},{first},{last},{len(seen)},{orders},{worth}\n"

    def rows(self) -> Rows:
        """The rows of the marts that are not a visitor's own, in their keys' order."""
        days = list(zip(self.shop.dates, self.days, strict=False))
        return {
            DAYS: [_day(date, one) for date, one in days if one.visitors or one.sessions],
            FUNNEL: sorted(self._funnel_rows()),
            RETENTION: [as_csv(*weeks, count) for weeks, count in sorted(self.retention.items())],
            REVENUE: [_revenue(date, one) for date, one in days if one.orders or one.refunds],
            PRODUCTS: list(self._product_rows()),
        }

    def _funnel_rows(self) -> Iterator[str]:
        for (day, device, campaign), funnel in self.funnel.items():
            for category, ended in funnel.items():
                reached = (sum(ended[step:]) for step in STEPS)
                yield as_csv(self.shop.dates[day], category, device, campaign, *reached)

    def _product_rows(self) -> Iterator[str]:
        shop = self.shop
        for date, catalogue, products in zip(
            shop.dates, shop.catalogue, self.products, strict=False
        ):
            for number, one in sorted(products.items()):
                product, counts = catalogue[number], (one.views, one.cart_adds, one.orders)
                yield as_csv(date, product.sku, product.category, *counts, one.units, one.gross)


_TRUTH = ("false", "true")


def as_csv(*values: object) -> str:
    """A line of CSV; of what is made here nothing has a comma or a quote in it."""
    return ",".join("" if value is None else str(value) for value in values) + "\n"


def _day(date: str, one: ShopDay) -> str:
    share = one.bounces / one.sessions if one.sessions else None
    people = one.visitors, one.new, one.visitors - one.new, one.page_views
    return as_csv(date, *people, one.sessions, one.bounces, share)


def _revenue(date: str, one: ShopDay) -> str:
    average = round(Fraction(one.gross, one.orders)) if one.orders else None
    net = one.gross - one.refunds
    return as_csv(date, one.gross, one.refunds, net, one.orders, average)
