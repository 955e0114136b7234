"""What would become of a definition, and whether it was changed since its file was written."""

from typing import Final, Literal, TypeAlias

import msgspec

from cartback.domain.event import Json
from cartback.domain.instant import Instant
from cartback.engine.definitions import DEFINITION_KINDS

SEGMENT: Final = "segment"
SHOP: Final = "shop"
ORDER: Final = (SHOP, SEGMENT, *(kind.word for kind in DEFINITION_KINDS))
SHOP_KEY: Final = ""
"""The shop's own file among the changes."""


class Origin(msgspec.Struct, frozen=True):
    """Where a definition came from, and a digest of what was applied."""

    file: str
    commit: str
    at: Instant
    base: str


Kind: TypeAlias = Literal["created", "changed", "archived", "unchanged", "not in the folder"]


class Change(msgspec.Struct, frozen=True):
    """What would become of one definition: its documents before and after, for people to compare.

    `stale` says why it should not be applied unasked; empty where nothing speaks against it.
    """

    key: str
    name: str
    kind: Kind
    file: str = ""
    before: Json = None
    after: Json = None
    stale: str = ""
    what: str = SEGMENT

    @property
    def changes(self) -> bool:
        return self.kind in ("created", "changed", "archived")


def staleness(present: str, base: str, origin: Origin | None) -> str:
    """Why the folder does not know what it would change; empty where it does."""
    if present in (base, origin.base if origin is not None else ""):
        return ""
    if base or origin is not None:
        return "it was changed since the file was written"
    return "it was not made from a file"
