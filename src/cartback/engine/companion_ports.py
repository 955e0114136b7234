"""What counting of what is bought together asks of the store."""

from collections.abc import Collection, Mapping
from typing import Protocol

from cartback.domain.companion import About, Counts
from cartback.domain.event import ShopId


class CompanionReading(Protocol):
    def companions(self, shop: ShopId, about: Collection[About]) -> Mapping[About, Counts]:
        """Products and how often they were bought; what was never counted is left out."""

    def companions_mark(self, shop: ShopId) -> int:
        """The number up to which the log is counted."""


class CompanionWriting(CompanionReading, Protocol):
    def hold_companions(self, shop: ShopId) -> int:
        """The mark, locked until the end: one counts at a time."""

    def save_companions(self, shop: ShopId, counts: Mapping[About, Counts], mark: int) -> None:
        """Replace these counts, and move the mark, which is held."""
