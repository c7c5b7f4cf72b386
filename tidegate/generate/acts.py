"""What can be done in the shop, each made once and with its part of a line, as it is often done."""

from dataclasses import dataclass
from typing import NamedTuple

from tidegate.generate.shop import Shop

# Of a hundred things done, so many are looks at pages, and so many are searches.
LOOKS, SEARCHES = 30, 8
PAGES = ("/", "/new", "/sale", "/help", "/about", "/delivery", "/account")
WORDS = ("blue shoes", "tent", "chess", "gift", "coffee", "garden hose", "naïve vinyl", "日本 toy")
BYTES = "latin-1"
"""In what is said a character stands for a byte of UTF-8: such texts are handled far faster."""
# Where something is done with a product.
PLACES = {
    "page_view": "/product",
    "cart_add": "/product",
    "cart_remove": "/cart",
    "purchase": "/thanks",
    "refund": "/back",
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be done in the shop.

    Attributes:
        kind: page_view, search, cart_add, cart_remove, checkout, purchase, refund or sign_up.
        page: the page it is done on.
        said: what a line says of it, as fields of JSON, a character a byte.
        product: the product's number, where there is one.
        quantity: how many of it, for what is put in a cart, taken out, bought or paid back.
    """

    kind: str
    page: str
    said: str
    product: int | None = None
    quantity: int = 0


class Sale(NamedTuple):
    """A line of an order, or what is paid back of it.

    Attributes:
        order: the order.
        price: of one, in the currency's minor units.
        currency: as ISO 4217 has it.
        ordered_on: for a refund, the order's day.
    """

    order: str
    price: int
    currency: str
    ordered_on: str | None = None

    @property
    def said(self) -> str:
        """What a line says of it, as fields of JSON with a comma before them."""
        said = f',"order_id":"{self.order}","unit_price":{self.price},"currency":"{self.currency}"'
        return f'{said},"ordered_on":"{self.ordered_on}"' if self.ordered_on else said


class Acts:
    """All that can be done in a shop."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        products = range(len(shop.skus))
        looks = [_on("page_view", PAGES[nth % len(PAGES)]) for nth in range(LOOKS)]
        searches = [_on("search", "/search", query=WORDS[nth]) for nth in range(SEARCHES)]
        self.elsewhere = looks + searches
        self.views = [self.of_product("page_view", product) for product in products]
        self.cart_adds = [self.of_product("cart_add", product, 1) for product in products]
        self.checkout = _on("checkout", "/checkout")

    def of_product(self, kind: str, product: int, quantity: int = 0) -> Act:
        """What is done with a product, or with so many of it."""
        page = PLACES[kind]
        said = f'"page":"{page}","sku":"{self.shop.skus[product]}"'
        said += f',"quantity":{quantity}' if quantity else ""
        return Act(kind, page, said, product, quantity)

    def sign_up(self, email: str) -> Act:
        """What somebody with such an address does once."""
        return _on("sign_up", "/account", email=email)


def _on(kind: str, page: str, **more: str) -> Act:
    """What is done on a page, and what is said of it."""
    fields = {"page": page, **more}
    said = ",".join(f'"{name}":"{value}"' for name, value in fields.items())
    return Act(kind, page, said.encode().decode(BYTES))
