"""What Korea wants told every two years of a yes: over five years, with a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from cartback.channels.email.catcher import Catcher
from cartback.channels.email.ready import ready
from cartback.domain.event import Location, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, Instant
from cartback.domain.law.kr import SEOUL
from cartback.domain.law.terms import EMAIL, Bar, Decision, Purpose, Refuse, Send
from cartback.domain.template import template_document
from cartback.engine.flow_start import ready_flow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.permission import choose, permission_of
from cartback.engine.suppression_list import suppression
from cartback.engine.templates import save_template
from tests.scenarios.engine_shop import EngineShop, event
from tests.scenarios.test_engine_flows import decisions
from tests.scenarios.test_flow_mail import FLOW, TEMPLATE, outbox, sends

KEY = "consent-confirm"
ADA = "#1 ada@example.com"
YEAR = 365 * DAY


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    one = Catcher(lambda: datetime(2026, 3, 2, tzinfo=UTC))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def korea(shop: EngineShop) -> EngineShop:
    """A Korean shop that can send, and reminds of carts."""
    mailing = {"sender": "hello@shop.example", "name": "머그", "postal": "서울", "phone": "02-1"}
    set_mailing(shop.store, shop.id, {**mailing, "language": "ko"})
    choose(shop.store, shop.id, {"home": "KR"})
    save_template(shop.store, shop.id, "help", "Help", TEMPLATE, shop.now)
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    return shop


def confirms(shop: EngineShop) -> None:
    """The ready-made automation comes to work."""
    document = template_document(ready(KEY).ko)
    save_template(shop.store, shop.id, KEY, KEY, document, shop.now)
    create_flow(shop.store, shop.id, KEY, {"name": KEY, **ready_flow(KEY).document}, shop.now)
    set_status(shop.store, shop.id, KEY, "live", shop.now)
    shop.catches_up()


def ask(shop: EngineShop, purpose: Purpose = Purpose.MARKETING) -> Decision:
    with shop.store.reading() as reading:
        state = shop.person("#1")
        return permission_of(reading, shop.id, state, EMAIL, purpose, shop.now)


def passes(shop: EngineShop, catcher: Catcher, until: Instant) -> None:
    """Each wake-up at its very instant, and what is due is handed over."""
    while (wake := _next_wake(shop)) <= until:
        shop.wakes(wake)
        sends(shop, catcher)
    shop.wakes(until)


def _next_wake(shop: EngineShop) -> Instant:
    with shop.store.reading() as reading:
        return reading.next_wake()


def written(at: Instant) -> str:
    return f"{SEOUL.local(at):%Y-%m-%d %H:%M}"


def told_at(shop: EngineShop) -> list[str]:
    """When somebody was told, by the clock in Seoul."""
    events = [one.event for one in shop.log() if one.event.metric == Metric.RECEIVED_EMAIL]
    return [written(one.time) for one in events if one.properties.get("purpose") == "notice"]


def told(catcher: Catcher) -> list[str]:
    return [one for mail in catcher.mails() for one in mail.recipients]


def test_for_five_years_ada_is_told_in_time_and_marketing_has_no_hole(
    korea: EngineShop, catcher: Catcher
) -> None:
    confirms(korea)
    seoul = {"timezone": "Asia/Seoul", "first_name": "에이다"}
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email", traits=seoul)
    start = korea.now
    for days in range(30, 5 * 365, 30):
        passes(korea, catcher, start + days * DAY)
        assert isinstance(ask(korea), Send), written(korea.now)
    assert told_at(korea) == ["2028-02-01 10:00", "2030-01-02 10:00"]
    first, second = (one for one in catcher.mails() if "수신 동의" in one.subject)
    assert first.subject == "[머그] 광고성 정보 수신 동의 사실 안내", "no (광고): it is a notice"
    for mail in (first, second):
        assert "전송자: 머그" in mail.text()
        assert "2026년 3월 2일에 이메일 광고성 정보 수신에 동의하셨습니다." in mail.text()
        assert "/e/u/" in mail.html()
        assert dict(mail.headers())["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    line = {"product_id": "mug", "name": "Mug", "price": 900, "quantity": 1}
    korea.happens(ADA, Metric.CART_UPDATED, cart_id="c1", currency="KRW", lines=[line])
    passes(korea, catcher, korea.now + HOUR)
    assert catcher.mails()[0].subject.startswith("(광고) Still thinking")


def test_who_was_not_told_is_not_written_to_until_the_automation_comes_to_work(
    korea: EngineShop, catcher: Catcher
) -> None:
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email")
    korea.happens("#2 bob@example.com", Metric.UNSUBSCRIBED, channel="email")
    passes(korea, catcher, korea.now + 3 * YEAR)
    decision = ask(korea)
    assert isinstance(decision, Refuse)
    assert decision.rule.article == "Network Act, art. 50(8); decree art. 62-3"
    assert isinstance(ask(korea, Purpose.NOTICE), Send), "a notice may go: it is what is missing"
    confirms(korea)
    passes(korea, catcher, korea.now + 7 * DAY)
    assert len(told_at(korea)) == 1, "within a week"
    assert isinstance(ask(korea), Send)
    assert told(catcher) == ["ada@example.com"]


def test_a_mail_that_cannot_leave_is_tried_again_before_the_day(
    korea: EngineShop, catcher: Catcher
) -> None:
    confirms(korea)
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email")
    start = korea.now
    for days in (701, 708):  # nobody hands anything over: each try is too late in the end
        korea.wakes(start + days * DAY)
    passes(korea, catcher, start + 712 * DAY)
    assert told_at(korea) == []
    passes(korea, catcher, start + 729 * DAY)
    assert told_at(korea) == ["2028-02-14 19:00"]
    assert isinstance(ask(korea), Send)
    assert [one.status for one in outbox(korea)] == ["cancelled", "cancelled", "sent"]


def test_who_took_the_yes_back_meanwhile_is_told_nothing(
    korea: EngineShop, catcher: Catcher
) -> None:
    confirms(korea)
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email")
    korea.wakes(_next_wake(korea))
    assert [one.status for one in outbox(korea)] == ["queued"]
    korea.now += MINUTE
    korea.happens(ADA, Metric.UNSUBSCRIBED, channel="email")
    assert sends(korea, catcher) == 0
    assert decisions(korea)[-1].reason == "unsubscribed"
    passes(korea, catcher, korea.now + 3 * YEAR)
    assert catcher.mails() == []


def test_a_suppressed_address_is_told_nothing_and_is_not_tried_each_week_for_ever(
    korea: EngineShop, catcher: Catcher
) -> None:
    confirms(korea)
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email")
    with korea.store.transaction() as tx:
        tx.suppress(korea.id, [suppression(EMAIL, "ada@example.com", Bar.COMPLAINED, korea.now)])
    passes(korea, catcher, korea.now + 3 * YEAR)
    assert catcher.mails() == []
    cancelled = [one for one in decisions(korea) if one.reason == "suppressed"]
    assert 5 + 365 // 28 - 1 <= len(cancelled) <= 5 + 365 // 28 + 1
    with korea.store.transaction() as tx:
        tx.unsuppress(korea.id, EMAIL, "ada@example.com")
    passes(korea, catcher, korea.now + 28 * DAY)
    assert len(catcher.mails()) == 1
    assert isinstance(ask(korea), Send)


def test_an_import_begins_nothing_and_within_a_week_it_is_made_good(
    korea: EngineShop, catcher: Catcher
) -> None:
    """Who said yes long ago and took it back is in the file line by line."""
    confirms(korea)
    korea.now += 400 * DAY + 2 * HOUR
    old = korea.now - 701 * DAY
    korea.happens(ADA, Metric.SUBSCRIBED, at=old, backfill=True, channel="email")
    assert decisions(korea) == []
    korea.happens(ADA, Metric.UNSUBSCRIBED, at=old + HOUR, backfill=True, channel="email")
    passes(korea, catcher, korea.now + 30 * DAY)
    assert decisions(korea) == []
    bob = "#2 bob@example.com"
    korea.happens(bob, Metric.SUBSCRIBED, at=korea.now - 800 * DAY, backfill=True, channel="email")
    passes(korea, catcher, korea.now + 7 * DAY)
    assert told(catcher) == ["bob@example.com"]


def test_a_german_shop_tells_its_korean_customers_and_nobody_else(
    shop: EngineShop, catcher: Catcher
) -> None:
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example", "name": "Mugs"})
    choose(shop.store, shop.id, {"home": "DE"})
    confirms(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    bob = event("#2 bob@example.com", Metric.SUBSCRIBED, shop.now, channel="email")
    shop.send(msgspec.structs.replace(bob, location=Location("KR")))
    passes(shop, catcher, shop.now + 2 * YEAR)
    assert told(catcher) == ["bob@example.com"]


def test_a_word_on_carts_alone_is_told_of_with_its_own_date(
    korea: EngineShop, catcher: Catcher
) -> None:
    confirms(korea)
    mine = {"channel": "email", "purpose": "cart_reminder"}
    korea.happens(ADA, Metric.SUBSCRIBED, **mine)
    korea.now += 40 * DAY
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email")
    passes(korea, catcher, korea.now + 2 * YEAR)
    [mail] = catcher.mails()
    assert "2026년 3월 2일에 장바구니 알림 이메일 수신에 동의하셨습니다." in mail.text()
    assert "2026년 4월 11일에 이메일 광고성 정보 수신에 동의하셨습니다." in mail.text()
    assert isinstance(ask(korea), Send)
    assert isinstance(ask(korea, Purpose.CART_REMINDER), Send)


def test_the_state_says_when_they_were_told_and_a_replay_says_the_same(
    korea: EngineShop, catcher: Catcher
) -> None:
    confirms(korea)
    korea.happens(ADA, Metric.SUBSCRIBED, channel="email")
    passes(korea, catcher, korea.now + 2 * YEAR)
    told = korea.person("#1").told
    assert [written(one) for one in told.values()] == told_at(korea)
    assert msgspec.to_builtins(told).keys() == {"email"}
