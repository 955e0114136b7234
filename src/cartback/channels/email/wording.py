"""The few words that blocks say themselves, in the language of the template."""

from typing import Final

from cartback.domain.template import Language

WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "sold_out": "Sold out at the moment",
        "left": "{n} left in stock",
        "last_one": "The last one in stock",
        "quantity": "Quantity",
        "more": "and {n} more in your cart",
        "was": "before",
        "price_fell": "The price has fallen since you chose it",
        "your_code": "Your code",
        "valid_until": "Valid until {at}.",
        "only_yours": "Made for you alone; it works once.",
        "stars": "{n} of 5 stars",
        "unsubscribe": "Unsubscribe",
        "preferences": "Choose what you receive",
        "at_reviews": "about",
    },
    "ko": {
        "sold_out": "지금은 품절이에요",
        "left": "{n}개 남았어요",
        "last_one": "마지막 한 개예요",
        "quantity": "수량",
        "more": "그 밖에 {n}개 상품이 더 담겨 있어요",
        "was": "이전 가격",
        "price_fell": "담으셨을 때보다 가격이 내렸어요",
        "your_code": "고객님의 쿠폰 코드",
        "valid_until": "{at}까지 쓸 수 있어요.",
        "only_yours": "고객님께만 드리는 1회용 코드예요.",
        "stars": "별 5개 중 {n}개",
        "unsubscribe": "수신거부",
        "preferences": "받을 메일 고르기",
        "at_reviews": "구매 상품:",
    },
}
