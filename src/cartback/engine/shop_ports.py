"""What shops, their keys and their rules ask of the store."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.scope import Scope

WHOLE_STORE: Final[ShopId] = 0
"""What is held (`hold`) by whoever changes what belongs to no shop: no shop has this number."""


class ShopRow(msgspec.Struct, frozen=True):
    id: ShopId
    name: str
    created: Instant


class KeyRow(msgspec.Struct, frozen=True):
    """A key: `public` may stand in a page, `secret` belongs on a server. Hashed.

    What it may do beyond that is in `scopes` (scope.py), sorted.
    """

    id: int
    shop: ShopId
    kind: Literal["public", "secret"]
    digest: bytes
    hint: str
    label: str
    created: Instant
    revoked: Instant | None = None
    scopes: tuple[Scope, ...] = ()


class RulesRow(msgspec.Struct, frozen=True):
    """One immutable version of everything that `advance` needs to know of a shop."""

    version: int
    document: bytes


class ShopReading(Protocol):
    def shops(self) -> Sequence[ShopRow]: ...
    def keys(self, shop: ShopId | None = None) -> Sequence[KeyRow]: ...
    def rules_version(self, shop: ShopId) -> int:
        """0 where the shop has no rules yet."""

    def rules(self, shop: ShopId, version: int) -> RulesRow | None: ...


class ShopWriting(ShopReading, Protocol):
    def add_shop(self, name: str, at: Instant) -> ShopId: ...
    def rename_shop(self, shop: ShopId, name: str) -> None: ...
    def add_key(self, key: KeyRow) -> KeyRow:
        """Stores a key (its `id` is given by the store and returned)."""

    def revoke_key(self, shop: ShopId, key: int, at: Instant) -> bool: ...
    def hold(self, shop: ShopId) -> None:
        """Be alone with a shop until the end: waits for all who work with its rules. To be first,
        for what is read before may have changed when the waiting is over."""

    def add_rules(self, shop: ShopId, rules: RulesRow) -> None:
        """A new version. Raises Contention where that version exists already."""
