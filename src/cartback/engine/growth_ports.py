"""What a segment's size over time asks of the store."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import MINUTE, Instant

SLOT: Final = 15 * MINUTE
"""Every zone's midnight is a whole number of these away from UTC's, since 1972 at the latest."""


class Turnover(NamedTuple):
    """How many came and went in the slot that begins at that instant."""

    at: Instant
    came: int
    went: int


class GrowthReading(Protocol):
    """Joins and leaves by slots of time."""

    def turnover(self, shop: ShopId, segment: str, start: Instant) -> Sequence[Turnover]:
        """The slots that begin at `start` or later in which somebody came or went, in order.

        It is as the moves say, whether they are counted already or not.
        """

    def uncounted_moves(self, shop: ShopId, most: int) -> int:
        """How many moves `count_moves` would find, up to that many."""


class GrowthWriting(GrowthReading, Protocol):
    """Counting behind the moves, so that a look at years of them costs no more than their slots."""

    def count_moves(self, shop: ShopId, limit: int) -> int:
        """Count so many more of the moves, oldest first; how many there were."""

    def forget_moves(self, shop: ShopId, profile: ProfileId) -> None:
        """Delete a profile's joins and leaves from the history (erasure on request)."""
