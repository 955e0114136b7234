"""Why a question about events holds or not, in one sentence of either language."""

from __future__ import annotations

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    Aggregate,
    Condition,
    Did,
    FirstTime,
    LastTime,
    Match,
    Sequence_,
)
from cartback.domain.event import Event
from cartback.domain.explain import Explanation, explain
from cartback.domain.instant import DAY, HOUR, Zone, parse_instant
from cartback.domain.number import Count, Number
from cartback.domain.phrase import Language, sentence
from cartback.domain.property import Operator, Property
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import BetweenAgo, Calendar, Last, MoreThanAgo
from tests.strategies import happened

SEOUL = Zone("Asia/Seoul")
SHOP = Settings(zone="Asia/Seoul")
NOW = parse_instant("2026-11-22T12:03:17+09:00")

HISTORY = [
    happened("Checkout Started", NOW - 40 * DAY, "e1", value=700),
    happened("Video Watched", NOW - 35 * DAY, "e2", plan="gold"),
    happened("Viewed Product", NOW - DAY, "e3"),
    happened("Checkout Started", NOW - 2 * HOUR, "e4", value=100),
    happened("Checkout Started", NOW - HOUR, "e5", value=12_050),
]

SENTENCES = [
    (
        Did("Checkout Started", within=Last("7 days")),
        (
            "Holds until 29 Nov 2026, 11:03:17: Checkout Started at least once in the last 7 "
            "days, last on 22 Nov 2026, 11:03:17."
        ),
        (
            "2026년 11월 29일 11:03:17까지 조건을 충족합니다: 최근 7일 동안 결제 시작이 1회 "
            "이상 있었습니다(마지막 2026년 11월 22일 11:03:17)."
        ),
    ),
    (
        Did("Checkout Started", Count(at_least=2), Last("7 days")),
        (
            "Holds until 29 Nov 2026, 10:03:17: Checkout Started at least twice in the last 7 "
            "days, last on 22 Nov 2026, 10:03:17 and 22 Nov 2026, 11:03:17."
        ),
        (
            "2026년 11월 29일 10:03:17까지 조건을 충족합니다: 최근 7일 동안 결제 시작이 2회 "
            "이상 있었습니다(마지막 2회 2026년 11월 22일 10:03:17, 2026년 11월 22일 11:03:17)."
        ),
    ),
    (
        Did("Checkout Started", Count(at_least=3), Last("7 days")),
        (
            "Does not hold unless something new happens: Checkout Started twice in the last 7 "
            "days, on 22 Nov 2026, 10:03:17 and 22 Nov 2026, 11:03:17 (asked: at least 3 "
            "times)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 최근 7일 동안 결제 시작이 2회 "
            "있었습니다(2026년 11월 22일 10:03:17, 2026년 11월 22일 11:03:17, 조건: 3회 이상)."
        ),
    ),
    (
        Did("Checkout Started", Count(at_least=3)),
        (
            "Holds unless something new happens: Checkout Started at least 3 times so far, "
            "last between 13 Oct 2026, 12:03:17 and 22 Nov 2026, 11:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 지금까지 결제 시작이 3회 이상 "
            "있었습니다(마지막 3회 2026년 10월 13일 12:03:17부터 2026년 11월 22일 "
            "11:03:17까지)."
        ),
    ),
    (
        Did("Checkout Started", Count(at_most=5)),
        (
            "Holds unless something new happens: Checkout Started 3 times so far, between 13 "
            "Oct 2026, 12:03:17 and 22 Nov 2026, 11:03:17 (asked: at most 5 times)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 지금까지 결제 시작이 3회 있었습니다(2026년 "
            "10월 13일 12:03:17부터 2026년 11월 22일 11:03:17까지, 조건: 5회 이하)."
        ),
    ),
    (
        Did("Checkout Started", Count(at_most=5), Last("7 days")),
        (
            "Holds unless something new happens: Checkout Started twice in the last 7 days, on "
            "22 Nov 2026, 10:03:17 and 22 Nov 2026, 11:03:17 (asked: at most 5 times)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 최근 7일 동안 결제 시작이 2회 "
            "있었습니다(2026년 11월 22일 10:03:17, 2026년 11월 22일 11:03:17, 조건: 5회 이하)."
        ),
    ),
    (
        Did("Checkout Started", Count(exactly=1), Last("7 days")),
        (
            "Does not hold: Checkout Started at least twice in the last 7 days, last on 22 Nov "
            "2026, 10:03:17 and 22 Nov 2026, 11:03:17 (asked: exactly once); it will hold from "
            "29 Nov 2026, 10:03:17 if nothing new happens."
        ),
        (
            "2026년 11월 29일 10:03:17까지 조건을 충족하지 않습니다: 최근 7일 동안 결제 시작이 "
            "2회 이상 있었습니다(마지막 2회 2026년 11월 22일 10:03:17, 2026년 11월 22일 "
            "11:03:17, 조건: 정확히 1회)."
        ),
    ),
    (
        Did("Checkout Started", Count(exactly=0), Last("7 days")),
        (
            "Does not hold: Checkout Started at least once in the last 7 days, last on 22 Nov "
            "2026, 11:03:17 (asked: zero times); it will hold from 29 Nov 2026, 11:03:17 if "
            "nothing new happens."
        ),
        (
            "2026년 11월 29일 11:03:17까지 조건을 충족하지 않습니다: 최근 7일 동안 결제 시작이 "
            "1회 이상 있었습니다(마지막 2026년 11월 22일 11:03:17, 조건: 0회)."
        ),
    ),
    (
        Did("Placed Order", Count(exactly=0), Last("7 days")),
        "Holds unless something new happens: no Placed Order in the last 7 days.",
        "새로운 일이 없는 한 조건을 충족합니다: 최근 7일 동안 주문 완료가 없었습니다.",
    ),
    (
        Did("Placed Order", Count(fewer_than=2)),
        "Holds unless something new happens: no Placed Order so far (asked: fewer than twice).",
        ("새로운 일이 없는 한 조건을 충족합니다: 지금까지 주문 완료가 없었습니다(조건: 2회 미만)."),
    ),
    (
        Did("Placed Order", within=Calendar("week")),
        (
            "Does not hold unless something new happens: no Placed Order this calendar week "
            "(asked: at least once)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 이번 주에 주문 완료가 "
            "없었습니다(조건: 1회 이상)."
        ),
    ),
    (
        Did("Viewed Product", within=Calendar("day")),
        (
            "Does not hold unless something new happens: no Viewed Product today (asked: at "
            "least once)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 오늘 상품 조회가 없었습니다(조건: "
            "1회 이상)."
        ),
    ),
    (
        Did("Viewed Product", within=Calendar("day", 1)),
        (
            "Holds until 23 Nov 2026, 00:00:00: Viewed Product at least once yesterday, last "
            "on 21 Nov 2026, 12:03:17."
        ),
        (
            "2026년 11월 23일 00:00:00까지 조건을 충족합니다: 어제 상품 조회가 1회 이상 "
            "있었습니다(마지막 2026년 11월 21일 12:03:17)."
        ),
    ),
    (
        Did("Viewed Product", within=BetweenAgo("2 days", "7 days")),
        (
            "Does not hold: no Viewed Product between 2 and 7 days ago (asked: at least once); "
            "it will hold from 23 Nov 2026, 12:03:17 if nothing new happens."
        ),
        (
            "2026년 11월 23일 12:03:17까지 조건을 충족하지 않습니다: 7일 전부터 2일 전 사이에 "
            "상품 조회가 없었습니다(조건: 1회 이상)."
        ),
    ),
    (
        Did("Checkout Started", within=MoreThanAgo("30 days")),
        (
            "Holds unless something new happens: Checkout Started at least once 30 days ago or "
            "earlier, first on 13 Oct 2026, 12:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 30일 이상 전에 결제 시작이 1회 이상 "
            "있었습니다(처음 2026년 10월 13일 12:03:17)."
        ),
    ),
    (
        Did("Video Watched", where=(Property("plan", Operator.EQUALS, "gold"),)),
        (
            "Holds unless something new happens: “Video Watched” at least once so far where "
            "“plan” is “gold”, last on 18 Oct 2026, 12:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 지금까지 “Video Watched”(“plan”이 "
            "“gold”)가 1회 이상 있었습니다(마지막 2026년 10월 18일 12:03:17)."
        ),
    ),
    (
        Did("Video Watched", where=(Property("plan", Operator.EQUALS, "free"),)),
        (
            "Does not hold unless something new happens: no “Video Watched” so far where "
            "“plan” is “free” (asked: at least once)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 지금까지 “Video Watched”(“plan”이 "
            "“free”)가 없었습니다(조건: 1회 이상)."
        ),
    ),
    (
        Aggregate("Checkout Started", "sum", "value", Number(at_least=10000), Last("7 days")),
        (
            "Holds until 29 Nov 2026, 11:03:17: the total cart value of Checkout Started in the "
            "last 7 days is 12,150, latest on 22 Nov 2026, 11:03:17 (asked: at least 10,000)."
        ),
        (
            "2026년 11월 29일 11:03:17까지 조건을 충족합니다: 최근 7일 동안 결제 시작의 "
            "장바구니 금액 합계가 12,150입니다(마지막 2026년 11월 22일 11:03:17, 조건: 10,000 "
            "이상)."
        ),
    ),
    (
        Aggregate("Checkout Started", "average", "value", Number(less_than=1000)),
        (
            "Does not hold unless something new happens: the average cart value of Checkout "
            "Started so far is 4,283.333334 (asked: less than 1,000)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 지금까지 결제 시작의 장바구니 금액 "
            "평균이 4,283.333334입니다(조건: 1,000 미만)."
        ),
    ),
    (
        Aggregate("Placed Order", "max", "value", Number(at_least=1), Last("7 days")),
        (
            "Does not hold unless something new happens: no Placed Order with a number in "
            "“value” in the last 7 days (asked: at least 1)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 최근 7일 동안 숫자 “value” 값이 "
            "있는 주문 완료가 없었습니다(조건: 1 이상)."
        ),
    ),
    (
        Aggregate("Placed Order", "sum", "value", Number(exactly=0), Last("7 days")),
        (
            "Holds unless something new happens: the total “value” of Placed Order in the last "
            "7 days is 0 (asked: exactly 0)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 최근 7일 동안 주문 완료의 “value” 합계가 "
            "0입니다(조건: 정확히 0)."
        ),
    ),
    (
        Sequence_(
            Match("Viewed Product"), Match("Checkout Started"), "1 day", True, Last("1 week")
        ),
        (
            "Holds until 28 Nov 2026, 12:03:17: Viewed Product in the last week, latest on 21 "
            "Nov 2026, 12:03:17, was followed by Checkout Started within 1 day."
        ),
        (
            "2026년 11월 28일 12:03:17까지 조건을 충족합니다: 최근 1주 동안 상품 조회 후 1일 "
            "안에 결제 시작이 있었습니다(마지막 2026년 11월 21일 12:03:17)."
        ),
    ),
    (
        Sequence_(Match("Viewed Product"), Match("Placed Order"), "2 days"),
        (
            "Does not hold unless something new happens: no Viewed Product was followed by "
            "Placed Order within 2 days."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 지금까지 상품 조회 후 2일 안에 주문 "
            "완료가 이어진 적이 없습니다."
        ),
    ),
    (
        Sequence_(Match("Viewed Product"), Match("Placed Order"), "4 hours", followed=False),
        (
            "Holds unless something new happens: Viewed Product, latest on 21 Nov 2026, "
            "12:03:17, was not followed by Placed Order within 4 hours."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 지금까지 상품 조회 후 4시간 안에 주문 "
            "완료가 없었습니다(마지막 2026년 11월 21일 12:03:17)."
        ),
    ),
    (
        Sequence_(Match("Viewed Product"), Match("Placed Order"), "2 days", followed=False),
        (
            "Does not hold: no Viewed Product has gone 2 days without Placed Order; it will "
            "hold from 23 Nov 2026, 12:03:17 if nothing new happens."
        ),
        (
            "2026년 11월 23일 12:03:17까지 조건을 충족하지 않습니다: 지금까지 주문 완료 없이 "
            "2일이 지난 상품 조회가 없습니다."
        ),
    ),
    (
        FirstTime("Checkout Started", Last("30 days")),
        (
            "Does not hold unless something new happens: the first Checkout Started was on 13 "
            "Oct 2026, 12:03:17 (asked: in the last 30 days)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 첫 결제 시작이 2026년 10월 13일 "
            "12:03:17에 있었습니다(조건: 최근 30일 이내)."
        ),
    ),
    (
        LastTime("Checkout Started", Last("30 days")),
        (
            "Holds until 22 Dec 2026, 11:03:17: the latest Checkout Started was on 22 Nov "
            "2026, 11:03:17 (asked: in the last 30 days)."
        ),
        (
            "2026년 12월 22일 11:03:17까지 조건을 충족합니다: 마지막 결제 시작이 2026년 11월 "
            "22일 11:03:17에 있었습니다(조건: 최근 30일 이내)."
        ),
    ),
    (
        LastTime("Checkout Started", MoreThanAgo("30 days")),
        (
            "Does not hold: the latest Checkout Started was on 22 Nov 2026, 11:03:17 (asked: "
            "30 days ago or earlier); it will hold from 22 Dec 2026, 11:03:17 if nothing new "
            "happens."
        ),
        (
            "2026년 12월 22일 11:03:17까지 조건을 충족하지 않습니다: 마지막 결제 시작이 2026년 "
            "11월 22일 11:03:17에 있었습니다(조건: 30일 이상 전)."
        ),
    ),
    (
        LastTime("Placed Order", Last("30 days")),
        "Does not hold unless something new happens: no Placed Order so far.",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 지금까지 주문 완료가 없었습니다.",
    ),
]


def told(asked: Condition, *history: Event, **segments: Condition) -> Explanation:
    """Explained for somebody who lived through the history in a shop that asks the condition."""
    named = [(key, key, when) for key, when in segments.items()]
    rules = compile_rules(make_rules(None, SHOP, [("asked", "asked", asked), *named]))
    profile = advance(new_profile(7, rules), history, NOW, rules).profile
    return explain(asked, profile, NOW, SHOP, segments)


@pytest.mark.parametrize("asked, english, korean", SENTENCES)
def test_the_sentence_says_until_when_and_why(asked: Condition, english: str, korean: str) -> None:
    found = told(asked, *HISTORY)
    assert sentence(found, Language.ENGLISH, SEOUL) == english
    assert sentence(found, Language.KOREAN, SEOUL) == korean
