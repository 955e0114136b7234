"""Codes that flows give: the answer to a run that stands at its coupon step."""

from collections.abc import Sequence

from cartback.domain.coupon import Goods, Refused, Wish
from cartback.domain.event import Event, Line, ShopId
from cartback.domain.instant import Instant
from cartback.domain.item import Find, items_of
from cartback.domain.offer import GONE, Asked, answer
from cartback.domain.profile import Profile, RunId
from cartback.domain.run import message_key
from cartback.engine.codes import give, mark_of
from cartback.engine.coupons import NoSuchCoupon
from cartback.engine.ports import Reading, Transaction
from cartback.engine.shelf import shelf_for


def given(tx: Transaction, shop: ShopId, profile: Profile, asked: Asked, now: Instant) -> Event:
    """Give the code that a run waits for; what became of it, as an event that the run hears."""
    run = asked.run
    at = max(now, profile.clock)
    key = message_key(profile.id, run.id, run.step)
    try:
        found = give(tx, shop, wish_of(tx, shop, profile, asked), profile.id, at)
    except NoSuchCoupon:
        return answer(asked, key, GONE, at, shop)
    return answer(asked, key, found.reason if isinstance(found, Refused) else None, at, shop)


def wish_of(reading: Reading, shop: ShopId, profile: Profile, asked: Asked) -> Wish:
    """Who wants the code for what: the cart as it is now, with what its goods cost the shop."""
    cart = profile.carts.get(asked.run.cart)
    find = shelf_for(reading, shop, () if cart is None else cart.lines())
    return wish_for(
        profile, asked.run.id, asked.coupon, find, "" if cart is None else cart.currency
    )


def wish_for(profile: Profile, run: RunId, coupon: str, find: Find, currency: str) -> Wish:
    """A run's wish for a code. `find` finds what the cart's lines mean."""
    cart = profile.carts.get(run.cart) if run.cart else None
    return Wish(
        coupon=coupon,
        cart=mark_of(profile, run),
        goods=goods_of(() if cart is None else cart.lines(), find, currency),
        currency=currency,
    )


def goods_of(lines: Sequence[Line], find: Find, currency: str) -> tuple[Goods, ...]:
    """A cart as a coupon sees it: what can be had, at the price of now, and its cost."""
    found = []
    for line in lines:
        product = find(line)
        variant = None if product is None else product.variant(line.variant_id, line.sku)
        [item] = items_of([line], find, currency)
        if not item.sold_out:
            cost = None if variant is None else variant.cost
            found.append(Goods(item.id, item.price or 0, line.quantity, cost))
    return tuple(found)
