"""What the suppression list asks of the store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.law.terms import Bar


class Suppressed(msgspec.Struct, frozen=True):
    """An address that must not be written to by a channel: why, since when, who says so."""

    channel: str
    address: str
    reason: Bar
    at: Instant
    source: str = ""


class SuppressionReading(Protocol):
    def suppressed(
        self, shop: ShopId, channel: str, addresses: Collection[str]
    ) -> Mapping[str, Suppressed]:
        """Those of the addresses that are on the list."""

    def suppressions(
        self, shop: ShopId, channel: str, after: str, limit: int
    ) -> Sequence[Suppressed]:
        """In the order of their addresses, those behind `after`."""


class SuppressionWriting(SuppressionReading, Protocol):
    def suppress(self, shop: ShopId, some: Sequence[Suppressed]) -> int:
        """How many were new; who is on the list already stays there for the first reason."""

    def unsuppress(self, shop: ShopId, channel: str, address: str) -> bool: ...
