"""How many carts are open and abandoned and what they are worth, kept in the transaction that moves
them, so that nobody ever has to count (docs/adr/0009-figures.md).

A cart counts as abandoned from when Cart Abandoned was written of it, until somebody touches,
orders or erases it, or until it is forgotten.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from cartback.domain.cart import Cart, CartId
from cartback.domain.event import Json, Metric, ProfileId, ShopId
from cartback.domain.instant import MINUTE, Instant
from cartback.domain.profile import decode_profile
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.ports import Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.standing_ports import AbandonedCart

NO_CARTS: Final[Mapping[CartId, Cart]] = MappingProxyType({})

CARTS: Final = "carts"
"""The topic of what stands now: `active EUR`, `active-value EUR`, `abandoned EUR`, …"""
HAPPENED: Final = "happened"
"""The topic of what happened in each half hour: `00982345 recovered EUR`, and `…-value`."""

SLOT_LENGTH: Final = 8
SLOT: Final = 30 * MINUTE
"""No zone's day begins within one but for the three at :45; there a day is a quarter off."""

_COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    Metric.CART_ABANDONED: ("abandoned", "value"),
    Metric.CART_RECOVERED: ("recovered", "order_value", "value"),
    Metric.PLACED_ORDER: ("ordered", "value"),
}
"""Each metric's name here, and the properties of which the first number is its worth."""


MOST_WORTH: Final = 10**12
"""What one cart or order counts for at most, in minor units: nine million of them still add up to
a number of 64 bits, whoever sends them."""


class Standings:
    """What changes in one transaction."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._gone: set[AbandonedCart] = set()
        self._new: set[AbandonedCart] = set()

    def change(
        self, profile: ProfileId, before: Mapping[CartId, Cart], after: Mapping[CartId, Cart]
    ) -> None:
        """A profile had these carts when its row was last written, and has these now."""
        for key in before.keys() | after.keys():
            old, new = before.get(key), after.get(key)
            if old is not new:
                self._count(profile, old, -1)
                self._count(profile, new, 1)

    def _count(self, profile: ProfileId, cart: Cart | None, sign: int) -> None:
        if cart is None or not cart.is_open:
            return
        name = "abandoned" if is_abandoned(cart) else "active"
        value = counted(cart.value())
        self._counts[f"{name} {cart.currency}"] += sign
        self._counts[f"{name}-value {cart.currency}"] += sign * value
        if name == "abandoned":
            one = AbandonedCart(cart.abandoned_at, profile, cart.id, value, cart.currency)
            mine, others = (self._new, self._gone) if sign > 0 else (self._gone, self._new)
            if one in others:
                others.discard(one)
            else:
                mine.add(one)

    def write(self, tx: Transaction, shop: ShopId) -> None:
        """Write what has changed."""
        if self._counts:
            tx.tally(shop, CARTS, dict(self._counts))
        if self._gone or self._new:
            tx.change_abandoned(shop, list(self._gone), list(self._new))
        self._counts.clear()
        self._gone.clear()
        self._new.clear()


def is_abandoned(cart: Cart) -> bool:
    """Whether Cart Abandoned was written of an open cart as it is."""
    return cart.announced >= cart.activity


def recount(
    tx: Transaction,
    shop: ShopId,
    profile: ProfileId,
    before: Mapping[CartId, Cart],
    after: Mapping[CartId, Cart],
) -> None:
    """Of one profile that is written or removed by itself."""
    standings = Standings()
    standings.change(profile, before, after)
    standings.write(tx, shop)


def carts_of(row: ProfileRow | None) -> Mapping[CartId, Cart]:
    """The carts of a stored profile."""
    return NO_CARTS if row is None else decode_profile(row.state).carts


def count_events(tx: Transaction, shop: ShopId, logged: Iterable[LoggedEvent]) -> None:
    """Count what Home tells over time: carts abandoned and recovered, orders, and their money."""
    counts: Counter[str] = Counter()
    for one in logged:
        how = _COUNTED.get(one.event.metric)
        if how is not None:
            name, *worth = how
            properties = one.event.properties
            slot, currency = slot_of(one.event.time), _currency(properties.get("currency"))
            counts[f"{slot} {name} {currency}"] += 1
            value = next((properties[a] for a in worth if isinstance(properties.get(a), int)), 0)
            counts[f"{slot} {name}-value {currency}"] += counted(value)
    if counts:
        tx.tally(shop, HAPPENED, counts)


def counted(value: int) -> int:
    """What an amount counts for."""
    return max(-MOST_WORTH, min(value, MOST_WORTH))


def _currency(value: Json) -> str:
    return value if isinstance(value, str) else ""


def slot_of(at: Instant) -> str:
    """The half hour of an instant, as a name that sorts by time; what lies before 1970 is one."""
    return f"{max(at, 0) // SLOT:0{SLOT_LENGTH}d}"
