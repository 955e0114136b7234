"""Double opt-in, from the sign-up to the yes that counts; and what Korean law wants told."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from cartback.channels.email.ready import ready
from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, Zone
from cartback.domain.law.terms import Bar, Purpose, Refuse, Send
from cartback.domain.message import Outgoing
from cartback.domain.phrase import Language
from cartback.domain.phrase.decision import told
from cartback.domain.template import template_document
from cartback.engine.flow_start import ready_flow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.permission import choose, permission_of
from cartback.engine.suppression_list import suppression
from cartback.engine.templates import save_template
from tests.web.mail.conftest import Post

BOB = "bob@example.com"


def starts(post: Post, *keys: str) -> None:
    """The ready-made flows, live, with their templates."""
    now = post.engine.now
    for name in ("confirm-address", "consent-result"):
        save_template(post.store, post.shop, name, name, template_document(ready(name).en), now)
    for key in keys:
        document: dict[str, Any] = {"name": key, **ready_flow(key).document}
        create_flow(post.store, post.shop, key, document, now)
        set_status(post.store, post.shop, key, "live", now)
    post.engine.catches_up()


@pytest.fixture
def signed_up(post: Post) -> Outgoing:
    """Bob signed up in Germany, where a yes is to be confirmed; the mail that asks him."""
    choose(post.store, post.shop, {"double_opt_in": ["DE"], "home": "DE"})
    post.engine.catches_up()
    starts(post, "confirm-address")
    post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email", source="footer", text="News?")
    [mail] = [one for one in post.sends() if one.recipient.address == BOB]
    return mail


def link_in(mail: Outgoing) -> str:
    found = re.search(r"https://carts\.shop\.example(/e/d/[\w-]+)", unescape(mail.html))
    assert found is not None, "not followed as a click: it is ours"
    return found[1]


def may(post: Post, purpose: Purpose = Purpose.MARKETING) -> type:
    with post.store.reading() as reading:
        state = post.engine.person(BOB)
        now = post.engine.now
        found = permission_of(reading, post.shop, state, "email", purpose, now)
    return type(found)


def test_a_yes_counts_when_its_address_confirms_it(post: Post, signed_up: Outgoing) -> None:
    link = link_in(signed_up)
    assert may(post) is Refuse, "a pending yes is none"
    before = post.known()
    page = post.get(link).text
    assert "bob@example.com" in page
    assert '<form method="post"' in page
    assert post.known() == before, "looking changes nothing"
    post.engine.now += MINUTE
    assert "is confirmed" in post.post(link).text
    said = post.last()
    assert said.metric == Metric.SUBSCRIBED
    assert said.properties["confirmed"] is True
    assert said.properties["text"] == "Yes, write to me: News and offers"
    assert {"ip", "source", "message"} <= said.properties.keys()
    assert may(post) is Send
    before = post.known()
    assert "is confirmed" in post.post(link).text
    assert post.known() == before, "twice is once"
    assert post.sends() == [], "a confirmed yes is not asked for again"


def test_who_has_confirmed_is_not_asked_again_and_stays_confirmed(
    post: Post, signed_up: Outgoing
) -> None:
    """They tick the box of a checkout, which knows nothing of what they pressed."""
    post.post(link_in(signed_up))
    post.engine.now += 2 * DAY
    post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email", source="checkout")
    post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email", purpose="cart_reminder")
    assert post.sends() == []
    assert may(post) is Send
    assert may(post, Purpose.CART_REMINDER) is Send, "a yes to all, from the address, is enough"
    with post.store.reading() as reading:
        rows = reading.decisions(post.shop, post.engine.profile_of(BOB))
    skipped = next(row for _, row in rows if row.what == "skipped")
    said = told(skipped.what, skipped.reason, 0, Language.ENGLISH, Zone(), rule=skipped.rule)
    assert said == "Not sent: the address has confirmed its yes already (Cartback's own rule)."


def test_who_says_yes_again_after_a_no_is_asked_again(post: Post, signed_up: Outgoing) -> None:
    post.post(link_in(signed_up))
    for _ in range(2):
        post.engine.now += HOUR
        post.engine.happens(BOB, Metric.UNSUBSCRIBED, channel="email")
        post.engine.now += MINUTE
        post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email", confirmed=False)
        assert may(post) is Refuse, "the proof was of another yes"
        post.engine.passes(16 * HOUR)  # so much lies between two mails
        [mail] = post.sends()
        post.post(link_in(mail))
        assert may(post) is Send


def test_nobody_confirms_what_they_took_back_with_everything_else(
    post: Post, signed_up: Outgoing
) -> None:
    post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email", purpose="cart_reminder")
    post.engine.now += MINUTE
    post.engine.happens(BOB, Metric.UNSUBSCRIBED, channel="email")
    post.post(link_in(signed_up))
    assert may(post, Purpose.CART_REMINDER) is Refuse
    assert may(post) is Refuse


def test_a_suppressed_address_is_not_asked(post: Post) -> None:
    starts(post, "confirm-address")
    with post.store.transaction() as tx:
        tx.suppress(post.shop, [suppression("email", BOB, Bar.COMPLAINED, post.engine.now)])
    post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email")
    assert post.sends() == []


def test_the_mail_is_no_advertising_and_needs_no_yes(post: Post, signed_up: Outgoing) -> None:
    assert not signed_up.subject.startswith("(광고)")
    assert "Yes, it is mine" in signed_up.html


def test_after_a_week_the_link_says_so(post: Post, signed_up: Outgoing) -> None:
    post.engine.now += 8 * DAY
    link = link_in(signed_up)
    assert "too old" in post.get(link).text
    assert "too old" in post.post(link).text
    assert may(post) is Refuse


def test_who_left_meanwhile_is_not_brought_back(post: Post, signed_up: Outgoing) -> None:
    post.engine.now += MINUTE
    post.engine.happens(BOB, Metric.UNSUBSCRIBED, channel="email")
    post.post(link_in(signed_up))
    assert not post.engine.person(BOB).consents["email"].subscribed


def test_another_kind_of_link_confirms_nothing(post: Post, signed_up: Outgoing) -> None:
    assert post.get(post.leave.replace("/e/u/", "/e/d/")).status_code == 404
    assert post.get(link_in(signed_up)[:-2] + "xx").status_code == 404


def test_the_page_is_in_korean_for_a_korean_shop(post: Post, signed_up: Outgoing) -> None:
    post.set_up(language="ko")
    assert "주소가 맞나요" in post.get(link_in(signed_up)).text


def test_korean_law_is_told_of_a_yes_and_of_a_no(post: Post) -> None:
    starts(post, "consent-given", "consent-withdrawn")
    post.engine.happens(BOB, Metric.SUBSCRIBED, channel="email", confirmed=True)
    [yes] = post.sends()
    assert "agreed to" in yes.text
    post.engine.now += DAY
    post.engine.happens(BOB, Metric.UNSUBSCRIBED, channel="email")
    [no] = post.sends()
    assert "refused, or withdrew" in no.text
    assert "Mugs" in no.text
