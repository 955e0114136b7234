"""What a sample person left in a cart, for who writes a mail: of the shop's own products where it
has some to show, else invented."""

from collections.abc import Mapping, Sequence
from typing import Final

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.item import Item, item_of_product
from cartback.domain.money import exponent_of
from cartback.domain.review import Review
from cartback.domain.template import Language, Needs
from cartback.engine.contents import Contents, Offer, Quote, quotes_of
from cartback.engine.ports import Reading

LOOKED_AT: Final = 60
"""Products of the catalog, to find some that look well."""
SHOWN: Final = 6
IN_CART: Final = 2


def sample_contents(
    reading: Reading,
    shop: ShopId,
    needs: Needs,
    offers: Mapping[str, Offer],
    language: Language,
    currency: str,
    now: Instant,
) -> Contents:
    """Two things in a cart, which were looked at too, and some beside them."""
    items = _of_catalog(reading, shop, currency) or _invented(language, currency)
    cart = items[:IN_CART]
    found = reading.products_by(shop, needs.fixed) if needs.fixed else {}
    fixed = {id_: item_of_product(one, currency) for id_, one in found.items()}
    quotes = quotes_of(reading, shop, cart, needs.reviews, now)
    return Contents(
        lines=tuple(cart),
        worth=sum(one.price or 0 for one in cart),
        currency=cart[0].currency,
        viewed=tuple(cart),
        recommended=tuple(items[IN_CART:] or items),
        fixed=dict.fromkeys(needs.fixed, cart[0]) | fixed,
        offers=offers,
        quotes=quotes or (_quote(cart[0], language, now),),
    )


def _of_catalog(reading: Reading, shop: ShopId, currency: str) -> Sequence[Item]:
    """Some that can be had, with a picture and a price, all in one currency; none where there are
    too few."""
    items = [item_of_product(one, currency) for one in reading.products_after(shop, "", LOOKED_AT)]
    good = [one for one in items if one.image and one.price and not one.sold_out]
    alike = [one for one in good if one.currency == good[0].currency]
    return alike[:SHOWN] if len(alike) >= IN_CART else ()


def _invented(language: Language, currency: str) -> Sequence[Item]:
    names = {"en": ("Blue mug", "Wool jumper"), "ko": ("파란 머그잔", "울 스웨터")}[language]
    scale = 10 ** exponent_of(currency) if exponent_of(currency) else 1_000
    return [
        Item(
            id=f"sample-{place}",
            name=name,
            url="https://example.com/",
            price=price * scale,
            currency=currency,
        )
        for place, (name, price) in enumerate(zip(names, (12, 49), strict=True))
    ]


def _quote(item: Item, language: Language, now: Instant) -> Quote:
    text, author = {
        "en": ("What a customer wrote stands here, as they wrote it.", "An example"),
        "ko": ("이렇게 고객이 쓴 리뷰가 그대로 보여요.", "보기"),
    }[language]
    review = Review(id="sample", product=item.id, author=author, rating=5, at=now, text=text)
    return Quote(review, item.name)
