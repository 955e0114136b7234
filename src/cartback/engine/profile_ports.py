"""What profiles ask of the store: their states, and their identifiers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from cartback.domain.event import Identifier, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.engine.log_ports import Seq


class ProfileRow(msgspec.Struct, frozen=True, gc=False):
    """One profile as stored: its state, when to look at it again, and the ends of its chains."""

    id: ProfileId
    state: bytes
    wake_at: Instant = FOREVER
    rules_version: int = 0
    tails: tuple[Seq, ...] = ()


class ProfileReading(Protocol):
    def profiles_by(
        self, shop: ShopId, identifiers: Collection[Identifier]
    ) -> dict[Identifier, ProfileId]: ...
    def identifiers_of(self, shop: ShopId, profile: ProfileId) -> Sequence[Identifier]: ...
    def profile(self, shop: ShopId, profile: ProfileId) -> ProfileRow | None: ...
    def profiles_after(self, shop: ShopId, after: ProfileId, limit: int) -> Sequence[ProfileRow]:
        """Profiles in the order of their ids, those behind `after`."""

    def count_profiles(self, shop: ShopId) -> int: ...
    def next_wake(self) -> Instant:
        """The earliest wake_at of any profile, or an instant before it; FOREVER for none."""


class ProfileWriting(ProfileReading, Protocol):
    def link(self, shop: ShopId, owners: Mapping[Identifier, ProfileId]) -> None:
        """Give new identifiers to profiles. Raises Contention where one has an owner by now."""

    def relink(self, shop: ShopId, identifiers: Collection[Identifier], to: ProfileId) -> None:
        """Move identifiers to another profile."""

    def unlink(self, shop: ShopId, profile: ProfileId) -> None:
        """Forget all identifiers of a profile."""

    def new_profile_ids(self, count: int) -> Sequence[ProfileId]: ...
    def lock(self, shop: ShopId, profiles: Collection[ProfileId]) -> dict[ProfileId, ProfileRow]:
        """The profiles' rows, locked in key order until the end; unknown ones are left out."""

    def lock_versions(self, shop: ShopId, profiles: Collection[ProfileId]) -> dict[ProfileId, int]:
        """Lock them likewise, and say only at which version of the rules they are."""

    def save(self, shop: ShopId, profiles: Iterable[ProfileRow]) -> None:
        """Insert or replace rows by id."""

    def bump(self, shop: ShopId, profiles: Collection[ProfileId], rules_version: int) -> None:
        """Set the rules version of rows that are at an older one, and otherwise right."""

    def remove(self, shop: ShopId, profile: ProfileId) -> None:
        """Delete a profile's row and its memberships (a merged or erased one)."""

    def claim_due(self, now: Instant, limit: int) -> Mapping[ShopId, Sequence[ProfileRow]]:
        """Profiles with wake_at <= now, earliest first; locked, and skipping locked ones."""
