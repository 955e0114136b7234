"""The cart: what a profile has put together and not ordered, and when it counts as abandoned.

A cart keeps the changes since its last whole picture, in the order of their times, so that late
and out-of-order events end in the cart that the right order gives. An order closes the cart: what
happened up to its time is bought, what comes later is a new cart.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from cartback.domain.event import (
    CartLineProperties,
    CartProperties,
    CheckoutStepProperties,
    Event,
    Line,
    Metric,
    OrderProperties,
)
from cartback.domain.instant import FOREVER, Instant, Milliseconds
from cartback.domain.span import BEGINNING

CartId: TypeAlias = str
MOST_CHANGES: Final = 64
MOST_CARTS: Final = 12
MOST_LINES: Final = 100


class Change(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One change of a cart's lines: `set` is a whole picture, `add` and `remove` are one line."""

    at: Instant
    tie: str
    kind: Literal["set", "add", "remove"]
    lines: tuple[Line, ...]
    value: int | None = None


class Cart(msgspec.Struct, frozen=True, array_like=True):
    """One cart of one profile. All its parts end the same in whatever order changes arrive."""

    id: CartId
    changes: tuple[Change, ...] = ()
    touched_at: Instant = BEGINNING
    checkout_at: Instant = BEGINNING
    closed_at: Instant = BEGINNING
    announced: Instant = BEGINNING
    checkout_id: str = ""
    currency: str = ""
    url: str = ""
    abandoned_at: Instant = BEGINNING
    settles_at: Instant = BEGINNING
    """Until then an import may bring what happened next, and nothing is announced of it."""

    @property
    def activity(self) -> Instant:
        """The last time that anything happened to it."""
        return max(self.touched_at, self.checkout_at)

    @property
    def in_checkout(self) -> bool:
        return self.checkout_at > self.closed_at

    def was_abandoned(self, at: Instant) -> bool:
        """Whether it counted as abandoned at some time up to then, since it was last closed."""
        return self.closed_at < self.abandoned_at <= at

    @property
    def is_open(self) -> bool:
        """Something is in it that was not ordered; a checkout without known lines counts."""
        if self.activity <= self.closed_at:
            return False
        if self.changes:
            return bool(self.lines())
        return self.in_checkout

    def lines(self) -> tuple[Line, ...]:
        """What is in the cart, each product once, in the order in which they came."""
        found: dict[tuple[str, str], Line] = {}
        for change in self.changes:
            if change.kind == "set":
                found = {}
            for line in change.lines:
                _put(found, line, -line.quantity if change.kind == "remove" else line.quantity)
        return tuple(found.values())

    def value(self) -> int:
        """In minor units: the shop's own total if its last whole picture gave one, else the sum."""
        if self.changes and self.changes[-1].value is not None:
            return self.changes[-1].value
        return sum(line.quantity * (line.price or 0) for line in self.lines())

    def items(self) -> int:
        """How many pieces."""
        return sum(line.quantity for line in self.lines())


class CartLimits(msgspec.Struct, frozen=True):
    """After how long without activity a cart is abandoned, and after how long it is forgotten."""

    cart: Milliseconds
    checkout: Milliseconds
    expiry: Milliseconds

    def due(self, cart: Cart) -> Instant:
        """The instant from which an open cart is abandoned."""
        return min(cart.activity + self.idle(cart), FOREVER)

    def idle(self, cart: Cart) -> Milliseconds:
        """How long it may be left before it is abandoned."""
        return self.checkout if cart.in_checkout else self.cart

    def expires(self, cart: Cart) -> Instant:
        """The instant from which the cart is no longer of interest."""
        return min(max(cart.activity, cart.closed_at) + self.expiry, FOREVER)


def line_key(line: Line) -> tuple[str, str]:
    """What makes two lines the same article."""
    return (line.product_id or line.sku or line.name, line.variant_id)


def _put(found: dict[tuple[str, str], Line], line: Line, quantity: int) -> None:
    """Add pieces of an article; none left takes the line away. The newest price and picture win."""
    key = line_key(line)
    before = found.get(key)
    count = quantity + (before.quantity if before is not None else 0)
    if count <= 0:
        found.pop(key, None)
    elif before is None and len(found) >= MOST_LINES:
        return
    else:
        shown = before if before is not None and quantity < 0 else line
        found[key] = msgspec.structs.replace(shown, quantity=count)


CART_METRICS: Final = frozenset(
    {
        Metric.ADDED_TO_CART,
        Metric.REMOVED_FROM_CART,
        Metric.CART_UPDATED,
        Metric.CHECKOUT_STARTED,
        Metric.CHECKOUT_STEP_COMPLETED,
        Metric.PLACED_ORDER,
    }
)


def apply_to_cart(carts: dict[CartId, Cart], event: Event) -> CartId:
    """Put a cart event (not an order) into the profile's carts; which cart it was."""
    tie, properties = event.id, event.properties
    match event.metric:
        case Metric.ADDED_TO_CART | Metric.REMOVED_FROM_CART:
            one = msgspec.convert(properties, CartLineProperties)
            kind: Literal["add", "remove"] = (
                "add" if event.metric == Metric.ADDED_TO_CART else "remove"
            )
            cart = carts.get(one.cart_id, Cart(one.cart_id))
            change = Change(event.time, tie, kind, (_line(one),))
            cart = _changed(cart, change)
            cart = _described(cart, event.time, "", one.currency, one.cart_url)
        case Metric.CART_UPDATED | Metric.CHECKOUT_STARTED:
            whole = msgspec.convert(properties, CartProperties)
            cart = carts.get(whole.cart_id, Cart(whole.cart_id))
            if whole.lines is not None:
                lines = whole.lines[:MOST_LINES]
                cart = _changed(cart, Change(event.time, tie, "set", lines, whole.value))
            cart = _described(cart, event.time, whole.checkout_id, whole.currency, whole.cart_url)
            if event.metric == Metric.CHECKOUT_STARTED:
                cart = _checked_out(cart, event.time)
        case _:
            step = msgspec.convert(properties, CheckoutStepProperties)
            known = carts.get(step.cart_id, _by_checkout(carts, step.checkout_id))
            cart = _checked_out(Cart(step.cart_id) if known is None else known, event.time)
            cart = _described(cart, event.time, step.checkout_id, None, "")
    carts[cart.id] = _touched(cart, event.time)
    if len(carts) > MOST_CARTS:
        oldest = min(carts.values(), key=lambda one: (max(one.activity, one.closed_at), one.id))
        del carts[oldest.id]
    return cart.id


def _line(one: CartLineProperties) -> Line:
    return Line(
        product_id=one.product_id,
        variant_id=one.variant_id,
        sku=one.sku,
        name=one.name,
        brand=one.brand,
        category=one.category,
        price=one.price,
        image_url=one.image_url,
        url=one.url,
        quantity=one.quantity,
    )


def _changed(cart: Cart, change: Change) -> Cart:
    """The cart with one more change, in its place; what a later picture covers is left out."""
    if change.at <= cart.closed_at:
        return cart
    return msgspec.structs.replace(cart, changes=_relevant((*cart.changes, change)))


def _relevant(changes: Iterable[Change]) -> tuple[Change, ...]:
    """In order of time, from the last whole picture on; the oldest of too many become one."""
    ordered = sorted(changes, key=_place)
    for index in range(len(ordered) - 1, 0, -1):
        if ordered[index].kind == "set":
            ordered = ordered[index:]
            break
    if len(ordered) > MOST_CHANGES:
        half = len(ordered) // 2
        past = Cart("", tuple(ordered[:half]))
        last = ordered[half - 1]
        ordered = [Change(last.at, last.tie, "set", past.lines()), *ordered[half:]]
    return tuple(ordered)


def _place(change: Change) -> tuple[Instant, str]:
    return change.at, change.tie


def _checked_out(cart: Cart, at: Instant) -> Cart:
    return msgspec.structs.replace(cart, checkout_at=max(cart.checkout_at, at))


def _touched(cart: Cart, at: Instant) -> Cart:
    return msgspec.structs.replace(cart, touched_at=max(cart.touched_at, at))


def _described(cart: Cart, at: Instant, checkout_id: str, currency: str | None, url: str) -> Cart:
    """The latest that was said of the cart's checkout, currency and address."""
    if at < cart.touched_at:
        return msgspec.structs.replace(
            cart,
            checkout_id=cart.checkout_id or checkout_id,
            currency=cart.currency or currency or "",
            url=cart.url or url,
        )
    return msgspec.structs.replace(
        cart,
        checkout_id=checkout_id or cart.checkout_id,
        currency=currency or cart.currency,
        url=url or cart.url,
    )


def _by_checkout(carts: dict[CartId, Cart], checkout_id: str) -> Cart | None:
    if not checkout_id:
        return None
    return next((cart for cart in carts.values() if cart.checkout_id == checkout_id), None)


def ordered_carts(carts: dict[CartId, Cart], order: OrderProperties) -> Sequence[Cart]:
    """The carts that an order came from.

    By cart id or checkout id where the order names one that is known; else the carts open at that
    time which share an article with it; and where no articles are known, every open cart.
    """
    if order.cart_id and order.cart_id in carts:
        return [carts[order.cart_id]]
    by_checkout = _by_checkout(carts, order.checkout_id)
    if by_checkout is not None:
        return [by_checkout]
    bought = {line_key(line) for line in order.lines or ()}
    chosen = []
    for cart in carts.values():
        if cart.is_open:
            inside = {line_key(line) for line in cart.lines()}
            if not bought or not inside or not bought.isdisjoint(inside):
                chosen.append(cart)
    if not chosen and order.cart_id:
        chosen = [Cart(order.cart_id)]
    return chosen


def close(cart: Cart, at: Instant) -> Cart:
    """The cart after an order at that time: only what happened later is still in it."""
    changes = tuple(change for change in cart.changes if change.at > at)
    return msgspec.structs.replace(cart, changes=changes, closed_at=max(cart.closed_at, at))


def union(one: Cart, other: Cart) -> Cart:
    """The same cart known from two profiles that became one."""
    newer, older = (one, other) if one.touched_at >= other.touched_at else (other, one)
    closed_at = max(one.closed_at, other.closed_at)
    changes = {_place(change): change for change in (*one.changes, *other.changes)}
    return Cart(
        id=one.id,
        changes=_relevant(change for change in changes.values() if change.at > closed_at),
        touched_at=newer.touched_at,
        checkout_at=max(one.checkout_at, other.checkout_at),
        closed_at=closed_at,
        announced=max(one.announced, other.announced),
        checkout_id=newer.checkout_id or older.checkout_id,
        currency=newer.currency or older.currency,
        url=newer.url or older.url,
        abandoned_at=max(one.abandoned_at, other.abandoned_at),
        settles_at=max(one.settles_at, other.settles_at),
    )
