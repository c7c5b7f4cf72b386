"""The shop: its catalogue, its currencies, and what a day's rate makes of an amount."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

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
        self.start = start
        self.days = days
        chance = random.Random(f"shop {seed}")
        self.products = [list(_versions(chance, number, days)) for number in range(_COUNT)]
        self.rates = {
            currency: list(_weeks(chance, currency, worth, days))
            for currency, worth in CURRENCIES.items()
        }
        self.skus = [versions[0].sku for versions in self.products]
        self.dates = [str(start + dt.timedelta(day)) for day in range(days)]
        self.calendar = [str(start + dt.timedelta(day)) for day in range(days + AFTERWARDS)]
        monday = start.weekday()
        self.weeks = [str(start + dt.timedelta(day - (monday + day) % WEEK)) for day in range(days)]

    def product(self, number: int, day: int) -> Product:
        """A product as it was on a day."""
        versions = self.products[number]
        return versions[-1] if day >= versions[-1].valid_from else versions[0]

    def time(self, at: int) -> str:
        """A time, given in milliseconds since the shop's first midnight, as RFC 3339 has it."""
        day, rest = divmod(at, DAY)
        second, thousandths = divmod(rest, SECOND)
        return f"{self.calendar[day]}{_SECONDS[second]}.{thousandths:03}Z"

    def euro_cents(self, amount: int, currency: str, day: int) -> int:
        """An amount in a currency's minor units, in euro cents, rounded half to even."""
        micros = self.rates[currency][day // WEEK].micros
        cents, rest = divmod(amount * micros, MILLION)
        half = MILLION // 2
        return cents + (rest > half or (rest == half and cents % 2))


_SECONDS = [f"T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}" for n in range(DAY // SECOND)]
_COUNT = len(CATEGORIES) * PRODUCTS_A_CATEGORY


def _versions(chance: random.Random, number: int, days: int) -> Iterator[Product]:
    """A product; one in four moves to another category, or changes its price, on some day."""
    category = CATEGORIES[number % len(CATEGORIES)]
    sku, name = f"{category[:2].upper()}-{number:04}", f"{category} no. {number}"
    price = chance.randrange(199, 19_999)
    changes = days > 1 and chance.random() < 0.25
    until = chance.randrange(1, days) if changes else days
    yield Product(sku, name, category, price, 0, until - 1)
    if changes:
        moved = chance.choice(CATEGORIES)
        yield Product(sku, name, moved, max(99, price * 9 // 10), until, days - 1)


def _weeks(chance: random.Random, currency: str, worth: int, days: int) -> Iterator[Rate]:
    for first in range(0, days, WEEK):
        yield Rate(currency, worth, first, min(first + WEEK, days) - 1)
        if currency != "EUR":
            worth = worth * (10_000 + chance.randrange(-DRIFT, DRIFT)) // 10_000
