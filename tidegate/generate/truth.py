"""The right answers: every table and mart of the shop, worked out a visitor at a time.

Written without Spark or SQL, and from the events alone, so that it can be held against both. What
it keeps grows with days, products and campaigns, never with events: a visitor's own rows go out as
soon as the visitor is done.

The terms, as ``contracts/`` has them: a visit ends after half an hour without an event; a visitor
without such a half hour in a whole day is cut at the midnight that ends it. Bots count in no mart;
refunds are the shop's doing and belong to no visit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from tidegate.generate.shop import DAY, SECOND, Shop
from tidegate.generate.visits import QUIET, Event, Visitor

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]

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

STEPS = {"page_view": 0, "cart_add": 1, "checkout": 2, "purchase": 3}


class Truth:
    """Adds up what visitors did."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.days = [Counter[str]() for _ in shop.dates]
        self.revenue = [Counter[str]() for _ in shop.dates]
        self.products: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        self.funnel: dict[tuple[int, str, str, str], list[int]] = defaultdict(lambda: [0] * 4)
        self.retention = Counter[tuple[str, str]]()

    def add(self, visitor: Visitor, events: Sequence[Event]) -> Rows:
        """Count a visitor's events.

        Returns:
            The visitor's own rows: its sessions, its days and, but for a bot, itself.
        """
        rows: Rows = {SESSIONS: [], VISITOR_DAYS: [], VISITORS: []}
        came = sorted(
            (event for event in events if event.kind != "refund"),
            key=lambda event: (event.at, str(event.number)),
        )
        for session in sessions(came):
            rows[SESSIONS].append(self._session(visitor, session))
        own = self._days(visitor, events)
        seen = sorted(day for day, counts in own.items() if counts["events"])
        for day, counts in sorted(own.items()):
            rows[VISITOR_DAYS].append(
                (
                    *(self.shop.dates[day], visitor.id, visitor.is_bot),
                    *(counts[name] for name in COLUMNS[VISITOR_DAYS][3:]),
                )
            )
        if seen and not visitor.is_bot:
            rows[VISITORS].append(self._visitor(visitor, seen, own))
        return rows

    def _session(self, visitor: Visitor, session: Sequence[Event]) -> Row:
        first, last = session[0], session[-1]
        day, dates = first.at // DAY, self.shop.dates
        views = sum(event.kind == "page_view" for event in session)
        campaign = next((one.visit.campaign for one in session if one.visit.campaign), None)
        device, bounce = first.visit.device.kind, len(session) == 1
        if not visitor.is_bot:
            self.days[day]["sessions"] += 1
            self.days[day]["bounces"] += bounce
            self._steps(session, day, device, campaign or "direct")
        return (
            *(dates[day], visitor.id, self.shop.time(first.at), self.shop.time(last.at)),
            (last.at - first.at) // SECOND,
            *(len(session), views, _page(first), _page(last), campaign, device, visitor.is_bot),
            *(bounce, any(event.kind == "purchase" for event in session)),
        )

    def _steps(self, session: Sequence[Event], day: int, device: str, campaign: str) -> None:
        """How far each category got in a session: seen, then in the cart, then on to the end."""
        reached: dict[str, int] = {}
        for event in session:
            step = STEPS.get(event.kind)
            if step == 2:
                for category, so_far in reached.items():
                    if so_far == 1:
                        reached[category] = 2
            elif step is not None and event.product is not None:
                category = self.shop.product(event.product, event.at // DAY).category
                if reached.get(category, -1) == step - 1:
                    reached[category] = step
        for category, so_far in reached.items():
            counts = self.funnel[day, category, device, campaign]
            for step in range(so_far + 1):
                counts[step] += 1

    def _days(self, visitor: Visitor, events: Sequence[Event]) -> dict[int, Counter[str]]:
        """A visitor's days, added to the shop's."""
        shop, own = self.shop, dict[int, Counter[str]]()
        ordered = set[tuple[int, str]]()
        sold = set[tuple[int, str, int]]()
        for event in events:
            kind, product, day = event.kind, event.product, event.at // DAY
            if day not in own:
                own[day] = Counter()
            counts = own[day]
            if kind == "refund":
                cents = shop.euro_cents(event.price * event.quantity, visitor.currency, day)
                counts["refunds_cents"] += cents
                continue
            counts["events"] += 1
            if kind == "page_view":
                counts["page_views"] += 1
                if product is not None and not visitor.is_bot:
                    self.products[day, product]["views"] += 1
            elif kind == "cart_add" and product is not None:
                self.products[day, product]["cart_adds"] += event.quantity
            elif kind == "purchase" and product is not None and event.order:
                cents = shop.euro_cents(event.price * event.quantity, visitor.currency, day)
                counts["gross_cents"] += cents
                counts["orders"] += (day, event.order) not in ordered
                ordered.add((day, event.order))
                of_product = self.products[day, product]
                of_product["orders"] += (day, event.order, product) not in sold
                sold.add((day, event.order, product))
                of_product["units"] += event.quantity
                of_product["gross_cents"] += cents
        if not visitor.is_bot:
            self._count(own)
        return own

    def _count(self, own: dict[int, Counter[str]]) -> None:
        seen = [day for day, counts in own.items() if counts["events"]]
        first = min(seen, default=0)
        for day, counts in own.items():
            for name in ("orders", "gross_cents", "refunds_cents"):
                self.revenue[day][name] += counts[name]
            if counts["events"]:
                self.days[day]["visitors"] += 1
                self.days[day]["new_visitors"] += day == first
                self.days[day]["page_views"] += counts["page_views"]
        for week in {self.shop.weeks[day] for day in seen}:
            self.retention[self.shop.weeks[first], week] += 1

    def _visitor(self, visitor: Visitor, seen: list[int], own: dict[int, Counter[str]]) -> Row:
        gross, refunds, orders = (
            sum(counts[name] for counts in own.values())
            for name in ("gross_cents", "refunds_cents", "orders")
        )
        first, last = self.shop.dates[seen[0]], self.shop.dates[seen[-1]]
        return visitor.id, first, last, len(seen), orders, gross - refunds

    def rows(self) -> Rows:
        """The rows of the marts that are not a visitor's own, in their keys' order."""
        dates = self.shop.dates
        return {
            DAYS: [_day(dates[day], one) for day, one in enumerate(self.days) if one],
            FUNNEL: [
                (dates[day], *key, *counts) for (day, *key), counts in sorted(self.funnel.items())
            ],
            RETENTION: [(*weeks, count) for weeks, count in sorted(self.retention.items())],
            REVENUE: [_revenue(dates[day], one) for day, one in enumerate(self.revenue) if one],
            PRODUCTS: [
                (
                    *(dates[day], self.shop.skus[product]),
                    self.shop.product(product, day).category,
                    *(counts[name] for name in COLUMNS[PRODUCTS][3:]),
                )
                for (day, product), counts in sorted(self.products.items())
            ],
        }


def sessions(came: Sequence[Event]) -> Iterator[list[Event]]:
    """A visitor's visits, from its events in order, refunds not among them."""
    session: list[Event] = []
    unbroken = False  # whether the last event's day has had no quiet half hour so far
    for event in came:
        day, since_midnight = divmod(event.at, DAY)
        pause = event.at - session[-1].at if session else QUIET
        new_day = not session or day != session[-1].at // DAY
        if session and (pause >= QUIET or (new_day and unbroken)):
            yield session
            session = []
        if new_day:
            unbroken = since_midnight < QUIET
        elif pause >= QUIET:
            unbroken = False
        session.append(event)
    if session:
        yield session


def _page(event: Event) -> str:
    return "/search" if event.kind == "search" else event.page


def _day(date: str, counts: Counter[str]) -> Row:
    visitors, new, sessions_ = counts["visitors"], counts["new_visitors"], counts["sessions"]
    share = counts["bounces"] / sessions_ if sessions_ else None
    sessions_and_share = sessions_, counts["bounces"], share
    return date, visitors, new, visitors - new, counts["page_views"], *sessions_and_share


def _revenue(date: str, counts: Counter[str]) -> Row:
    gross, refunds, orders = counts["gross_cents"], counts["refunds_cents"], counts["orders"]
    average = round(Fraction(gross, orders)) if orders else None
    return date, gross, refunds, gross - refunds, orders, average
