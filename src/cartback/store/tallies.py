"""How many there are, kept beside the rows in the same transaction."""

from typing import Final

from cartback.domain.event import ShopId
from cartback.store import schema
from cartback.store.session import Session
from cartback.store.sql import Insert, Statement

EVENTS: Final = ("rows", "events")
PROFILES: Final = ("rows", "profiles")
QUARANTINED: Final = ("rows", "quarantined")
CONFLICTS: Final = ("rows", "conflicts")
STATE_BYTES: Final = ("rows", "state_bytes")
MEMBERS: Final = "members"
DROPS: Final = "drops"

_ADD: Final = Insert(schema.tallies, adding=["count"])
_OF_SHOP: Final = Statement(
    sqlite="SELECT name, sum(count) FROM tallies WHERE shop = :shop AND topic = :topic"
    " GROUP BY name",
    postgres="SELECT name, sum(count)::bigint FROM tallies"
    " WHERE shop = %(shop)s AND topic = %(topic)s GROUP BY name",
)
_OF_ALL: Final = Statement(
    sqlite="SELECT name, sum(count) FROM tallies WHERE topic = :topic GROUP BY name",
    postgres="SELECT name, sum(count)::bigint FROM tallies WHERE topic = %(topic)s GROUP BY name",
)
_ONE: Final = Statement(
    sqlite="SELECT sum(count) FROM tallies WHERE shop = :shop AND topic = :topic AND name = :name",
    postgres="SELECT sum(count)::bigint FROM tallies"
    " WHERE shop = %(shop)s AND topic = %(topic)s AND name = %(name)s",
)


class Tallies:
    """The tallies as one transaction sees and changes them.

    Changes are gathered and written at its end, in the order of their keys: on PostgreSQL two
    transactions that share a row then wait shortly and never for each other.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changes: dict[tuple[ShopId, str, str], int] = {}

    def add(self, shop: ShopId, topic: str, name: str, count: int) -> None:
        key = (shop, topic, name)
        self._changes[key] = self._changes.get(key, 0) + count

    def count(self, shop: ShopId, topic: str, name: str) -> int:
        self.write()
        found = self._session.rows(_ONE, {"shop": shop, "topic": topic, "name": name})
        return found[0][0] or 0

    def all(self, shop: ShopId | None, topic: str) -> dict[str, int]:
        """The counts of a topic by name, of one shop or of all."""
        self.write()
        if shop is None:
            rows = self._session.rows(_OF_ALL, {"topic": topic})
        else:
            rows = self._session.rows(_OF_SHOP, {"shop": shop, "topic": topic})
        return {name: count for name, count in rows if count}

    def write(self) -> None:
        """Write what has changed."""
        if not self._changes:
            return
        slot = self._session.slot
        rows = [(*key, slot, count) for key, count in sorted(self._changes.items()) if count]
        self._changes.clear()
        self._session.many(_ADD, rows)
