"""What the figures of Home ask of the store: tallies, and the carts abandoned at present."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant

LAST: Final = "\U0010ffff"
"""Behind every name."""


class AbandonedCart(msgspec.Struct, frozen=True, order=True):
    """A cart that is abandoned at present, since `at`; its value is in minor units."""

    at: Instant
    profile: ProfileId
    cart: str
    value: int
    currency: str


class FiguresReading(Protocol):
    """How many there are, without counting."""

    def tallied(
        self, shop: ShopId, topic: str, first: str = "", last: str = LAST, skip: int = 0
    ) -> Mapping[str, int]:
        """The counts of a topic whose names lie between `first` and `last`, both included; added
        up by what stands behind the first `skip` characters of the name."""

    def abandoned(
        self, shop: ShopId, before: tuple[Instant, ProfileId], limit: int
    ) -> Sequence[AbandonedCart]:
        """Carts abandoned at present, the newest first: those that come after this place."""


class FiguresWriting(FiguresReading, Protocol):
    """Counting, in the transaction that changes what is counted."""

    def tally(self, shop: ShopId, topic: str, changes: Mapping[str, int]) -> None: ...
    def change_abandoned(
        self, shop: ShopId, gone: Sequence[AbandonedCart], new: Sequence[AbandonedCart]
    ) -> None: ...
