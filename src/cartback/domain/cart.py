"""The cart: what a profile has put together and not ordered, and when it counts as abandoned.

A cart keeps the changes since its last whole picture, in the order of their times, so that late
and out-of-order events end in the cart that the right order gives. An order closes the cart: what
happened up to its time is bought, what comes later is a new cart (order.py).
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from cartback.domain.event import (
    LARGEST_AMOUNT,
    CartLineProperties,
    CartProperties,
    CheckoutStepProperties,
    Event,
    Line,
    Metric,
)
from cartback.domain.instant import FOREVER, Instant, Milliseconds
from cartback.domain.span import BEGINNING

CartId: TypeAlias = str
MOST_CHANGES: Final = 64
MOST_CARTS: Final = 12
MOST_LINES: Final = 100


class Change(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One change of a cart's lines: `set` is a whole picture, `add` and `remove` are one line.

    The prices are in its `currency`; where none was said, in that of the cart.
    """

    at: Instant
    tie: str
    kind: Literal["set", "add", "remove"]
    lines: tuple[Line, ...]
    currency: str = ""


class Total(NamedTuple):
    """What the shop last said the whole cart is worth, in minor units, and when."""

    at: Instant = BEGINNING
    tie: str = ""
    value: int = 0


class Said(NamedTuple):
    """What was last said of something, and when."""

    at: Instant = BEGINNING
    value: str = ""

    def then(self, at: Instant, value: str | None) -> "Said":
        """The later word; of two at the same time always the same one; saying nothing is none."""
        return max(self, Said(at, value)) if value else self


class Cart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One cart of one profile. All its parts end the same in whatever order changes arrive."""

    id: CartId
    changes: tuple[Change, ...] = ()
    touched_at: Instant = BEGINNING
    checkout_at: Instant = BEGINNING
    closed_at: Instant = BEGINNING
    announced: Instant = BEGINNING
    checkout: Said = Said()
    money: Said = Said()
    link: Said = Said()
    total: Total = Total()
    abandoned_at: Instant = BEGINNING
    settles_at: Instant = BEGINNING
    """Until then an import may bring what happened next, and nothing is announced of it."""

    @property
    def activity(self) -> Instant:
        """The last time that anything happened to it."""
        return max(self.touched_at, self.checkout_at)

    @property
    def checkout_id(self) -> str:
        return self.checkout.value

    @property
    def currency(self) -> str:
        return self.money.value

    @property
    def url(self) -> str:
        return self.link.value

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

    def lines_at(self, at: Instant) -> tuple[Line, ...] | None:
        """What was in it at that time: nothing in a checkout without known lines; None where it was
        not open."""
        past = tuple(change for change in self.changes if change.at <= at)
        if past:
            return msgspec.structs.replace(self, changes=past).lines() or None
        if not self.changes and self.closed_at < self.checkout_at <= at:
            return ()
        return None

    def lines(self) -> tuple[Line, ...]:
        """What is in the cart, each product once, in the order in which they came. A price that was
        told in another currency than the cart's last one is not known any more."""
        found: dict[tuple[str, str], Line] = {}
        for change in self.changes:
            if change.kind == "set":
                found = {}
            for line in _in_currency(change, self.currency):
                _put(found, line, -line.quantity if change.kind == "remove" else line.quantity)
        return tuple(found.values())

    def value(self) -> int:
        """In minor units: the shop's own total where it still holds, else the sum of the lines.

        A total holds until the lines change or the cart is ordered. It is no larger than any amount
        may be: a million pieces of the dearest thing are a joke, and must stay a number.
        """
        changed = max((_place(change) for change in self.changes), default=(self.closed_at, ""))
        if self.total.at > self.closed_at and self.total[:2] >= changed:
            return self.total.value
        worth = sum(line.quantity * (line.price or 0) for line in self.lines())
        return max(-LARGEST_AMOUNT, min(worth, LARGEST_AMOUNT))

    def is_priced(self) -> bool:
        """Whether any amount was told: a value of 0 else means that nobody knows it."""
        lines = any(line.price is not None for line in self.lines())
        return lines or self.total.at > self.closed_at

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


def _in_currency(change: Change, currency: str) -> Iterable[Line]:
    if change.currency in ("", currency):
        return change.lines
    return [msgspec.structs.replace(line, price=None) for line in change.lines]


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
            change = Change(event.time, tie, kind, (_line(one),), one.currency or "")
            cart = _changed(cart, change)
            cart = _described(cart, event.time, "", one.currency, one.cart_url)
        case Metric.CART_UPDATED | Metric.CHECKOUT_STARTED:
            whole = msgspec.convert(properties, CartProperties)
            cart = carts.get(whole.cart_id, Cart(whole.cart_id))
            if whole.lines is not None:
                lines = whole.lines[:MOST_LINES]
                change = Change(event.time, tie, "set", lines, whole.currency or "")
                cart = _changed(cart, change)
            if whole.value is not None:
                cart = _worth(cart, Total(event.time, tie, whole.value))
            cart = _described(cart, event.time, whole.checkout_id, whole.currency, whole.cart_url)
            if event.metric == Metric.CHECKOUT_STARTED:
                cart = _checked_out(cart, event.time)
        case _:
            step = msgspec.convert(properties, CheckoutStepProperties)
            known = carts.get(step.cart_id, _by_checkout(carts, step.checkout_id))
            cart = _checked_out(Cart(step.cart_id) if known is None else known, event.time)
            cart = _described(cart, event.time, step.checkout_id, None, "")
    carts[cart.id] = _touched(cart, event.time)
    forget_oldest(carts)
    return cart.id


def forget_oldest(carts: dict[CartId, Cart]) -> None:
    """Keep no more carts than a profile may have."""
    while len(carts) > MOST_CARTS:
        oldest = min(carts.values(), key=lambda one: (max(one.activity, one.closed_at), one.id))
        del carts[oldest.id]


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
        currency = next((one.currency for one in ordered[half - 1 :: -1] if one.currency), "")
        past = Cart("", tuple(ordered[:half]), money=Said(value=currency))
        last = ordered[half - 1]
        ordered = [Change(last.at, last.tie, "set", past.lines(), currency), *ordered[half:]]
    return tuple(ordered)


def _place(change: Change) -> tuple[Instant, str]:
    return change.at, change.tie


def _checked_out(cart: Cart, at: Instant) -> Cart:
    return msgspec.structs.replace(cart, checkout_at=max(cart.checkout_at, at))


def _worth(cart: Cart, total: Total) -> Cart:
    return msgspec.structs.replace(cart, total=max(cart.total, total))


def _touched(cart: Cart, at: Instant) -> Cart:
    return msgspec.structs.replace(cart, touched_at=max(cart.touched_at, at))


def _described(cart: Cart, at: Instant, checkout_id: str, currency: str | None, url: str) -> Cart:
    """The latest that was said of the cart's checkout, currency and address."""
    return msgspec.structs.replace(
        cart,
        checkout=cart.checkout.then(at, checkout_id),
        money=cart.money.then(at, currency),
        link=cart.link.then(at, url),
    )


def _by_checkout(carts: dict[CartId, Cart], checkout_id: str) -> Cart | None:
    if not checkout_id:
        return None
    return next((cart for cart in carts.values() if cart.checkout_id == checkout_id), None)


def close(cart: Cart, at: Instant) -> Cart:
    """The cart after an order at that time: only what happened later is still in it."""
    changes = tuple(change for change in cart.changes if change.at > at)
    return msgspec.structs.replace(cart, changes=changes, closed_at=max(cart.closed_at, at))


def union(one: Cart, other: Cart) -> Cart:
    """The same cart known from two profiles that became one."""
    closed_at = max(one.closed_at, other.closed_at)
    together = sorted((*one.changes, *other.changes), key=msgspec.msgpack.encode)
    changes = {_place(change): change for change in together}
    return Cart(
        id=one.id,
        changes=_relevant(change for change in changes.values() if change.at > closed_at),
        touched_at=max(one.touched_at, other.touched_at),
        checkout_at=max(one.checkout_at, other.checkout_at),
        closed_at=closed_at,
        announced=max(one.announced, other.announced),
        checkout=max(one.checkout, other.checkout),
        money=max(one.money, other.money),
        link=max(one.link, other.link),
        total=max(one.total, other.total),
        abandoned_at=max(one.abandoned_at, other.abandoned_at),
        settles_at=max(one.settles_at, other.settles_at),
    )
