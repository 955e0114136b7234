"""The demo shop's catalog, coupon and reviews, as a shop would hand them over: made up, but for the
products and prices. Some of it fell in price, some is nearly gone, some has sold out."""

from typing import Any, Final
from zlib import crc32

from cartback.demo.catalogue import CURRENCY, catalogue
from cartback.demo.catalogue import Product as Sold
from cartback.domain.instant import DAY, Instant
from cartback.domain.product import Product, Variant
from cartback.domain.review import Review

COUPON: Final = "come-back"
COUPON_NAME: Final = "Come back"
OFFER: Final[dict[str, Any]] = {
    "gives": {"kind": "percent", "percent": 10},
    "currency": CURRENCY,
    "minimum": 1_000,
    "expires": "72 hours",
    "budget": 50_000,
    "not_again_within": "30 days",
    "prefix": "BACK",
}
_TOLD: Final[dict[str, tuple[int | None, int | None]]] = {
    # What the cast leaves behind: the price of now, where it fell, and how many there are.
    "22423": (1095, 14),
    "85123A": (None, 4),
    "22457": (None, 0),
    "22699": (None, 3),
}
_REVIEWS: Final = (
    ("22423", "Ada", 5, "Three plates, no wobble, and it comes apart for the cupboard.",
     "3단인데 흔들림이 없고, 분리해서 찬장에 넣을 수 있어요."),
    ("22699", "Bob", 5, "The cup I reach for first. Survives the dishwasher, too.",
     "가장 먼저 손이 가는 찻잔이에요. 식기세척기에도 끄떡없어요."),
    ("85123A", "Cleo", 4, "Softer light than I expected, and easy to hang up.",
     "생각보다 빛이 부드럽고 걸기도 쉬워요."),
    ("47566", "Dan", 5, "Bright cloth, not paper. It has seen four parties by now.",
     "종이가 아니라 천이에요. 벌써 파티를 네 번이나 함께했어요."),
    ("22727", "Eve", 5, "Loud enough to wake me, pretty enough to keep.",
     "소리가 커서 잘 깨고, 예뻐서 계속 두고 싶어요."),
)  # fmt: skip


def products(site: str) -> list[Product]:
    """Everything the demo shop sells, at its pages below `site`."""
    return [_product(one, site) for one in catalogue().products.values()]


def _product(sold: Sold, site: str) -> Product:
    luck = crc32(sold.code.encode())
    reduced, stock = _TOLD.get(sold.code, (_reduced(sold.price, luck), 2 + luck % 40))
    return Product(
        id=sold.code,
        name=sold.name,
        url=page_of(sold.code, site),
        images=(picture_of(sold.code, site),),
        categories=(sold.category,),
        variants=(Variant(price=sold.price, sale_price=reduced, currency=CURRENCY, stock=stock),),
    )


def _reduced(price: int, luck: int) -> int | None:
    """One in eight costs a tenth less."""
    return price - price // 10 if luck % 8 == 0 else None


def page_of(code: str, site: str) -> str:
    return f"{site}/products/{code.lower()}"


def picture_of(code: str, site: str) -> str:
    return f"{site}/pictures/{code.lower()}.svg"


def reviews(site: str, language: str, now: Instant) -> list[Review]:
    """What some customers said; they agreed to be shown."""
    return [
        Review(
            id=f"demo-{number}",
            product=code,
            author=author,
            rating=rating,
            at=now - (20 + 9 * number) * DAY,
            text=korean if language == "ko" else english,
            portrait=f"{site}/portraits/{author.lower()}.svg",
            permission=True,
        )
        for number, (code, author, rating, english, korean) in enumerate(_REVIEWS)
    ]
