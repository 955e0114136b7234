"""What a mail about a cart says: the prices and the stock of now, and this person's own code."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Any

import msgspec
import pytest

from cartback.channels.email.postman import EmailPostman
from cartback.channels.email.preview import EXAMPLE_CODE, EmailMails
from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, parse_instant
from cartback.domain.message import Accepted, Outcome, Outgoing
from cartback.domain.product import Product, Variant
from cartback.domain.review import Review
from cartback.domain.template import parse_template
from cartback.engine.codes import fill_pool
from cartback.engine.companions import count_companions
from cartback.engine.coupons import archive_coupon, define_coupon
from cartback.engine.deliver import Sending, deliver
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import BadMailing, set_mailing
from cartback.engine.mails import Mail
from cartback.engine.products import put_product
from cartback.engine.restoring import follow
from cartback.engine.signing import stored_signer
from cartback.engine.telling import tell_all
from cartback.engine.templates import save_template
from cartback.wiring.email import email_composer, email_viewer
from tests.scenarios.engine_shop import EngineShop

BASE = "https://carts.shop.example"
ADA = "ada@example.com"
COUPON = {"kind": "coupon", "coupon": "ten", "button": "Use it"}
OTHER = {"kind": "coupon", "coupon": "five"}
TEMPLATE: dict[str, Any] = {
    "subject": "{% if coupons['ten'].label %}{{ coupons['ten'].label }}{% else %}Cart{% endif %}",
    "blocks": [
        {"kind": "product", "source": "abandoned_cart", "most": 4},
        {"kind": "text", "text": "In all {{ cart.value | money: cart.currency }}"},
        COUPON,
        {"kind": "button", "text": "Back", "url": "{{ links.restore }}"},
        {"kind": "footer", "text": "You left a cart."},
    ],
}
FLOW: dict[str, Any] = {
    "name": "Cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "first", "template": "help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "second", "template": "help"},
    ],
}
MUG = {"product_id": "mug", "name": "Mug of then", "price": 900, "quantity": 2}
TEE = {"product_id": "tee", "variant_id": "tee-m", "name": "Tee", "price": 2_000}


class Kept:
    """A channel that takes everything and keeps it."""

    def __init__(self) -> None:
        self.mails: list[Outgoing] = []

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.mails.append(outgoing)
        return Accepted("250 taken")


def can_send(shop: EngineShop, template: dict[str, Any] = TEMPLATE, **mailing: object) -> None:
    document = {"sender": "hello@shop.example", "name": "Mugs", "url": "https://shop.example"}
    set_mailing(shop.store, shop.id, {**document, **mailing})
    save_template(shop.store, shop.id, "help", "Help", template, shop.now)
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()


def offers(shop: EngineShop, name: str = "Ten", **more: Any) -> str:  # noqa: ANN401
    document = {"gives": {"kind": "percent", "percent": 10}, **more}
    return define_coupon(shop.store, shop.id, name, document, shop.now).key


def sells(shop: EngineShop, id_: str, *variants: dict[str, Any], **more: Any) -> None:  # noqa: ANN401
    made = tuple(Variant(**{"currency": "EUR", **one}) for one in variants)
    product = Product(id=id_, name=f"{id_} of now", variants=made, **more)
    with shop.store.transaction() as tx:
        put_product(tx, shop.id, product, shop.now)


def leaves(shop: EngineShop, *lines: dict[str, Any], who: str = ADA, **more: Any) -> None:  # noqa: ANN401
    shop.happens(who, Metric.SUBSCRIBED, channel="email")
    cart = {"cart_id": f"c-{who}", "currency": "EUR", "lines": list(lines or (MUG,))}
    shop.happens(who, Metric.CART_UPDATED, **cart, **more)
    shop.passes(HOUR)


def sends(shop: EngineShop) -> list[Outgoing]:
    channel = Kept()
    composer = email_composer(shop.store, shop.rulebook, lambda: shop.now, lambda: BASE)
    postman = EmailPostman(composer.compose, channel)
    asyncio.run(deliver(shop.store, shop.rulebook, lambda: shop.now, postman))
    return channel.mails


def outbox(shop: EngineShop, who: str = ADA) -> list[MessageRow]:
    with shop.store.reading() as reading:
        return list(reversed(reading.messages_of(shop.id, shop.profile_of(who))))


def code_in(html: str) -> str:
    [found] = re.findall(r">([0-9A-Z-]{10,})</div>", html)
    return str(found)


def given(shop: EngineShop, who: str = ADA) -> list[str]:
    with shop.store.reading() as reading:
        return [one.code for one in reading.codes_of(shop.id, [shop.profile_of(who)])]


def text_of(mail: Outgoing) -> str:
    return " ".join(mail.text.split())


# --- prices and stock of now ---------------------------------------------------------------------


def test_lines_say_the_price_the_stock_and_the_picture_of_now(shop: EngineShop) -> None:
    can_send(shop)
    sells(
        shop,
        "mug",
        {"price": 1_200, "sale_price": 700, "stock": 2},
        images=("https://shop.example/mug.jpg",),
        url="https://shop.example/mug",
    )
    leaves(shop)
    [mail] = sends(shop)
    assert "https://shop.example/mug.jpg" in mail.html
    said = text_of(mail)
    assert "mug of now" in said
    assert "€7.00" in said
    assert "Fell from €9.00 since you chose it" in said
    assert "2 left in stock" in said
    assert "In all €14.00" in said


def test_a_price_that_rose_is_no_news_and_plenty_is_not_counted(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 1_000, "stock": 50})
    leaves(shop)
    said = text_of(sends(shop)[0])
    assert "€10.00" in said
    assert "Fell" not in said
    assert "left in stock" not in said


def test_what_the_catalog_does_not_know_stays_as_it_was_told(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "jug", {"price": 100, "stock": 0})
    leaves(shop)
    said = text_of(sends(shop)[0])
    assert "Mug of then" in said
    assert "€9.00" in said
    assert "In all €18.00" in said
    assert "Sold out" not in said


def test_prices_of_another_currency_are_not_mixed_in(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 100, "currency": "USD", "stock": 9})
    leaves(shop)
    said = text_of(sends(shop)[0])
    assert "€9.00" in said
    assert "$" not in said


def test_what_is_sold_out_is_said_and_stands_last(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 900, "sale_price": 500, "stock": 0})
    sells(shop, "tee", {"id": "tee-m", "price": 2_000, "stock": 1, "options": {"Size": "M"}})
    leaves(shop, MUG, TEE)
    said = text_of(sends(shop)[0])
    assert said.index("tee of now") < said.index("mug of now") < said.index("Sold out")
    assert "The last one in stock" in said
    assert "In all €20.00" in said
    assert "Fell" not in said, "nobody is told of a bargain that cannot be had"


def test_a_cart_of_which_nothing_can_be_had_is_not_written_about(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    sells(shop, "mug", {"price": 900, "stock": 0})
    sells(shop, "tee", {"id": "tee-l", "price": 2_000, "stock": 4})
    leaves(shop, MUG, TEE)
    assert sends(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.error) == ("cancelled", "sold_out")
    assert given(shop) == [], "no code for a mail that does not go"


# --- codes ---------------------------------------------------------------------------------------


def test_a_code_is_the_same_in_every_mail_on_the_web_and_in_the_link(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop, minimum=1_000, currency="EUR")
    leaves(shop)
    [mail] = sends(shop)
    code = code_in(mail.html)
    assert mail.subject == "10% off"
    assert "For orders from €10.00." in text_of(mail)
    assert "Valid until 5 Mar 2026, 10:00." in text_of(mail)
    shop.passes(DAY)
    [second] = sends(shop)
    assert code_in(second.html) == code
    view = email_viewer(shop.store, shop.rulebook, lambda: shop.now, lambda: BASE)
    made = view(Sending(shop.id, outbox(shop)[0], shop.person(ADA)))
    assert made is not None
    assert code_in(made) == code
    [token] = set(re.findall(rf"{BASE}/e/r/([^\"]+)", unescape(mail.html)))
    with shop.store.reading() as reading:
        found = follow(reading, stored_signer(shop.store), shop.id, token, (), shop.now)
    assert found.code is not None
    assert found.code.code == code
    assert given(shop) == [code]


def test_each_person_has_a_code_of_their_own(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    for who in ("ada@example.com", "bob@example.com"):
        leaves(shop, who=who)
    one, other = (code_in(mail.html) for mail in sends(shop))
    assert one != other


def test_looking_at_a_mail_gives_nobody_a_code(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    leaves(shop)
    mails = EmailMails(shop.store, shop.rulebook, lambda: shop.now)
    for profile in (None, shop.profile_of(ADA)):
        mail = mails.make(shop.id, parse_template(TEMPLATE), profile)
        assert EXAMPLE_CODE in mail.text
        assert "10% off" in mail.text
    assert given(shop) == []
    view = email_viewer(shop.store, shop.rulebook, lambda: shop.now, lambda: BASE)
    made = view(Sending(shop.id, outbox(shop)[0], shop.person(ADA)))
    assert made is not None
    assert "Your code" not in made
    assert given(shop) == []


def test_a_code_is_put_in_by_the_shops_own_address(shop: EngineShop) -> None:
    can_send(shop, code_url="https://shop.example/discount/{code}?to=/cart")
    offers(shop)
    leaves(shop)
    [mail] = sends(shop)
    view = email_viewer(shop.store, shop.rulebook, lambda: shop.now, lambda: BASE)
    made = view(Sending(shop.id, outbox(shop)[0], shop.person(ADA)))
    assert f"https://shop.example/discount/{code_in(mail.html)}?to=/cart" in unescape(made or "")
    with pytest.raises(BadMailing, match="code_url"):
        set_mailing(shop.store, shop.id, {"sender": "a@b.de", "code_url": "https://b.de/"})


def test_the_end_of_a_code_is_said_on_the_clock_of_the_person(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop, expires="6 hours")
    leaves(shop, traits={"timezone": "Asia/Seoul"})
    assert shop.now == parse_instant("2026-03-02T10:00:00Z")
    assert "Valid until 3 Mar 2026, 01:00." in text_of(sends(shop)[0])


def test_a_pool_run_dry_leaves_the_block_out(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop, codes="pool")
    with shop.store.transaction() as tx:
        fill_pool(tx, shop.id, "ten", ["POOLCODE-1"])
    for who in ("ada@example.com", "bob@example.com"):
        leaves(shop, who=who)
    mails = {mail.recipient.address: mail for mail in sends(shop)}
    with_code = [one for one in mails.values() if "POOLCODE-1" in one.html]
    [without] = [one for one in mails.values() if "POOLCODE-1" not in one.html]
    assert len(with_code) == 1
    assert without.subject == "Cart"
    assert "Your code" not in without.html
    with shop.store.reading() as reading:
        lacking = shop.profile_of(without.recipient.address)
        told = [(one.what, one.reason) for _, one in reading.decisions(shop.id, lacking)]
    assert ("not_given", "coupon_pool_dry") in told


@pytest.mark.parametrize(
    "coupon, reason",
    [
        ({"codes": "pool"}, "coupon_pool_dry"),
        ({"budget": 100, "currency": "EUR"}, "coupon_budget"),
        ({"products": ["jug"]}, "coupon_nothing_fits"),
        (None, "coupon_gone"),
    ],
)
def test_a_mail_that_is_nothing_without_its_code_does_not_go(
    shop: EngineShop, coupon: dict[str, Any] | None, reason: str
) -> None:
    blocks = [{**one, "needed": True} if one is COUPON else one for one in TEMPLATE["blocks"]]
    key = offers(shop, **(coupon or {}))
    can_send(shop, {**TEMPLATE, "blocks": blocks})
    if coupon is None:
        archive_coupon(shop.store, shop.id, key, shop.now)
    leaves(shop)
    assert sends(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.error) == ("cancelled", reason)
    assert given(shop) == []


def test_a_coupon_that_only_a_keyword_names_is_given_too(shop: EngineShop) -> None:
    text = {"kind": "text", "text": '{{ coupons["five"].code }} and {{ coupons.ten.code }}'}
    footer = {"kind": "footer", "text": "You left a cart."}
    can_send(shop, {"subject": "Cart", "blocks": [text, footer]})
    offers(shop)
    offers(shop, "Five")
    leaves(shop)
    [mail] = sends(shop)
    assert len(given(shop)) == 2
    assert all(code in mail.html for code in given(shop))


def test_after_the_order_the_code_is_shown_no_more(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    leaves(shop)
    [mail] = sends(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id=f"c-{ADA}", coupon=code_in(mail.html))
    view = email_viewer(shop.store, shop.rulebook, lambda: shop.now, lambda: BASE)
    made = view(Sending(shop.id, outbox(shop)[0], shop.person(ADA)))
    assert made is not None
    assert "Your code" not in made


def test_a_message_that_is_put_off_takes_no_code(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    leaves(shop)
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id=f"c-{ADA}", **TEE)
    assert sends(shop) == []
    assert given(shop) == []
    assert msgspec.structs.asdict(outbox(shop)[0])["status"] == "queued"


# --- other products and reviews ------------------------------------------------------------------


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


# --- what began the run --------------------------------------------------------------------------


def begins(shop: EngineShop, trigger: dict[str, Any], text: str) -> None:
    """A flow whose one mail says that, begun by something else than a cart."""
    blocks = [{"kind": "text", "text": text}, {"kind": "footer", "text": "You agreed."}]
    can_send(shop, {"subject": "News", "blocks": blocks})
    step = {"kind": "email", "key": "news", "template": "help"}
    flow = {"name": "News", "trigger": trigger, "steps": [step]}
    create_flow(shop.store, shop.id, "news", flow, shop.now)
    set_status(shop.store, shop.id, "news", "live", shop.now)
    shop.catches_up()


def test_a_mail_about_news_of_a_product_says_what_it_costs_and_cost(shop: EngineShop) -> None:
    said = (
        "{{ product.name }}: {{ product.price | money: product.currency }}, before"
        " {{ product.old_price | money: product.currency }}, less by {{ event.percent }}"
    )
    begins(shop, {"kind": "price_drop"}, said)
    sells(shop, "mug", {"price": 1_000, "stock": 5})
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.VIEWED_PRODUCT, product_id="mug", price=1_000, currency="EUR")
    shop.now += HOUR
    sells(shop, "mug", {"price": 800, "stock": 5})
    tell_all(shop.store, shop.rulebook, shop.now)
    [mail] = sends(shop)
    assert "mug of now: €8.00, before €10.00, less by 20" in text_of(mail)


def test_a_mail_of_thanks_names_the_order(shop: EngineShop) -> None:
    said = "Order {{ order.number }} of {{ order.value | money: order.currency }}"
    begins(shop, {"kind": "metric", "metric": "Placed Order"}, said)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.PLACED_ORDER, order_id="no-17", value=4_200, currency="EUR")
    [mail] = sends(shop)
    assert "Order no-17 of €42.00" in text_of(mail)


def test_a_run_that_no_event_began_leaves_it_empty(shop: EngineShop) -> None:
    begins(shop, {"kind": "list", "list": "news"}, "({{ product.name }}{{ order.number }})")
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.JOINED_LIST, list="news")
    [mail] = sends(shop)
    assert "()" in text_of(mail)
