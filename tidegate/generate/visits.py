"""Who comes to the shop, and what they do there: a visitor's events, in truth and in time.

Nothing here goes wrong: what becomes of an event on its way to the stream is ``sending``'s.
Times are milliseconds since the shop's first midnight, UTC.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tidegate.generate.shop import CURRENCIES, DAY, HOUR, MILLION, MINUTE, SECOND, Shop

QUIET = 30 * MINUTE
"""So long without an event ends a visit."""

DEVICES = ("mobile", "mobile", "mobile", "desktop", "desktop", "tablet")
CAMPAIGNS = ("spring", "newsletter", "search-ads", "influencer", "winter-sale")
PAGES = ("/", "/new", "/sale", "/help", "/about", "/delivery", "/account")
WORDS = ("blue shoes", "tent", "chess", "gift", "coffee", "garden hose", "naïve vinyl", "日本 toy")
APPS = ("5.4.1", "5.4.0", "5.3.2", "5.2.0")
OLD_APP = "3.9.7"

BOTS = 0.002
"""The share of visitors that are bots."""
BOT_PAUSE = 20 * MINUTE
BOT_DAYS = 5
OLD = 0.04
"""The share of devices with an old version of the app, which names things otherwise."""
RETURNS = 0.62
BETWEEN_VISITS = 6 * DAY
REFUNDED = 0.08
# A pause that is just too short to end a visit, one that ends it, and one a little longer.
EDGES = (QUIET - 1, QUIET, QUIET + 1)
LONGEST_VISIT = 60


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
    email: str | None


class Event(NamedTuple):
    """One event of a visitor.

    Attributes:
        at: when it happened, as its device's clock says.
        number: counts the visitor's events.
        kind: page_view, search, cart_add, cart_remove, checkout, purchase, refund or sign_up.
        visit: what it shares with others.
        page: the page it happened on; for a search, what was searched.
        product: the product's number, where there is one.
        order: the order, for a purchase (a line of it) and a refund.
        quantity: how many, for what is put in a cart, bought or refunded.
        price: of one, in the currency's minor units, for a purchase and a refund.
        ordered: the order's day, for a refund.
    """

    at: int
    number: int
    kind: str
    visit: Visit
    page: str
    product: int | None = None
    order: str | None = None
    quantity: int = 0
    price: int = 0
    ordered: int = 0


@dataclass(frozen=True)
class Visitor:
    """Somebody, or a bot, and all of its events, in the order in which it made them."""

    id: str
    is_bot: bool
    currency: str
    events: list[Event]


def visitor(shop: Shop, seed: int, number: int) -> Visitor:
    """A visitor of the shop, the same for the same seed and number."""
    chance = random.Random(seed << 32 | number)
    name = f"v{number:07}"
    if chance.random() < BOTS:
        return Visitor(name, True, "EUR", list(_crawled(shop, chance, number)))
    currency = chance.choice(tuple(CURRENCIES))
    devices = [_device(chance, number, n) for n in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    life = _Life(shop, chance, number, currency)
    end, at = shop.days * DAY, int(chance.random() * shop.days * DAY)
    while at < end:
        campaign = chance.choice(CAMPAIGNS) if chance.random() < 0.35 else None
        at = life.visit(at, Visit(chance.choice(devices), life.address(), campaign, life.email()))
        if chance.random() > RETURNS:
            break
        at += (
            chance.choice(EDGES)
            if chance.random() < 0.05
            else int(chance.expovariate(1 / BETWEEN_VISITS))
        )
    return Visitor(name, False, currency, [one for one in life.events if one.at < end])


def _device(chance: random.Random, number: int, nth: int) -> Device:
    kind = chance.choice(DEVICES)
    app = OLD_APP if chance.random() < OLD else chance.choice(APPS)
    return Device(f"d{number:07}-{nth}", kind, app, f"Shop/{app} ({kind})")


def _crawled(shop: Shop, chance: random.Random, number: int) -> Iterator[Event]:
    """A bot looks at a page every twenty minutes for days."""
    device = Device(f"d{number:07}-0", "bot", APPS[0], "crawler/1.0 (+bot)")
    visit = Visit(device, f"198.51.100.{number % 256}", None, None)
    first = int(chance.random() * shop.days * DAY)
    last = min(first + BOT_DAYS * DAY, shop.days * DAY)
    for nth, at in enumerate(range(first, last, BOT_PAUSE)):
        product = chance.randrange(len(shop.products))
        yield Event(at, nth, "page_view", visit, "/product", product)


class _Life:
    """A visitor's events so far, and what comes next."""

    def __init__(self, shop: Shop, chance: random.Random, number: int, currency: str) -> None:
        self.shop = shop
        self.chance = chance
        self.number = number
        self.currency = currency
        self.events: list[Event] = []
        self.orders = 0
        self.signs_up = chance.random() < 0.3

    def address(self) -> str:
        return f"203.0.{self.number % 114}.{self.chance.randrange(256)}"

    def email(self) -> str | None:
        """The address that the visitor signs up with in this visit, once."""
        signs_up, self.signs_up = self.signs_up and self.chance.random() < 0.4, self.signs_up
        if not signs_up:
            return None
        self.signs_up = False
        return f"person{self.number}@example.com"

    def visit(self, at: int, visit: Visit) -> int:
        """Add a visit's events, and its orders' refunds; returns the time of its last event."""
        draw, add = self.chance.random, self._add
        products = len(self.shop.products)
        cart: dict[int, int] = {}
        for nth in range(min(1 + int(self.chance.expovariate(0.16)), LONGEST_VISIT)):
            if nth:
                at += self._pause()
            what = draw()
            if what < 0.3:
                add(at, "page_view", visit, PAGES[int(draw() * len(PAGES))])
                continue
            if what < 0.38:
                add(at, "search", visit, WORDS[int(draw() * len(WORDS))])
                continue
            # Some products are looked at far more often than others.
            product = int(draw() ** 3 * products)
            add(at, "page_view", visit, "/product", product)
            if what > 0.86:
                at += 5 * SECOND + int(draw() * MINUTE)
                cart[product] = cart.get(product, 0) + 1
                add(at, "cart_add", visit, "/product", product, quantity=1)
            elif what > 0.84 and cart:
                at += 5 * SECOND
                gone = next(iter(cart))
                add(at, "cart_remove", visit, "/cart", gone, quantity=cart.pop(gone))
        if visit.email:
            at += 20 * SECOND
            add(at, "sign_up", visit, "/account")
        return self._pay(at, visit, cart)

    def _pay(self, at: int, visit: Visit, cart: dict[int, int]) -> int:
        draw = self.chance.random
        if not cart or draw() < 0.4:
            return at
        at += 10 * SECOND + int(draw() * MINUTE)
        self._add(at, "checkout", visit, "/checkout")
        if draw() < 0.25:
            return at
        at += 30 * SECOND + int(draw() * 3 * MINUTE)
        self.orders += 1
        order, day = f"o{self.number:07}-{self.orders}", at // DAY
        for product, quantity in cart.items() if day < self.shop.days else ():
            at += 1
            price = self._price(product, day)
            self._add(at, "purchase", visit, "/thanks", product, order, quantity, price)
            if draw() < REFUNDED:
                back = at + HOUR + int(draw() * 20 * DAY)
                self._add(back, "refund", visit, "/back", product, order, quantity, price, day)
        return at

    def _price(self, product: int, day: int) -> int:
        """What one costs, in the minor units of the visitor's currency."""
        cents = self.shop.product(product, day).price
        return max(1, cents * MILLION // CURRENCIES[self.currency])

    def _pause(self) -> int:
        """Mostly some seconds, seldom about as long as a visit may be quiet."""
        drawn = self.chance.random()
        if drawn < 0.004:
            return self.chance.choice(EDGES)
        return 2 * SECOND + int(drawn * drawn * drawn * 4 * MINUTE)

    def _add(
        self,
        at: int,
        kind: str,
        visit: Visit,
        page: str,
        product: int | None = None,
        order: str | None = None,
        quantity: int = 0,
        price: int = 0,
        ordered: int = 0,
    ) -> None:
        number = len(self.events)
        self.events.append(
            Event(at, number, kind, visit, page, product, order, quantity, price, ordered)
        )
