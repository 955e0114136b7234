"""What the tests of e-mail are made of: a template with every kind of block, values, a key."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from cartback.channels.email.dkim import Signer, new_key
from cartback.channels.email.filters import Dialect
from cartback.channels.email.template import Compiled, compile_template, render_template
from cartback.domain.instant import Instant
from cartback.domain.message import Mailbox, Outgoing
from cartback.domain.template import parse_template

T = TypeVar("T")

AT: Instant = 1_793_000_000_000
EUROPE = Dialect("en", "Europe/Berlin", "EUR")
KOREA = Dialect("ko", "Asia/Seoul", "KRW")

DOCUMENT: dict[str, Any] = {
    "subject": 'You left something, {{ profile.first_name | default: "friend" }}',
    "preheader": "Your basket is still here.",
    "blocks": [
        {"kind": "header"},
        {"kind": "heading", "text": "Still thinking, {{ profile.first_name }}?"},
        {
            "kind": "text",
            "text": "We *kept* your **basket**.\n\nA < B & [look](https://shop.example/a?b=1&c=2).",
        },
        {"kind": "image", "url": "https://shop.example/a.png", "alt": "A picture"},
        {"kind": "product", "source": "abandoned_cart", "most": 3, "button": "See it"},
        {"kind": "product", "source": "fixed", "ids": ["p-9"], "layout": "large"},
        {"kind": "product", "source": "viewed", "layout": "cards", "most": 2},
        {"kind": "coupon", "coupon": "come-back", "text": "Ten percent off.", "button": "Use it"},
        {"kind": "review", "most": 2},
        {"kind": "button", "text": "Back to the basket", "url": "{{ links.restore }}"},
        {"kind": "divider"},
        {
            "kind": "columns",
            "columns": [
                {"blocks": [{"kind": "text", "text": "Free returns"}]},
                {"blocks": [{"kind": "html", "html": "<b>{{ shop.name }}</b>"}]},
            ],
        },
        {"kind": "spacer", "height": 8},
        {
            "kind": "mjml",
            "mjml": "{% if cart.value < 500000 %}<mj-section><mj-column><mj-text>Small &amp; fine"
            "</mj-text></mj-column></mj-section>{% endif %}",
        },
        {"kind": "html", "html": "<i>raw</i>"},
        {"kind": "footer", "text": "You get this because you left a basket."},
    ],
}


def product(number: int, **more: object) -> dict[str, object]:
    """A product as a template sees it."""
    return {
        "id": f"p-{number}",
        "name": f"Lamp {number} <warm>",
        "url": f"https://shop.example/p/{number}?x=1&y=2",
        "image": f"https://shop.example/p/{number}.jpg",
        "price": 1_999 + number,
        "old_price": 2_999,
        "chosen_price": 2_500,
        "currency": "EUR",
        "stock": number,
        "quantity": number,
        **more,
    }


def values(**more: object) -> dict[str, object]:
    """What one person's mail is rendered with."""
    return {
        "profile": {"first_name": "Ada", "email": "ada@shop.example"},
        "cart": {
            "id": "c1",
            "lines": [product(1), product(2), product(5)],
            "value": 9_000,
            "currency": "EUR",
        },
        "viewed": [product(7), product(8)],
        "fixed": {"p-9": product(9)},
        "coupons": {
            "come-back": {
                "code": "ADA-7KQ2M9",
                "expires_at": AT,
                "url": "https://shop.example/c/1",
                "single_use": True,
            }
        },
        "reviews": [{"author": "Bob", "rating": 5, "text": "Warm & bright.", "product": "Lamp 1"}],
        "shop": {
            "name": "Lamps & Co",
            "url": "https://shop.example",
            "address": "1 Example Street\n10115 Berlin",
        },
        "links": {
            "restore": "https://shop.example/r/abc",
            "unsubscribe": "https://shop.example/u/abc",
            "preferences": "https://shop.example/p/abc",
        },
        **more,
    }


@cache
def compiled() -> Compiled:
    return compile_template(parse_template(DOCUMENT), EUROPE)


@cache
def private_key() -> str:
    return new_key()


def signer() -> Signer:
    return Signer("shop.example", "cartback", private_key())


def outgoing(**more: object) -> Outgoing:
    """A rendered message to Ada."""
    rendered = render_template(compiled(), values())
    given: dict[str, Any] = {
        "key": "m-1",
        "sender": Mailbox("hello@shop.example", "Lamps & Co"),
        "recipient": Mailbox("ada@shop.example", "Ada"),
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "at": AT,
        "unsubscribe": "https://t.shop.example/u/AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        "unsubscribe_mailto": "unsubscribe@shop.example",
        "stream": "cart-flow",
        "shop": "lamps",
        **more,
    }
    return Outgoing(**given)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Wait for it in a loop of its own."""
    return asyncio.run(work)


def published(_name: bytes, timeout: int = 5) -> bytes:
    """What DNS would say of our key: dkimpy asks this."""
    return signer().record().value.encode()
