"""Codes are redeemed: by the API, which may refuse, and by orders, which are facts."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from cartback.domain.code import compared
from cartback.domain.coupon import Bad, Given, Good, Goods, NotGood, Wish, check
from cartback.domain.event import Event, Line, Metric, OrderProperties, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.engine.codes import given_of
from cartback.engine.coupon_ports import CodeRow, CouponRow, Redemption
from cartback.engine.coupons import coupon_of
from cartback.engine.ports import Reading, Transaction
from cartback.engine.spending import count_code, reserve, spend


class Redeemed(NamedTuple):
    """What a code took off an order; `again` where this order was noted before."""

    code: CodeRow
    takes_off: int
    again: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order that a code is used for: what is in it, and what was taken off, where known."""

    id: str
    goods: tuple[Goods, ...] = ()
    currency: str = ""
    value: int | None = None
    takes_off: int | None = None


def examine(
    reading: Reading, shop: ShopId, text: str, order: Order, now: Instant
) -> tuple[CodeRow, Good] | Bad:
    """Whether a code is good for an order, without using it."""
    code = reading.code(shop, compared(text))
    if code is None:
        return Bad(NotGood.UNKNOWN)
    if code.issued is None:
        return Bad(NotGood.NOT_GIVEN)
    row = reading.coupon(shop, code.coupon)
    if row is None:
        return Bad(NotGood.UNKNOWN)
    orders = [one.order_id for one in reading.redemptions(shop, code.key)]
    answer = check(coupon_of(row), given_of(code), orders, _wish(code, order), order.id, now)
    return answer if isinstance(answer, Bad) else (code, answer)


def redeem(tx: Transaction, shop: ShopId, text: str, order: Order, now: Instant) -> Redeemed | Bad:
    """Use a code for an order; the same order again changes nothing."""
    _alone_with(tx, shop, text)
    found = examine(tx, shop, text, order, now)
    if isinstance(found, Bad):
        return found
    code, good = found
    return _note(tx, shop, code, order, good.takes_off, now)


def redeemed_by(tx: Transaction, shop: ShopId, event: Event) -> Sequence[Redeemed]:
    """Note what an order says of the codes that it used. The shop took them: nothing is refused.

    For Placed Order and Coupon Used with an order's id; other events, and codes that are not
    ours, change nothing.
    """
    if event.metric not in _TELLING or not event.properties.get("coupon"):
        return ()
    said = msgspec.convert(event.properties, OrderProperties)
    if not said.order_id and event.metric != Metric.PLACED_ORDER:
        return ()
    order = Order(
        id=said.order_id or event.id,
        goods=tuple(goods_of(line) for line in said.lines or ()),
        currency=said.currency or "",
        value=said.value,
    )
    found = []
    for text in sorted({compared(one) for one in (said.coupon or "").split(",")} - {""}):
        _alone_with(tx, shop, text)
        code = tx.code(shop, text)
        row = None if code is None or code.issued is None else tx.coupon(shop, code.coupon)
        if code is not None and row is not None:
            takes_off = _takes_off(row, code, order)
            found.append(_note(tx, shop, code, order, takes_off, event.time))
    return found


_TELLING: Final = frozenset({Metric.PLACED_ORDER, Metric.COUPON_USED})


def goods_of(line: Line, cost: int | None = None) -> Goods:
    """A line as a coupon sees it."""
    return Goods(line.product_id or line.sku, line.price or 0, line.quantity, cost)


def _takes_off(row: CouponRow, code: CodeRow, order: Order) -> int:
    """What the code took off an order: by what is in it; else what was reserved."""
    if not order.goods:
        return code.worth
    open_end = Given(code.code, code.coupon, code.cart, 0, FOREVER)
    answer = check(coupon_of(row), open_end, (), _wish(code, order), order.id, 0)
    return answer.takes_off if isinstance(answer, Good) else code.worth


def _wish(code: CodeRow, order: Order) -> Wish:
    return Wish(coupon=code.coupon, cart=code.cart, goods=order.goods, currency=order.currency)


def _alone_with(tx: Transaction, shop: ShopId, text: str) -> None:
    """Two orders that use a code at once are noted one after the other."""
    code = tx.code(shop, compared(text))
    if code is not None:
        tx.lock_coupon(shop, code.coupon)


def _note(
    tx: Transaction, shop: ShopId, code: CodeRow, order: Order, worth: int, at: Instant
) -> Redeemed:
    takes_off = worth if order.takes_off is None else order.takes_off
    redemption = Redemption(code.key, order.id, at, order.value, takes_off)
    if not tx.add_redemption(shop, redemption):
        [before] = [
            one for one in tx.redemptions(shop, code.key) if one.order_id == redemption.order_id
        ]
        return Redeemed(code, before.takes_off, again=True)
    spend(tx, shop, code.coupon, takes_off, at)
    if code.redeemed is None:
        count_code(tx, shop, code.coupon, "redeemed")
        reserve(tx, shop, code, -code.worth)
        code = msgspec.structs.replace(code, redeemed=at)
        tx.save_code(shop, code)
    return Redeemed(code, takes_off)
