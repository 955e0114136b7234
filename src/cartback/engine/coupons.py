"""Coupons by name: define, change, archive. A change counts for codes that are given from then on;
what was given keeps its end, and is redeemed as the coupon says at that time."""

from typing import Final
from zlib import crc32

import msgspec

from cartback.domain.coupon import BadCoupon, Coupon, coupon_document, parse_coupon
from cartback.domain.event import Json, ShopId
from cartback.domain.fault import Fault
from cartback.domain.instant import Instant
from cartback.domain.key import is_key, key_from
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.ports import Reading, Store

MOST_COUPONS: Final = 500
LONGEST_NAME: Final = 200


class NoSuchCoupon(ValueError):
    """There is no coupon with that key at work."""


class CouponExists(ValueError):
    """There is a coupon with that key already."""


class StaleCoupon(ValueError):
    """Somebody else changed the coupon meanwhile."""


def define_coupon(
    store: Store, shop: ShopId, name: str, document: Json, now: Instant, *, key: str = ""
) -> CouponRow:
    """A new coupon; without a `key` one is made of its name. Raises BadCoupon, and CouponExists
    where its name or key is taken."""
    coupon, name = parse_coupon(document), _name(name)
    if key and not is_key(key):
        fault = Fault("not_a_coupon_key", key=key[:60])
        raise BadCoupon(f"key: {fault}", fault)
    key = key or key_from(name) or f"coupon-{crc32(name.encode()):08x}"
    with store.transaction() as tx:
        tx.hold(shop)
        before = tx.coupon(shop, key)
        if before is not None and before.status != "archived":
            raise CouponExists(f"there is a coupon {key!r} already; change it or take another name")
        if before is None and len(tx.coupons(shop)) >= MOST_COUPONS:
            raise BadCoupon(Fault("too_many_coupons", most=MOST_COUPONS))
        version = 1 if before is None else before.version + 1
        row = CouponRow(key, name, _encoded(coupon), version, "live", now, now)
        tx.save_coupon(shop, row)
    return row


def change_coupon(
    store: Store,
    shop: ShopId,
    key: str,
    name: str,
    document: Json,
    now: Instant,
    *,
    expected: int | None = None,
) -> CouponRow:
    """The coupon's next version. Raises BadCoupon, NoSuchCoupon, and StaleCoupon where `expected`
    is not its version."""
    coupon, name = parse_coupon(document), _name(name)
    with store.transaction() as tx:
        before = tx.lock_coupon(shop, key)
        if before is None or before.status == "archived":
            raise NoSuchCoupon(f"there is no coupon {key!r}")
        if expected is not None and before.version != expected:
            raise StaleCoupon(
                f"coupon {key!r} is at version {before.version} by now, not {expected};"
                " look at the change and try again"
            )
        row = msgspec.structs.replace(
            before,
            name=name,
            document=_encoded(coupon),
            version=before.version + 1,
            updated=now,
        )
        tx.save_coupon(shop, row)
    return row


def archive_coupon(store: Store, shop: ShopId, key: str, now: Instant) -> CouponRow:
    """No code is given any more; those that were given stay good. Raises NoSuchCoupon."""
    with store.transaction() as tx:
        before = tx.lock_coupon(shop, key)
        if before is None or before.status == "archived":
            raise NoSuchCoupon(f"there is no coupon {key!r}")
        row = msgspec.structs.replace(before, status="archived", updated=now)
        tx.save_coupon(shop, row)
    return row


def restore_coupon(store: Store, shop: ShopId, key: str, now: Instant) -> CouponRow:
    """Take a coupon out of the archive, as it was. Raises NoSuchCoupon."""
    with store.transaction() as tx:
        before = tx.lock_coupon(shop, key)
        if before is None or before.status != "archived":
            raise NoSuchCoupon(f"there is no archived coupon {key!r}")
        row = msgspec.structs.replace(before, status="live", updated=now)
        tx.save_coupon(shop, row)
    return row


def live_coupon(reading: Reading, shop: ShopId, key: str) -> CouponRow:
    """The coupon with that key, unless it is archived. Raises NoSuchCoupon."""
    row = reading.coupon(shop, key)
    if row is None or row.status == "archived":
        raise NoSuchCoupon(f"there is no coupon {key!r}")
    return row


def coupon_of(row: CouponRow) -> Coupon:
    """What a row defines."""
    return parse_coupon(msgspec.json.decode(row.document))


def _encoded(coupon: Coupon) -> bytes:
    return msgspec.json.encode(coupon_document(coupon))


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        fault = Fault("coupon_name_length", most=LONGEST_NAME)
        raise BadCoupon(f"name: {fault}", fault)
    return name
