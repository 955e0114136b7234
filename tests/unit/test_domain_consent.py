"""May we write? Each article by an example, and what is said of it."""

from __future__ import annotations

import msgspec
import pytest

from cartback.domain.consent import RULES, known_of_profile, may_send
from cartback.domain.event import ConsentProperties
from cartback.domain.instant import DAY, Zone, parse_instant
from cartback.domain.law import kr
from cartback.domain.law.terms import (
    Bar,
    Choice,
    Duty,
    HoldUntil,
    Known,
    Purpose,
    Refuse,
    Said,
    Send,
)
from cartback.domain.phrase import Language, permission, rule_name
from cartback.domain.profile import Consent, Profile, Stamped

MONDAY = parse_instant("2026-03-02T09:00:00Z")
YES = Known(said=Said(True, MONDAY - 10 * DAY))
NO = Known(said=Said(False, MONDAY - 10 * DAY))
LEAD = Known()
CUSTOMER = Known(last_order=MONDAY - 30 * DAY)
OFFERS = Choice(soft_opt_in=True)


@pytest.mark.parametrize(
    "country, known, choice, rule",
    [
        ("DE", YES, None, "eu.consent"),
        ("DE", CUSTOMER, OFFERS, "eu.soft_opt_in"),
        ("NO", YES, None, "eu.consent"),
        ("GB", YES, None, "uk.consent"),
        ("GB", CUSTOMER, OFFERS, "uk.soft_opt_in"),
        ("US", LEAD, None, "us.opt_out"),
        ("US", YES, None, "us.consent"),
        ("KR", YES, None, "kr.consent"),
        ("KR", CUSTOMER, OFFERS, "kr.customer"),
        ("BR", YES, None, "elsewhere.consent"),
        ("", YES, None, "elsewhere.consent"),
    ],
)
def test_a_cart_reminder_by_mail_may_be_sent(
    country: str, known: Known, choice: Choice | None, rule: str
) -> None:
    decision = may_send("email", Purpose.CART_REMINDER, country, known, MONDAY, choice)
    assert isinstance(decision, Send), decision
    assert decision.rule.key == rule


@pytest.mark.parametrize(
    "country, known, choice, rule",
    [
        ("DE", LEAD, OFFERS, "eu.consent"),
        ("DE", CUSTOMER, None, "eu.consent"),
        ("DE", NO, OFFERS, "eu.objected"),
        ("DE", YES, Choice(double_opt_in=("DE",)), "eu.unconfirmed"),
        ("GB", LEAD, OFFERS, "uk.consent"),
        ("US", NO, None, "us.objected"),
        ("US", LEAD, Choice(ask="consent"), "house.consent"),
        ("US", LEAD, Choice(home="DE"), "eu.consent"),
        ("KR", LEAD, OFFERS, "kr.consent"),
        ("KR", Known(last_order=MONDAY - 190 * DAY), OFFERS, "kr.consent"),
        ("KR", Known(said=Said(True, MONDAY - 800 * DAY)), None, "kr.confirmation"),
        ("BR", CUSTOMER, OFFERS, "elsewhere.consent"),
        ("", LEAD, Choice(home="KR"), "kr.consent"),
        ("US", Known(barred=Bar.COMPLAINED), None, "house.complained"),
    ],
)
def test_a_cart_reminder_by_mail_is_refused(
    country: str, known: Known, choice: Choice | None, rule: str
) -> None:
    decision = may_send("email", Purpose.CART_REMINDER, country, known, MONDAY, choice)
    assert isinstance(decision, Refuse), decision
    assert decision.rule.key == rule


def test_a_korean_text_message_waits_for_the_morning_and_mail_does_not() -> None:
    night = parse_instant("2026-03-02T22:30:00+09:00")
    held = may_send("sms", Purpose.MARKETING, "KR", YES, night)
    assert held == HoldUntil(parse_instant("2026-03-03T08:00:00+09:00"), kr.NIGHT)
    assert isinstance(may_send("email", Purpose.MARKETING, "KR", YES, night), Send)
    asleep = msgspec.structs.replace(YES, night=Said(True, MONDAY))
    assert isinstance(may_send("sms", Purpose.MARKETING, "KR", asleep, night), Send)


@pytest.mark.parametrize(
    "clock, waits_until",
    [
        ("20:59:59", None),
        ("21:00:00", "2026-03-03T08:00:00+09:00"),
        ("07:59:59", "2026-03-02T08:00:00+09:00"),
        ("08:00:00", None),
    ],
)
def test_the_night_has_sharp_edges(clock: str, waits_until: str | None) -> None:
    now = parse_instant(f"2026-03-02T{clock}+09:00")
    decision = may_send("sms", Purpose.MARKETING, "KR", YES, now)
    if waits_until is None:
        assert isinstance(decision, Send)
    else:
        assert isinstance(decision, HoldUntil)
        assert decision.at == parse_instant(waits_until)


def test_an_american_night_is_the_persons_own() -> None:
    there = msgspec.structs.replace(YES, zone=Zone("America/New_York"))
    late = parse_instant("2026-03-02T21:30:00-05:00")
    held = may_send("sms", Purpose.MARKETING, "US", there, late)
    assert isinstance(held, HoldUntil)
    assert held.at == parse_instant("2026-03-03T08:00:00-05:00")
    unknown = may_send("sms", Purpose.MARKETING, "US", YES, late)
    assert unknown.rule.key == "us.unknown_zone"


def test_six_months_after_a_deal_go_by_the_calendar() -> None:
    bought = parse_instant("2025-08-31T12:00:00+09:00")
    customer = Known(last_order=bought)
    ends = parse_instant("2026-02-28T12:00:00+09:00")
    before = may_send("email", Purpose.MARKETING, "KR", customer, ends - 1, OFFERS)
    assert isinstance(before, Send)
    assert isinstance(may_send("email", Purpose.MARKETING, "KR", customer, ends, OFFERS), Refuse)


def test_a_reminder_of_the_yes_counts_for_two_more_years() -> None:
    old = Said(True, MONDAY - 800 * DAY, reminded=MONDAY - 80 * DAY)
    assert isinstance(may_send("email", Purpose.MARKETING, "KR", Known(said=old), MONDAY), Send)


def test_a_shop_that_chose_less_than_six_months_writes_for_less() -> None:
    brief = Choice(soft_opt_in=True, soft_opt_in_for=29 * DAY)
    for choice, kind in ((OFFERS, Send), (brief, Refuse)):
        assert isinstance(
            may_send("email", Purpose.MARKETING, "KR", CUSTOMER, MONDAY, choice), kind
        )


def test_a_yes_to_the_night_is_told_of_every_two_years_too() -> None:
    night = kr.SEOUL.parse("2026-03-02T23:00")
    for age, kind in ((700 * DAY, Send), (731 * DAY, HoldUntil)):
        known = msgspec.structs.replace(YES, night=Said(True, night - age))
        assert isinstance(may_send("sms", Purpose.MARKETING, "KR", known, night), kind)


def test_the_two_years_end_when_their_day_begins_in_seoul() -> None:
    """Decree art. 62-3(1): before the same day."""
    for said, due in (("2024-05-10T23:59", "2026-05-10"), ("2024-02-29T00:00", "2026-02-28")):
        at = kr.SEOUL.parse(said)
        assert kr.confirmation_due(Said(True, at)) == kr.SEOUL.parse(due)


def test_a_notice_goes_only_while_a_yes_stands_and_is_no_advertising() -> None:
    old = Known(said=Said(True, MONDAY - 900 * DAY))
    found = may_send("email", Purpose.NOTICE, "KR", old, MONDAY)
    assert found == Send(kr.CONFIRMATION, (Duty.OPT_OUT, Duty.SENDER))
    assert isinstance(may_send("email", Purpose.MARKETING, "KR", old, MONDAY), Refuse)
    for known in (NO, LEAD, CUSTOMER, msgspec.structs.replace(old, barred=Bar.COMPLAINED)):
        assert isinstance(may_send("email", Purpose.NOTICE, "KR", known, MONDAY, OFFERS), Refuse)


def test_whose_hour_it_is() -> None:
    """Of their own zone where a trait names it; the shop's clock tells nothing of a country with
    several."""

    def zone(home: str, country: str, **traits: str) -> Zone | None:
        profile = Profile(1, location=Stamped([country, "", ""], 0))
        profile.traits = {name: Stamped(value, 0) for name, value in traits.items()}
        shop, choice = Zone("Europe/Berlin"), Choice(home=home)
        return known_of_profile(profile, "sms", Purpose.MARKETING, choice, shop).zone

    assert zone("DE", "DE") == zone("DE", "") == Zone("Europe/Berlin")
    assert zone("DE", "FR") is None
    assert zone("US", "US") is zone("US", "") is None
    assert zone("US", "US", timezone="America/Denver") == Zone("America/Denver")


def test_korean_advertising_is_labelled() -> None:
    decision = may_send("email", Purpose.CART_REMINDER, "KR", YES, MONDAY)
    assert isinstance(decision, Send)
    assert decision.duties == (Duty.OPT_OUT, Duty.SENDER, Duty.ADDRESS, Duty.AD_LABEL)
    assert kr.labelled("장바구니에 두고 가셨어요") == "(광고) 장바구니에 두고 가셨어요"


def test_a_bounced_address_gets_not_even_a_confirmation() -> None:
    for bar, sent in ((Bar.BOUNCED, False), (Bar.UNSUBSCRIBED, True)):
        decision = may_send("email", Purpose.TRANSACTIONAL, "DE", Known(barred=bar), MONDAY)
        assert isinstance(decision, Send) == sent


def test_every_rule_has_words_in_both_languages() -> None:
    for rule in RULES.values():
        for language in Language:
            assert rule_name(rule, language)
            assert permission(Refuse(rule), language, Zone("UTC"))


def test_what_is_said_names_the_article() -> None:
    night = parse_instant("2026-03-02T22:30:00+09:00")
    held = may_send("sms", Purpose.MARKETING, "KR", YES, night)
    seoul = Zone("Asia/Seoul")
    assert permission(held, Language.ENGLISH, seoul) == (
        "It waits until 3 Mar 2026, 08:00: no advertising between 21:00 and 08:00 without a yes to"
        " just that (Network Act, art. 50(3); decree art. 61(2))."
    )
    assert permission(held, Language.KOREAN, seoul) == (
        "2026년 3월 3일 08:00까지 기다려요: 야간 수신 동의가 없으면 밤 9시부터 아침 8시까지 광고를"
        " 보내지 않아요 (정보통신망법 제50조 제3항, 시행령 제61조 제2항)."
    )


def test_a_state_of_before_is_still_read() -> None:
    old = msgspec.msgpack.encode([True, 5, "footer"])
    assert msgspec.msgpack.decode(old, type=Consent) == Consent(True, 5, "footer")


def test_the_evidence_travels_with_the_event() -> None:
    said = msgspec.convert(
        {"channel": "email", "text": "News by mail", "ip": "203.0.113.7", "confirmed": True},
        ConsentProperties,
    )
    assert (said.text, said.ip, said.confirmed) == ("News by mail", "203.0.113.7", True)
