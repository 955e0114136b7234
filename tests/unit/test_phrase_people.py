"""Conditions on people as labels, and groups of conditions, in both languages."""

from __future__ import annotations

import pytest

from cartback.domain.condition import (
    All,
    Any_,
    Condition,
    Consented,
    Did,
    HasCart,
    Idle,
    InList,
    InSegment,
    Located,
    Not,
    Reachable,
    Share,
    Stage,
    Trait,
)
from cartback.domain.number import Number
from cartback.domain.phrase import Language, Names, describe
from cartback.domain.property import Operator
from cartback.domain.window import (
    Calendar,
    Last,
)

LABELS = [
    (
        Trait("plan", Operator.EQUALS, "gold"),
        "trait “plan” is “gold”",
        "고객 속성 “plan”이 “gold”",
    ),
    (
        Trait("plan", Operator.NOT_EQUALS, "gold"),
        "trait “plan” is not “gold”",
        "고객 속성 “plan”이 “gold”가 아님",
    ),
    (
        Trait("age", Operator.AT_LEAST, 1000),
        "trait “age” is at least 1,000",
        "고객 속성 “age”가 1,000 이상",
    ),
    (
        Trait("age", Operator.AT_MOST, 30),
        "trait “age” is at most 30",
        "고객 속성 “age”가 30 이하",
    ),
    (
        Trait("age", Operator.MORE_THAN, 0.5),
        "trait “age” is more than 0.5",
        "고객 속성 “age”가 0.5 초과",
    ),
    (
        Trait("age", Operator.LESS_THAN, -3),
        "trait “age” is less than -3",
        "고객 속성 “age”가 -3 미만",
    ),
    (
        Trait("vip", Operator.EQUALS, False),
        "trait “vip” is false",
        "고객 속성 “vip”가 거짓",
    ),
    (
        Trait("zip", Operator.EQUALS, 12345),
        "trait “zip” is 12345",
        "고객 속성 “zip”이 12345",
    ),
    (
        Trait("name", Operator.CONTAINS, "ann"),
        "trait “name” contains “ann”",
        "고객 속성 “name”에 “ann” 포함",
    ),
    (
        Trait("name", Operator.NOT_CONTAINS, "ann"),
        "trait “name” does not contain “ann”",
        "고객 속성 “name”에 “ann” 미포함",
    ),
    (
        Trait("name", Operator.STARTS_WITH, "김"),
        "trait “name” starts with “김”",
        "고객 속성 “name”이 “김”으로 시작함",
    ),
    (
        Trait("name", Operator.NOT_STARTS_WITH, "이"),
        "trait “name” does not start with “이”",
        "고객 속성 “name”이 “이”로 시작하지 않음",
    ),
    (
        Trait("address.city", Operator.ENDS_WITH, "울"),
        "trait “address.city” ends with “울”",
        "고객 속성 “address.city”가 “울”로 끝남",
    ),
    (
        Trait("address.city", Operator.NOT_ENDS_WITH, "산"),
        "trait “address.city” does not end with “산”",
        "고객 속성 “address.city”가 “산”으로 끝나지 않음",
    ),
    (
        Trait("name", Operator.MATCHES, "^a+$"),
        "trait “name” matches the pattern “^a+$”",
        "고객 속성 “name”이 “^a+$” 패턴과 일치",
    ),
    (
        Trait("name", Operator.NOT_MATCHES, "^a+$"),
        "trait “name” does not match the pattern “^a+$”",
        "고객 속성 “name”이 “^a+$” 패턴과 불일치",
    ),
    (
        Trait("size", Operator.IN, ("S", "M")),
        "trait “size” is one of “S” or “M”",
        "고객 속성 “size”가 “S”, “M” 중 하나",
    ),
    (
        Trait("size", Operator.NOT_IN, ("S", "M", "L", "XL", "XXL")),
        "trait “size” is none of “S”, “M”, “L” or 2 more",
        "고객 속성 “size”가 “S”, “M”, “L” 외 2개 중 어느 것도 아님",
    ),
    (
        Trait("tags", Operator.CONTAINS_ANY, ("new", "sale")),
        "trait “tags” contains any of “new” or “sale”",
        "고객 속성 “tags”에 “new”, “sale” 중 하나 이상 포함",
    ),
    (
        Trait("tags", Operator.CONTAINS_ALL, ("new", "sale")),
        "trait “tags” contains all of “new” and “sale”",
        "고객 속성 “tags”에 “new”, “sale” 모두 포함",
    ),
    (
        Trait("tags", Operator.CONTAINS_NONE, ("new",)),
        "trait “tags” does not contain “new”",
        "고객 속성 “tags”에 “new” 미포함",
    ),
    (
        Trait("phone", Operator.IS_SET),
        "trait “phone” is set",
        "고객 속성 “phone” 값이 있음",
    ),
    (
        Trait("phone", Operator.NOT_SET),
        "trait “phone” is not set",
        "고객 속성 “phone” 값이 없음",
    ),
    (
        Trait("signed_up", Operator.BEFORE, "2026-03-01"),
        "trait “signed_up” is before 1 Mar 2026",
        "고객 속성 “signed_up”이 2026년 3월 1일 전",
    ),
    (
        Trait("signed_up", Operator.AFTER, "2026-03-01"),
        "trait “signed_up” is on or after 1 Mar 2026",
        "고객 속성 “signed_up”이 2026년 3월 1일 이후",
    ),
    (
        Trait("signed_up", Operator.IN_LAST, "2 weeks"),
        "trait “signed_up” is in the last 2 weeks",
        "고객 속성 “signed_up”이 최근 2주 이내",
    ),
    (
        Trait("renewal", Operator.IN_NEXT, "1 day"),
        "trait “renewal” is in the next day",
        "고객 속성 “renewal”이 앞으로 1일 이내",
    ),
    (
        Trait("renewal", Operator.MORE_THAN_AGO, "30 days"),
        "trait “renewal” is 30 days ago or earlier",
        "고객 속성 “renewal”이 30일 이상 전",
    ),
    (
        Trait("birthday", Operator.ANNIVERSARY_IN_NEXT, "7 days"),
        "trait “birthday” has its anniversary in the next 7 days",
        "고객 속성 “birthday”의 기념일이 앞으로 7일 이내",
    ),
    (
        Trait("birthday", Operator.ANNIVERSARY_TODAY),
        "trait “birthday” has its anniversary today",
        "고객 속성 “birthday”의 기념일이 오늘",
    ),
    (
        InList("vip"),
        "in the list “vip”",
        "목록 “vip”에 있음",
    ),
    (
        InList("vip", Last("7 days")),
        "in the list “vip”, joined in the last 7 days",
        "목록 “vip”에 최근 7일 이내에 가입함",
    ),
    (
        InList("vip", Calendar("week", 1)),
        "in the list “vip”, joined in the calendar week before this one",
        "목록 “vip”에 지난주에 가입함",
    ),
    (
        InSegment("abandoners"),
        "in the segment “abandoners”",
        "세그먼트 “abandoners”에 속함",
    ),
    (
        InSegment("abandoners", Last("1 hour")),
        "in the segment “abandoners”, entered in the last hour",
        "세그먼트 “abandoners”에 최근 1시간 이내에 들어옴",
    ),
    (
        Consented("email"),
        "subscribed to e-mail",
        "이메일 수신 동의",
    ),
    (
        Consented("sms", "unsubscribed"),
        "unsubscribed from SMS",
        "문자 수신 거부",
    ),
    (
        Consented("kakao", "never"),
        "neither subscribed to “kakao” nor unsubscribed from it",
        "“kakao” 수신 의사 표시 없음",
    ),
    (
        Reachable("email"),
        "reachable by e-mail",
        "이메일로 연락 가능",
    ),
    (
        Reachable("sms"),
        "reachable by SMS",
        "문자로 연락 가능",
    ),
    (
        Stage("lead"),
        "a lead",
        "잠재 고객",
    ),
    (
        Stage("customer"),
        "a customer",
        "구매 고객",
    ),
    (
        HasCart(),
        "has an open cart",
        "열린 장바구니 있음",
    ),
    (
        HasCart("active", idle=Idle(at_least="1 hour")),
        "has an active cart left for at least 1 hour",
        "아직 이탈하지 않은 장바구니(방치 시간 1시간 이상) 있음",
    ),
    (
        HasCart(
            "abandoned", value=Number(at_least=5000), items=Number(at_least=1), product=("p1", "p2")
        ),
        (
            "has an abandoned cart worth at least 5,000, with at least 1 item, with product "
            "“p1” or “p2”"
        ),
        "이탈한 장바구니(금액 5,000 이상, 수량 1개 이상, 상품 “p1”, “p2” 중 하나) 있음",
    ),
    (
        HasCart(
            "abandoned",
            items=Number(at_least=2, at_most=5),
            category=("mugs",),
            brand=("Acme",),
            idle=Idle("1 hour", "2 days"),
        ),
        (
            "has an abandoned cart with at least 2 and at most 5 items, with category “mugs”, "
            "with brand “Acme”, left for at least 1 hour and less than 2 days"
        ),
        (
            "이탈한 장바구니(수량 2개 이상 5개 이하, 카테고리 “mugs”, 브랜드 “Acme”, 방치 시간 "
            "1시간 이상 2일 미만) 있음"
        ),
    ),
    (
        Located(country=("kr", "US"), region=("경기",), city=("Seoul",)),
        "located in country KR or US, in region “경기”, in city “Seoul”",
        "마지막 위치가 국가 KR, US 중 하나, 지역 “경기”, 도시 “Seoul”",
    ),
    (
        Located(eu=True),
        "located in the European Union",
        "마지막 위치가 유럽연합 안",
    ),
    (
        Located(country=("DE",), eu=False),
        "located in country DE, outside the European Union",
        "마지막 위치가 국가 DE, 유럽연합 밖",
    ),
    (
        Share(25),
        "in the random 25% of all profiles",
        "전체 프로필 중 무작위 25%",
    ),
    (
        Share(33.33, "summer"),
        "in the random 33.33% of all profiles drawn as “summer”",
        "전체 프로필 중 무작위 33.33%(“summer” 추첨)",
    ),
    (
        All((Stage("lead"),)),
        "all of 1 condition",
        "조건 1개 모두",
    ),
    (
        All((Stage("lead"), Consented("email"), Share(50))),
        "all of 3 conditions",
        "조건 3개 모두",
    ),
    (
        Any_((Stage("lead"), Consented("email"))),
        "any of 2 conditions",
        "조건 2개 중 하나 이상",
    ),
    (
        Not(Did("Placed Order")),
        "not: Placed Order at least once so far",
        "반대 조건: 지금까지 주문 완료 1회 이상",
    ),
    (
        Not(All((Stage("lead"), Consented("email")))),
        "not: all of 2 conditions",
        "반대 조건: 조건 2개 모두",
    ),
]


@pytest.mark.parametrize("condition, english, korean", LABELS)
def test_a_question_about_a_person_reads_like_something_a_marketer_would_say(
    condition: Condition, english: str, korean: str
) -> None:
    assert describe(condition, Language.ENGLISH) == english
    assert describe(condition, Language.KOREAN) == korean


@pytest.mark.parametrize(
    "currency, english, korean",
    [
        (
            "USD",
            "worth at least 50.00 USD and less than 1,234.56 USD",
            "50.00 USD 이상 1,234.56 USD 미만",
        ),
        (
            "KRW",
            "worth at least 5,000 KRW and less than 123,456 KRW",
            "5,000원 이상 123,456원 미만",
        ),
        (
            "KWD",
            "worth at least 5.000 KWD and less than 123.456 KWD",
            "5.000 KWD 이상 123.456 KWD 미만",
        ),
        ("", "worth at least 5,000 and less than 123,456", "5,000 이상 123,456 미만"),
    ],
)
def test_amounts_are_told_in_the_shops_currency(currency: str, english: str, korean: str) -> None:
    asked = HasCart("abandoned", value=Number(at_least=5000, less_than=123456))
    names = Names(currency=currency)
    assert describe(asked, Language.ENGLISH, names) == f"has an abandoned cart {english}"
    assert describe(asked, Language.KOREAN, names) == f"이탈한 장바구니(금액 {korean}) 있음"


def test_half_of_a_smallest_coin_is_told_as_it_is() -> None:
    asked = HasCart(value=Number(more_than=99.5))
    assert "more than 0.995 EUR" in describe(asked, Language.ENGLISH, Names(currency="EUR"))
