"""What the demo shop sells, and how full its baskets are: real figures (README.md beside this)."""

import csv
import json
from bisect import bisect
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Generic, NamedTuple, TypeVar

from cartback.domain.event import Json

CURRENCY = "GBP"
SITE = "https://shop.example"  # reserved: RFC 2606

T = TypeVar("T")


class Product(NamedTuple):
    """One product; `price` in pence, `orders` how often it was ordered in a year."""

    code: str
    name: str
    category: str
    price: int
    orders: int
    bought_with: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"{SITE}/products/{self.code.lower()}"

    def properties(self) -> dict[str, Json]:
        """The product as an event shows it."""
        return {
            "product_id": self.code,
            "name": self.name,
            "category": self.category,
            "price": self.price,
            "url": self.url,
        }


class Draw(Generic[T]):
    """A weighted choice, the same for the same generator on every machine."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = list(weights)
        self._bounds = list(accumulate(weights.values()))

    def __call__(self, random: Random) -> T:
        return self._values[bisect(self._bounds, random.random() * self._bounds[-1])]


class Catalogue(NamedTuple):
    """The products, and draws that follow their orders."""

    products: dict[str, Product]
    popular: Draw[str]
    lines: Draw[int]
    pieces: Draw[int]
    country: Draw[str]


@cache
def catalogue() -> Catalogue:
    """Read the shipped files, once."""
    folder = files("cartback.demo")
    rows = csv.DictReader((folder / "catalogue.csv").read_text("utf-8").splitlines())
    products = {row["code"]: _product(row) for row in rows}
    habits = json.loads((folder / "habits.json").read_text("utf-8"))
    return Catalogue(
        products=products,
        popular=Draw({code: product.orders for code, product in products.items()}),
        lines=Draw({int(size): count for size, count in habits["lines"].items()}),
        pieces=Draw({int(size): count for size, count in habits["pieces"].items()}),
        country=Draw(habits["countries"]),
    )


def _product(row: dict[str, str]) -> Product:
    return Product(
        code=row["code"],
        name=row["name"],
        category=row["category"],
        price=int(row["price"]),
        orders=int(row["orders"]),
        bought_with=tuple(row["bought_with"].split()),
    )
