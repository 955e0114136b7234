"""Events that follow from others: a cart was abandoned, an abandoned cart became an order, or
somebody else's order came from it."""

import msgspec

from cartback.domain.cart import Cart
from cartback.domain.event import Event, Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.order import Order
from cartback.domain.profile import Profile


def abandoned(profile: Profile, cart: Cart, due: Instant, shop: ShopId, *, backfill: bool) -> Event:
    """A cart fell due: its id names cart and activity, so that it is said once."""
    return Event(
        shop=shop,
        id=f"cart-abandoned:{profile.id}:{cart.id}:{cart.activity}",
        metric=Metric.CART_ABANDONED,
        identifiers=(),
        time=due,
        received=max(due, profile.clock),
        properties={
            **_cart_properties(cart),
            "last_activity": cart.activity,
            "checkout": cart.in_checkout,
        },
        backfill=backfill,
    )


def recovered(profile: Profile, cart: Cart, order: Order, shop: ShopId, *, backfill: bool) -> Event:
    """An order came from a cart that had been abandoned."""
    return Event(
        shop=shop,
        id=f"cart-recovered:{profile.id}:{cart.id}:{order.event}",
        metric=Metric.CART_RECOVERED,
        identifiers=(),
        time=order.at,
        received=max(order.at, profile.clock),
        properties={
            **_cart_properties(cart),
            "abandoned_at": cart.abandoned_at,
            "order_id": order.order_id,
            "order_value": order.value,
        },
        backfill=backfill,
    )


def ordered_elsewhere(
    profile: Profile, cart: Cart, at: Instant, order_id: str, shop: ShopId, now: Instant
) -> Event:
    """Somebody else's order at that time says that it came from this cart."""
    received = max(now, profile.clock)
    return Event(
        shop=shop,
        id=f"cart-ordered-elsewhere:{profile.id}:{cart.id}:{at}",
        metric=Metric.CART_ORDERED_ELSEWHERE,
        identifiers=(),
        time=min(at, received),
        received=received,
        properties={
            **_cart_properties(cart),
            "last_activity": cart.activity,
            "order_id": order_id,
        },
    )


def _cart_properties(cart: Cart) -> dict[str, object]:
    return {
        "cart_id": cart.id,
        "checkout_id": cart.checkout_id,
        "value": cart.value(),
        "currency": cart.currency,
        "items": cart.items(),
        "lines": msgspec.to_builtins(cart.lines()),
        "cart_url": cart.url,
    }
