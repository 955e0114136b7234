"""A shop that writes to whoever leaves a cart: what it sells and offers, and what its mails say."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from cartback.channels.email.postman import EmailPostman
from cartback.domain.event import Metric
from cartback.domain.instant import HOUR
from cartback.domain.message import Accepted, Outcome, Outgoing
from cartback.domain.product import Product, Variant
from cartback.engine.coupons import define_coupon
from cartback.engine.deliver import deliver
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.products import put_product
from cartback.engine.templates import save_template
from cartback.wiring.email import email_composer
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
