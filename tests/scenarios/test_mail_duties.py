"""What the law has a mail carry is in its bytes, whatever the template says; or it stays."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from cartback.channels.email.message import wire
from cartback.channels.email.preview import EmailMails
from cartback.domain.template import parse_template
from cartback.engine.mailing import set_mailing
from cartback.engine.permission import choose
from cartback.engine.templates import save_template
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.mail_shop import ADA, can_send, leaves, outbox, sends

WHO: dict[str, Any] = {
    "sender": "hello@shop.example",
    "name": "찻집 <Tea>",
    "postal": "서울시 중구 찻집길 1 & 2",
    "phone": "02-000-0000",
}
TEMPLATE: dict[str, Any] = {
    "subject": "{{ cart.count }} things, {{ profile.traits.nick }}",
    "text": "In my own words.",
    "blocks": [{"kind": "text", "text": "Still thinking?"}, {"kind": "footer"}],
}


def sent(shop: EngineShop) -> EmailMessage:
    """The one mail that leaves, read back from its bytes by somebody else's parser."""
    [mail] = sends(shop)
    parsed = message_from_bytes(wire(mail).raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body(preferencelist=(kind,))
    assert found is not None
    return str(found.get_content())


def in_country(shop: EngineShop, country: str, **more: object) -> None:
    can_send(shop, TEMPLATE)
    set_mailing(shop.store, shop.id, {**WHO, **more})
    choose(shop.store, shop.id, {"home": country})
    leaves(shop, traits={"nick": "Ada\r\nBcc: x@y.example 🫖"})


def test_in_korea_everything_that_the_act_asks_for_is_in_both_parts(shop: EngineShop) -> None:
    in_country(shop, "KR", language="ko")
    mail = sent(shop)
    assert str(mail["subject"]) == "(광고) 2 things, Ada Bcc: x@y.example 🫖"
    assert mail["bcc"] is None
    link = str(mail["list-unsubscribe"]).strip("<>")
    html, text = part(mail, "html"), part(mail, "plain")
    assert text.startswith("In my own words.")
    for said in (link, "02-000-0000", "hello@shop.example", "수신을 거부", "unsubscribe here"):
        assert said in html
        assert said in text
    assert "찻집 &lt;Tea&gt;" in html
    assert "찻집길 1 &amp; 2" in html
    assert "찻집길 1 & 2" in text


def test_elsewhere_there_is_no_label(shop: EngineShop) -> None:
    in_country(shop, "DE")
    mail = sent(shop)
    assert "광고" not in str(mail["subject"])
    assert "수신" not in part(mail, "html")
    assert str(mail["list-unsubscribe"]).strip("<>") in part(mail, "plain")


@pytest.mark.parametrize(
    "country, lacking, said",
    [
        ("KR", {"phone": ""}, "telephone"),
        ("KR", {"postal": ""}, "postal address"),
        ("US", {"postal": ""}, "postal address"),
    ],
)
def test_what_only_the_shop_can_say_keeps_the_mail_back(
    shop: EngineShop, country: str, lacking: dict[str, object], said: str
) -> None:
    in_country(shop, country, **lacking)
    assert sends(shop) == []
    [message] = outbox(shop)
    assert message.status == "failed"
    assert said in message.error


def test_where_no_law_was_read_a_mail_without_an_address_goes(shop: EngineShop) -> None:
    in_country(shop, "BR", postal="")
    assert sent(shop)["subject"] is not None


def test_advertising_by_a_template_that_says_it_is_none_does_not_leave(shop: EngineShop) -> None:
    in_country(shop, "DE")
    bare = {"subject": "x", "advertising": False, "blocks": [{"kind": "text", "text": "y"}]}
    save_template(shop.store, shop.id, "help", "Help", bare, shop.now)
    assert sends(shop) == []
    assert "unsubscribe" in outbox(shop)[0].error


def test_a_preview_has_the_label_too(shop: EngineShop) -> None:
    in_country(shop, "KR")
    mails = EmailMails(shop.store, shop.rulebook, lambda: shop.now)
    for profile in (None, shop.profile_of(ADA)):
        assert mails.make(shop.id, parse_template(TEMPLATE), profile).subject.startswith("(광고) ")
