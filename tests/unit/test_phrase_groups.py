"""Why a group of questions holds or not, and the whole tree for the terminal."""

from __future__ import annotations

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    All,
    Any_,
    Condition,
    Did,
    InList,
    InSegment,
    Not,
    Stage,
)
from cartback.domain.event import Event
from cartback.domain.explain import Explanation, explain
from cartback.domain.instant import DAY, HOUR, Zone, parse_instant
from cartback.domain.number import Count
from cartback.domain.phrase import Language, Names, sentence, tree_text
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import Last
from tests.strategies import happened

SEOUL = Zone("Asia/Seoul")
SHOP = Settings(zone="Asia/Seoul")
NOW = parse_instant("2026-11-22T12:03:17+09:00")

HISTORY = [
    happened("Joined List", NOW - 9 * DAY, "e1", list="news"),
    happened("Left List", NOW - 8 * DAY, "e2", list="news"),
    happened("Joined List", NOW - 3 * DAY, "e3", list="vip"),
]

SENTENCES = [
    (
        All((Stage("lead"), InList("vip"))),
        "Holds unless something new happens: both conditions hold.",
        "새로운 일이 없는 한 조건을 충족합니다: 조건 2개를 모두 충족합니다.",
    ),
    (
        All((Stage("lead"), InList("vip"), InList("news"))),
        (
            "Does not hold unless something new happens: 1 of 3 conditions does not hold (in "
            "the list “news”)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 조건 3개 중 1개를 충족하지 "
            "않습니다(목록 “news”에 있음)."
        ),
    ),
    (
        All((Stage("customer"), InList("else"), InList("news"))),
        "Does not hold unless something new happens: none of 3 conditions holds.",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 조건 3개 중 하나도 충족하지 않습니다.",
    ),
    (
        Any_((Stage("lead"), InList("news"), InList("else"))),
        "Holds unless something new happens: 1 of 3 conditions holds (a lead).",
        "새로운 일이 없는 한 조건을 충족합니다: 조건 3개 중 1개를 충족합니다(잠재 고객).",
    ),
    (
        Any_((Stage("customer"), InList("news"))),
        "Does not hold unless something new happens: neither of 2 conditions holds.",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 조건 2개 중 하나도 충족하지 않습니다.",
    ),
    (
        Any_((Stage("lead"),)),
        "Holds unless something new happens: its only condition holds.",
        "새로운 일이 없는 한 조건을 충족합니다: 하나뿐인 조건을 충족합니다.",
    ),
    (
        Not(InList("news")),
        "Holds unless something new happens: the opposite does not hold (in the list “news”).",
        (
            "새로운 일이 없는 한 조건을 충족합니다: 반대 조건을 충족하지 않습니다(목록 "
            "“news”에 있음)."
        ),
    ),
    (
        Not(All((Stage("lead"), InList("vip")))),
        "Does not hold unless something new happens: the opposite holds (all of 2 conditions).",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 반대 조건을 충족합니다(조건 2개 모두).",
    ),
]


def told(asked: Condition, *history: Event, **segments: Condition) -> Explanation:
    """Explained for somebody who lived through the history in a shop that asks the condition."""
    named = [(key, key, when) for key, when in segments.items()]
    rules = compile_rules(make_rules(None, SHOP, [("asked", "asked", asked), *named]))
    profile = advance(new_profile(7, rules), history, NOW, rules).profile
    return explain(asked, profile, NOW, SHOP, segments)


@pytest.mark.parametrize("asked, english, korean", SENTENCES)
def test_the_sentence_says_how_many_parts_hold(asked: Condition, english: str, korean: str) -> None:
    found = told(asked, *HISTORY)
    assert sentence(found, Language.ENGLISH, SEOUL) == english
    assert sentence(found, Language.KOREAN, SEOUL) == korean


def test_a_tree_shows_a_segment_with_its_own_conditions() -> None:
    article = All(
        (
            Did("Checkout Started", within=Last("1 week")),
            Did("Placed Order", Count(exactly=0), Last("1 week")),
        )
    )
    found = told(
        All((InSegment("left"), Not(Any_((Stage("customer"), InList("vip")))))),
        happened("Checkout Started", NOW - HOUR, "e1"),
        left=article,
    )
    names = Names(segments={"left": "Cart abandoners"})
    assert tree_text(found, Language.ENGLISH, SEOUL, names).split("\n") == [
        "✓ Holds until 29 Nov 2026, 11:03:17: both conditions hold.",
        (
            "├─ ✓ Holds until 29 Nov 2026, 11:03:17: in the segment “Cart abandoners” since 22 "
            "Nov 2026, 11:03:17."
        ),
        "│  └─ ✓ Holds until 29 Nov 2026, 11:03:17: both conditions hold.",
        (
            "│     ├─ ✓ Holds until 29 Nov 2026, 11:03:17: Checkout Started at least once in "
            "the last week, last on 22 Nov 2026, 11:03:17."
        ),
        "│     └─ ✓ Holds unless something new happens: no Placed Order in the last week.",
        (
            "└─ ✓ Holds unless something new happens: the opposite does not hold (any of 2 "
            "conditions)."
        ),
        "   └─ ✗ Does not hold unless something new happens: neither of 2 conditions holds.",
        "      ├─ ✗ Does not hold unless something new happens: a lead, with no order so far.",
        "      └─ ✗ Does not hold unless something new happens: never in the list “vip”.",
    ]
    assert tree_text(found, Language.KOREAN, SEOUL).split("\n")[4] == (
        "│     └─ ✓ 새로운 일이 없는 한 조건을 충족합니다: 최근 1주 동안 주문 완료가 없었습니다."
    )
