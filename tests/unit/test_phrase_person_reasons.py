"""Why a question about a person holds or not, in one sentence of either language."""

from __future__ import annotations

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    Condition,
    Consented,
    HasCart,
    InList,
    InSegment,
    Located,
    Reachable,
    Share,
    Stage,
    Trait,
)
from cartback.domain.event import Event, Identifier, Location
from cartback.domain.explain import Explanation, explain
from cartback.domain.instant import DAY, HOUR, Zone, parse_instant
from cartback.domain.number import Number
from cartback.domain.phrase import Language, sentence
from cartback.domain.property import Operator
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import Last
from tests.strategies import Happening, event, happened

SEOUL = Zone("Asia/Seoul")
SHOP = Settings(zone="Asia/Seoul")
NOW = parse_instant("2026-11-22T12:03:17+09:00")

HISTORY = [
    happened("Joined List", NOW - 9 * DAY, "e1", list="news"),
    happened("Left List", NOW - 8 * DAY, "e2", list="news"),
    happened("Joined List", NOW - 3 * DAY, "e3", list="vip"),
    happened("Subscribed", NOW - 3 * DAY, "e4", channel="email"),
    happened("Unsubscribed", NOW - 2 * DAY, "e5", channel="sms"),
    event(
        Happening(
            "Identified",
            traits={"plan": "silver", "age": 34, "born": "1990-12-01", "tags": ["new", "sale"]},
            identifiers=(Identifier("email", "ann@example.com"),),
            location=Location("KR", "", "Seoul"),
        ),
        NOW - DAY,
        NOW - DAY,
        "e6",
    ),
    happened("Added to Cart", NOW - HOUR, "e7", product_id="mug", price=4_500, quantity=2),
]
SEGMENTS = {"leads": Stage("lead"), "customers": Stage("customer")}

SENTENCES = [
    (
        Trait("plan", Operator.EQUALS, "silver"),
        (
            "Holds unless something new happens: the trait “plan” is “silver”, set on 21 Nov "
            "2026, 12:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 고객 속성 “plan” 값이 "
            "“silver”입니다(2026년 11월 21일 12:03:17 기록)."
        ),
    ),
    (
        Trait("plan", Operator.EQUALS, "gold"),
        (
            "Does not hold unless something new happens: the trait “plan” is “silver”, set on "
            "21 Nov 2026, 12:03:17 (asked: is “gold”)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 고객 속성 “plan” 값이 "
            "“silver”입니다(2026년 11월 21일 12:03:17 기록, 조건: “gold”)."
        ),
    ),
    (
        Trait("age", Operator.MORE_THAN, 30),
        (
            "Holds unless something new happens: the trait “age” is 34, set on 21 Nov 2026, "
            "12:03:17 (asked: is more than 30)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 고객 속성 “age” 값이 34입니다(2026년 11월 "
            "21일 12:03:17 기록, 조건: 30 초과)."
        ),
    ),
    (
        Trait("age", Operator.NOT_SET),
        (
            "Does not hold unless something new happens: the trait “age” is 34, set on 21 Nov "
            "2026, 12:03:17 (asked: is not set)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 고객 속성 “age” 값이 "
            "34입니다(2026년 11월 21일 12:03:17 기록, 조건: 값 없음)."
        ),
    ),
    (
        Trait("tags", Operator.CONTAINS_ALL, ("new", "gift")),
        (
            "Does not hold unless something new happens: the trait “tags” is “new” and “sale”, "
            "set on 21 Nov 2026, 12:03:17 (asked: contains all of “new” and “gift”)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 고객 속성 “tags” 값이 “new”, "
            "“sale”입니다(2026년 11월 21일 12:03:17 기록, 조건: “new”, “gift” 모두 포함)."
        ),
    ),
    (
        Trait("born", Operator.ANNIVERSARY_IN_NEXT, "7 days"),
        (
            "Does not hold: the trait “born” is “1990-12-01”, set on 21 Nov 2026, 12:03:17 "
            "(asked: has its anniversary in the next 7 days); it will hold from 24 Nov 2026, "
            "00:00:00 if nothing new happens."
        ),
        (
            "2026년 11월 24일 00:00:00까지 조건을 충족하지 않습니다: 고객 속성 “born” 값이 "
            "“1990-12-01”입니다(2026년 11월 21일 12:03:17 기록, 조건: 기념일이 앞으로 7일 "
            "이내)."
        ),
    ),
    (
        Trait("coupon", Operator.NOT_SET),
        "Holds unless something new happens: the trait “coupon” is not set.",
        "새로운 일이 없는 한 조건을 충족합니다: 고객 속성 “coupon” 값이 없습니다.",
    ),
    (
        Trait("coupon", Operator.STARTS_WITH, "WELCOME"),
        (
            "Does not hold unless something new happens: the trait “coupon” is not set (asked: "
            "starts with “WELCOME”)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 고객 속성 “coupon” 값이 "
            "없습니다(조건: “WELCOME”으로 시작함)."
        ),
    ),
    (
        InList("vip"),
        "Holds unless something new happens: in the list “vip” since 19 Nov 2026, 12:03:17.",
        (
            "새로운 일이 없는 한 조건을 충족합니다: 2026년 11월 19일 12:03:17부터 목록 “vip”에 "
            "있습니다."
        ),
    ),
    (
        InList("vip", Last("1 day")),
        (
            "Does not hold unless something new happens: in the list “vip” since 19 Nov 2026, "
            "12:03:17 (asked: joined in the last day)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 2026년 11월 19일 12:03:17부터 목록 "
            "“vip”에 있습니다(조건: 최근 1일 이내에 가입)."
        ),
    ),
    (
        InList("news"),
        (
            "Does not hold unless something new happens: left the list “news” on 14 Nov 2026, "
            "12:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 2026년 11월 14일 12:03:17에 목록 "
            "“news”에서 나갔습니다."
        ),
    ),
    (
        InList("else"),
        "Does not hold unless something new happens: never in the list “else”.",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 목록 “else”에 가입한 적이 없습니다.",
    ),
    (
        InSegment("leads"),
        ("Holds unless something new happens: in the segment “leads” since 13 Nov 2026, 12:03:17."),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 2026년 11월 13일 12:03:17부터 세그먼트 "
            "“leads”에 속합니다."
        ),
    ),
    (
        InSegment("customers"),
        "Does not hold unless something new happens: not in the segment “customers”.",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 세그먼트 “customers”에 속하지 않습니다.",
    ),
    (
        InSegment("leads", Last("1 day")),
        (
            "Does not hold unless something new happens: in the segment “leads” since 13 Nov "
            "2026, 12:03:17 (asked: entered in the last day)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 2026년 11월 13일 12:03:17부터 "
            "세그먼트 “leads”에 속합니다(조건: 최근 1일 이내에 들어옴)."
        ),
    ),
    (
        Consented("email"),
        "Holds unless something new happens: subscribed to e-mail since 19 Nov 2026, 12:03:17.",
        (
            "새로운 일이 없는 한 조건을 충족합니다: 2026년 11월 19일 12:03:17에 이메일 수신에 "
            "동의했습니다."
        ),
    ),
    (
        Consented("sms"),
        (
            "Does not hold unless something new happens: unsubscribed from SMS since 20 Nov "
            "2026, 12:03:17 (asked: subscribed to SMS)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 2026년 11월 20일 12:03:17에 문자 "
            "수신을 거부했습니다(조건: 문자 수신 동의)."
        ),
    ),
    (
        Consented("kakao", "never"),
        (
            "Holds unless something new happens: neither subscribed to “kakao” nor "
            "unsubscribed from it."
        ),
        "새로운 일이 없는 한 조건을 충족합니다: “kakao” 수신 의사를 밝힌 적이 없습니다.",
    ),
    (
        Reachable("email"),
        (
            "Holds unless something new happens: has an e-mail address and is subscribed to "
            "e-mail since 19 Nov 2026, 12:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족합니다: 이메일 주소가 있고 2026년 11월 19일 "
            "12:03:17에 이메일 수신에 동의했습니다."
        ),
    ),
    (
        Reachable("sms"),
        (
            "Does not hold unless something new happens: has no phone number and is "
            "unsubscribed from SMS since 20 Nov 2026, 12:03:17."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 전화번호가 없고 2026년 11월 20일 "
            "12:03:17에 문자 수신을 거부했습니다."
        ),
    ),
    (
        Stage("lead"),
        "Holds unless something new happens: a lead, with no order so far.",
        "새로운 일이 없는 한 조건을 충족합니다: 아직 주문한 적이 없는 잠재 고객입니다.",
    ),
    (
        Stage("customer"),
        "Does not hold unless something new happens: a lead, with no order so far.",
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 아직 주문한 적이 없는 잠재 고객입니다.",
    ),
    (
        HasCart("abandoned"),
        (
            "Holds until 20 Feb 2027, 11:03:17: there is an abandoned cart, last touched on 22 "
            "Nov 2026, 11:03:17, with 2 items worth 9,000."
        ),
        (
            "2027년 2월 20일 11:03:17까지 조건을 충족합니다: 이탈한 장바구니가 있습니다(마지막 "
            "변경 2026년 11월 22일 11:03:17, 상품 2개, 금액 9,000)."
        ),
    ),
    (
        HasCart("active", value=Number(at_least=50000)),
        (
            "Does not hold unless something new happens: there is an open cart, last touched "
            "on 22 Nov 2026, 11:03:17, with 2 items worth 9,000 (asked: an active cart worth "
            "at least 50,000)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 열린 장바구니가 있습니다(마지막 "
            "변경 2026년 11월 22일 11:03:17, 상품 2개, 금액 9,000, 조건: 아직 이탈하지 않은 "
            "장바구니(금액 50,000 이상))."
        ),
    ),
    (
        Located(city=("Seoul",)),
        "Holds unless something new happens: last seen in Seoul, KR on 21 Nov 2026, 12:03:17.",
        (
            "새로운 일이 없는 한 조건을 충족합니다: 마지막으로 확인된 위치는 KR "
            "Seoul입니다(2026년 11월 21일 12:03:17 확인)."
        ),
    ),
    (
        Located(eu=True),
        (
            "Does not hold unless something new happens: last seen in Seoul, KR on 21 Nov "
            "2026, 12:03:17 (asked: located in the European Union)."
        ),
        (
            "새로운 일이 없는 한 조건을 충족하지 않습니다: 마지막으로 확인된 위치는 KR "
            "Seoul입니다(2026년 11월 21일 12:03:17 확인, 조건: 유럽연합 안)."
        ),
    ),
    (
        Share(100),
        "Holds at all times: in the random 100% of all profiles.",
        "앞으로도 계속 조건을 충족합니다: 전체 프로필 중 무작위 100%에 속합니다.",
    ),
    (
        Share(0, "summer"),
        "Does not hold at any time: not in the random 0% of all profiles drawn as “summer”.",
        (
            "앞으로도 계속 조건을 충족하지 않습니다: 전체 프로필 중 무작위 0%(“summer” 추첨)에 "
            "속하지 않습니다."
        ),
    ),
]


def told(asked: Condition, *history: Event, **segments: Condition) -> Explanation:
    """Explained for somebody who lived through the history in a shop that asks the condition."""
    named = [(key, key, when) for key, when in segments.items()]
    rules = compile_rules(make_rules(None, SHOP, [("asked", "asked", asked), *named]))
    profile = advance(new_profile(7, rules), history, NOW, rules).profile
    return explain(asked, profile, NOW, SHOP, segments)


@pytest.mark.parametrize("asked, english, korean", SENTENCES)
def test_the_sentence_says_what_the_person_is(asked: Condition, english: str, korean: str) -> None:
    found = told(asked, *HISTORY, **SEGMENTS)
    assert sentence(found, Language.ENGLISH, SEOUL) == english
    assert sentence(found, Language.KOREAN, SEOUL) == korean


def test_somebody_unknown_has_a_sentence_too() -> None:
    assert sentence(told(HasCart()), Language.ENGLISH, SEOUL) == (
        "Does not hold unless something new happens: no open cart."
    )
    assert sentence(told(Located(eu=True)), Language.KOREAN, SEOUL) == (
        "새로운 일이 없는 한 조건을 충족하지 않습니다: 위치를 알 수 없습니다."
    )
    assert sentence(told(Reachable("email")), Language.KOREAN, SEOUL) == (
        "새로운 일이 없는 한 조건을 충족하지 않습니다:"
        " 이메일 주소가 없고 이메일 수신 의사를 밝힌 적이 없습니다."
    )


def test_a_customer_is_one_since_the_first_order() -> None:
    found = told(Stage("customer"), happened("Placed Order", NOW - DAY))
    assert sentence(found, Language.ENGLISH, SEOUL) == (
        "Holds unless something new happens:"
        " a customer since the first order on 21 Nov 2026, 12:03:17."
    )
    assert sentence(found, Language.KOREAN, SEOUL) == (
        "새로운 일이 없는 한 조건을 충족합니다:"
        " 2026년 11월 21일 12:03:17에 처음 주문한 구매 고객입니다."
    )
