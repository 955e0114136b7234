"""Why somebody gets no code, and why a code is not good, in words."""

from collections.abc import Mapping
from typing import Final

from cartback.domain.coupon import NoCode, NotGood
from cartback.domain.phrase.names import Language

_NO_CODE: Final[Mapping[NoCode, tuple[str, str]]] = {
    NoCode.NOTHING_FITS: (
        "Nothing in the cart is among the coupon's products.",
        "장바구니에 쿠폰을 쓸 수 있는 상품이 없어요.",
    ),
    NoCode.EXPIRED: (
        "They got a code for this cart, and it has expired.",
        "이 장바구니에 발급한 쿠폰 코드가 만료되었어요.",
    ),
    NoCode.REDEEMED: (
        "They got a code for this cart, and it was used.",
        "이 장바구니에 발급한 쿠폰 코드를 이미 사용했어요.",
    ),
    NoCode.TOO_SOON: (
        "They got another code not long ago.",
        "얼마 전에 다른 쿠폰 코드를 받았어요.",
    ),
    NoCode.BUDGET: (
        "This month's budget is spent or promised.",
        "이번 달 쿠폰 예산을 모두 사용했거나 발급해 두었어요.",
    ),
    NoCode.MARGIN: (
        "Too little would be left of the price.",
        "할인하면 남는 이익이 기준보다 적어요.",
    ),
    NoCode.COST_UNKNOWN: (
        "What the goods cost the shop is not known, so the margin cannot be kept.",
        "상품 원가를 몰라서 이익 기준을 지킬 수 있는지 알 수 없어요.",
    ),
    NoCode.POOL_DRY: (
        "The pool of codes has run dry; upload more.",
        "준비된 쿠폰 코드를 모두 사용했어요. 코드를 더 올려 주세요.",
    ),
    NoCode.OTHER_CURRENCY: (
        "The cart is in another currency than the coupon.",
        "장바구니와 쿠폰의 통화가 달라요.",
    ),
}

_NOT_GOOD: Final[Mapping[NotGood, tuple[str, str]]] = {
    NotGood.UNKNOWN: ("There is no such code.", "없는 쿠폰 코드예요."),
    NotGood.NOT_GIVEN: (
        "Nobody was given this code.",
        "아직 누구에게도 발급하지 않은 쿠폰 코드예요.",
    ),
    NotGood.EXPIRED: ("The code has expired.", "만료된 쿠폰 코드예요."),
    NotGood.USED: (
        "The code was used for another order.",
        "다른 주문에 이미 사용한 쿠폰 코드예요.",
    ),
    NotGood.BELOW_MINIMUM: (
        "The goods are worth less than the coupon's minimum.",
        "상품 금액이 쿠폰을 쓸 수 있는 최소 금액보다 적어요.",
    ),
    NotGood.NOTHING_FITS: (
        "Nothing in the cart is among the coupon's products.",
        "장바구니에 쿠폰을 쓸 수 있는 상품이 없어요.",
    ),
    NotGood.OTHER_CURRENCY: (
        "The cart is in another currency than the coupon.",
        "장바구니와 쿠폰의 통화가 달라요.",
    ),
}


def no_code(reason: NoCode, language: Language) -> str:
    """Why there is no code, for the shop."""
    return _NO_CODE[reason][language == Language.KOREAN]


def no_code_reason(reason: NoCode) -> tuple[str, str]:
    """The same as what follows a colon, in English and Korean: without a full stop."""
    english, korean = (said.removesuffix(".") for said in _NO_CODE[reason])
    return english[0].lower() + english[1:], korean


def not_good(reason: NotGood, language: Language) -> str:
    """Why a code is not good, for the shop and its customers."""
    return _NOT_GOOD[reason][language == Language.KOREAN]
