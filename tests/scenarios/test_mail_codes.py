"""The code in a mail: this person's own, in every mail the same, and only where there is one."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import msgspec
import pytest

from cartback.channels.email.preview import EXAMPLE_CODE, EmailMails
from cartback.domain.event import Metric
from cartback.domain.instant import DAY, parse_instant
from cartback.domain.template import parse_template
from cartback.engine.codes import fill_pool
from cartback.engine.coupons import archive_coupon
from cartback.engine.deliver import Sending
from cartback.engine.mailing import BadMailing, set_mailing
from cartback.engine.restoring import follow
from cartback.engine.signing import stored_signer
from cartback.wiring.email import email_viewer
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.mail_shop import (
    ADA,
    BASE,
    COUPON,
    TEE,
    TEMPLATE,
    can_send,
    code_in,
    given,
    leaves,
    offers,
    outbox,
    sends,
    text_of,
)


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
