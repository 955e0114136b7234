"""Coupons, the codes that people were given or that wait in a pool, and what they were used for."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import select, tuple_

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.coupon_ports import CodeRow, CouponRow, Redemption
from cartback.store import schema_goods as schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Among, Insert, Statement

_c: Final = schema.coupons.c
_k: Final = schema.codes.c
_r: Final = schema.redemptions.c
_COUPON: Final = tuple(_c[name] for name in CouponRow.__struct_fields__)
_CODE: Final = tuple(_k[name] for name in CodeRow.__struct_fields__)
_REDEMPTION: Final = tuple(_r[name] for name in Redemption.__struct_fields__)

COUPONS: Final = Statement(select(*_COUPON).where(_c.shop == param("shop")).order_by(_c.key))
_ONE_COUPON: Final = select(*_COUPON).where(_c.shop == param("shop"), _c.key == param("key"))
COUPON: Final = Statement(_ONE_COUPON)
SAVE_COUPON: Final = Insert(
    schema.coupons, "shop", *CouponRow.__struct_fields__, replacing=CouponRow.__struct_fields__[1:]
)
LOCK_COUPON: Final = Statement(_ONE_COUPON.with_for_update())
"""SQLite has one writer at a time, and no word for this: its dialect leaves it out."""

CODE: Final = Statement(select(*_CODE).where(_k.shop == param("shop"), _k.key == param("key")))
CODES_OF: Final = Statement(
    select(*_CODE).where(_k.shop == param("shop"), Among(_k.profile, "profiles")),
    by="ix_codes_shop_profile",
)
CODES_ISSUED: Final = Statement(
    select(*_CODE)
    .where(
        _k.shop == param("shop"),
        _k.coupon == param("coupon"),
        tuple_(_k.issued, _k.key) < tuple_(param("before"), param("key")),
    )
    .order_by(_k.issued.desc(), _k.key.desc())
    .limit(param("limit"))
)
UNANNOUNCED: Final = Statement(
    select(*_CODE)
    .where(
        _k.shop == param("shop"),
        _k.coupon == param("coupon"),
        _k.issued > param("since"),
        _k.announced.is_(None),
    )
    .order_by(_k.issued, _k.key)
    .limit(param("limit"))
)
COUNT_FREE: Final = Statement(
    sqlite="SELECT count(*) FROM codes WHERE shop = :shop AND coupon = :coupon AND issued IS NULL",
    postgres="SELECT count(*) FROM codes"
    " WHERE shop = %(shop)s AND coupon = %(coupon)s AND issued IS NULL",
)
_FREE: Final = (
    select(*_CODE)
    .where(_k.shop == param("shop"), _k.coupon == param("coupon"), _k.issued.is_(None))
    .order_by(_k.key)
    .limit(param("limit"))
)
SOME_FREE: Final = Statement(
    select(_k.key)
    .where(_k.shop == param("shop"), _k.coupon == param("coupon"), _k.issued.is_(None))
    .limit(param("limit")),
    by="ix_codes_shop_coupon_issued_key",
)
CLAIM_CODE: Final = Statement(
    _FREE.with_for_update(skip_locked=True), by="ix_codes_shop_coupon_issued_key"
)
"""Two who claim at once get two codes."""
ADD_CODES: Final = Insert(schema.codes, "shop", *CodeRow.__struct_fields__, unless_there=True)
SAVE_CODE: Final = Insert(
    schema.codes, "shop", *CodeRow.__struct_fields__, replacing=CodeRow.__struct_fields__[1:]
)
FORGET_CODES: Final = Statement(
    schema.codes.update()
    .values(profile=param("nobody"), cart=param("none"))
    .where(_k.shop == param("of"), Among(_k.profile, "profiles"))
)

REDEMPTIONS: Final = Statement(
    select(*_REDEMPTION).where(_r.shop == param("shop"), _r.code == param("code"))
)
ADD_REDEMPTION: Final = Insert(
    schema.redemptions, "shop", *Redemption.__struct_fields__, unless_there=True
)


class CouponReads(Part):
    def coupons(self, shop: ShopId) -> Sequence[CouponRow]:
        return [CouponRow(*row) for row in self._session.rows(COUPONS, {"shop": shop})]

    def coupon(self, shop: ShopId, key: str) -> CouponRow | None:
        row = first(self._session, COUPON, {"shop": shop, "key": key})
        return None if row is None else CouponRow(*row)

    def code(self, shop: ShopId, key: str) -> CodeRow | None:
        row = first(self._session, CODE, {"shop": shop, "key": key})
        return None if row is None else CodeRow(*row)

    def codes_of(self, shop: ShopId, profiles: Collection[ProfileId]) -> Sequence[CodeRow]:
        values = {"shop": shop, "profiles": sorted(set(profiles) - {0})}
        found = [CodeRow(*row) for row in self._session.rows(CODES_OF, values)]
        return sorted(found, key=lambda one: (one.issued or 0, one.key))

    def codes_issued(
        self, shop: ShopId, coupon: str, before: tuple[Instant, str], limit: int
    ) -> Sequence[CodeRow]:
        at, key = before
        values = {"shop": shop, "coupon": coupon, "before": at, "key": key, "limit": limit}
        return [CodeRow(*row) for row in self._session.rows(CODES_ISSUED, values)]

    def unannounced(self, shop: ShopId, coupon: str, limit: int) -> Sequence[CodeRow]:
        values = {"shop": shop, "coupon": coupon, "since": -(2**62), "limit": limit}
        return [CodeRow(*row) for row in self._session.rows(UNANNOUNCED, values)]

    def count_free(self, shop: ShopId, coupon: str, most: int | None = None) -> int:
        if most is not None:
            values = {"shop": shop, "coupon": coupon, "limit": most}
            return len(self._session.rows(SOME_FREE, values))
        row = first(self._session, COUNT_FREE, {"shop": shop, "coupon": coupon})
        return row[0] if row else 0

    def redemptions(self, shop: ShopId, code: str) -> Sequence[Redemption]:
        rows = self._session.rows(REDEMPTIONS, {"shop": shop, "code": code})
        return sorted((Redemption(*row) for row in rows), key=lambda one: (one.at, one.order_id))


class CouponWrites(CouponReads):
    def save_coupon(self, shop: ShopId, coupon: CouponRow) -> None:
        self._session.many(SAVE_COUPON, [(shop, *msgspec.structs.astuple(coupon))])

    def lock_coupon(self, shop: ShopId, key: str) -> CouponRow | None:
        row = first(self._session, LOCK_COUPON, {"shop": shop, "key": key})
        return None if row is None else CouponRow(*row)

    def add_codes(self, shop: ShopId, codes: Sequence[CodeRow]) -> int:
        rows = [(shop, *msgspec.structs.astuple(one)) for one in sorted(codes, key=_key)]
        return self._session.many(ADD_CODES, rows) if rows else 0

    def claim_code(self, shop: ShopId, coupon: str) -> CodeRow | None:
        row = first(self._session, CLAIM_CODE, {"shop": shop, "coupon": coupon, "limit": 1})
        return None if row is None else CodeRow(*row)

    def save_code(self, shop: ShopId, code: CodeRow) -> None:
        self._session.many(SAVE_CODE, [(shop, *msgspec.structs.astuple(code))])

    def add_redemption(self, shop: ShopId, redemption: Redemption) -> bool:
        row = (shop, *msgspec.structs.astuple(redemption))
        return self._session.many(ADD_REDEMPTION, [row]) == 1

    def forget_codes(self, shop: ShopId, profiles: Collection[ProfileId]) -> None:
        values = {"of": shop, "profiles": sorted(set(profiles) - {0}), "nobody": 0, "none": ""}
        self._session.run(FORGET_CODES, values)


def _key(code: CodeRow) -> str:
    return code.key
