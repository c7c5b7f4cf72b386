"""The shop: its catalogue, its currencies, and what a day's rate makes of an amount.

Here and beside, chance is drawn with ``random()`` alone and reckoned without logarithms and powers:
these are the same on every machine and in every Python.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

CATEGORIES = ("books", "garden", "games", "kitchen", "music", "outdoor", "shoes", "toys")
PRODUCTS_A_CATEGORY = 25
# A currency's minor units are worth so many euro cents, in millionths, give or take some percent.
CURRENCIES = {
    "EUR": 1_000_000,
    "USD": 921_000,
    "GBP": 1_172_000,
    "SEK": 88_000,
    "JPY": 617_000,
}
MILLION = 1_000_000
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7
AFTERWARDS = 14
"""Days after the last in which events of the last may still be received."""
# In ten thousandths: how far a currency may move in a week.
DRIFT = 120
CHANGES = 0.25
"""The share of products that change once."""

Draw = Callable[[], float]
"""Draws a number from 0 to 1, the latter excluded."""
T = TypeVar("T")


def pick(draw: Draw, among: Sequence[T]) -> T:
    """One of some things, each as likely as the others."""
    return among[int(draw() * len(among))]


@dataclass(frozen=True)
class Product:
    """What a product was from a day to a day, both days among them.

    Attributes:
        sku: the product.
        name: what people call it.
        category: where it stands in the shop.
        price: in euro cents.
        valid_from: the first day, counted from the shop's first.
        valid_to: the last day, counted likewise.
    """

    sku: str
    name: str
    category: str
    price: int
    valid_from: int
    valid_to: int


@dataclass(frozen=True)
class Rate:
    """What a currency was worth from a day to a day, both days among them.

    Attributes:
        currency: the currency, as ISO 4217 has it.
        micros: what a minor unit is worth, in millionths of a euro cent.
        valid_from: the first day, counted from the shop's first.
        valid_to: the last day, counted likewise.
    """

    currency: str
    micros: int
    valid_from: int
    valid_to: int


class Shop:
    """A shop over some days, the same for the same seed."""

    def __init__(self, start: dt.date, days: int, seed: int) -> None:
        """Stock it.

        Args:
            start: its first day.
            days: how many days it is open.
            seed: what its prices, changes and rates are drawn from.
        """
        self.days = days
        draw = random.Random(f"shop {seed}").random
        self.products = [list(_versions(draw, number, days)) for number in range(_COUNT)]
        self.rates = {
            currency: list(_weeks(draw, currency, worth, days))
            for currency, worth in CURRENCIES.items()
        }
        self.skus = [versions[0].sku for versions in self.products]
        self.catalogue = [[_as_of(day, one) for one in self.products] for day in range(days)]
        """For each day each product, by its number, as it was then."""
        self.dates = [str(start + dt.timedelta(day)) for day in range(days + AFTERWARDS)]
        monday = start.weekday()
        self.weeks = [str(start + dt.timedelta(day - (monday + day) % WEEK)) for day in range(days)]

    def time(self, at: int) -> str:
        """A time, given in milliseconds since the shop's first midnight, as RFC 3339 has it."""
        day, rest = divmod(at, DAY)
        minute, rest = divmod(rest, MINUTE)
        second, thousandth = divmod(rest, SECOND)
        return f"{self.dates[day]}{_MINUTES[minute]}{_SECONDS[second]}{_THOUSANDTHS[thousandth]}"

    def price(self, product: int, currency: str, day: int) -> int:
        """What one costs on a day, in a currency's minor units."""
        cents = self.catalogue[day][product].price
        return max(1, cents * MILLION // CURRENCIES[currency])

    def euro_cents(self, amount: int, currency: str, day: int) -> int:
        """An amount in a currency's minor units, in euro cents, rounded half to even."""
        micros = self.rates[currency][day // WEEK].micros
        cents, rest = divmod(amount * micros, MILLION)
        half = MILLION // 2
        return cents + (rest > half or (rest == half and cents % 2))


# Small enough to stay near the processor: a table of all seconds of a day is slower.
_MINUTES = [f"T{n // 60:02}:{n % 60:02}:" for n in range(DAY // MINUTE)]
_SECONDS = [f"{n:02}" for n in range(MINUTE // SECOND)]
_THOUSANDTHS = [f".{n:03}Z" for n in range(SECOND)]
_COUNT = len(CATEGORIES) * PRODUCTS_A_CATEGORY


def _versions(draw: Draw, number: int, days: int) -> Iterator[Product]:
    """A product; one in four moves to another category, or changes its price, on some day."""
    category = CATEGORIES[number % len(CATEGORIES)]
    sku, name = f"{category[:2].upper()}-{number:04}", f"{category} no. {number}"
    price = 199 + int(draw() * 19_800)
    changes = draw() < CHANGES and days > 1
    until = 1 + int(draw() * (days - 1)) if changes else days
    yield Product(sku, name, category, price, 0, until - 1)
    if changes:
        moved = pick(draw, CATEGORIES)
        yield Product(sku, name, moved, max(99, price * 9 // 10), until, days - 1)


def _as_of(day: int, versions: Sequence[Product]) -> Product:
    return versions[-1] if day >= versions[-1].valid_from else versions[0]


def _weeks(draw: Draw, currency: str, worth: int, days: int) -> Iterator[Rate]:
    for first in range(0, days, WEEK):
        yield Rate(currency, worth, first, min(first + WEEK, days) - 1)
        if currency != "EUR":
            worth = worth * (10_000 - DRIFT + int(draw() * 2 * DRIFT)) // 10_000
