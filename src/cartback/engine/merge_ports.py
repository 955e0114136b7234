"""What merging asks of the store: which profiles became one, and which stayed apart."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from cartback.domain.event import Identifier, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.log_ports import Seq


class Merge(msgspec.Struct, frozen=True):
    """Two profiles became one: which, when, because of which event, tied by which identifiers."""

    id: int
    winner: ProfileId
    loser: ProfileId
    at: Instant
    event_id: str
    evidence: tuple[Identifier, ...]
    moved: tuple[Identifier, ...]
    tails: tuple[Seq, ...]
    undone_at: Instant | None = None


class Conflict(msgspec.Struct, frozen=True):
    """An event tied two profiles with different external ids; they were not merged."""

    at: Instant
    event_id: str
    profiles: tuple[ProfileId, ...]
    identifiers: tuple[Identifier, ...]


class MergeReading(Protocol):
    def merge(self, shop: ShopId, merge: int) -> Merge | None: ...
    def merges(self, shop: ShopId, profile: ProfileId | None = None) -> Sequence[Merge]: ...
    def conflicts(self, shop: ShopId, limit: int = 100) -> Sequence[Conflict]: ...
    def conflicts_of(self, shop: ShopId, profile: ProfileId) -> Sequence[Conflict]:
        """Those that name this profile, latest first."""


class MergeWriting(MergeReading, Protocol):
    def add_merge(self, shop: ShopId, merge: Merge) -> int: ...
    def undo_merge(self, shop: ShopId, merge: int, at: Instant) -> None: ...
    def add_conflict(self, shop: ShopId, conflict: Conflict) -> None: ...
    def forget_merges(self, shop: ShopId, profile: ProfileId) -> None:
        """Delete a profile's merges and conflicts, with their evidence (erasure on request)."""
