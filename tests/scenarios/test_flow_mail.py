"""From an abandoned cart to a mail in the inbox: the real engine, a real SMTP server, DKIM checked
by somebody else's verifier."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dkim
import msgspec
import pytest

from cartback.channels.email.catcher import Catcher
from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.dkim import Signer, new_key
from cartback.channels.email.postman import EmailPostman
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR
from cartback.engine.deliver import deliver
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, put_flows, set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.templates import save_template
from cartback.engine.tokens import Kind, stored_tokens
from cartback.wiring.email import email_composer
from tests.scenarios.engine_shop import EngineShop

BASE = "https://carts.shop.example"
ADA = "#1 Ada@Example.com"
TEMPLATE: dict[str, Any] = {
    "subject": "Still thinking, {{ profile.first_name }}?",
    "blocks": [
        {"kind": "heading", "text": "You left {{ cart.count }} behind"},
        {"kind": "product", "source": "abandoned_cart", "most": 3},
        {"kind": "button", "text": "Back", "url": "{{ links.restore }}"},
        {"kind": "footer", "text": "You get this because you left a cart."},
    ],
}
FLOW: dict[str, Any] = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "help", "template": "help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "again", "template": "help"},
    ],
}


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    one = Catcher(lambda: datetime(2026, 3, 2, tzinfo=UTC))
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def key() -> str:
    return new_key()


def made(shop: EngineShop, **mailing: object) -> None:
    """A shop that can send: its sender, a template, and a flow at work."""
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example", "name": "Mugs", **mailing})
    save_template(shop.store, shop.id, "help", "Help", TEMPLATE, shop.now)
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()


def leaves(shop: EngineShop, who: str = ADA, cart: str = "c1") -> None:
    shop.happens(who, Metric.SUBSCRIBED, channel="email", traits={"first_name": "Ada"})
    line = {"product_id": "mug", "name": "Blue <mug>", "price": 900, "quantity": 2}
    shop.happens(who, Metric.CART_UPDATED, cart_id=cart, currency="EUR", lines=[line])
    shop.passes(HOUR)


def sends(shop: EngineShop, catcher: Catcher, key: str = "") -> int:
    """What is due is handed over to the catcher."""
    server = Server(host="127.0.0.1", port=catcher.port, security="none")
    signer = Signer("shop.example", "cartback", key) if key else None

    async def send() -> int:
        pool = SmtpPool(server)
        composer = email_composer(shop.store, shop.rulebook, lambda: shop.now, lambda: BASE)
        postman = EmailPostman(composer.compose, EmailChannel(pool, signer=signer))
        count = await deliver(shop.store, shop.rulebook, lambda: shop.now, postman)
        await pool.close()
        return count

    return asyncio.run(send())


def outbox(shop: EngineShop, who: str = "#1") -> list[MessageRow]:
    with shop.store.reading() as reading:
        return list(reversed(reading.messages_of(shop.id, shop.profile_of(who))))


def test_the_cart_that_was_left_is_in_the_mail(
    shop: EngineShop, catcher: Catcher, key: str
) -> None:
    made(shop)
    leaves(shop)
    assert sends(shop, catcher, key) == 1
    [mail] = catcher.mails()
    assert mail.subject == "Still thinking, Ada?"
    assert "Blue &lt;mug&gt;" in mail.html()
    assert "18.00" not in mail.subject
    assert dkim.verify(mail.raw, dnsfunc=lambda *_, **__: _published(key))
    headers = dict(mail.headers())
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.search(r"<https://carts.shop.example/e/u/([^>]+)>", headers["List-Unsubscribe"])
    assert found is not None
    link = stored_tokens(shop.store).read(found[1])
    assert link is not None
    assert link.kind is Kind.UNSUBSCRIBE
    assert link.id[4:].hex() == outbox(shop)[0].key
    assert outbox(shop)[0].status == "sent"
    assert sends(shop, catcher) == 0


def _published(key: str) -> bytes:
    return Signer("shop.example", "cartback", key).record().value.encode()


def test_what_is_not_known_leaves_no_trace(shop: EngineShop, catcher: Catcher) -> None:
    """In Liquid an empty text is true: `{% if shop.logo %}` would show a picture of nothing."""
    made(shop)
    named = "{% if profile.first_name %}, {{ profile.first_name }}{% endif %}"
    with_header = {
        **TEMPLATE,
        "subject": f"Your cart{named}",
        "blocks": [{"kind": "header"}, *TEMPLATE["blocks"]],
    }
    save_template(shop.store, shop.id, "help", "Help", with_header, shop.now)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    line = {"product_id": "mug", "name": "Mug", "price": 900}
    shop.happens(ADA, Metric.CART_UPDATED, cart_id="c1", currency="EUR", lines=[line])
    shop.passes(HOUR)
    assert sends(shop, catcher) == 1
    [mail] = catcher.mails()
    assert mail.subject == "Your cart"
    assert 'src=""' not in mail.html()
    assert ">Mugs<" in mail.html()


def test_who_orders_before_the_mail_gets_none(shop: EngineShop, catcher: Catcher) -> None:
    made(shop)
    leaves(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1")
    assert sends(shop, catcher) == 0
    shop.passes(3 * DAY)
    assert sends(shop, catcher) == 0
    assert catcher.mails() == []


def test_a_shop_without_a_sender_is_told_so_and_nothing_leaves(
    shop: EngineShop, catcher: Catcher
) -> None:
    row = create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    with shop.store.transaction() as tx:  # set_status would refuse to start it
        tx.save_flow(shop.id, msgspec.structs.replace(row, status="live"))
        put_flows(tx, shop.id)
    shop.catches_up()
    leaves(shop)
    assert sends(shop, catcher) == 1
    [message] = outbox(shop)
    assert message.status == "failed"
    assert "sender's address" in message.error
    assert catcher.mails() == []


def test_a_server_that_is_away_is_tried_again(shop: EngineShop) -> None:
    made(shop)
    leaves(shop)
    away = Catcher(lambda: datetime(2026, 3, 2, tzinfo=UTC))
    away.start()
    away.stop()
    assert sends(shop, away) == 1
    [message] = outbox(shop)
    assert message.status == "queued"
    assert message.due > shop.now
