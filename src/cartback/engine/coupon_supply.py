"""Which coupons run out: a pool without codes, a budget that is used up, and those that nearly are.

Whoever leaves a cart then gets no code, and the reason stands in the decision log of each; this
tells the shop, before it comes to that.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from cartback.domain.coupon import AmountOff, Coupon
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.coupons import coupon_of
from cartback.engine.ports import Reading, Transaction
from cartback.engine.shop_note import ShopNote
from cartback.engine.spending import codes_counted, spent_and_promised

LOW: Final = 10
"""Less than so many hundredths are little."""
MOST_LOW: Final = 1_000
"""So many codes are not little, however many there were."""


class Supply(NamedTuple):
    """What is left of a coupon's pool (codes), or of its month's budget (minor units), and of how
    much. A pool is measured by what was in it when codes were last uploaded."""

    row: CouponRow
    of: Literal["pool", "budget"]
    left: int
    whole: int
    is_gone: bool
    currency: str = ""


def running_out(reading: Reading, shop: ShopId, now: Instant) -> Sequence[Supply]:
    """Of the coupons at work those of which nothing is left, or little; what is gone first."""
    found = [
        one
        for row in reading.coupons(shop)
        if row.status == "live"
        for one in _short(reading, shop, row, now)
    ]
    return sorted(found, key=lambda one: (not one.is_gone, one.row.key, one.of))


def _short(reading: Reading, shop: ShopId, row: CouponRow, now: Instant) -> Iterator[Supply]:
    coupon = coupon_of(row)
    if coupon.codes == "pool":
        whole = _size(row.key).of(reading, shop)
        if whole is None:  # it was filled by a release that did not keep this
            whole = codes_counted(reading, shop, row.key).given + reading.count_free(shop, row.key)
        few = min(whole * LOW // 100, MOST_LOW)
        left = reading.count_free(shop, row.key, few + 1)
        if left <= few:
            yield Supply(row, "pool", left, whole, is_gone=left == 0)
    if coupon.budget is not None:
        left = max(0, coupon.budget - spent_and_promised(reading, shop, row.key, now))
        is_gone = left < _least(coupon)
        if is_gone or left * 100 < coupon.budget * LOW:
            yield Supply(row, "budget", left, coupon.budget, is_gone, coupon.currency or "")


def _least(coupon: Coupon) -> int:
    """What a code may cost at least, in minor units."""
    return coupon.gives.amount if isinstance(coupon.gives, AmountOff) else 1


def note_size(tx: Transaction, shop: ShopId, coupon: str) -> None:
    """Keep how many codes are in a pool that was filled just now."""
    _size(coupon).keep(tx, shop, tx.count_free(shop, coupon))


def _size(coupon: str) -> ShopNote[int]:
    return ShopNote(f"coupon-pool:{coupon}", int)
