"""What is asked of the store about orders that say from which cart they came."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from cartback.domain.cart import CartId
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant

OF_MANY: ProfileId = 0
"""Instead of a profile: orders of several people name it, so it is no name of one cart."""


class OrderedCart(msgspec.Struct, frozen=True):
    """An order named a cart or a checkout (`name`, as in domain/cart_name.py): when it was placed,
    by whom, and its number."""

    name: str
    at: Instant
    profile: ProfileId
    order_id: str


class OrderedReading(Protocol):
    def ordered_carts(self, shop: ShopId, names: Collection[str]) -> Mapping[str, OrderedCart]:
        """The latest order for each of these names; names without one are left out."""

    def about_carts(
        self, shop: ShopId, carts: Collection[CartId], limit: int
    ) -> Sequence[tuple[CartId, ProfileId]]:
        """Who is in a flow about one of these carts, or has a message about it waiting; each may
        come twice."""


class OrderedWriting(OrderedReading, Protocol):
    def keep_ordered(self, shop: ShopId, some: Collection[OrderedCart]) -> None:
        """Keep them, in place of those with the same names."""

    def forget_ordered(self, shop: ShopId, before: Instant) -> None:
        """Forget orders that were placed before that."""
