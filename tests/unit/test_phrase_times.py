"""Which times a sentence names, and what it admits not to know."""

from __future__ import annotations

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    Aggregate,
    Condition,
    Did,
    Not,
)
from cartback.domain.event import Event
from cartback.domain.explain import Explanation, explain
from cartback.domain.instant import HOUR, MINUTE, SECOND, Zone, parse_instant
from cartback.domain.memory import MOST_MOMENTS
from cartback.domain.number import Count, Number
from cartback.domain.phrase import Language, sentence
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import Last
from tests.strategies import happened

SEOUL = Zone("Asia/Seoul")
SHOP = Settings(zone="Asia/Seoul")
NOW = parse_instant("2026-11-22T12:03:17+09:00")


def told(asked: Condition, *history: Event, **segments: Condition) -> Explanation:
    """Explained for somebody who lived through the history in a shop that asks the condition."""
    named = [(key, key, when) for key, when in segments.items()]
    rules = compile_rules(make_rules(None, SHOP, [("asked", "asked", asked), *named]))
    profile = advance(new_profile(7, rules), history, NOW, rules).profile
    return explain(asked, profile, NOW, SHOP, segments)


def test_many_times_are_told_by_the_first_and_the_last() -> None:
    few = [happened("A", NOW - place * HOUR, str(place)) for place in (4, 3, 2, 1)]
    exact = told(Did("A", Count(at_most=9), Last("1 day")), *few)
    enough = told(Did("A", Count(at_least=3), Last("1 day")), *few)
    assert sentence(exact, Language.ENGLISH, SEOUL) == (
        "Holds unless something new happens: “A” 4 times in the last day,"
        " between 22 Nov 2026, 08:03:17 and 22 Nov 2026, 11:03:17 (asked: at most 9 times)."
    )
    assert "(2026년 11월 22일 08:03:17부터 2026년 11월 22일 11:03:17까지, " in sentence(
        exact, Language.KOREAN, SEOUL
    )
    assert "last between 22 Nov 2026, 09:03:17 and 22 Nov 2026, 11:03:17" in sentence(
        enough, Language.ENGLISH, SEOUL
    )
    assert "(마지막 3회 2026년 11월 22일 09:03:17부터 2026년 11월 22일 11:03:17까지)" in sentence(
        enough, Language.KOREAN, SEOUL
    )


def test_of_very_many_times_only_the_last_is_told() -> None:
    many = [happened("A", NOW - place * MINUTE, str(place)) for place in range(30, 0, -1)]
    found = told(Did("A", Count(at_least=20)), *many)
    assert sentence(found, Language.ENGLISH, SEOUL).endswith(
        "“A” at least 20 times so far, last on 22 Nov 2026, 12:02:17."
    )
    assert sentence(found, Language.KOREAN, SEOUL).endswith(
        "“A”가 20회 이상 있었습니다(마지막 2026년 11월 22일 12:02:17)."
    )


def test_what_is_remembered_for_others_leaves_no_trace_in_a_sentence() -> None:
    history = [happened("A", NOW - place * HOUR, str(place)) for place in (3, 2, 1)]
    once = Did("A", within=Last("1 day"))
    alone = told(once, *history)
    among_others = told(once, *history, often=Did("A", Count(at_least=9), Last("1 day")))
    assert among_others.found > alone.found
    for language in Language:
        assert sentence(among_others, language, SEOUL) == sentence(alone, language, SEOUL)


def test_a_lower_bound_is_called_one() -> None:
    crowd = [happened("A", NOW - 80 * SECOND + at, str(at), n=1) for at in range(80)]
    asked = Aggregate("A", "sum", "n", Number(at_least=1), Last("1 day"))
    found = told(asked, *crowd)
    assert sentence(found, Language.ENGLISH, SEOUL).startswith(
        "Holds at least until 23 Nov 2026, 12:01:57: "
    )
    assert sentence(found, Language.KOREAN, SEOUL).startswith(
        "적어도 2026년 11월 23일 12:01:57까지 조건을 충족합니다: "
    )
    below = told(Not(asked), *crowd)
    assert sentence(below, Language.ENGLISH, SEOUL).endswith(
        "; this can change from 23 Nov 2026, 12:01:57 if nothing new happens."
    )


def test_an_overflowing_memory_is_admitted() -> None:
    crowd = [happened("A", NOW - HOUR + at, str(at), n=1) for at in range(MOST_MOMENTS + 5)]
    found = told(Aggregate("A", "sum", "n", Number(at_least=1), Last("1 day")), *crowd)
    assert "(5 older events no longer remembered)." in sentence(found, Language.ENGLISH, SEOUL)
    assert "(이전 기록 5건은 남아 있지 않음)." in sentence(found, Language.KOREAN, SEOUL)


def test_times_stand_in_the_zone_of_the_shop() -> None:
    found = told(Did("A", within=Last("1 day")), happened("A", NOW))
    assert "until 22 Nov 2026, 22:03:17" in sentence(
        found, Language.ENGLISH, Zone("America/New_York")
    )
