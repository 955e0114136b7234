"""Products with their variants, and reviews."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import func, select

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.product import Product, Variant
from cartback.domain.review import Review
from cartback.store import schema_goods as schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Among, Delete, Insert, Row, Statement

_p: Final = schema.products.c
_v: Final = schema.variants.c
_r: Final = schema.reviews.c
_PRODUCT: Final = (_p.id, _p.name, _p.brand, _p.url, _p.images, _p.categories)
_VARIANT: Final = tuple(_v[name] for name in Variant.__struct_fields__)
_REVIEW: Final = tuple(_r[name] for name in Review.__struct_fields__)

BY_ID: Final = Statement(select(*_PRODUCT).where(_p.shop == param("shop"), Among(_p.id, "ids")))
LOCK: Final = Statement(
    select(*_PRODUCT)
    .where(_p.shop == param("shop"), Among(_p.id, "ids"))
    .order_by(_p.id)
    .with_for_update()
)
AFTER: Final = Statement(
    select(*_PRODUCT)
    .where(_p.shop == param("shop"), _p.id > param("after"))
    .order_by(_p.id)
    .limit(param("limit"))
)
VARIANTS: Final = Statement(
    select(_v.product, *_VARIANT)
    .where(_v.shop == param("shop"), Among(_v.product, "ids"))
    .order_by(_v.product, _v.place)
)
OF_SKUS: Final = Statement(
    select(_v.sku, _v.product).where(_v.shop == param("shop"), Among(_v.sku, "skus"))
)
COUNT: Final = Statement(select(func.count()).where(_p.shop == param("shop")))
UNSEEN: Final = Statement(
    select(_p.id)
    .where(_p.shop == param("shop"), _p.seen < param("before"))
    .order_by(_p.id)
    .with_for_update()
)
"""Locked: one that somebody saves at this moment is not among them."""
_COLUMNS: Final = ("id", "name", "brand", "url", "images", "categories", "seen")
SAVE: Final = Insert(schema.products, "shop", *_COLUMNS, replacing=_COLUMNS[1:])
SAVE_VARIANTS: Final = Insert(
    schema.variants, "shop", "product", "place", *Variant.__struct_fields__
)
REMOVE: Final = Delete(schema.products, "shop", "id")
REMOVE_VARIANTS: Final = Delete(schema.variants, "shop", "product")

REVIEW: Final = Statement(select(*_REVIEW).where(_r.shop == param("shop"), _r.id == param("id")))
REVIEWS_OF: Final = Statement(
    select(*_REVIEW)
    .where(_r.shop == param("shop"), _r.product == param("product"))
    .order_by(_r["at"].desc(), _r.id.desc())
    .limit(param("limit"))
)
REVIEWS_AFTER: Final = Statement(
    select(*_REVIEW)
    .where(_r.shop == param("shop"), _r.id > param("after"))
    .order_by(_r.id)
    .limit(param("limit"))
)
SAVE_REVIEWS: Final = Insert(
    schema.reviews, "shop", *Review.__struct_fields__, replacing=Review.__struct_fields__[1:]
)
REMOVE_REVIEW: Final = Delete(schema.reviews, "shop", "id")

_encode: Final = msgspec.json.Encoder().encode
_texts: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_options: Final = msgspec.json.Decoder(dict[str, str]).decode


class ProductReads(Part):
    def products_by(self, shop: ShopId, ids: Collection[str]) -> Mapping[str, Product]:
        return self._products(shop, BY_ID, {"ids": sorted(set(ids))})

    def products_of_skus(self, shop: ShopId, skus: Collection[str]) -> Mapping[str, str]:
        wanted = sorted(set(skus) - {""})
        rows = self._session.rows(OF_SKUS, {"shop": shop, "skus": wanted})
        return dict(sorted(rows, reverse=True))  # of two products with one SKU, always the same

    def products_after(self, shop: ShopId, after: str, limit: int) -> Sequence[Product]:
        found = self._products(shop, AFTER, {"after": after, "limit": limit})
        return [found[id_] for id_ in sorted(found, key=_bytes)]

    def count_products(self, shop: ShopId) -> int:
        row = first(self._session, COUNT, {"shop": shop})
        return row[0] if row else 0

    def review(self, shop: ShopId, id: str) -> Review | None:  # noqa: A002  its word
        row = first(self._session, REVIEW, {"shop": shop, "id": id})
        return None if row is None else _review(row)

    def reviews_of(self, shop: ShopId, product: str, limit: int) -> Sequence[Review]:
        values = {"shop": shop, "product": product, "limit": limit}
        return [_review(row) for row in self._session.rows(REVIEWS_OF, values)]

    def reviews_after(self, shop: ShopId, after: str, limit: int) -> Sequence[Review]:
        values = {"shop": shop, "after": after, "limit": limit}
        return [_review(row) for row in self._session.rows(REVIEWS_AFTER, values)]

    def _products(
        self, shop: ShopId, statement: Statement, values: Mapping[str, object]
    ) -> dict[str, Product]:
        rows = self._session.rows(statement, {"shop": shop, **values})
        ids = [row[0] for row in rows]
        variants: dict[str, list[Variant]] = {id_: [] for id_ in ids}
        if ids:
            for product, *row in self._session.rows(VARIANTS, {"shop": shop, "ids": ids}):
                variants[product].append(_variant(tuple(row)))
        return {row[0]: _product(row, tuple(variants[row[0]])) for row in rows}


class ProductWrites(ProductReads):
    def lock_products(self, shop: ShopId, ids: Collection[str]) -> Mapping[str, Product]:
        return self._products(shop, LOCK, {"ids": sorted(set(ids))})

    def save_products(self, shop: ShopId, products: Sequence[Product], at: Instant) -> None:
        if not products:
            return
        ordered = sorted(products, key=lambda one: _bytes(one.id))
        rows = [
            (shop, one.id, one.name, one.brand, one.url, *map(_encode, _lists(one)), at)
            for one in ordered
        ]
        self._session.many(SAVE, rows)
        self._session.many(REMOVE_VARIANTS, [(shop, one.id) for one in ordered])
        variants = [
            (shop, one.id, place, *_values(variant))
            for one in ordered
            for place, variant in enumerate(one.variants)
        ]
        self._session.many(SAVE_VARIANTS, variants)

    def remove_product(self, shop: ShopId, id: str) -> bool:  # noqa: A002  its word
        self._session.many(REMOVE_VARIANTS, [(shop, id)])
        return self._session.many(REMOVE, [(shop, id)]) == 1

    def remove_unseen(self, shop: ShopId, before: Instant) -> Sequence[str]:
        gone = [id_ for (id_,) in self._session.rows(UNSEEN, {"shop": shop, "before": before})]
        keys = [(shop, id_) for id_ in gone]
        self._session.many(REMOVE_VARIANTS, keys)
        self._session.many(REMOVE, keys)
        return gone

    def save_reviews(self, shop: ShopId, reviews: Sequence[Review]) -> None:
        rows = [
            (shop, *msgspec.structs.astuple(one)[:-1], int(one.permission))
            for one in sorted(reviews, key=lambda one: _bytes(one.id))
        ]
        if rows:
            self._session.many(SAVE_REVIEWS, rows)

    def remove_review(self, shop: ShopId, id: str) -> bool:  # noqa: A002  its word
        return self._session.many(REMOVE_REVIEW, [(shop, id)]) == 1


def _bytes(text: str) -> bytes:
    return text.encode()


def _lists(product: Product) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return product.images, product.categories


def _values(variant: Variant) -> Row:
    return tuple(
        _encode(value) if name == "options" else value
        for name, value in msgspec.structs.asdict(variant).items()
    )


def _product(row: Row, variants: tuple[Variant, ...]) -> Product:
    id_, name, brand, url, images, categories = row
    return Product(
        id=id_,
        name=name,
        brand=brand,
        url=url,
        images=_texts(images),
        categories=_texts(categories),
        variants=variants,
    )


def _variant(row: Row) -> Variant:
    values = dict(zip(Variant.__struct_fields__, row, strict=True))
    return Variant(**values | {"options": _options(values["options"])})


def _review(row: Row) -> Review:
    values = dict(zip(Review.__struct_fields__, row, strict=True))
    return Review(**values | {"permission": bool(values["permission"])})
