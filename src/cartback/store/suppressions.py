"""Who must not be written to, by channel and address."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ShopId
from cartback.domain.law.terms import Bar
from cartback.engine.suppression_ports import Suppressed
from cartback.store import schema_goods as schema
from cartback.store.part import Part
from cartback.store.sql import Among, Delete, Insert, Row, Statement

_s: Final = schema.suppressions.c
_ROW: Final = tuple(_s[name] for name in Suppressed.__struct_fields__)

AMONG: Final = Statement(
    select(*_ROW).where(
        _s.shop == param("shop"), _s.channel == param("channel"), Among(_s.address, "addresses")
    )
)
AFTER: Final = Statement(
    select(*_ROW)
    .where(_s.shop == param("shop"), _s.channel == param("channel"), _s.address > param("after"))
    .order_by(_s.address)
    .limit(param("limit"))
)
ADD: Final = Insert(schema.suppressions, "shop", *Suppressed.__struct_fields__, unless_there=True)
REMOVE: Final = Delete(schema.suppressions, "shop", "channel", "address")


class SuppressionReads(Part):
    def suppressed(
        self, shop: ShopId, channel: str, addresses: Collection[str]
    ) -> Mapping[str, Suppressed]:
        values = {"shop": shop, "channel": channel, "addresses": sorted(set(addresses))}
        return {row[1]: _suppressed(row) for row in self._session.rows(AMONG, values)}

    def suppressions(
        self, shop: ShopId, channel: str, after: str, limit: int
    ) -> Sequence[Suppressed]:
        values = {"shop": shop, "channel": channel, "after": after, "limit": limit}
        return [_suppressed(row) for row in self._session.rows(AFTER, values)]


class SuppressionWrites(SuppressionReads):
    def suppress(self, shop: ShopId, some: Sequence[Suppressed]) -> int:
        once = {(one.channel, one.address): one for one in reversed(some)}
        rows = [
            (shop, one.channel, one.address, one.reason.value, one.at, one.source)
            for _, one in sorted(once.items())
        ]
        return self._session.many(ADD, rows) if rows else 0

    def unsuppress(self, shop: ShopId, channel: str, address: str) -> bool:
        return self._session.many(REMOVE, [(shop, channel, address)]) == 1


def _suppressed(row: Row) -> Suppressed:
    channel, address, reason, at, source = row
    return Suppressed(channel, address, Bar(reason), at, source)
