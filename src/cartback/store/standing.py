"""The figures of Home: tallies that the engine names, and the carts abandoned at present."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select, tuple_

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.standing_ports import LAST, AbandonedCart
from cartback.store import schema
from cartback.store.part import Part
from cartback.store.sql import Delete, Insert, Statement

_c: Final = schema.abandoned.c

BETWEEN: Final = Statement(
    sqlite="SELECT substr(name, :start), sum(count) FROM tallies"
    " WHERE shop = :shop AND topic = :topic AND name >= :first AND name <= :last GROUP BY 1",
    postgres="SELECT substr(name, %(start)s::int), sum(count)::bigint FROM tallies"
    " WHERE shop = %(shop)s AND topic = %(topic)s AND name BETWEEN %(first)s AND %(last)s"
    " GROUP BY 1",
)
ABANDONED: Final = Statement(
    select(_c["at"], _c.profile, _c.cart, _c.value, _c.currency)
    .where(
        _c.shop == param("shop"),
        tuple_(_c["at"], _c.profile) < tuple_(param("before"), param("profile")),
    )
    .order_by(_c["at"].desc(), _c.profile.desc(), _c.cart.desc())
    .limit(param("limit"))
)
ADD: Final = Insert(schema.abandoned, replacing=["value", "currency"])
REMOVE: Final = Delete(schema.abandoned, "shop", "at", "profile", "cart")


class FiguresReads(Part):
    def tallied(
        self, shop: ShopId, topic: str, first: str = "", last: str = LAST, skip: int = 0
    ) -> Mapping[str, int]:
        self._tallies.write()
        values = {"shop": shop, "topic": topic, "first": first, "last": last, "start": skip + 1}
        return {name: count for name, count in self._session.rows(BETWEEN, values) if count}

    def abandoned(
        self, shop: ShopId, before: tuple[Instant, ProfileId], limit: int
    ) -> Sequence[AbandonedCart]:
        at, profile = before
        values = {"shop": shop, "before": at, "profile": profile, "limit": limit}
        return [AbandonedCart(*row) for row in self._session.rows(ABANDONED, values)]


class FiguresWrites(FiguresReads):
    def tally(self, shop: ShopId, topic: str, changes: Mapping[str, int]) -> None:
        for name, count in changes.items():
            self._tallies.add(shop, topic, name, count)

    def change_abandoned(
        self, shop: ShopId, gone: Sequence[AbandonedCart], new: Sequence[AbandonedCart]
    ) -> None:
        if gone:
            self._session.many(
                REMOVE, [(shop, one.at, one.profile, one.cart) for one in sorted(gone)]
            )
        if new:
            rows = [
                (shop, one.at, one.profile, one.cart, one.value, one.currency)
                for one in sorted(new)
            ]
            self._session.many(ADD, rows)
