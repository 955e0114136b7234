"""Which properties the standard events have, and which of them are amounts of money."""

from collections.abc import Mapping, Sequence
from typing import Final

from cartback.domain.event import PROPERTIES, Metric

_CART: Final = ("value", "items", "currency", "cart_id", "checkout_id")
_GOODS: Final = ("product_id", "variant_id", "in_cart", "cart_id")
_OURS: Final[Mapping[str, Sequence[str]]] = {
    Metric.CART_ABANDONED: (*_CART, "checkout"),
    Metric.CART_RECOVERED: (*_CART, "order_value", "order_id"),
    Metric.PRICE_DROPPED: ("price", "price_before", "percent", "currency", *_GOODS),
    Metric.LOW_ON_STOCK: ("stock", "stock_before", *_GOODS),
    Metric.BACK_IN_STOCK: ("stock", "stock_before", *_GOODS),
}
"""Of events that Cartback itself adds to the log."""
_CARTS: Final = frozenset(
    {
        Metric.CART_UPDATED,
        Metric.CHECKOUT_STARTED,
        Metric.CART_ABANDONED,
        Metric.CART_RECOVERED,
    }
)
AMOUNTS: Final = frozenset(
    "price price_before value order_value total subtotal revenue shipping tax discount".split()
)
"""Properties of standard events that are kept in minor units (see sources/segment/ecommerce.py)."""


def properties_of(metric: str) -> Sequence[str]:
    """The properties that an event of the metric is known to have; none for one of the shop's."""
    shape = PROPERTIES.get(metric)
    known = _OURS.get(metric, ()) if shape is None else shape.__struct_fields__
    return [one for one in known if one != "lines"]


def is_of_cart(metric: str) -> bool:
    """Whether an event's `value` is what all of a cart is worth."""
    return metric in _CARTS


def has_amounts(metric: str) -> bool:
    """Whether some of its properties are amounts, which are kept in minor units."""
    return not AMOUNTS.isdisjoint(properties_of(metric))


def is_amount(metric: str, path: str) -> bool:
    """Whether that property of the metric is an amount. What a shop's own metric calls a value
    stays as it came."""
    return path in AMOUNTS and has_amounts(metric)
