"""Where a visitor's visits begin and end, and how far each went towards buying something."""

from collections.abc import Iterator, Sequence

from tidegate.generate.shop import DAY, Product
from tidegate.generate.visits import QUIET, Event

STEPS = VIEWED, IN_CART, CHECKED_OUT, BOUGHT = range(4)
"""The steps of the funnel, for a category: looked at, put in the cart, to the checkout, bought."""


def sessions(came: Sequence[Event]) -> Iterator[list[Event]]:
    """A visitor's visits, from its events in order, refunds not among them.

    A visit ends with half an hour without an event. It goes on past midnight, but for a visitor
    without such a pause from a day's first midnight to its last: that one is cut at the latter.
    """
    session: list[Event] = []
    before = midnight = 0  # the last event's time, and the midnight that ends its day
    unbroken = False  # whether that day has had no quiet half hour so far
    for event in came:
        at = event[0]
        if at - before >= QUIET or at >= midnight:
            new_day = at >= midnight
            if session and (at - before >= QUIET or unbroken):
                yield session
                session = []
            if new_day:
                midnight = at - at % DAY + DAY
            unbroken = new_day and at % DAY < QUIET
        session.append(event)
        before = at
    if session:
        yield session


def summary(
    session: Sequence[Event], catalogue: Sequence[Sequence[Product]]
) -> tuple[int, str | None, bool, dict[str, int]]:
    """What a visit comes to.

    Args:
        session: its events in order.
        catalogue: for each day each product, by its number, as it was then.

    Returns:
        How many looks at a page; the campaign of the first event that has one; whether something
        was bought; the last step that was taken for each category that was looked at.
    """
    views, campaign, converted = 0, session[0][3].campaign, False
    reached: dict[str, int] = {}
    before = session[0][3]
    for at, _, act, visit, _ in session:
        kind, product = act.kind, act.product
        if not campaign and visit is not before:
            before, campaign = visit, visit.campaign
        category = "" if product is None else catalogue[at // DAY][product].category
        if kind == "page_view":
            views += 1
            if category:
                reached.setdefault(category, VIEWED)
        elif kind == "cart_add":
            _go_on(reached, category, IN_CART)
        elif kind == "checkout":
            for one in reached:
                _go_on(reached, one, CHECKED_OUT)
        elif kind == "purchase":
            converted = True
            _go_on(reached, category, BOUGHT)
    return views, campaign, converted, reached


def _go_on(reached: dict[str, int], category: str, step: int) -> None:
    """Take a step where the one before it was taken."""
    if reached.get(category) == step - 1:
        reached[category] = step
