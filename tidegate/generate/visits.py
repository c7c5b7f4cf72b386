"""Who comes to the shop, and what they do there: a visitor's events, in truth and in time.

Nothing here goes wrong: what becomes of an event on its way to the stream is ``sending``'s.
Times are milliseconds since the shop's first midnight, UTC.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from tidegate.generate.acts import Act, Acts, Sale
from tidegate.generate.shop import CURRENCIES, DAY, HOUR, MINUTE, SECOND, Draw, Shop, pick

QUIET = 30 * MINUTE
"""So long without an event ends a visit."""

DEVICES = ("mobile", "mobile", "mobile", "desktop", "desktop", "tablet")
DEVICES_EACH = (1, 1, 1, 2, 2, 3)
CAMPAIGNS = ("spring", "newsletter", "search-ads", "influencer", "winter-sale")
APPS = ("5.4.1", "5.4.0", "5.3.2", "5.2.0")
OLD_APP = "3.9.7"
"""An app that names things otherwise than those after it."""
OLD = 0.04
"""The share of devices that have it."""

BOTS = 0.005
"""The share of visitors that are bots."""
BOT_PAUSE = 20 * MINUTE
BOT_DAYS = 5

# Shares of visitors, of visits, and below them of visits that come after another.
SIGN_UP = 0.3
BY_CAMPAIGN = 0.35
RETURN = 0.62
AT_ONCE = 0.05
BETWEEN_VISITS = 6 * DAY

# Of a hundred things done, so many end with something put in the cart, or taken out of it.
INTO_CART, OUT_OF_CART = 14, 2
LAST = 0.12
"""The share of things done that are a visit's last."""
LONGEST_VISIT = 60
EDGY = 0.004
"""The share of pauses that are about as long as a visit may be quiet."""
# A pause that is just too short to end a visit, one that ends it, and one a little longer.
EDGES = (QUIET - 1, QUIET, QUIET + 1)

# Of visits with something in the cart; of checkouts; of an order's lines.
CHECK_OUT = 0.6
PAY = 0.75
REFUNDED = 0.08

FIRST_NUMBER = 1_000
"""A visitor's events are counted from here on, so that they sort as text as they do as numbers."""


class Device(NamedTuple):
    """What a visitor comes with."""

    id: str
    kind: str
    app: str
    agent: str


class Visit(NamedTuple):
    """What the events of one visit share."""

    device: Device
    ip: str
    campaign: str | None


Event: TypeAlias = tuple[int, int, Act, Visit, Sale | None]
"""One event of a visitor, often made and so a plain tuple:

- when it happened, as its device's clock says;
- its number, which counts the visitor's events;
- what was done;
- what it shares with others;
- for an order's line, or for what is paid back of it, the sale.
"""


class Visitor(NamedTuple):
    """Somebody, or a bot, and all of its events, in the order in which they came about."""

    id: str
    is_bot: bool
    events: list[Event]


def visitor(shop: Shop, acts: Acts, draw: Draw, number: int) -> Visitor:
    """A visitor of the shop, the same where the same is drawn."""
    name = f"v{number:07}"
    if draw() < BOTS:
        return Visitor(name, True, list(_crawled(shop, acts, draw, number)))
    devices = [_device(draw, number, nth) for nth in range(pick(draw, DEVICES_EACH))]
    life = _Life(shop, acts, draw, number)
    end, at = shop.days * DAY, int(draw() * shop.days * DAY)
    while at < end:
        campaign = pick(draw, CAMPAIGNS) if draw() < BY_CAMPAIGN else None
        address = f"203.0.{number % 114}.{int(draw() * 256)}"
        at = life.visit(at, Visit(pick(draw, devices), address, campaign))
        if draw() >= RETURN:
            break
        # A product of two draws is a quarter on average.
        later = int(draw() * draw() * 4 * BETWEEN_VISITS)
        at += pick(draw, EDGES) if draw() < AT_ONCE else later
    return Visitor(name, False, [event for event in life.events if event[0] < end])


def _device(draw: Draw, number: int, nth: int) -> Device:
    kind = pick(draw, DEVICES)
    app = OLD_APP if draw() < OLD else pick(draw, APPS)
    return Device(f"d{number:07}-{nth}", kind, app, f"Shop/{app} ({kind})")


def _crawled(shop: Shop, acts: Acts, draw: Draw, number: int) -> Iterator[Event]:
    """A bot looks at a page every twenty minutes for days."""
    device = Device(f"d{number:07}-0", "bot", APPS[0], "crawler/1.0 (+bot)")
    visit = Visit(device, f"198.51.100.{number % 256}", None)
    first = int(draw() * shop.days * DAY)
    last = min(first + BOT_DAYS * DAY, shop.days * DAY)
    for nth, at in enumerate(range(first, last, BOT_PAUSE), FIRST_NUMBER):
        yield at, nth, pick(draw, acts.views), visit, None


class _Life:
    """A visitor's events so far, and what comes next."""

    def __init__(self, shop: Shop, acts: Acts, draw: Draw, number: int) -> None:
        self.shop = shop
        self.acts = acts
        self.draw = draw
        self.number = number
        self.currency = pick(draw, tuple(CURRENCIES))
        self.events: list[Event] = []
        self.orders = 0
        self.signs_up = draw() < SIGN_UP

    def visit(self, at: int, visit: Visit) -> int:
        """Add a visit's events, and its orders' refunds; returns the time of its last event."""
        draw, acts, events = self.draw, self.acts, self.events
        cart: dict[int, int] = {}
        for _ in range(LONGEST_VISIT):
            what = int(draw() * 100)
            if what < len(acts.elsewhere):
                act = acts.elsewhere[what]
            else:
                # Some products are looked at far more often than others.
                act = acts.views[int(draw() * draw() * len(acts.views))]
            events.append((at, FIRST_NUMBER + len(events), act, visit, None))
            if what >= 100 - INTO_CART - OUT_OF_CART:
                at = self._fill(cart, act.product, at, visit, puts=what >= 100 - INTO_CART)
            drawn = draw()
            if drawn < LAST:
                break
            # Mostly some seconds.
            usual = 2 * SECOND + int(drawn * drawn * drawn * 4 * MINUTE)
            at += usual if drawn >= LAST + EDGY else pick(draw, EDGES)
        return self._pay(self._sign_up(at, visit), visit, cart)

    def _fill(
        self, cart: dict[int, int], product: int | None, at: int, visit: Visit, puts: bool
    ) -> int:
        """Put a product in the cart, or take another out of it."""
        at += 5 * SECOND
        if puts and product is not None:
            at += int(self.draw() * MINUTE)
            cart[product] = cart.get(product, 0) + 1
            self._add(at, self.acts.cart_adds[product], visit)
        elif cart:
            gone = next(iter(cart))
            self._add(at, self.acts.of_product("cart_remove", gone, cart.pop(gone)), visit)
        return at

    def _sign_up(self, at: int, visit: Visit) -> int:
        """Give an address, once."""
        if not self.signs_up or self.draw() >= 0.4:
            return at
        self.signs_up = False
        at += 20 * SECOND
        self._add(at, self.acts.sign_up(f"person{self.number}@example.com"), visit)
        return at

    def _pay(self, at: int, visit: Visit, cart: dict[int, int]) -> int:
        draw = self.draw
        if not cart or draw() >= CHECK_OUT:
            return at
        at += 10 * SECOND + int(draw() * MINUTE)
        self._add(at, self.acts.checkout, visit)
        if draw() >= PAY:
            return at
        at += 30 * SECOND + int(draw() * 3 * MINUTE)
        day = at // DAY
        if day < self.shop.days:
            self.orders += 1
            for product, quantity in cart.items():
                self._buy(product, quantity, at, day, visit)
        return at

    def _buy(self, product: int, quantity: int, at: int, day: int, visit: Visit) -> None:
        """A line of an order, and at times its refund."""
        price = self.shop.price(product, self.currency, day)
        sale = Sale(f"o{self.number:07}-{self.orders}", price, self.currency)
        self._add(at, self.acts.of_product("purchase", product, quantity), visit, sale)
        if self.draw() < REFUNDED:
            back = at + HOUR + int(self.draw() * 20 * DAY)
            refund = sale._replace(ordered_on=self.shop.dates[day])
            self._add(back, self.acts.of_product("refund", product, quantity), visit, refund)

    def _add(self, at: int, act: Act, visit: Visit, sale: Sale | None = None) -> None:
        self.events.append((at, FIRST_NUMBER + len(self.events), act, visit, sale))
