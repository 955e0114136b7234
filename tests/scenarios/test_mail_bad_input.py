"""What people and shops may write or leave out stays within its place in the mail, and the mail
leaves."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from cartback.channels.email.lint import CLIPPED
from cartback.channels.email.message import wire
from cartback.domain.cart import MOST_LINES
from cartback.domain.event import Metric
from cartback.engine.restoring import follow
from cartback.engine.signing import stored_signer
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.mail_shop import (
    ADA,
    TEMPLATE,
    can_send,
    leaves,
    offers,
    outbox,
    sells,
    sends,
)

NAMES = (
    "머그잔 ☕️",
    "كوب شاي",
    "<script>alert(1)</script>",
    "{{ shop.name }}",
    "\u202egnp.exe",
    "a" * 300,
)
INJECTED = "Ada\r\nBcc: everybody@shop.example\r\n\r\n<b>x</b>"


URLS = (
    'https://shop.example/?q="><img src=x>',
    "https://evil.example/",
    "javascript:alert(1)",
    "http://shop.example.evil.example/",
    "https://shop.example@evil.example/",
)


def lines(count: int) -> list[dict[str, Any]]:
    """Lines of every kind: without a price, without a name, with letters of all the world."""
    return [
        {
            "product_id": f"p{number}",
            "name": NAMES[number % len(NAMES)] if number % 7 else "",
            "quantity": 1 + number % 3,
            **({} if number % 2 else {"price": 100 * number}),
            "url": URLS[number % len(URLS)],
            "image_url": "javascript:alert(1)" if number % 5 == 0 else "https://shop.example/a.png",
        }
        for number in range(count)
    ]


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def test_a_cart_of_five_hundred_lines_of_anything_becomes_one_mail(shop: EngineShop) -> None:
    subject = "{{ profile.first_name }} {{ cart.lines.first.name }}"
    can_send(
        shop,
        {**TEMPLATE, "subject": subject, "sender_name": "{{ profile.traits.nick }}"},
        clicks=False,
    )
    offers(shop)
    sells(shop, "p2", {"price": None, "stock": 2}, url="https://shop.example/p2")
    leaves(shop, *lines(500), traits={"first_name": INJECTED, "nick": INJECTED})
    [mail] = sends(shop)
    read = parsed(wire(mail).raw)
    assert read["bcc"] is None
    assert [name for name in read.keys() if name.lower() == "subject"] == ["Subject"]  # noqa: SIM118
    assert "everybody@shop.example" not in str(read["to"]) + str(read["from"]).split("<")[-1]
    html, text = body(read, "html"), body(read, "plain")
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert "javascript:" not in html
    assert "evil.example" not in html, "nobody can have us send people elsewhere"
    assert f"and {MOST_LINES - 4} more in your cart" in text
    assert "none" not in text.lower()
    assert "nan" not in text.lower()
    assert len(html.encode()) < CLIPPED
    assert outbox(shop)[0].status == "sent"


def test_prices_that_are_null_are_not_said_and_count_as_nothing(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    sells(shop, "mug", {"price": None, "stock": None})
    line = {"product_id": "mug", "name": "Mug", "price": None, "quantity": 2}
    leaves(shop, line, {**line, "product_id": "unknown", "name": "차 茶 🍵"})
    [mail] = sends(shop)
    assert "mug of now" in mail.text
    assert "차 茶 🍵" in mail.text
    assert "In all €0.00" in " ".join(mail.text.split())
    assert mail.html.count("€") == 1


def test_a_name_from_right_to_left_does_not_turn_the_mail_around(shop: EngineShop) -> None:
    can_send(shop)
    name = {"product_id": "p", "name": "كوب شاي كبير", "price": 900}
    leaves(shop, name, traits={"first_name": "ليلى"})
    [mail] = sends(shop)
    assert 'dir="auto"' in mail.html
    assert str(parsed(wire(mail).raw)["to"]).startswith("ليلى")


def test_an_odd_cart_comes_back_by_its_link(shop: EngineShop) -> None:
    """What stands in the mail is what the link brings back."""
    can_send(shop)
    leaves(shop, *lines(12))
    [mail] = sends(shop)
    token = mail.html.split("/e/r/", 1)[1].split('"', 1)[0]
    with shop.store.reading() as reading:
        found = follow(reading, stored_signer(shop.store), shop.id, token, (), shop.now)
    assert [line.product_id for line in found.restoring.lines] == [f"p{one}" for one in range(12)]
    shop.happens(ADA, Metric.CART_UPDATED, cart_id=f"c-{ADA}", currency="EUR", lines=[])
    shop.passes(86_400_000 * 2)
    assert sends(shop) == []
