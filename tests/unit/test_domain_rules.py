"""A shop's rules: what a change marks as new, what is shared, and what is refused."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    DEEPEST,
    Aggregate,
    All,
    Any_,
    BadCondition,
    Condition,
    Did,
    InSegment,
    Not,
    Trait,
)
from cartback.domain.instant import DAY, BadTime
from cartback.domain.memory import Retention
from cartback.domain.number import Count, Number
from cartback.domain.property import Operator, Property
from cartback.domain.rules import Rules, Settings, resolve
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import Calendar, Last, SinceRunStart
from tests.strategies import Happening, event, happened

WEEK = Did("A", within=Last("1 week"))


def rules(
    previous: Rules | None = None, settings: Settings | None = None, **segments: Condition
) -> Rules:
    return rules_of(segments, previous, settings)


def rules_of(
    segments: dict[str, Condition],
    previous: Rules | None = None,
    settings: Settings | None = None,
) -> Rules:
    named = [(key, key, when) for key, when in segments.items()]
    return make_rules(previous, settings or Settings(), named)


def since(asked: Rules) -> dict[str, int]:
    return {segment.key: segment.since for segment in asked.segments}


def test_a_new_or_changed_segment_is_marked_and_the_others_are_not() -> None:
    first = rules(a=WEEK, b=Did("B"))
    second = rules(first, a=WEEK, b=Did("C"), c=Did("D"))
    assert since(first) == {"a": 1, "b": 1}
    assert since(second) == {"a": 1, "b": 2, "c": 2}


def test_a_change_of_meaning_marks_those_that_refer_to_it() -> None:
    first = rules(a=WEEK, b=Not(InSegment("a")), c=Not(InSegment("b")), d=Did("B"))
    second = rules(first, a=Did("A"), b=Not(InSegment("a")), c=Not(InSegment("b")), d=Did("B"))
    assert since(second) == {"a": 2, "b": 2, "c": 2, "d": 1}


def test_one_and_true_are_a_change_of_meaning() -> None:
    first = rules(a=Trait("vip", Operator.EQUALS, 1))
    second = rules(first, a=Trait("vip", Operator.EQUALS, True))
    assert since(second) == {"a": 2}


def test_a_change_of_settings_marks_all() -> None:
    first = rules(a=WEEK)
    assert since(rules(first, Settings(cart_idle="30 minutes"), a=WEEK)) == {"a": 2}


def test_a_new_name_marks_nothing() -> None:
    first = make_rules(None, Settings(), [("a", "Old name", WEEK)])
    second = make_rules(first, Settings(), [("a", "New name", WEEK)])
    assert since(second) == {"a": 1}
    assert second.segments[0].name == "New name"


def test_conditions_that_ask_the_same_share_one_memory_that_is_enough_for_all() -> None:
    asked = rules(
        a=Did("A", Count(at_least=2), Last("1 day")),
        b=Did("A", Count(at_most=4), Last("1 week")),
        c=Did("A", Count(at_least=1), Calendar("month", 1)),
    )
    (question,) = asked.questions
    horizon = question.retention.horizon
    assert question.retention == Retention(latest=5, horizon=horizon, reach=7 * DAY)
    assert horizon > 7 * DAY


def test_the_latest_times_are_kept_no_longer_than_anybody_asks() -> None:
    day, week = Retention(latest=3, reach=DAY), Retention(latest=1, reach=7 * DAY)
    ever, horizon = Retention(latest=2), Retention(horizon=30 * DAY)
    assert day | week == Retention(latest=3, reach=7 * DAY)
    assert day | ever == Retention(latest=3)
    assert horizon | day == Retention(latest=3, horizon=30 * DAY, reach=DAY)
    assert Retention() | day == day
    assert ever.covers(week)
    assert not week.covers(Retention(latest=1))


def test_a_question_is_relearnt_only_when_more_has_to_be_kept() -> None:
    first = rules(a=Did("A", Count(at_least=3)))
    fewer = rules(first, a=Did("A", Count(at_least=2)))
    more = rules(fewer, a=Did("A", Count(at_least=4)))
    assert [one.questions[0].since for one in (first, fewer, more)] == [1, 1, 3]
    assert [one.questions[0].retention.latest for one in (first, fewer, more)] == [3, 3, 4]


def test_a_question_that_nobody_asks_any_more_is_forgotten_and_learnt_anew() -> None:
    first = rules(a=WEEK)
    without = rules(first, b=Did("B"))
    again = rules(without, a=WEEK)
    assert [one.question.metric for one in without.questions] == ["B"]
    assert again.questions[0].since == 3


def test_another_zone_makes_other_instants_of_dates_in_tests() -> None:
    """What matched 2026-03-01 in Berlin is not what matches it in Seoul: it is learnt anew."""
    recent = Did("A", where=(Property("at", Operator.AFTER, "2026-03-01"),))
    first = rules(None, Settings(zone="Europe/Berlin"), a=recent)
    second = rules(first, Settings(zone="Asia/Seoul"), a=recent)
    assert second.questions[0].since == 2


def test_two_segments_that_python_takes_for_the_same_are_judged_apart() -> None:
    """1 == True in Python: the one was judged by the other, and remembered for it."""
    one = Did("A", where=(Property("n", Operator.EQUALS, 1),))
    true = Did("A", where=(Property("n", Operator.EQUALS, True),))
    live = compile_rules(rules(a=one, b=true, c=Trait("n", Operator.EQUALS, True)))
    profile = advance(new_profile(1, live), [happened("A", 5, n=True)], 5, live).profile
    assert profile.member_since("a") is None
    assert profile.member_since("b") == 5
    told = event(Happening("Identified", traits={"n": 1}), 6, 6, "e2")
    assert advance(profile, [told], 6, live).profile.member_since("c") is None


# --- segments that refer to segments -----------------------------------------------------------


def test_segments_come_behind_those_they_refer_to() -> None:
    asked = rules(a=InSegment("z"), m=Not(InSegment("a")), z=Did("A"))
    assert [segment.key for segment in asked.segments] == ["z", "a", "m"]


def test_a_reference_is_replaced_by_what_it_means() -> None:
    segments: dict[str, Condition] = {"a": WEEK, "b": Not(InSegment("a"))}
    assert resolve(InSegment("b"), segments) == Not(WEEK)


def test_when_somebody_joined_is_asked_beside_what_it_means() -> None:
    recently = InSegment("a", Last("1 day"))
    assert resolve(recently, {"a": WEEK}) == All((recently, WEEK))


@pytest.mark.parametrize(
    "segments, said",
    [
        ({"a": InSegment("a")}, "segment 'a' refers to itself: a → a"),
        ({"a": Not(InSegment("b")), "b": InSegment("a")}, "refers to itself: a → b → a"),
        ({"a": InSegment("nobody")}, r"there is no segment 'nobody' - at `\$\.segment`$"),
        (
            {"a": All((WEEK, Not(InSegment("buyer")))), "buyers": WEEK},
            r"'buyer' - at `\$\.of\[1\]\.of\.segment`; did you mean 'buyers'\?",
        ),
        ({"buyers": InSegment("buyerz")}, "there is no segment 'buyerz' - at `\\$.segment`$"),
        ({"a": Did("A", within=SinceRunStart())}, "a segment has no run"),
        ({"a": Not(Aggregate("A", "sum", "n", Number(at_least=1), SinceRunStart()))}, "no run"),
    ],
)
def test_segments_that_mean_nothing_are_refused(segments: dict[str, Condition], said: str) -> None:
    with pytest.raises(BadCondition, match=said):
        rules_of(segments)


def test_segments_that_double_with_every_reference_are_refused_at_once() -> None:
    """Each asks twice for the one before: the last would be 2**400 questions."""
    doubling: dict[str, Condition] = {"s000": Did("A")}
    for place in range(1, 400):
        before = InSegment(f"s{place - 1:03}")
        doubling[f"s{place:03}"] = Any_((before, Not(before)))
    begin = time.process_time()
    with pytest.raises(BadCondition, match=r"1,000 questions|deep"):
        rules_of(doubling)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize("nesting", [0, 1, DEEPEST - 1])
@pytest.mark.parametrize("names", [range(500), range(499, -1, -1)], ids=["first", "last"])
def test_a_long_chain_of_deep_segments_is_refused_before_it_recurses(
    nesting: int, names: range
) -> None:
    chain: dict[str, Condition] = {f"s{names[0]:03}": Did("A")}
    for before, after in pairwise(names):
        condition: Condition = InSegment(f"s{before:03}")
        for _ in range(nesting):
            condition = All((condition,))
        chain[f"s{after:03}"] = condition
    with pytest.raises(BadCondition, match="deep"):
        rules_of(chain)


def test_what_is_allowed_to_refer_also_runs() -> None:
    chain: dict[str, Condition] = {"s00": Did("A")}
    for place in range(1, DEEPEST):
        chain[f"s{place:02}"] = Not(InSegment(f"s{place - 1:02}"))
    live = compile_rules(rules_of(chain))
    profile = advance(new_profile(1, live), [happened("A", 5)], 5, live).profile
    assert profile.member_since(f"s{DEEPEST - 2:02}") == 5
    assert profile.member_since(f"s{DEEPEST - 1:02}") is None


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"zone": "Mars/Olympus"}, "Asia/Seoul"),
        ({"cart_idle": "an hour"}, "60 minutes"),
        ({"currency": "euro"}, "ISO 4217"),
    ],
)
def test_settings_that_mean_nothing_are_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises((BadTime, ValueError), match=said):
        Settings(**changes)
