"""Laws of consent: what holds for every person, country, channel, purpose and instant."""

from __future__ import annotations

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cartback.domain.consent import RULES, consent_key, known_of, may_send
from cartback.domain.instant import DAY, HOUR, MINUTE, Zone, parse_instant
from cartback.domain.lastword import later_consent
from cartback.domain.law import kr
from cartback.domain.law.laws import LAWS
from cartback.domain.law.terms import (
    Bar,
    Choice,
    Decision,
    Duty,
    HoldUntil,
    Known,
    Purpose,
    Refuse,
    Said,
    Send,
)
from cartback.domain.phrase import Language, permission
from cartback.domain.profile import Consent

MONDAY = parse_instant("2026-03-02T09:00:00Z")
ADVERTISING = [Purpose.MARKETING, Purpose.CART_REMINDER]

times = st.integers(MONDAY - 1_500 * DAY, MONDAY + 1_500 * DAY)
words = st.builds(Said, st.booleans(), times, st.booleans(), st.none() | times)
zones = st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Europe/Berlin"]).map(Zone)
people = st.builds(
    Known,
    said=st.none() | words,
    night=st.none() | words,
    last_order=st.none() | times,
    barred=st.none() | st.sampled_from(Bar),
    zone=st.none() | zones,
)
recently = st.integers(MONDAY - 30 * DAY, MONDAY)
willing = st.builds(
    Known, said=st.builds(Said, st.just(True), recently, st.just(True)), zone=st.none() | zones
)
"""They said yes not long ago: what may be sent to them is a matter of the hour."""
now_and_then = st.builds(
    lambda hour, edge: MONDAY + hour * HOUR + edge,
    st.integers(0, 24),
    st.sampled_from([-1, 0, 1, 30 * MINUTE]),
)
"""Every hour of a day, and its edges."""
countries = st.sampled_from(["", "DE", "FR", "GB", "US", "KR", "BR", "NO", "CH"])
channels = st.sampled_from(["email", "sms", "push"])
choices = st.builds(
    Choice,
    home=countries,
    ask=st.sampled_from(["law", "consent"]),
    soft_opt_in=st.booleans(),
    double_opt_in=st.lists(countries, max_size=3).map(tuple),
)


@given(people, channels, st.sampled_from(ADVERTISING), countries, times, choices)
def test_nobody_who_said_no_is_sent_advertising(
    known: Known, channel: str, purpose: Purpose, country: str, now: int, choice: Choice
) -> None:
    assume(known.said is not None)
    assert known.said is not None
    no = msgspec.structs.replace(known, said=msgspec.structs.replace(known.said, yes=False))
    assert isinstance(may_send(channel, purpose, country, no, now, choice), Refuse)


@given(willing, st.sampled_from(ADVERTISING), countries, now_and_then, choices)
def test_what_is_held_may_be_asked_again_then_and_is_not_held_for_long(
    known: Known, purpose: Purpose, country: str, now: int, choice: Choice
) -> None:
    """Two nights, of the person and of the shop, may overlap; then it is held again."""
    decision, at = may_send("sms", purpose, country, known, now, choice), now
    for _ in range(3):
        if not isinstance(decision, HoldUntil):
            break
        assert at < decision.at <= at + 13 * HOUR
        at = decision.at
        decision = may_send("sms", purpose, country, known, at, choice)
    assert not isinstance(decision, HoldUntil)


@given(
    people | willing, channels, st.sampled_from(Purpose), countries, times | now_and_then, choices
)
@settings(max_examples=400)
def test_a_law_more_never_allows_more(
    known: Known, channel: str, purpose: Purpose, country: str, now: int, choice: Choice
) -> None:
    assume(country)
    alone = may_send(
        channel, purpose, country, known, now, msgspec.structs.replace(choice, home="")
    )
    both = may_send(channel, purpose, country, known, now, choice)
    assert _freedom(both) <= _freedom(alone)
    if isinstance(alone, Send) and isinstance(both, Send):
        assert set(both.duties) >= set(alone.duties)


def _freedom(decision: Decision) -> int:
    return {Refuse: 0, HoldUntil: 1, Send: 2}[type(decision)]


@given(people, channels, st.sampled_from(ADVERTISING), countries, times, choices)
def test_a_stricter_shop_never_sends_more(
    known: Known, channel: str, purpose: Purpose, country: str, now: int, choice: Choice
) -> None:
    loose = may_send(channel, purpose, country, known, now, choice)
    proof = {"double_opt_in": (*choice.double_opt_in, country)}
    for change in ({"ask": "consent"}, {"soft_opt_in": False}, proof):
        strict = msgspec.structs.replace(choice, **change)
        assert _freedom(may_send(channel, purpose, country, known, now, strict)) <= _freedom(loose)


@given(people, channels, st.sampled_from(ADVERTISING), countries, times, choices, zones)
def test_advertising_carries_a_way_out_and_is_said_in_words(
    known: Known,
    channel: str,
    purpose: Purpose,
    country: str,
    now: int,
    choice: Choice,
    zone: Zone,
) -> None:
    decision = may_send(channel, purpose, country, known, now, choice)
    if isinstance(decision, Send):
        assert Duty.OPT_OUT in decision.duties
        assert (Duty.AD_LABEL in decision.duties) == ("KR" in (country or choice.home, choice.home))
    assert RULES[decision.rule.key] == decision.rule
    for language in Language:
        said = permission(decision, language, zone)
        assert said.endswith(".")
        assert ("보" in said or "기다려요" in said) == (language == Language.KOREAN)


@given(people, channels, countries, times, choices)
def test_an_order_may_be_confirmed_to_everybody_who_can_be_reached(
    known: Known, channel: str, country: str, now: int, choice: Choice
) -> None:
    decision = may_send(channel, Purpose.TRANSACTIONAL, country, known, now, choice)
    bars = known.barred is not None and known.barred.bars_everything
    assert isinstance(decision, Refuse) == bars
    assert isinstance(decision, Send) != bars


@given(willing, st.none() | words, st.sampled_from(["sms", "push"]), now_and_then)
@settings(max_examples=400)
def test_in_korea_nothing_but_mail_is_sent_at_night(
    known: Known, night: Said | None, channel: str, now: int
) -> None:
    known = msgspec.structs.replace(known, night=night)
    decision = may_send(channel, Purpose.MARKETING, "KR", known, now)
    if isinstance(decision, Send) and not (night is not None and night.yes):
        assert 8 <= kr.SEOUL.local(now).hour < 21
    if isinstance(decision, HoldUntil):
        assert kr.SEOUL.local(decision.at).strftime("%H:%M:%S") == "08:00:00"


@given(st.text())
def test_the_label_stands_first_and_once(subject: str) -> None:
    labelled = kr.labelled(subject)
    assert labelled.startswith("(광고)")
    assert kr.labelled(labelled) == labelled


@given(words, st.none() | times)
def test_who_changed_their_mind_is_told_within_fourteen_days(said: Said, told: int | None) -> None:
    found = {notice.kind: notice for notice in kr.notices(said, told)}
    assert ("result" in found) == (told is None or told < said.at)
    assert ("confirmation" in found) == said.yes
    if "result" in found:
        assert found["result"].due == said.at + 14 * DAY
    if "confirmation" in found:
        last = max(said.at, said.reminded or said.at)
        assert 729 * DAY <= found["confirmation"].due - last <= 732 * DAY


@given(st.sampled_from(sorted(LAWS)), people, times, choices)
def test_no_law_lets_a_lead_who_said_nothing_be_reminded_of_a_cart_but_the_american(
    country: str, known: Known, now: int, choice: Choice
) -> None:
    lead = msgspec.structs.replace(known, said=None, last_order=None)
    decision = may_send("email", Purpose.CART_REMINDER, country, lead, now, choice)
    if isinstance(decision, Send):
        assert decision.rule.key == "us.opt_out"


def word(yes: bool, at: int, confirmed: bool) -> Consent:
    """As one event says it."""
    proved = at if yes and confirmed else None
    return Consent(yes, at, "", proved is not None, None, proved)


said_words = st.lists(
    st.builds(word, st.booleans(), st.integers(0, 6), st.booleans()), min_size=1, max_size=6
)


def folded(words: list[Consent]) -> Consent:
    found = words[0]
    for one in words[1:]:
        found = later_consent(found, one)
    return found


@given(said_words, st.data())
def test_words_in_any_order_say_the_same(words: list[Consent], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(words))
    cut = data.draw(st.integers(1, len(words)))
    parts = [shuffled[:cut], *([shuffled[cut:]] if shuffled[cut:] else [])]
    assert folded([folded(part) for part in parts]) == folded(words)


@given(said_words)
def test_a_yes_is_confirmed_until_it_is_taken_back(words: list[Consent]) -> None:
    found = folded(words)
    no = max((one.at for one in words if not one.subscribed), default=-1)
    yes = max((one.at for one in words if one.subscribed), default=-1)
    assert found.subscribed == (yes > no)
    proofs = [one.at for one in words if one.proved is not None and one.at > no]
    assert found.confirmed == (found.subscribed and bool(proofs))
    assert found.last_no == (None if no < 0 else no)


def test_a_state_of_before_knows_its_proof() -> None:
    """Written when a word had no memory of those before it."""
    old = msgspec.convert([True, 3, "checkout", True], Consent)
    assert later_consent(old, word(True, 5, False)).confirmed
    assert not later_consent(old, word(False, 4, False)).confirmed
    assert not later_consent(
        later_consent(old, word(True, 5, False)), word(False, 4, False)
    ).confirmed


marks = st.builds(Consent, st.booleans(), st.integers(0, 5))


@given(st.none() | marks, st.none() | marks)
def test_a_no_to_the_whole_channel_ends_what_was_allowed_before(
    whole: Consent | None, own: Consent | None
) -> None:
    consents = {}
    if whole is not None:
        consents["email"] = whole
    if own is not None:
        consents[consent_key("email", Purpose.CART_REMINDER)] = own
    said = known_of(consents, "email", Purpose.CART_REMINDER).said
    if said is None:
        assert whole is None
        assert own is None
    elif said.yes:
        assert whole is None or whole.subscribed or (own is not None and own.at > whole.at)
        assert own is None or own.subscribed
    marketing = known_of(consents, "email", Purpose.MARKETING).said
    assert (marketing is None) == (whole is None)
