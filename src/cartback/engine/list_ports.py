"""What lists ask of the store: who is in them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant


class Enlisted(msgspec.Struct, frozen=True):
    """A profile is in a list since then, or not in it (None)."""

    list: str
    profile: ProfileId
    since: Instant | None


class ListReading(Protocol):
    def lists(self, shop: ShopId) -> Mapping[str, int]:
        """The lists that have members, and how many."""

    def list_members(
        self, shop: ShopId, key: str, after: ProfileId = 0, limit: int = 100
    ) -> Sequence[tuple[ProfileId, Instant]]:
        """Who is in a list, in the order of their ids, and since when."""


class ListWriting(ListReading, Protocol):
    def enlist(self, shop: ShopId, standings: Sequence[Enlisted]) -> None:
        """Write who is in which list now; each profile once for a list."""
