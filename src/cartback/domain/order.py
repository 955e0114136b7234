"""Orders as far as carts are concerned: from which carts one came, and what may be in it.

The last orders are remembered, so that what becomes known later of a cart that was bought is bought
too.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from zlib import crc32

import msgspec

from cartback.domain.cart import MOST_LINES, Cart, CartId
from cartback.domain.event import Event, Line, OrderProperties
from cartback.domain.instant import Instant
from cartback.domain.span import BEGINNING

MOST_ORDERS: Final = 8


class Order(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order as far as carts are concerned; `articles` are short names of what was bought."""

    at: Instant
    event: str
    cart_id: str = ""
    checkout_id: str = ""
    articles: tuple[int, ...] = ()
    order_id: str = ""
    value: int | None = None


def order_of(event: Event) -> Order:
    """What a Placed Order says."""
    said = msgspec.convert(event.properties, OrderProperties)
    articles = {name for line in (said.lines or ())[:MOST_LINES] for name in articles_of(line)}
    return Order(
        event.time,
        event.id,
        said.cart_id,
        said.checkout_id,
        tuple(sorted(articles)),
        said.order_id,
        said.value,
    )


def has_bought(order: Order, product: str, since: Instant) -> bool:
    """Whether the order came at that time or later and may hold the product; one of which no
    articles are known may hold anything."""
    return order.at >= since and may_hold(order, frozenset(articles_of(Line(product_id=product))))


def may_hold(order: Order, articles: frozenset[int]) -> bool:
    """Whether any of these may be in it."""
    return not order.articles or not articles.isdisjoint(order.articles)


def articles_of(line: Line) -> Iterator[int]:
    """Short names of an article: a cart and its order may know it by different ones, as when a
    page fills the cart and the shop's own server tells of the order."""
    for kind, name in (("id", line.product_id), ("sku", line.sku), ("name", line.name.casefold())):
        if name:
            yield crc32(f"{kind}\0{name}".encode("utf-8", "surrogatepass"))


def latest_orders(orders: Iterable[Order]) -> tuple[Order, ...]:
    """Those that are remembered."""
    return tuple(sorted(set(orders), key=_order_place)[-MOST_ORDERS:])


def _order_place(order: Order) -> tuple[Instant, str, bool, int]:
    return order.at, order.event, order.value is not None, order.value or 0


def ordered_carts(carts: dict[CartId, Cart], order: Order) -> Sequence[Cart]:
    """The carts that an order came from.

    By cart id or checkout id where the order names one that is known; else the carts open at that
    time which share an article with it; and where no articles are known, every cart open then.
    A cart that is named and not known yet is closed before it begins.
    """
    named = [
        cart
        for cart in carts.values()
        if cart.activity > BEGINNING
        and (
            (order.cart_id and cart.id == order.cart_id)
            or (order.checkout_id and cart.checkout_id == order.checkout_id)
        )
    ]
    if named:
        return named
    chosen = [cart for cart in carts.values() if _may_hold(cart, order)]
    if order.cart_id:
        chosen.append(carts.get(order.cart_id, Cart(order.cart_id)))
    return chosen


def _may_hold(cart: Cart, order: Order) -> bool:
    lines = cart.lines_at(order.at)
    if lines is None:
        return False
    articles = {name for line in lines for name in articles_of(line)}
    return not articles or not order.articles or not articles.isdisjoint(order.articles)
