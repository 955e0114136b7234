"""A yes that a law wants told of: found as a calendar would, in time, whatever the batches."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.consent import known_of_profile, may_send, told_by
from cartback.domain.contact import ContactRules
from cartback.domain.effect import Decided, Effect, Queued
from cartback.domain.event import Event, Identifier, IdentifierKind, Metric
from cartback.domain.flow import parse_flow
from cartback.domain.instant import DAY, HOUR, Instant, Zone, instant_of, parse_instant
from cartback.domain.law.terms import EMAIL, Choice, Purpose, Refuse
from cartback.domain.profile import Profile
from cartback.domain.rules import FlowVersion, Settings
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules
from tests.strategies import Happening, event

START = parse_instant("2027-12-20T00:00:00Z")
SEOUL = ZoneInfo("Asia/Seoul")
ADA = (Identifier(IdentifierKind.EMAIL, "ada@example.com"),)
ZONES = ["Asia/Seoul", "UTC", "Pacific/Kiritimati", "Pacific/Niue", "America/New_York"]
CLOCKS = ["00:00", "02:30", "10:00", "23:59"]


def rules(before: int = 30, at: str = "10:00", zone: str = "Asia/Seoul", home: str = "KR") -> Any:  # noqa: ANN401
    document = {
        "name": "Confirm",
        "trigger": {"kind": "consent_due", "before": before, "at": at},
        "steps": [{"kind": "email", "key": "tell", "template": "tell", "useful": "6 days"}],
    }
    version = FlowVersion("confirm", 1, parse_flow(document), since=START - DAY)
    contact = ContactRules(consent=Choice(home=home))
    return compile_rules(make_rules(None, Settings(zone=zone), (), [version], contact))


def said(metric: Metric, at: Instant, number: int, **properties: str) -> Event:
    more = {"channel": "email", **properties}
    return event(Happening(metric, properties=more, identifiers=ADA), at, at, f"e{number}")


def due_of(at: Instant) -> date:
    """The day two years after, by a calendar in Seoul; 28 February where there is no 29th."""
    day = datetime.fromtimestamp(at / 1000, SEOUL).date()
    try:
        return day.replace(year=day.year + 2)
    except ValueError:
        return day.replace(year=day.year + 2, day=28)


@given(
    st.integers(0, 4 * 366 * 24),
    st.sampled_from([1, 7, 30, 364]),
    st.sampled_from(CLOCKS),
    st.sampled_from(ZONES),
    st.data(),
)
@settings(max_examples=60)
def test_the_tries_are_those_that_a_calendar_says(
    hours: int, before: int, at: str, zone: str, data: st.DataObject
) -> None:
    """Nobody hands the mails over: a try each week until the day, then every fourth week."""
    live, yes = rules(before, at, zone), START + hours * HOUR
    end = yes + 900 * DAY
    begun = [
        one.at
        for one in lived(live, [said(Metric.SUBSCRIBED, yes, 0)], end, data)
        if isinstance(one, Decided) and one.what == "entered"
    ]
    where, clock = ZoneInfo(zone), time.fromisoformat(at)
    day = instant_of(datetime.combine(due_of(yes), time(), SEOUL))
    first = datetime.fromtimestamp(day / 1000, where).date() - timedelta(days=before)
    expected, week = list[Instant](), 0
    while (one := instant_of(datetime.combine(first + timedelta(days=week), clock, where))) <= end:
        if one > yes:
            expected.append(one)
        week += 28 if expected and expected[-1] >= day else 7
    assert begun == expected
    assert min(expected) < day


words = st.lists(
    st.tuples(
        st.sampled_from([1, HOUR, 20 * DAY, 300 * DAY, 720 * DAY]),
        st.sampled_from([Metric.SUBSCRIBED, Metric.SUBSCRIBED, Metric.UNSUBSCRIBED]),
        st.sampled_from(["", "", "cart_reminder", "night"]),
    ),
    min_size=1,
    max_size=6,
)


@given(words, st.sampled_from([0, HOUR, 5 * DAY]), st.sampled_from(ZONES))
@settings(max_examples=40)
def test_where_each_mail_leaves_no_yes_is_ever_too_old(
    lives: list[tuple[int, Metric, str]], late: int, zone: str
) -> None:
    live, at, events = rules(zone=zone), START, list[Event]()
    for number, (after, metric, purpose) in enumerate(lives):
        at += after
        events.append(said(metric, at, number, **({"purpose": purpose} if purpose else {})))
    profile, number, end = new_profile(1, live), len(events), at + 1_500 * DAY
    mails = list[Event]()
    while events or mails or profile.wake_at < end:
        queue = sorted((*events[:1], *mails), key=lambda one: one.received)
        following = queue[0].received if queue else end
        if profile.wake_at < following:
            profile, effects = advance(profile, (), profile.wake_at, live)
        elif not queue:
            break
        else:
            profile, effects = advance(profile, (queue[0],), following, live)
            events, mails = (
                [each for each in some if each is not queue[0]] for some in (events, mails)
            )
        for effect in effects:
            if isinstance(effect, Queued):
                number += 1
                mails.append(
                    said(Metric.RECEIVED_EMAIL, effect.at + late, number, purpose="notice")
                )
        assert told_by(profile, EMAIL, live.choice) > profile.clock
        assert not too_old(profile, live, profile.clock)


def too_old(profile: Profile, live: Ruleset, now: Instant) -> bool:
    known = known_of_profile(profile, EMAIL, Purpose.MARKETING, live.choice, Zone())
    decision = may_send(EMAIL, Purpose.MARKETING, "KR", known, now, live.choice)
    return isinstance(decision, Refuse) and decision.rule.key == "kr.confirmation"


@given(words, st.integers(1, 60), st.data())
@settings(max_examples=60)
def test_whatever_the_batches_the_same_begins(
    lives: list[tuple[int, Metric, str]], days: int, data: st.DataObject
) -> None:
    live, at, events = rules(), START, list[Event]()
    for number, (after, metric, purpose) in enumerate(lives):
        at += after
        events.append(said(metric, at, number, **({"purpose": purpose} if purpose else {})))
        if number % 2:
            at += days * DAY
            events.append(said(Metric.RECEIVED_EMAIL, at, 100 + number, purpose="notice"))
    end = at + 800 * DAY
    profile, effects = advance(new_profile(1, live), events, end, live)
    assert lived(live, events, end, data) == list(effects)
    late = [one for one in effects if isinstance(one, Decided) and one.at > end - 700 * DAY]
    assert bool(late) == (told_by(profile, EMAIL, live.choice) < profile.clock + 40 * DAY)


def lived(live: Ruleset, events: list[Event], end: Instant, data: st.DataObject) -> list[Effect]:
    """What follows where somebody looks now and then."""
    profile, effects = new_profile(1, live), list[Effect]()
    for one in events:
        if data.draw(st.booleans()) and one.received - 1 > profile.clock:
            profile, new = advance(profile, (), one.received - 1, live)
            effects += new
        profile, new = advance(profile, (one,), one.received, live)
        effects += new
    while data.draw(st.booleans()) and profile.wake_at <= end:
        profile, new = advance(profile, (), profile.wake_at, live)
        effects += new
    profile, new = advance(profile, (), end, live)
    return [*effects, *new]


@given(st.sampled_from(["", "DE", "US"]), st.booleans())
def test_where_no_law_asks_for_it_nothing_begins(home: str, yes: bool) -> None:
    live = rules(home=home)
    metric = Metric.SUBSCRIBED if yes else Metric.UNSUBSCRIBED
    profile, effects = advance(
        new_profile(1, live), [said(metric, START, 0)], START + 1_500 * DAY, live
    )
    assert effects == ()
    assert profile.told == {}
