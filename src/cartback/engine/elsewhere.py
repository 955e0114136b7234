"""An order of somebody else that says that it came from this cart: then nobody is reminded of it.

Somebody fills a cart under one name and orders it under another, which nothing ties together but
the cart's id, or the checkout's. Orders are rare: each keeps its names
(docs/adr/0017-orders-elsewhere.md), closes the cart of whoever is in a flow about it in its own
transaction, and is asked for when a run about a cart begins and before a message about it leaves.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from cartback.domain.cart import Cart, CartId
from cartback.domain.cart_name import names_in_order, names_of
from cartback.domain.derived import ordered_elsewhere
from cartback.domain.event import Event, ProfileId, ShopId
from cartback.domain.instant import HOUR, Instant
from cartback.domain.profile import Profile
from cartback.engine.ordered_ports import OF_MANY, OrderedCart
from cartback.engine.ports import Reading, Transaction
from cartback.engine.selves import known_as

MOST_SHARING: Final = 5
"""A cart id that more people than that are in flows about is no name of one cart."""
TOLD_AGAIN: Final = HOUR
"""Within so long an order without a number may be the one that somebody else was said to place."""
_LOOKED_AT: Final = 8 * MOST_SHARING
"""So many runs and messages are looked at for a cart: who shares one has a few of each."""


class Placed(NamedTuple):
    """An order, and whose it is."""

    event: Event
    profile: ProfileId


def concerned(
    reading: Reading, shop: ShopId, orders: Iterable[Event], since: Instant
) -> Sequence[ProfileId]:
    """Who is in a flow about a cart that one of these orders names, if it was placed since then."""
    named = (one.properties.get("cart_id") for one in orders if one.time >= since)
    return sorted(set().union(*_about(reading, shop, {one for one in named if one}).values()))


def _about(
    reading: Reading, shop: ShopId, carts: Collection[CartId]
) -> Mapping[CartId, set[ProfileId]]:
    """Who is in flows about these carts; an id that many share is left out."""
    found: dict[CartId, set[ProfileId]] = {}
    limit = _LOOKED_AT * len(carts)
    rows = reading.about_carts(shop, carts, limit) if carts else ()
    if len(rows) == limit and len(carts) > 1:  # one that many share may stand before the others
        return {key: some for cart in carts for key, some in _about(reading, shop, [cart]).items()}
    for cart, profile in rows:
        found.setdefault(cart, set()).add(profile)
    return {cart: some for cart, some in found.items() if len(some) <= MOST_SHARING}


def close_by(order: Event, profile: Profile, shop: ShopId) -> Event | None:
    """That an order of somebody else came from a cart of this person, where it names an open
    one."""
    key = order.properties.get("cart_id")
    cart = profile.carts.get(key) if isinstance(key, str) and key else None
    if cart is None:
        return None
    return _closed(profile, cart, order.time, _number(order), shop, order.received)


def _closed(
    profile: Profile, cart: Cart, at: Instant, number: str, shop: ShopId, now: Instant
) -> Event | None:
    """None where the cart was not open when it was ordered."""
    if cart.lines_at(at) is None:
        return None
    return ordered_elsewhere(profile, cart, at, number, shop, now)


def _number(order: Event) -> str:
    number = order.properties.get("order_id")
    return number if isinstance(number, str) else ""


# --- what is kept of orders ----------------------------------------------------------------------


def keep_orders(tx: Transaction, shop: ShopId, orders: Iterable[Placed], since: Instant) -> None:
    """Keep which carts they name, for as long as a cart is remembered: `since` then."""
    named = {
        name: one
        for one in orders
        if one.event.time >= since
        for name in names_in_order(one.event.properties)
    }
    if not named:
        return
    before = tx.ordered_carts(shop, named.keys())
    kept = (_kept(tx, shop, name, one, before.get(name)) for name, one in named.items())
    tx.keep_ordered(shop, list(kept))
    tx.forget_ordered(shop, since)


def _kept(
    reading: Reading, shop: ShopId, name: str, one: Placed, before: OrderedCart | None
) -> OrderedCart:
    """A name in orders of several people is no name of one cart; one order may be told twice."""
    found = OrderedCart(name, one.event.time, one.profile, _number(one.event))
    if before is None:
        return found
    if before.profile in known_as(reading, shop, one.profile):
        return max(before, found, key=lambda each: each.at)
    if _is_told_again(before, found):
        return msgspec.structs.replace(before, order_id=before.order_id or found.order_id)
    return OrderedCart(name, found.at, OF_MANY, "")


def _is_told_again(before: OrderedCart, found: OrderedCart) -> bool:
    """Whether it is the same order under another name: the page tells of it by its device, the
    store's server by the address, and not each of them knows the number."""
    if before.profile == OF_MANY:
        return False
    if before.order_id and found.order_id:
        return before.order_id == found.order_id
    return abs(found.at - before.at) <= TOLD_AGAIN


def give_orders_back(
    tx: Transaction, shop: ShopId, merged: ProfileId, back: Sequence[Placed]
) -> None:
    """Orders of somebody who was one with `merged` are that person's own again: their carts are
    not for `merged` to be reminded of."""
    whose = {
        (name, one.event.time): one.profile
        for one in back
        for name in names_in_order(one.event.properties)
    }
    kept = tx.ordered_carts(shop, {name for name, _ in whose}) if whose else {}
    tx.keep_ordered(
        shop,
        [
            msgspec.structs.replace(one, profile=whose[one.name, one.at])
            for one in kept.values()
            if one.profile == merged and (one.name, one.at) in whose
        ],
    )


class Orders:
    """The orders that name any of these carts, looked up once for all of them."""

    def __init__(self, reading: Reading, shop: ShopId, carts: Iterable[Cart]) -> None:
        self._reading = reading
        self._shop = shop
        names = {name for cart in carts for name in names_of(cart)}
        self._found: Mapping[str, OrderedCart] = reading.ordered_carts(shop, names) if names else {}

    def of_others(self, profile: ProfileId, cart: Cart, since: Instant = 0) -> OrderedCart | None:
        """The latest order of somebody else, from that time on, that came from this cart."""
        orders = [self._found[name] for name in names_of(cart) if name in self._found]
        orders = [one for one in orders if one.profile != OF_MANY and one.at >= since]
        own: Collection[ProfileId] = ()
        if orders:
            own = known_as(self._reading, self._shop, profile)
        others = [one for one in orders if one.profile not in own]
        if not others or self._is_shared(cart.id):
            return None
        return max(others, key=lambda one: one.at)

    def _is_shared(self, cart: CartId) -> bool:
        """Whether more people than share a cart are in flows about it."""
        found = self._reading.about_carts(self._shop, [cart], _LOOKED_AT) if cart else ()
        return len({profile for _, profile in found}) > MOST_SHARING

    def closing(self, profile: Profile, cart: Cart, now: Instant) -> Event | None:
        """That this cart was ordered by somebody else; None where it was not, or is closed."""
        order = self.of_others(profile.id, cart)
        if order is None:
            return None
        return _closed(profile, cart, order.at, order.order_id, self._shop, now)
