"""What the pages of coupons tell: figures, and the codes that were given."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.code import compared
from cartback.domain.coupon import Coupon
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.calling import name_by_id
from cartback.engine.coupon_ports import CodeRow, CouponRow, Redemption
from cartback.engine.coupons import coupon_of
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.selves import known_as, present_row
from cartback.engine.spending import codes_counted, promised, spent


class CouponFigures(NamedTuple):
    """A coupon, how many codes were given and used, what the month has cost and what codes that are
    out may cost yet, and what of the budget is left; None without one. `pool`: codes that wait."""

    row: CouponRow
    coupon: Coupon
    given: int
    redeemed: int
    spent: int
    promised: int
    left: int | None
    pool: int


def coupon_figures(reading: Reading, shop: ShopId, row: CouponRow, now: Instant) -> CouponFigures:
    coupon, codes = coupon_of(row), codes_counted(reading, shop, row.key)
    cost, out = spent(reading, shop, row.key, now), promised(reading, shop, row.key, now)
    left = None if coupon.budget is None else max(0, coupon.budget - cost - out)
    pool = reading.count_free(shop, row.key) if coupon.codes == "pool" else 0
    return CouponFigures(row, coupon, codes.given, codes.redeemed, cost, out, left, pool)


class CodeShown(NamedTuple):
    """A code: whose it is, and what it was used for. `cart` is empty where it was for none."""

    row: CodeRow
    profile: ProfileId
    name: str
    cart: str
    used: Sequence[Redemption]


def codes_given(
    reading: Reading, shop: ShopId, coupon: str, before: tuple[Instant, str], limit: int
) -> Sequence[CodeShown]:
    """The codes of a coupon that were given, the newest first: those behind a place."""
    rows = reading.codes_issued(shop, coupon, before, limit)
    return [_shown(reading, shop, row) for row in rows]


def find_codes(reading: Reading, shop: ShopId, coupon: str, text: str) -> Sequence[CodeShown]:
    """The code that is written so, and the codes of the person who is known by it."""
    found: dict[str, CodeRow] = {}
    code = reading.code(shop, compared(text)) if compared(text) else None
    if code is not None and code.coupon == coupon and code.issued is not None:
        found[code.key] = code
    try:
        profiles = known_as(reading, shop, find(reading, shop, text))
    except NobodyFound:
        profiles = ()
    if profiles:
        found |= {one.key: one for one in reading.codes_of(shop, profiles) if one.coupon == coupon}
    rows = sorted(found.values(), key=lambda one: (one.issued or 0, one.key), reverse=True)
    return [_shown(reading, shop, row) for row in rows]


def _shown(reading: Reading, shop: ShopId, row: CodeRow) -> CodeShown:
    present = present_row(reading, shop, row.profile) if row.profile else None
    profile = 0 if present is None else present.id
    name = name_by_id(reading, shop, profile) if profile else ""
    used = reading.redemptions(shop, row.key) if row.redeemed is not None else ()
    cart = row.cart.partition(":")[2] if ":" in row.cart else ""
    return CodeShown(row, profile, name, cart, used)
