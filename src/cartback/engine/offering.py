"""Codes that flows give: the answer to a run that stands at its coupon step."""

from cartback.domain.coupon import Refused, Wish
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import Instant
from cartback.domain.offer import GONE, Asked, answer
from cartback.domain.profile import Profile
from cartback.domain.run import message_key
from cartback.engine.codes import give, mark_of
from cartback.engine.coupons import NoSuchCoupon
from cartback.engine.ports import Reading, Transaction
from cartback.engine.shelf import goods_of, shelf_for


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
    lines = () if cart is None else cart.lines()
    currency = "" if cart is None else cart.currency
    return Wish(
        coupon=asked.coupon,
        cart=mark_of(profile, asked.run),
        goods=goods_of(lines, shelf_for(reading, shop, lines), currency),
        currency=currency,
    )
