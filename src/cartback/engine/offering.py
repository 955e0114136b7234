"""Codes that flows give: the answer to a run that stands at its coupon step."""

from cartback.domain.code import cart_mark
from cartback.domain.coupon import Goods, Refused, Wish
from cartback.domain.event import Event, Line, ShopId
from cartback.domain.instant import Instant
from cartback.domain.offer import GONE, Asked, answer
from cartback.domain.product import Product
from cartback.domain.profile import Profile, Run
from cartback.domain.run import message_key
from cartback.engine.codes import give
from cartback.engine.coupons import NoSuchCoupon
from cartback.engine.ports import Reading, Transaction


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


def mark_of(profile: Profile, run: Run) -> str:
    """What a code of a run is for: its cart; of a run about none, this run."""
    if not run.cart:
        return f"{run.flow}@{run.started}"
    cart = profile.carts.get(run.cart)
    return cart_mark(run.cart, 0 if cart is None else cart.closed_at)


def wish_of(reading: Reading, shop: ShopId, profile: Profile, asked: Asked) -> Wish:
    """Who wants the code for what: the cart as it is now, with what its goods cost the shop."""
    cart = profile.carts.get(asked.run.cart)
    lines = () if cart is None else cart.lines()
    known = reading.products_by(shop, {one.product_id for one in lines if one.product_id})
    return Wish(
        coupon=asked.coupon,
        cart=mark_of(profile, asked.run),
        goods=tuple(_goods(line, known.get(line.product_id)) for line in lines),
        currency="" if cart is None else cart.currency,
    )


def _goods(line: Line, product: Product | None) -> Goods:
    variant = None if product is None else product.variant(line.variant_id, line.sku)
    price = line.price if line.price is not None or variant is None else variant.now
    return Goods(
        product=line.product_id,
        price=price or 0,
        quantity=line.quantity,
        cost=None if variant is None else variant.cost,
    )
