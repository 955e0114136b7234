"""Links lead where the shop meant, and nowhere else."""

from __future__ import annotations

import re
from html import unescape

import pytest

from cartback.channels.email.links import Tracking, followed, links_in
from cartback.channels.email.template import render_template
from cartback.engine.tokens import Kind, Tokens, is_web_address
from tests.email.parts import compiled, values

BASE = "https://t.shop.example"
TOKENS = Tokens({7: b"k" * 32}, newest=7)
ONLY_CLICKS = Tracking(opens=False, trap=False)
NOTHING = Tracking(clicks=False, opens=False, trap=False)


def hrefs(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<a\b[^>]*?href="([^"]*)"', html)]


def test_every_link_of_a_mail_leads_through_us_to_where_it_led() -> None:
    html = render_template(compiled(), values()).html
    before = hrefs(html)
    after = hrefs(followed(html, tokens=TOKENS, about=b"m1", base=BASE, tracking=ONLY_CLICKS))
    assert len(before) == len(after) > 10
    found = [TOKENS.read(one.removeprefix(BASE + "/c/")) for one in after]
    assert [one.target for one in found if one] == before
    assert [one.place for one in found if one] == list(range(len(before)))


def test_our_own_links_and_other_kinds_stay_as_they_are() -> None:
    html = f'<a href="{BASE}/u/abc">u</a><a href="mailto:a@b.example">m</a><a href="#x">x</a>'
    assert followed(html, tokens=TOKENS, about=b"m", base=BASE, tracking=ONLY_CLICKS) == html


def test_a_base_that_only_begins_like_ours_is_followed() -> None:
    html = f'<a href="{BASE}.evil.example/">x</a>'
    assert followed(html, tokens=TOKENS, about=b"m", base=BASE, tracking=ONLY_CLICKS) != html


def test_each_kind_of_tracking_can_be_switched_off() -> None:
    html = '<html><body><a href="https://shop.example/">x</a></body></html>'
    for tracking, signs in (
        (NOTHING, ""),
        (ONLY_CLICKS, "c"),
        (Tracking(clicks=False, trap=False), "o"),
        (Tracking(clicks=False, opens=False), "c"),
        (Tracking(), "cco"),
    ):
        made = followed(html, tokens=TOKENS, about=b"m", base=BASE, tracking=tracking)
        assert sorted(re.findall(rf"{BASE}/(\w)/", made)) == sorted(signs)
        assert (made == html) is (tracking == NOTHING)
        assert made.endswith("</body></html>")


def test_the_trap_is_seen_by_nobody() -> None:
    made = followed(
        "x", tokens=TOKENS, about=b"m", base=BASE, tracking=Tracking(clicks=False, opens=False)
    )
    assert 'style="display:none' in made
    assert 'aria-hidden="true"' in made
    assert 'tabindex="-1"' in made


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "//evil.example", "https://", "https:///x", "ftp://shop.example",
        "https://shop.example@evil.example/", "https://shop.example\\@evil.example/",
        "https://shop.example/ x", "https://shop.example/\r\nLocation: x", "data:text/html,x",
        "https://shop.example/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_never_signed(address: str) -> None:
    assert not is_web_address(address)
    with pytest.raises(ValueError, match="no web address"):
        TOKENS.click(b"m", 0, address)


def test_a_token_of_one_kind_is_none_of_another() -> None:
    token = TOKENS.make(Kind.VIEW, b"m1")
    read = TOKENS.read(token)
    assert read is not None
    assert read.kind is Kind.VIEW


def test_tokens_of_an_older_key_are_read_until_it_is_gone() -> None:
    token = TOKENS.make(Kind.VIEW, b"m1")
    both = Tokens({7: b"k" * 32, 8: b"n" * 32}, newest=8)
    assert both.read(token) is not None
    assert both.make(Kind.VIEW, b"m1") != token
    assert Tokens({8: b"n" * 32}, newest=8).read(token) is None
    assert Tokens({7: b"x" * 32}, newest=7).read(token) is None


def test_keys_that_can_be_guessed_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens({1: b"short"}, newest=1)
    with pytest.raises(ValueError, match="newest"):
        Tokens({1: b"k" * 32}, newest=2)


def test_how_many_places_a_mail_leads_to() -> None:
    assert links_in('<a href="https://a.example"></a><a href="https://a.example"></a>') == 1
