"""What segments ask of the store: their definitions, who is inside, and who entered and left."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant

SegmentStatus: TypeAlias = Literal["building", "live", "failed", "archived"]


class SegmentRow(msgspec.Struct, frozen=True):
    """A segment's newest definition, and whether its members can be read yet."""

    key: str
    name: str
    document: bytes
    version: int
    status: SegmentStatus
    created: Instant
    updated: Instant
    done: int = 0
    total: int = 0
    error: str = ""

    @property
    def is_awaited(self) -> bool:
        """Whether its members are not all found yet; nobody may read them until then."""
        return self.status in ("building", "failed")


class SegmentVersion(msgspec.Struct, frozen=True):
    """One definition that a segment has had: since when, and who gave it."""

    key: str
    version: int
    name: str
    document: bytes
    at: Instant
    by: str = ""


class Move(msgspec.Struct, frozen=True, gc=False):
    """A profile entered (`joined`) or left a segment, at that instant."""

    segment: str
    profile: ProfileId
    at: Instant
    joined: bool
    quiet: bool = False


class SegmentReading(Protocol):
    def segments(self, shop: ShopId) -> Sequence[SegmentRow]: ...
    def segment(self, shop: ShopId, key: str) -> SegmentRow | None: ...
    def segment_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[SegmentVersion]:
        """The definitions that a segment has had, those before a version, newest first."""

    def count_members(self, shop: ShopId, segment: str) -> int: ...
    def members(
        self, shop: ShopId, segment: str, after: ProfileId = 0, limit: int = 100
    ) -> Sequence[tuple[ProfileId, Instant]]:
        """Members in the order of their ids, and since when."""

    def memberships(self, shop: ShopId, profile: ProfileId) -> Mapping[str, Instant]: ...
    def moves(
        self, shop: ShopId, *, segment: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[tuple[int, Move]]:
        """Joins and leaves in the order in which they were written, each with its number."""

    def latest_moves(
        self,
        shop: ShopId,
        *,
        segment: str | None = None,
        limit: int = 100,
        with_quiet: bool = True,
    ) -> Sequence[tuple[int, Move]]:
        """The same, the one that was written last first; perhaps without the quiet ones."""


class SegmentWriting(SegmentReading, Protocol):
    def save_segment(self, shop: ShopId, segment: SegmentRow) -> None: ...
    def add_segment_version(self, shop: ShopId, version: SegmentVersion) -> None: ...
    def drop_members(self, shop: ShopId, segment: str) -> None:
        """Forget the membership rows of a segment (an archived or rebuilt one)."""

    def move(self, shop: ShopId, moves: Sequence[Move]) -> None:
        """Write joins and leaves to the memberships and to their history."""
