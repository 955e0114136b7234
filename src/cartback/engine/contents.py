"""What a mail shows beside its words, looked up as of now: items, codes, reviews.

Nothing is given or changed here: the mail, its copy in a browser and a preview all ask this.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

import msgspec

from cartback.domain.cart import Cart
from cartback.domain.coupon import Coupon
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.item import Item, item_of_product, items_of, worth_now
from cartback.domain.profile import Profile
from cartback.domain.review import Review, best_reviews
from cartback.domain.template import Needs
from cartback.engine.codes import good_codes
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import coupon_of
from cartback.engine.ports import Reading
from cartback.engine.shelf import shelf_for
from cartback.engine.showcase import recommended, viewed

REVIEWS_LOOKED_AT: Final = 200
"""Of each product, the newest."""


class Offer(msgspec.Struct, frozen=True):
    """A person's code, and the coupon that it is of."""

    code: CodeRow
    coupon: Coupon


class Quote(msgspec.Struct, frozen=True):
    """A review, and what the product is called."""

    review: Review
    product: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to show. `worth` is the cart's value as of now; `currency` is that of both."""

    lines: tuple[Item, ...] = ()
    worth: int = 0
    currency: str = ""
    viewed: tuple[Item, ...] = ()
    recommended: tuple[Item, ...] = ()
    fixed: Mapping[str, Item] = {}
    offers: Mapping[str, Offer] = {}
    quotes: tuple[Quote, ...] = ()


def contents_of(
    reading: Reading,
    shop: ShopId,
    needs: Needs,
    profile: Profile,
    cart: Cart | None,
    mark: str,
    currency: str,
    now: Instant,
) -> Contents:
    """What a mail to this person about this cart shows now.

    `mark` is what the codes are for (codes.mark_of); `currency` is the shop's, where the cart has
    none.
    """
    money = (cart.currency if cart is not None else "") or currency
    lines = () if cart is None else cart.lines()
    find = shelf_for(reading, shop, lines)
    items = items_of(lines, find, money)
    seen = viewed(reading, shop, profile, money) if _asks_of_looks(needs, items) else ()
    beside: tuple[Item, ...] = ()
    if "recommended" in needs.sources:
        beside = recommended(reading, shop, profile, items or seen, money)
    return Contents(
        lines=items,
        worth=0 if cart is None else worth_now(cart.value(), items),
        currency=money,
        viewed=seen,
        recommended=beside,
        fixed=_fixed(reading, shop, needs.fixed, money),
        offers=_offers(reading, shop, needs, profile, mark, now),
        quotes=quotes_of(reading, shop, items, needs.reviews, now),
    )


def _asks_of_looks(needs: Needs, items: Sequence[Item]) -> bool:
    """Whether it matters what somebody looked at: without a cart it is what one recommends by."""
    return "viewed" in needs.sources or ("recommended" in needs.sources and not items)


def _fixed(
    reading: Reading, shop: ShopId, ids: frozenset[str], currency: str
) -> Mapping[str, Item]:
    found = reading.products_by(shop, ids) if ids else {}
    return {id_: item_of_product(one, currency) for id_, one in found.items()}


def _offers(
    reading: Reading, shop: ShopId, needs: Needs, profile: Profile, mark: str, now: Instant
) -> Mapping[str, Offer]:
    if not needs.coupons:
        return {}
    codes = good_codes(reading, shop, profile.id, mark, now)
    rows = {key: reading.coupon(shop, key) for key in needs.coupons & codes.keys()}
    return {key: Offer(codes[key], coupon_of(row)) for key, row in sorted(rows.items()) if row}


def quotes_of(
    reading: Reading, shop: ShopId, items: Sequence[Item], most: int, now: Instant
) -> tuple[Quote, ...]:
    """The best reviews of these products, rather of different ones; none of what is sold out."""
    if not most:
        return ()
    names = {one.id: one.name for one in items if not one.sold_out}
    best = [
        best_reviews(reading.reviews_of(shop, id_, REVIEWS_LOOKED_AT), now, most) for id_ in names
    ]
    rounds = chain.from_iterable(
        sorted(each, key=lambda one: (-one.rating, -one.at, one.id))
        for each in _transposed(best, most)
    )
    chosen = list(rounds)[:most]
    return tuple(Quote(one, names[one.product]) for one in chosen)


def _transposed(best: Sequence[Sequence[Review]], most: int) -> Sequence[Sequence[Review]]:
    """The best of each product, then the second best of each."""
    return [[some[place] for some in best if place < len(some)] for place in range(most)]
