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
        "total": "Together",
        "was": "before",
        "price_fell": "Fell from {was} since you chose it",
        "percent_off": "{n}% off",
        "amount_off": "{amount} off",
        "free_shipping": "Free shipping",
        "from_amount": "For orders from {amount}.",
        "some_products": "For some products only.",
        "your_code": "Your code",
        "valid_until": "Valid until {at}.",
        "only_yours": "Made for you alone; it works once.",
        "stars": "{n} of 5 stars",
        "unsubscribe": "Unsubscribe",
        "opt_out": "To stop these mails, unsubscribe here.",
        "preferences": "Choose what you receive",
        "at_reviews": "about",
    },
    "ko": {
        "sold_out": "지금은 품절이에요",
        "left": "{n}개 남았어요",
        "last_one": "마지막 한 개예요",
        "quantity": "수량",
        "more": "그 밖에 {n}개 상품이 더 담겨 있어요",
        "total": "합계",
        "was": "이전 가격",
        "price_fell": "담으신 뒤로 {was}에서 내렸어요",
        "percent_off": "{n}% 할인",
        "amount_off": "{amount} 할인",
        "free_shipping": "무료 배송",
        "from_amount": "{amount} 이상 주문하실 때 쓸 수 있어요.",
        "some_products": "일부 상품에만 쓸 수 있어요.",
        "your_code": "고객님의 쿠폰 코드",
        "valid_until": "{at}까지 쓸 수 있어요.",
        "only_yours": "고객님께만 드리는 1회용 코드예요.",
        "stars": "별 5개 중 {n}개",
        "unsubscribe": "수신거부",
        "opt_out": "메일을 더 받고 싶지 않으시면 여기에서 무료로 수신을 거부하실 수 있어요.",
        "preferences": "받을 메일 고르기",
        "at_reviews": "구매 상품:",
    },
}
