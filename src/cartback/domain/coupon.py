"""A coupon is an offer; a code is one person's own key to it, for one cart.

Whether somebody gets a code, and whether a code may be redeemed, is decided here from what is
known: the definition, what this person got before, what the month has cost so far, and now.
Amounts are whole minor units. How codes are made and compared is in code.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from cartback.domain.document import refuse_large, refuse_nul, refused
from cartback.domain.event import Amount, Currency, Json, Key
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.instant import FOREVER, BadTime, Instant, Milliseconds, parse_duration
from cartback.domain.number import Node

Percentage = Annotated[int, msgspec.Meta(ge=1, le=100)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
MOST_PRODUCTS: Final = 1_000


class Percent(Node, frozen=True, tag_field="kind", tag="percent"):
    """That many hundredths off the goods that it is for."""

    percent: Percentage


class AmountOff(Node, frozen=True, tag_field="kind", tag="amount"):
    """That much off the goods that it is for, in minor units of the coupon's currency."""

    amount: Positive


class FreeShipping(Node, frozen=True, tag_field="kind", tag="free_shipping"):
    """What the way costs."""


Gift: TypeAlias = Percent | AmountOff | FreeShipping


class Coupon(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is offered, for what, how long, and to whom not.

    - currency: of all amounts here; needed where there are any.
    - minimum: what the goods must be worth when it is redeemed.
    - products: ids of the products that it is for; none named: all of them.
    - expires: how long after it was given, such as "72 hours"; empty: never.
    - single_use: whether a code is good for one order only.
    - combinable: whether other coupons may be used beside it; for the shop's checkout.
    - budget: the most that a calendar month may cost, with the codes that are still out.
    - margin_floor: the least that must be left of the price over the cost, in hundredths.
    - not_again_within: nobody gets it who got any code of the shop within that time.
    - codes: "made" here, or from a "pool" that was uploaded.
    - prefix: what a made code begins with.
    """

    gives: Gift
    currency: Currency | None = None
    minimum: Positive | None = None
    products: Annotated[tuple[Key, ...], msgspec.Meta(max_length=MOST_PRODUCTS)] = ()
    expires: str = "72 hours"
    single_use: bool = True
    combinable: bool = False
    budget: Positive | None = None
    margin_floor: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None
    not_again_within: str = ""
    codes: Literal["made", "pool"] = "made"
    prefix: str = ""

    def __post_init__(self) -> None:
        for name in ("expires", "not_again_within"):
            try:
                _span(getattr(self, name))
            except BadTime as error:
                raise Fault("not_a_span", field=name, text=getattr(self, name)[:60]) from error
        if self._has_amounts() and self.currency is None:
            raise Fault("amount_without_currency")
        if not _PREFIX.fullmatch(self.prefix):
            raise Fault("not_a_prefix")

    def _has_amounts(self) -> bool:
        amounts = (self.minimum, self.budget)
        return isinstance(self.gives, AmountOff) or any(one is not None for one in amounts)

    @property
    def lifetime(self) -> Milliseconds | None:
        return _span(self.expires)

    @property
    def pause(self) -> Milliseconds | None:
        return _span(self.not_again_within)


_PREFIX: Final = re.compile(r"[A-Z0-9]{0,12}", re.ASCII)


def _span(text: str) -> Milliseconds | None:
    return parse_duration(text) if text else None


class BadCoupon(BadDocument):
    """A document that is no coupon."""


_GIFTS: Final[Mapping[str, type[msgspec.Struct]]] = {
    str(one.__struct_config__.tag): one for one in Gift.__args__
}


def parse_coupon(document: Json) -> Coupon:
    """A coupon from its document. Raises BadCoupon."""
    problem = refuse_large(document) or refuse_nul(document)
    if problem:
        raise BadCoupon(*problem)
    try:
        return msgspec.convert(document, Coupon)
    except msgspec.ValidationError as error:
        raise BadCoupon(*refused(error, document, _GIFTS, Coupon)) from None


def coupon_document(coupon: Coupon) -> dict[str, Json]:
    """The document of a coupon, without what is left at its default."""
    plain: dict[str, Json] = msgspec.to_builtins(coupon)
    defaults = msgspec.to_builtins(Coupon(gives=FreeShipping()))
    return {
        name: value for name, value in plain.items() if name == "gives" or value != defaults[name]
    }


# --- what is in the cart -------------------------------------------------------------------------


class Goods(msgspec.Struct, frozen=True):
    """One line as a coupon sees it: the price and the cost of one piece; None: not known."""

    product: str
    price: Amount
    quantity: int = 1
    cost: Amount | None = None


def goods_for(coupon: Coupon, goods: Iterable[Goods]) -> tuple[Goods, ...]:
    """Those that the coupon is for."""
    chosen = frozenset(coupon.products)
    return tuple(one for one in goods if not chosen or one.product in chosen)


def worth(coupon: Coupon, goods: Iterable[Goods], shipping: int = 0) -> int:
    """What the coupon takes off, in whole units; never more than there is to pay."""
    total = _total(goods_for(coupon, goods))
    match coupon.gives:
        case Percent(percent):
            return total * percent // 100
        case AmountOff(amount):
            return min(amount, total)
        case FreeShipping():
            return max(shipping, 0)


def _total(goods: Iterable[Goods]) -> int:
    return sum(max(one.price, 0) * max(one.quantity, 0) for one in goods)


# --- giving one ----------------------------------------------------------------------------------


class Given(msgspec.Struct, frozen=True):
    """A code that a person got, for a coupon and a cart: when, until when, and whether used."""

    code: str
    coupon: str
    cart: str
    at: Instant
    expires: Instant
    redeemed: bool = False


class NoCode(StrEnum):
    """Why somebody gets no code."""

    NOTHING_FITS = "nothing_fits"
    EXPIRED = "expired"
    REDEEMED = "redeemed"
    TOO_SOON = "too_soon"
    BUDGET = "budget"
    MARGIN = "margin"
    COST_UNKNOWN = "cost_unknown"
    POOL_DRY = "pool_dry"
    OTHER_CURRENCY = "other_currency"


class Issued(msgspec.Struct, frozen=True):
    """A code: the one that they have already, or a new one (empty) that is good until then.

    `worth` is what it would take off now; the budget reserves that much.
    """

    expires: Instant
    worth: int = 0
    code: str = ""

    @property
    def is_new(self) -> bool:
        return not self.code


class Refused(msgspec.Struct, frozen=True):
    """No code, for that reason."""

    reason: NoCode


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants a code for what: the coupon by its key, the cart by its mark, what is in it."""

    coupon: str
    cart: str
    goods: tuple[Goods, ...]
    currency: str = ""
    shipping: int = 0


def issue(
    coupon: Coupon, wish: Wish, before: Sequence[Given], spent: int, now: Instant
) -> Issued | Refused:
    """The code for this person and cart, or why there is none.

    `before` is everything this person ever got, `spent` what the month has cost with the codes
    that are still out. The same person and cart have one code, wherever it is shown.
    """
    own = [one for one in before if (one.coupon, one.cart) == (wish.coupon, wish.cart)]
    if own:
        return _again(min(own, key=lambda one: (one.at, one.code)), now)
    reason = _against(coupon, wish, before, now)
    if reason is not None:
        return Refused(reason)
    cost = worth(coupon, wish.goods, wish.shipping)
    if coupon.budget is not None and spent + cost > coupon.budget:
        return Refused(NoCode.BUDGET)
    lifetime = coupon.lifetime
    expires = FOREVER if lifetime is None else min(now + lifetime, FOREVER)
    return Issued(expires, cost)


def _again(one: Given, now: Instant) -> Issued | Refused:
    if one.redeemed:
        return Refused(NoCode.REDEEMED)
    if now >= one.expires:
        return Refused(NoCode.EXPIRED)
    return Issued(one.expires, code=one.code)


def _against(coupon: Coupon, wish: Wish, before: Sequence[Given], now: Instant) -> NoCode | None:
    """What speaks against a new code, apart from the budget."""
    pause = coupon.pause
    if pause is not None and any(now - one.at < pause for one in before):
        return NoCode.TOO_SOON
    if coupon.currency and wish.currency and coupon.currency != wish.currency:
        return NoCode.OTHER_CURRENCY
    fitting = goods_for(coupon, wish.goods)
    if wish.goods and not fitting:
        return NoCode.NOTHING_FITS
    if coupon.margin_floor is not None:
        return _margin(coupon, coupon.margin_floor, wish, fitting)
    return None


def _margin(coupon: Coupon, floor: int, wish: Wish, fitting: Sequence[Goods]) -> NoCode | None:
    """Whether what is left of the price over the cost would be too little."""
    if not fitting or any(one.cost is None for one in fitting):
        return NoCode.COST_UNKNOWN
    cost = sum((one.cost or 0) * one.quantity for one in fitting)
    income = _total(fitting) - worth(coupon, wish.goods, wish.shipping)
    return NoCode.MARGIN if (income - cost) * 100 < floor * income or income <= 0 else None


# --- redeeming one -------------------------------------------------------------------------------


class NotGood(StrEnum):
    """Why a code is not good for an order."""

    UNKNOWN = "unknown"
    NOT_GIVEN = "not_given"
    EXPIRED = "expired"
    USED = "used"
    BELOW_MINIMUM = "below_minimum"
    NOTHING_FITS = "nothing_fits"
    OTHER_CURRENCY = "other_currency"


class Good(msgspec.Struct, frozen=True):
    """The code is good; it takes that much off what was said to be in the cart."""

    takes_off: int


class Bad(msgspec.Struct, frozen=True):
    """The code is not good, for that reason."""

    reason: NotGood


def check(
    coupon: Coupon, given: Given, orders: Iterable[str], wish: Wish, order: str, now: Instant
) -> Good | Bad:
    """Whether a code is good for an order; `orders` are those that it was used for.

    The same order may ask again. A cart of which nothing is said is not held to the minimum.
    """
    used = set(orders)
    if coupon.single_use and used - {order}:
        return Bad(NotGood.USED)
    if now >= given.expires and order not in used:
        return Bad(NotGood.EXPIRED)
    if coupon.currency and wish.currency and coupon.currency != wish.currency:
        return Bad(NotGood.OTHER_CURRENCY)
    fitting = goods_for(coupon, wish.goods)
    if wish.goods and not fitting:
        return Bad(NotGood.NOTHING_FITS)
    if wish.goods and coupon.minimum is not None and _total(fitting) < coupon.minimum:
        return Bad(NotGood.BELOW_MINIMUM)
    return Good(worth(coupon, wish.goods, wish.shipping))
