"""What simulated shoppers do with a mail about their cart: some come back through it, some order.

Nobody reads these mails, so their clicks are made up, and every event says so: `simulated: true`.
"""

from random import Random
from typing import Any, Final

import msgspec

from cartback.demo.catalogue import CURRENCY, SITE
from cartback.demo.story import CAST, OMAR
from cartback.domain.cart import Cart
from cartback.domain.event import Event, Identifier, IdentifierKind, Json, Metric, ShopId
from cartback.domain.instant import MINUTE, Instant

RETURNS: Final = 0.4
"""Mails through which somebody comes back: more than in life, so that an evening shows some."""
ORDERS: Final = 0.6
"""Of those, the ones who order."""
SOONEST: Final = 2 * MINUTE
LATEST: Final = 40 * MINUTE
_STAY_AWAY: Final = frozenset(part.person.email for part in CAST if part is not OMAR)


def returns(shop: ShopId, mail: str, address: str, cart: Cart, at: Instant) -> list[Event]:
    """What follows from a mail, in order of time; nothing where it is not opened.

    `mail` is the message's key: the same mail has always the same consequence. The cast does what
    its script says: Omar comes back and orders.
    """
    random = Random(f"cartback demo mail {mail}")
    is_omar = address == OMAR.person.email
    if address in _STAY_AWAY or (random.random() >= RETURNS and not is_omar):
        return []
    at += SOONEST + int(random.random() * (LATEST - SOONEST))
    who = (Identifier(IdentifierKind.EMAIL.value, address),)

    def event(metric: Metric, after: int, properties: dict[str, Json]) -> Event:
        moment = at + after
        return Event(
            shop=shop,
            id=f"{moment:012x}-mail-{mail}-{metric.name.lower()}",
            metric=metric.value,
            identifiers=who,
            time=moment,
            received=moment,
            properties={**properties, "simulated": True, "utm_medium": "email"},
        )

    page = {"url": cart.url or f"{SITE}/cart/{cart.id}", "title": "Cart"}
    found = [event(Metric.VIEWED_PAGE, 0, {**page})]
    if random.random() < ORDERS or is_omar:
        found.append(event(Metric.PLACED_ORDER, 4 * MINUTE, _order(cart)))
    return found


def _order(cart: Cart) -> dict[str, Any]:
    """The whole cart; the order is called as it would be if they came by themselves."""
    return {
        "cart_id": cart.id,
        "order_id": f"order-{cart.id.removeprefix('cart-')}",
        "lines": msgspec.to_builtins(cart.lines()),
        "value": cart.value(),
        "currency": cart.currency or CURRENCY,
    }
