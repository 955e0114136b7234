"""Which carts orders say that they came from, and whom a flow writes to about a cart."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.cart import CartId
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.ordered_ports import OrderedCart
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.sql import Among, Insert, Statement

_o: Final = schema.ordered_carts.c
_FIELDS: Final = OrderedCart.__struct_fields__

NAMED: Final = Statement(
    select(*(_o[name] for name in _FIELDS)).where(_o.shop == param("shop"), Among(_o.name, "names"))
)
ABOUT: Final = Statement(
    sqlite="SELECT cart, profile FROM runs INDEXED BY ix_runs_cart"
    " WHERE shop = :shop AND cart IN (SELECT value FROM json_each(:carts)) AND cart != ''"
    " UNION ALL SELECT cart, profile FROM messages INDEXED BY ix_messages_cart"
    " WHERE shop = :shop AND cart IN (SELECT value FROM json_each(:carts)) AND cart != ''"
    " AND status IN ('queued', 'claimed') LIMIT :limit",
    postgres="SELECT cart, profile FROM runs"
    " WHERE shop = %(shop)s AND cart = ANY(%(carts)s::text[]) AND cart != ''"
    " UNION ALL SELECT cart, profile FROM messages"
    " WHERE shop = %(shop)s AND cart = ANY(%(carts)s::text[]) AND cart != ''"
    " AND status IN ('queued', 'claimed') LIMIT %(limit)s",
)
KEEP: Final = Insert(
    schema.ordered_carts, "shop", *_FIELDS, replacing=["at", "profile", "order_id"]
)
FORGET: Final = Statement(
    schema.ordered_carts.delete().where(_o.shop == param("shop"), _o.at < param("before"))
)
FORGET_OF: Final = Statement(
    schema.ordered_carts.delete().where(_o.shop == param("shop"), _o.profile == param("profile"))
)


class OrderedReads(Part):
    def ordered_carts(self, shop: ShopId, names: Collection[str]) -> Mapping[str, OrderedCart]:
        values = {"shop": shop, "names": sorted(set(names))}
        return {row[0]: OrderedCart(*row) for row in self._session.rows(NAMED, values)}

    def about_carts(
        self, shop: ShopId, carts: Collection[CartId], limit: int
    ) -> Sequence[tuple[CartId, ProfileId]]:
        values = {"shop": shop, "carts": sorted(set(carts)), "limit": limit}
        return [(row[0], row[1]) for row in self._session.rows(ABOUT, values)]


class OrderedWrites(OrderedReads):
    def keep_ordered(self, shop: ShopId, some: Collection[OrderedCart]) -> None:
        rows = {one.name: (shop, one.name, one.at, one.profile, one.order_id) for one in some}
        self._session.many(KEEP, [rows[name] for name in sorted(rows)])

    def forget_ordered(self, shop: ShopId, before: Instant) -> None:
        self._session.run(FORGET, {"shop": shop, "before": before})

    def _forget_ordered_by(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(FORGET_OF, {"shop": shop, "profile": profile})
