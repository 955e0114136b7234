"""Who may care for which product, and what changed of products and is being told."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.product_news import News
from cartback.engine.product_ports import Telling
from cartback.store import schema_goods as schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Delete, Insert, Statement, Update

_i: Final = schema.interests.c
_c: Final = schema.product_changes.c
_COLUMNS: Final = ("shop", "at", "product", "kind", "document", "after")

INTERESTED: Final = Statement(
    select(_i.profile)
    .where(_i.shop == param("shop"), _i.product == param("product"), _i.profile > param("after"))
    .order_by(_i.profile)
    .limit(param("limit"))
)
CARE: Final = Insert(schema.interests, "shop", "product", "profile", unless_there=True)
CARE_NO_MORE: Final = Delete(schema.interests, "shop", "product", "profile")
FORGET: Final = Statement(
    schema.interests.delete().where(_i.shop == param("shop"), _i.profile == param("profile"))
)
WAITING: Final = Statement(
    sqlite="SELECT 1 FROM product_changes LIMIT 1",
    postgres="SELECT 1 FROM product_changes LIMIT 1",
)
CLAIM: Final = Statement(
    sqlite="SELECT shop, at, product, kind, document, after FROM product_changes"
    " ORDER BY shop, at, product, kind LIMIT 1",
    postgres="SELECT shop, at, product, kind, document, after FROM product_changes"
    " ORDER BY shop, at, product, kind LIMIT 1 FOR UPDATE SKIP LOCKED",
)
ADD: Final = Insert(schema.product_changes, *_COLUMNS, replacing=["document", "after"])
MOVE_ON: Final = Update(schema.product_changes, ["after"], ["shop", "at", "product", "kind"])
DONE: Final = Delete(schema.product_changes, "shop", "at", "product", "kind")

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(News).decode


class InterestReads(Part):
    def interested(
        self, shop: ShopId, product: str, after: ProfileId, limit: int
    ) -> Sequence[ProfileId]:
        values = {"shop": shop, "product": product, "after": after, "limit": limit}
        return [row[0] for row in self._session.rows(INTERESTED, values)]

    def news_waits(self) -> bool:
        return first(self._session, WAITING, {}) is not None


class InterestWrites(InterestReads):
    def care(self, shop: ShopId, cares: Collection[tuple[str, ProfileId]]) -> None:
        if cares:
            self._session.many(CARE, [(shop, *one) for one in sorted(cares)])

    def care_no_more(self, shop: ShopId, product: str, profiles: Collection[ProfileId]) -> None:
        if profiles:
            rows = [(shop, product, one) for one in sorted(profiles)]
            self._session.many(CARE_NO_MORE, rows)

    def add_news(self, shop: ShopId, news: Sequence[News]) -> None:
        rows = {(one.at, one.product, one.kind): one for one in news}
        if rows:
            ordered = [(shop, *key, _encode(rows[key]), 0) for key in sorted(rows)]
            self._session.many(ADD, ordered)

    def claim_news(self) -> Telling | None:
        row = first(self._session, CLAIM, {})
        if row is None:
            return None
        shop, _, _, _, document, after = row
        return Telling(shop, _decode(document), after)

    def told_until(self, telling: Telling, after: ProfileId) -> None:
        news = telling.news
        key = (telling.shop, news.at, news.product, news.kind)
        self._session.many(MOVE_ON, [(after, *key)])

    def end_telling(self, telling: Telling) -> None:
        news = telling.news
        self._session.many(DONE, [(telling.shop, news.at, news.product, news.kind)])

    def _forget_interests(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(FORGET, {"shop": shop, "profile": profile})
