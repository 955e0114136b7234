"""What a mail shows beside the cart: what was looked at, what goes with it, and reviews."""

from __future__ import annotations

from typing import Any

import msgspec

from cartback.channels.email.preview import EmailMails
from cartback.domain.event import Metric
from cartback.domain.review import Review
from cartback.domain.template import parse_template
from cartback.engine.companions import count_companions
from cartback.engine.mails import Mail
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.mail_shop import (
    ADA,
    MUG,
    TEE,
    can_send,
    leaves,
    sells,
)


def shows(shop: EngineShop, *blocks: dict[str, Any]) -> str:
    """What somebody's mail of these blocks says, made by looking only."""
    return " ".join(looked_at(shop, *blocks).text.split())


def looked_at(shop: EngineShop, *blocks: dict[str, Any]) -> Mail:
    footer = {"kind": "footer", "text": "You left a cart."}
    template = parse_template({"subject": "Cart", "blocks": [*blocks, footer]})
    mails = EmailMails(shop.store, shop.rulebook, lambda: shop.now)
    return mails.make(shop.id, template, shop.profile_of(ADA))


def looks_at(shop: EngineShop, product: str, price: int = 500) -> None:
    url = f"https://shop.example/{product}"
    more = {"name": f"{product} as seen", "price": price, "currency": "EUR", "url": url}
    shop.happens(ADA, Metric.VIEWED_PRODUCT, product_id=product, **more)
    shop.now += 1


def test_what_they_looked_at_is_shown_but_what_is_theirs_already(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "jug", {"price": 300, "stock": 5}, url="https://shop.example/jug-now")
    sells(shop, "pan", {"price": 300, "stock": 0})
    for product in ("hat", "mug", "jug", "pan", "tea", "hat"):
        looks_at(shop, product)
    shop.happens(ADA, Metric.PLACED_ORDER, order_id="o", lines=[{"product_id": "tea"}])
    leaves(shop, MUG)
    said = shows(shop, {"kind": "product", "source": "viewed", "most": 6})
    assert said.index("hat as seen") < said.index("jug of now"), "the latest first"
    assert "€3.00" in said
    for gone in ("mug", "pan", "tea"):
        assert gone not in said


def test_what_others_bought_together_is_recommended(shop: EngineShop) -> None:
    can_send(shop)
    for product, category in (("mug", "Tea"), ("jug", "Tea"), ("pan", "Pans"), ("hat", "Hats")):
        sells(shop, product, {"price": 300, "stock": 5}, categories=(category,))
    sells(shop, "cup", {"price": 300, "stock": 0})
    orders = [["mug", "pan"], ["mug", "pan", "cup"], ["jug"], ["hat"], ["hat"], ["hat"]]
    for number, products in enumerate(orders):
        lines = [{"product_id": one} for one in products]
        shop.happens(f"#{number}", Metric.PLACED_ORDER, order_id=str(number), lines=lines)
    while count_companions(shop.store, [shop.id], limit=2):
        pass
    leaves(shop, MUG)
    said = shows(shop, {"kind": "product", "source": "recommended", "most": 6})
    assert said.index("pan of now") < said.index("jug of now") < said.index("hat of now")
    assert "mug" not in said
    assert "cup" not in said
    looks = {"kind": "text", "text": "{% for item in recommended %}{{ item.name }};{% endfor %}"}
    assert "pan of now;jug of now;hat of now;" in shows(shop, looks)


def test_products_by_name_are_those_of_now(shop: EngineShop) -> None:
    can_send(shop)
    sells(
        shop,
        "tee",
        {"id": "s", "price": 2_000, "stock": 0},
        {"id": "m", "price": 1_500, "stock": 4},
        {"id": "l", "price": 1_800, "stock": 9},
    )
    leaves(shop, MUG)
    said = shows(shop, {"kind": "product", "source": "fixed", "ids": ["tee", "unknown"]})
    assert "tee of now" in said
    assert "€15.00" in said
    assert "left in stock" not in said, "there are others"


def test_the_best_review_of_each_product_is_shown_where_its_author_agreed(
    shop: EngineShop,
) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 900, "stock": 3})
    reviews = [
        ("mug", "Ada", 5, "Holds the tea, and the warmth of it.", True),
        ("mug", "Bob", 5, "Holds my tea very well too, and more.", False),
        ("mug", "Cleo", 2, "It broke on the very first day here.", True),
        ("tee", "Dan", 4, "Soft, and as long as I had hoped for.", True),
    ]
    with shop.store.transaction() as tx:
        made = [
            Review(
                id=str(number),
                product=product,
                author=author,
                rating=rating,
                at=shop.now,
                text=text,
                permission=may,
                portrait=f"https://shop.example/{author}.jpg",
            )
            for number, (product, author, rating, text, may) in enumerate(reviews)
        ]
        tx.save_reviews(shop.id, made)
    leaves(shop, MUG, TEE)
    said = shows(shop, {"kind": "review", "most": 3})
    assert "Holds the tea" in said
    assert "Soft, and as long" in said
    assert "Ada, about mug of now" in said
    assert "Bob" not in said
    assert "Cleo" not in said


def test_a_review_shows_who_wrote_it_where_there_is_a_picture(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 900, "stock": 3})
    face = 'https://shop.example/ada.jpg?a=1&b="<2>'
    ada = Review(
        id="1",
        product="mug",
        author="Ada",
        rating=5,
        at=shop.now,
        text="Holds the tea, and the warmth of it.",
        permission=True,
        portrait=face,
    )
    with shop.store.transaction() as tx:
        tx.save_reviews(shop.id, [ada])
    leaves(shop, MUG)
    shown = 'src="https://shop.example/ada.jpg?a=1&amp;b=&#34;&lt;2&gt;" alt=""'
    assert shown in looked_at(shop, {"kind": "review"}).html
    assert "ada.jpg" not in looked_at(shop, {"kind": "review", "portrait": False}).html
    with shop.store.transaction() as tx:
        tx.save_reviews(shop.id, [msgspec.structs.replace(ada, portrait="")])
    plain = looked_at(shop, {"kind": "review"}).html
    assert "Holds the tea" in plain
    assert "border-radius:22px" not in plain, "no empty circle"
