"""What mails said as they left: kept for a while, for who asks what somebody was sent."""

from typing import Protocol

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant


class CopyRow(msgspec.Struct, frozen=True):
    """A mail as it left, packed (engine/copies.py). `pattern` names what it was packed against;
    empty: nothing."""

    message: str
    at: Instant
    pattern: str
    body: bytes


class CopyReading(Protocol):
    def copy_of(self, shop: ShopId, message: str) -> CopyRow | None: ...
    def pattern(self, shop: ShopId, digest: str) -> bytes | None:
        """What copies were packed against."""


class CopyWriting(CopyReading, Protocol):
    def keep_copy(self, shop: ShopId, copy: CopyRow, pattern: bytes) -> None:
        """In the place of an earlier one of that message; `pattern` is kept once."""

    def drop_copies(self, before: Instant, limit: int) -> int:
        """Delete copies of mails that left before then, the oldest first; how many."""
