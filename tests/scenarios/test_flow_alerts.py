"""Alerts of flows: plain mails to the shop's own people, by real SMTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cartback.channels.email.alert import AlertComposer
from cartback.channels.email.catcher import Catcher
from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.postman import EmailPostman
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.domain.event import Metric
from cartback.domain.flow import BadFlow
from cartback.domain.instant import HOUR
from cartback.domain.step import ALERT
from cartback.engine.deliver import deliver
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import set_mailing
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import ADA, leaves_cart, outbox
from tests.scenarios.test_flow_mail import catcher as catcher

STAFF = ["care@shop.example", "owner@shop.example"]


def alerts(shop: EngineShop, **step: Any) -> None:  # noqa: ANN401  fields of the step
    alert = {
        "kind": "alert",
        "key": "tell",
        "to": STAFF,
        "subject": "{{ profile.first_name }} left {{ cart.count }} things\r\nBcc: x@evil.example",
        "text": "Worth {{ cart.value | money: cart.currency }}.\n<b>& more</b>",
        **step,
    }
    document = {
        "name": "Tell us",
        "trigger": {"kind": "cart_abandoned"},
        "steps": [alert],
    }
    create_flow(shop.store, shop.id, "tell", document, shop.now)
    set_status(shop.store, shop.id, "tell", "live", shop.now)
    shop.catches_up()


def sends(shop: EngineShop, catcher: Catcher) -> int:
    async def send() -> int:
        pool = SmtpPool(Server(host="127.0.0.1", port=catcher.port, security="none"))
        composer = AlertComposer(shop.store, shop.rulebook, lambda: shop.now)
        postman = EmailPostman(composer.compose, EmailChannel(pool))
        count = await deliver(shop.store, shop.rulebook, lambda: shop.now, postman, channel=ALERT)
        await pool.close()
        return count

    return asyncio.run(send())


def test_each_of_those_named_gets_one_plain_mail(shop: EngineShop, catcher: Catcher) -> None:
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example", "name": "Mugs"})
    alerts(shop)
    shop.happens(ADA, Metric.UNSUBSCRIBED, channel="email", traits={"first_name": "Ada"})
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug", price=900)
    shop.passes(HOUR)
    assert sends(shop, catcher) == 2
    mails = [one.parsed() for one in catcher.mails()]
    assert sorted(str(one["to"]) for one in mails) == STAFF
    for one in mails:
        assert one["subject"] == "Ada left 1 things Bcc: x@evil.example"
        assert one["bcc"] is None
        assert one["list-unsubscribe"] is None
        assert [part.get_content_type() for part in one.iter_parts()] == ["text/plain"]
        body = one.get_body(("plain",))
        assert body is not None
        assert body.get_content().replace("\r\n", "\n") == "Worth $9.00.\n<b>& more</b>"
    assert {(each.status, each.step) for each in outbox(shop)} == {("sent", "tell")}
    assert shop.person("#1").contacts == {}
    assert sends(shop, catcher) == 0
    assert {Metric.RECEIVED_EMAIL} & set(shop.metrics()) == set()


def test_nothing_is_told_of_a_cart_that_was_bought_meanwhile(
    shop: EngineShop, catcher: Catcher
) -> None:
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example"})
    alerts(shop)
    leaves_cart(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1")
    assert sends(shop, catcher) == 0


def test_what_cannot_be_written_fails_with_a_sentence(shop: EngineShop, catcher: Catcher) -> None:
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example"})
    alerts(shop, to=STAFF[:1], text="{{ cart.value | nonsense }}")
    leaves_cart(shop)
    sends(shop, catcher)
    [message] = outbox(shop)
    assert message.status == "failed"
    assert "nonsense" in message.error


def test_without_a_sender_it_does_not_start(shop: EngineShop) -> None:
    with pytest.raises(BadFlow, match="no sender's address"):
        alerts(shop)


@pytest.mark.parametrize("field", ["subject", "text"])
@pytest.mark.parametrize("text", ["Cart of {{ profile.email", "{% if cart %", "worth }} it"])
def test_a_keyword_that_is_not_closed_is_refused(shop: EngineShop, field: str, text: str) -> None:
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example"})
    with pytest.raises(BadFlow, match=f"`{field}`: a keyword is not closed"):
        alerts(shop, **{field: text})
