"""What is counted of a day; amounts are in euro cents."""

from dataclasses import dataclass


@dataclass(slots=True)
class VisitorDay:
    """What a visitor did on a day."""

    events: int = 0
    page_views: int = 0
    orders: int = 0
    gross: int = 0
    refunds: int = 0


@dataclass(slots=True)
class ShopDay:
    """What people did on a day, in all."""

    visitors: int = 0
    new: int = 0
    page_views: int = 0
    sessions: int = 0
    bounces: int = 0
    orders: int = 0
    gross: int = 0
    refunds: int = 0


@dataclass(slots=True)
class ProductDay:
    """What people did with a product on a day."""

    views: int = 0
    cart_adds: int = 0
    orders: int = 0
    units: int = 0
    gross: int = 0

    def sell(self, units: int, cents: int) -> None:
        """Count a line of an order."""
        self.orders += 1
        self.units += units
        self.gross += cents
