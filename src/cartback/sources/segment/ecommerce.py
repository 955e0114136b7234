"""Segment's e-commerce names and properties to ours: the map is these tables.

Names and properties: https://segment.com/docs/connections/spec/ecommerce/v2/. A name that is not
in METRICS is a metric of its own and keeps its properties as they came. Segment's amounts are in
major units (19.99); ours are in minor units (1999).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Json, Metric
from cartback.domain.money import DECIMALS, exponent_of
from cartback.engine.intake import Dropped
from cartback.sources.money import BadMoney, minor_units


class Row(NamedTuple):
    """How one of Segment's metrics reads in ours.

    `first_of` gives a property of ours the first of these of theirs that is there. `products` is
    our name for their products. With `only_with` it is a metric of its own where that is missing;
    with `unless` it is in our own properties where that is there.
    """

    metric: Metric
    first_of: Mapping[str, tuple[str, ...]] = {}
    products: str = "lines"
    only_with: str = ""
    unless: str = ""


_CART_VALUE: Final = {"value": ("value", "total", "revenue")}
_ORDER_VALUE: Final = {"value": ("total", "revenue", "value")}
_COUPON: Final = {"coupon": ("coupon", "coupon_code", "coupon_id", "coupon_name")}

METRICS: Final[Mapping[str, Row]] = {
    "Products Searched": Row(Metric.SEARCHED),
    "Product List Viewed": Row(
        Metric.VIEWED_CATEGORY, {"category": ("category", "list_id")}, products="products"
    ),
    "Product Viewed": Row(Metric.VIEWED_PRODUCT),
    "Product Added": Row(Metric.ADDED_TO_CART),
    "Wishlist Product Added to Cart": Row(Metric.ADDED_TO_CART),
    "Product Removed": Row(Metric.REMOVED_FROM_CART),
    "Cart Viewed": Row(Metric.CART_UPDATED, _CART_VALUE, only_with="products"),
    "Checkout Started": Row(Metric.CHECKOUT_STARTED, _CART_VALUE, unless="lines"),
    "Checkout Step Completed": Row(Metric.CHECKOUT_STEP_COMPLETED),
    "Order Completed": Row(Metric.PLACED_ORDER, _ORDER_VALUE),
    "Order Refunded": Row(Metric.REFUNDED_ORDER, _ORDER_VALUE),
    "Order Cancelled": Row(Metric.CANCELLED_ORDER, _ORDER_VALUE),
    "Coupon Applied": Row(Metric.COUPON_USED, _COUPON),
}

RENAMED: Final = {"variant": "variant_id", "image": "image_url"}
"""Their name to ours, in an event and in each of its products."""

TEXTS: Final = tuple(
    """
    product_id variant_id sku name brand category image_url url
    cart_id checkout_id order_id coupon query
    """.split()
)
"""Properties that are text here; senders write many of them as numbers."""

AMOUNTS: Final = ("price", "value")
"""Amounts that must be readable."""

SIDE_AMOUNTS: Final = ("total", "subtotal", "revenue", "shipping", "tax", "discount")
"""Amounts that stay as they came where they are not numbers ("free", "10 %")."""


_PRICED: Final = frozenset({*AMOUNTS, *SIDE_AMOUNTS, "products", "lines"})


class _Wrong(Exception):
    """A property of a type that cannot be taken; its path and what is wrong with it."""


def translate(
    name: str, properties: dict[str, Json], currency: str | None
) -> tuple[str, dict[str, Json]] | Dropped:
    """Segment's metric and properties as ours. `currency` is the shop's, for events without one."""
    row = METRICS.get(name)
    if row is None or (row.only_with and not properties.get(row.only_with)):
        return name, properties
    if row.unless and row.unless in properties:
        return name, properties
    try:
        return row.metric, _ours(properties, row, currency)
    except _Wrong as wrong:
        return Dropped(DropReason.WRONG_TYPE, f"{name}: {wrong}")


def _ours(theirs: dict[str, Json], row: Row, currency: str | None) -> dict[str, Json]:
    spoken = theirs.get("currency") or currency
    exponent = DECIMALS
    if isinstance(spoken, str):
        spoken, exponent = _currency(spoken)
    ours = _properties(theirs, exponent, "$")
    for name, candidates in row.first_of.items():
        found = next((one for one in candidates if theirs.get(one) is not None), None)
        if found is not None:
            amount = name in AMOUNTS
            ours[name] = _amount(theirs[found], exponent, f"$.{found}") if amount else ours[found]
    if spoken is not None and ("currency" in ours or not _PRICED.isdisjoint(ours)):
        ours["currency"] = spoken
    written = "products" if "products" in ours else "lines"
    if written in ours:
        ours[row.products] = _products(ours.pop(written), exponent, f"$.{written}")
    return ours


@lru_cache(1_024)
def _currency(spoken: str) -> tuple[str, int]:
    code = spoken.strip().upper()
    return code, exponent_of(code)


def _products(products: Json, exponent: int, path: str) -> list[Json]:
    if not isinstance(products, list):
        raise _Wrong(f"expected an array of products - at `{path}`")
    ours = []
    for index, product in enumerate(products):
        if not isinstance(product, dict):
            raise _Wrong(f"expected an object - at `{path}[{index}]`")
        ours.append(_properties(product, exponent, f"{path}[{index}]"))
    return ours


def _properties(theirs: dict[str, Json], exponent: int, path: str) -> dict[str, Json]:
    """One object of theirs. Nulls are left out: senders write them for what they do not know."""
    if not RENAMED.keys().isdisjoint(theirs):
        theirs = _renamed(theirs)
    ours: dict[str, Json] = {}
    for name, value in theirs.items():
        read = _READERS.get(name)
        if value is None:
            continue
        if read is None or (read is _text and type(value) is str):
            ours[name] = value
        elif read is minor_units:
            ours[name] = _amount(value, exponent, f"{path}.{name}")
        else:
            ours[name] = read(value, exponent)
    return ours


def _renamed(theirs: dict[str, Json]) -> dict[str, Json]:
    """Under our names; where both names are there, ours holds and theirs stays beside it."""
    ours = dict(theirs)
    for name, renamed in RENAMED.items():
        if name in ours and ours.get(renamed) is None:
            ours[renamed] = ours.pop(name)
    return ours


def _amount(value: Json, exponent: int, path: str) -> int:
    try:
        return minor_units(value, exponent)
    except BadMoney as error:
        raise _Wrong(f"{error} - at `{path}`") from None


def _text(value: Json, _: int) -> Json:
    """A number as text; what is neither stays, to be refused with its path."""
    if type(value) is int:
        return str(value)
    if type(value) is float:
        return str(int(value)) if value.is_integer() else repr(value)
    return value


def _query(value: Json, exponent: int) -> Json:
    """What was searched for; some search with an object, which is kept as its JSON."""
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return _text(value, exponent)


def _side_amount(value: Json, exponent: int) -> Json:
    try:
        return minor_units(value, exponent)
    except BadMoney:
        return value


def _whole(value: Json, _: int) -> Json:
    """2.0 and "2" as 2; what is not a whole number stays, to be refused with its path."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and len(value) < 10 and value.strip().isdecimal():
        return int(value)
    return value


_READERS: Final[Mapping[str, Callable[[Json, int], Json]]] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(AMOUNTS, minor_units),
    **dict.fromkeys(SIDE_AMOUNTS, _side_amount),
    "query": _query,
    "quantity": _whole,
}
