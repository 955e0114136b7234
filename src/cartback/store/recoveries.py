"""Carts that became orders, what was given back of these, and what people did with messages."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import literal_column, select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.recovery_ports import RecoveryRow, Response, ReturnRow, TouchRow
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.sql import Among, Insert, Statement, Update

_r: Final = schema.recoveries.c
_t: Final = schema.returns.c
_m: Final = schema.messages.c

_RECOVERY: Final = tuple(_r[name] for name in RecoveryRow.__struct_fields__)
_RETURN: Final = tuple(_t[name] for name in ReturnRow.__struct_fields__)

OF_PROFILES: Final = Statement(
    select(*_RECOVERY).where(_r.shop == param("shop"), Among(_r.profile, "profiles")),
    by="ix_recoveries_shop_profile",
)
OF_MESSAGE: Final = Statement(
    select(*_RECOVERY)
    .where(_r.shop == param("shop"), _r.message == param("message"))
    .order_by(_r.seq),
    by="ix_recoveries_shop_message",
)
OF_ORDER: Final = Statement(
    select(*_RECOVERY).where(_r.shop == param("shop"), _r.order_id == param("order_id")),
    by="ix_recoveries_shop_order_id",
)
AFTER: Final = Statement(
    select(*_RECOVERY)
    .where(_r.shop == param("shop"), _r.seq > param("seq"))
    .order_by(_r.seq)
    .limit(param("limit"))
)
BEFORE: Final = Statement(
    select(*_RECOVERY)
    .where(_r.shop == param("shop"), _r.seq < param("seq"))
    .order_by(_r.seq.desc())
    .limit(param("limit"))
)
RETURNS_OF: Final = Statement(
    select(*_RETURN)
    .where(_t.shop == param("shop"), _t.order_id == param("order_id"))
    .order_by(_t.seq),
    by="ix_returns_shop_order_id",
)
TOUCHES: Final = Statement(
    # SQLite would begin at the visits, as it knows not how few messages one person has.
    sqlite="SELECT v.at, v.place, v.message, m.flow, m.version, m.step, m.at"
    " FROM messages m INDEXED BY ix_messages_shop_profile_at"
    " CROSS JOIN visits v ON v.shop = m.shop AND v.message = m.key"
    " WHERE m.shop = :shop AND m.profile IN (SELECT value FROM json_each(:profiles))"
    " AND v.said = 'person' AND v.at BETWEEN :first AND :last",
    postgres="SELECT v.at, v.place, v.message, m.flow, m.version, m.step, m.at"
    " FROM messages m JOIN visits v ON v.shop = m.shop AND v.message = m.key"
    " WHERE m.shop = %(shop)s AND m.profile = ANY(%(profiles)s)"
    " AND v.said = 'person' AND v.at BETWEEN %(first)s AND %(last)s",
)
SAVE: Final = Insert(
    schema.recoveries,
    "shop",
    *RecoveryRow.__struct_fields__,
    replacing=("revenue", "message", "flow", "version", "step", "sent", "basis", "touched"),
)
OWN: Final = [
    Update(table, ["profile"], ["shop", "seq"]) for table in (schema.recoveries, schema.returns)
]
RETURNED: Final = Insert(schema.returns, "shop", *ReturnRow.__struct_fields__, unless_there=True)
RESPOND: Final = {
    name: Statement(
        schema.messages.update()
        .values({name: param("instant")})
        .where(_m.shop == param("of"), _m.key == param("message"), _m[name] == literal_column("0"))
    )
    for name in ("opened", "clicked", "unsubscribed")
}
FORGET: Final = [
    Statement(
        table.delete().where(table.c.shop == param("shop"), table.c.profile == param("profile"))
    )
    for table in (schema.recoveries, schema.returns)
]


class RecoveryReads(Part):
    def recoveries_of(self, shop: ShopId, profiles: Collection[ProfileId]) -> Sequence[RecoveryRow]:
        values = {"shop": shop, "profiles": sorted(profiles)}
        rows = self._session.rows(OF_PROFILES, values)
        return sorted((RecoveryRow(*row) for row in rows), key=lambda one: one.seq)

    def recoveries_of_message(self, shop: ShopId, message: str) -> Sequence[RecoveryRow]:
        rows = self._session.rows(OF_MESSAGE, {"shop": shop, "message": message})
        return [RecoveryRow(*row) for row in rows]

    def recoveries_of_order(self, shop: ShopId, order_id: str) -> Sequence[RecoveryRow]:
        rows = self._session.rows(OF_ORDER, {"shop": shop, "order_id": order_id})
        return [RecoveryRow(*row) for row in rows]

    def recoveries_after(self, shop: ShopId, seq: int, limit: int) -> Sequence[RecoveryRow]:
        rows = self._session.rows(AFTER, {"shop": shop, "seq": seq, "limit": limit})
        return [RecoveryRow(*row) for row in rows]

    def recoveries_before(self, shop: ShopId, seq: int, limit: int) -> Sequence[RecoveryRow]:
        rows = self._session.rows(BEFORE, {"shop": shop, "seq": seq, "limit": limit})
        return [RecoveryRow(*row) for row in rows]

    def returns_of(self, shop: ShopId, order_id: str) -> Sequence[ReturnRow]:
        rows = self._session.rows(RETURNS_OF, {"shop": shop, "order_id": order_id})
        return [ReturnRow(*row) for row in rows]

    def touches_of(
        self, shop: ShopId, profiles: Collection[ProfileId], first: Instant, last: Instant
    ) -> Sequence[TouchRow]:
        values = {"shop": shop, "profiles": sorted(profiles), "first": first, "last": last}
        return [TouchRow(*row) for row in self._session.rows(TOUCHES, values)]


class RecoveryWrites(RecoveryReads):
    def save_recoveries(self, shop: ShopId, recoveries: Sequence[RecoveryRow]) -> None:
        ordered = sorted(recoveries, key=lambda one: one.seq)
        self._session.many(SAVE, [(shop, *msgspec.structs.astuple(one)) for one in ordered])

    def own_recoveries(self, shop: ShopId, owners: Sequence[tuple[int, ProfileId]]) -> None:
        for statement in OWN:
            self._session.many(statement, [(owner, shop, seq) for seq, owner in sorted(owners)])

    def add_return(self, shop: ShopId, row: ReturnRow) -> None:
        self._session.many(RETURNED, [(shop, *msgspec.structs.astuple(row))])

    def respond(self, shop: ShopId, message: str, response: Response, at: Instant) -> bool:
        values = {"of": shop, "message": message, "instant": at}
        return self._session.run(RESPOND[response], values) > 0

    def _forget_recoveries(self, shop: ShopId, profile: ProfileId) -> None:
        for statement in FORGET:
            self._session.run(statement, {"shop": shop, "profile": profile})
