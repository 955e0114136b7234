"""What a template can say of a person: every keyword, with its words in both languages.

The values that a template is rendered with are a tree of plain data under these names. Amounts are
minor units, times are instants; the filters `money`, `day` and `date_time` write them.
"""

import difflib
from collections.abc import Iterable
from typing import Final

import msgspec

from cartback.domain.template import Language


class Keyword(msgspec.Struct, frozen=True):
    """`name` is the path; `liquid` is what is inserted, with a fall-back where one is needed."""

    name: str
    liquid: str
    en: str
    ko: str

    def words(self, language: Language) -> str:
        return self.en if language == "en" else self.ko


def _of(name: str, en: str, ko: str, form: str = "{}") -> Keyword:
    return Keyword(name, "{{ " + form.format(name) + " }}", en, ko)


KEYWORDS: Final = (
    Keyword(
        "profile.first_name",
        '{{ profile.first_name | default: "there" }}',
        "First name, or a word of yours",
        "이름(없으면 정한 말)",
    ),
    _of("profile.last_name", "Last name", "성"),
    _of("profile.email", "E-mail address", "이메일 주소"),
    _of("profile.traits", "Any trait: profile.traits.city", "속성: profile.traits.city"),
    _of("cart.count", "How many pieces are in the cart", "장바구니에 담긴 수량"),
    _of("cart.value", "What the cart is worth", "장바구니 금액", "{} | money: cart.currency"),
    _of("cart.lines", "The products in the cart, for a loop", "장바구니 상품(반복용)"),
    _of("cart.lines.first.name", "Name of the first product in the cart", "첫 번째 상품 이름"),
    _of("cart.abandoned_at", "When the cart was left", "장바구니를 두고 나간 때", "{} | date_time"),
    _of("product.name", "The product that the automation is about", "자동화가 다루는 상품 이름"),
    _of("product.url", "Its address", "그 상품의 주소"),
    _of("product.price", "Its price now", "그 상품의 지금 가격", "{} | money: product.currency"),
    _of(
        "product.old_price",
        "Its price before",
        "그 상품의 이전 가격",
        "{} | money: product.currency",
    ),
    _of("product.stock", "How many of it are left", "그 상품의 남은 수량"),
    _of("viewed", "Products looked at lately, for a loop", "최근 본 상품(반복용)"),
    _of("recommended", "Recommended products, for a loop", "추천 상품(반복용)"),
    _of("fixed", "Products that the template names, by id", "템플릿에 정한 상품(번호별)"),
    _of("reviews", "Reviews of these products, for a loop", "상품 리뷰(반복용)"),
    _of("coupons", "The person's codes, by the coupon's key", "고객님 쿠폰 코드(쿠폰 키별)"),
    _of("order.number", "The order that was placed", "주문 번호"),
    _of("order.value", "What the order was worth", "주문 금액", "{} | money: order.currency"),
    _of("event", "Any property of what started it: event.size", "시작 이벤트의 속성"),
    _of("consent.yes", "Whether they agreed to advertising", "광고 수신 동의 여부"),
    _of("consent.at", "When they said so", "동의 또는 거부한 때", "{} | date_time"),
    _of("consent.given", "What they agreed to and when, for a loop", "동의 내용과 날짜(반복용)"),
    _of("shop.name", "The shop's name", "쇼핑몰 이름"),
    _of("shop.url", "The shop's address on the web", "쇼핑몰 주소(URL)"),
    _of("shop.address", "The shop's postal address", "쇼핑몰 우편 주소"),
    _of("shop.email", "The shop's e-mail address", "쇼핑몰 이메일"),
    _of("shop.phone", "The shop's telephone number", "쇼핑몰 전화번호"),
    _of("shop.logo", "Address of the shop's logo", "쇼핑몰 로고 주소"),
    _of("links.restore", "Back to this cart, on any device", "이 장바구니로 돌아가는 링크"),
    _of("links.unsubscribe", "To unsubscribe", "수신거부 링크"),
    _of("links.preferences", "To choose what one receives", "수신 설정 링크"),
    _of("links.confirm", "To confirm one's address", "주소 확인 링크"),
    _of("links.view", "To read this mail in a browser", "브라우저에서 보기 링크"),
    _of("now", "The moment at which it is sent", "보내는 시각", "{} | day"),
)

PRODUCT: Final = (
    _of("item.name", "Name", "이름"),
    _of("item.variant", "Size, colour and so on", "옵션(크기, 색상 등)"),
    _of("item.brand", "Brand", "브랜드"),
    _of("item.url", "Address", "주소"),
    _of("item.image", "Address of the picture", "이미지 주소"),
    _of("item.price", "Price now", "지금 가격", "{} | money: item.currency"),
    _of("item.old_price", "Price before", "이전 가격", "{} | money: item.currency"),
    _of(
        "item.chosen_price",
        "Price when it was chosen",
        "담을 때의 가격",
        "{} | money: item.currency",
    ),
    _of("item.quantity", "How many pieces", "수량"),
    _of("item.stock", "How many are left", "남은 수량"),
)
"""Of each product in a loop: `{% for item in cart.lines %}{{ item.name }}{% endfor %}`."""

_OPEN: Final = frozenset({"profile.traits", "event", "coupons", "fixed"})
"""Below these the shop's own names follow."""
_LISTS: Final = frozenset({"cart.lines", "viewed", "recommended", "reviews", "consent.given"})
_HIDDEN: Final = frozenset({"cart.id", "cart.currency", "product.currency", "order.currency"})
_PARTS_OF_LISTS: Final = frozenset({"first", "last", "size"})
_NAMES: Final = frozenset(one.name for one in KEYWORDS) | _HIDDEN


def is_keyword(path: str) -> bool:
    """Whether a value is given under that path: `cart.value`, `event.size`, `cart.lines.size`."""
    if path in _NAMES or any(name.startswith(path + ".") for name in _NAMES):
        return True
    if any(path.startswith(name + ".") for name in _OPEN):
        return True
    for name in _LISTS:
        if path.startswith((name + ".", name + "[")):
            return True
    head, _, last = path.rpartition(".")
    return head == "product" or (last in _PARTS_OF_LISTS and head in _NAMES)


def nearest_keyword(path: str, names: Iterable[str] = _NAMES) -> str:
    """The keyword that was likely meant; empty where none is near."""
    found = difflib.get_close_matches(path, list(names), 1)
    return found[0] if found else ""
