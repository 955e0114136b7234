"""Conditions on events as labels: every window, count and function, in both languages."""

from __future__ import annotations

import pytest

from cartback.domain.condition import (
    Aggregate,
    Condition,
    Did,
    FirstTime,
    LastTime,
    Match,
    Sequence_,
)
from cartback.domain.number import Count, Number
from cartback.domain.phrase import Language, describe
from cartback.domain.property import AnyTest, NotTest, Operator, Property, Some
from cartback.domain.window import (
    After,
    Before,
    Between,
    BetweenAgo,
    Calendar,
    Ever,
    Last,
    MoreThanAgo,
    SinceRunStart,
)

LABELS = [
    (
        Did("Checkout Started", within=Last("1 week")),
        "Checkout Started at least once in the last week",
        "최근 1주 동안 결제 시작 1회 이상",
    ),
    (
        Did("Placed Order", Count(exactly=0), Last("7 days")),
        "Placed Order zero times in the last 7 days",
        "최근 7일 동안 주문 완료 없음",
    ),
    (
        Did("Placed Order", Count(fewer_than=1)),
        "Placed Order zero times so far",
        "지금까지 주문 완료 없음",
    ),
    (
        Did("Placed Order", Count(at_least=0), Last("1 hour")),
        "Placed Order any number of times in the last hour",
        "최근 1시간 동안 주문 완료 횟수 무관",
    ),
    (
        Did("Added to Cart", Count(exactly=2), Calendar("day")),
        "Added to Cart exactly twice today",
        "오늘 장바구니 담기 정확히 2회",
    ),
    (
        Did("Added to Cart", Count(at_least=2, at_most=5), Calendar("day", 1)),
        "Added to Cart at least twice and at most 5 times yesterday",
        "어제 장바구니 담기 2회 이상 5회 이하",
    ),
    (
        Did("Watched Video", Count(more_than=1, fewer_than=1000), Calendar("week")),
        "“Watched Video” more than once and fewer than 1,000 times this calendar week",
        "이번 주에 “Watched Video” 1회 초과 1,000회 미만",
    ),
    (
        Did("Searched", Count(at_most=3), Calendar("week", 1)),
        "Searched at most 3 times in the calendar week before this one",
        "지난주에 검색 3회 이하",
    ),
    (
        Did("Viewed Page", Count(at_least=3), Calendar("month", 2)),
        "Viewed Page at least 3 times in the calendar month 2 months ago",
        "2개월 전 한 달 동안 페이지 조회 3회 이상",
    ),
    (
        Did("Viewed Product", within=Calendar("month")),
        "Viewed Product at least once this calendar month",
        "이번 달에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=Calendar("day", 3)),
        "Viewed Product at least once on the day 3 days ago",
        "3일 전 하루 동안 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=BetweenAgo("3 days", "7 days")),
        "Viewed Product at least once between 3 and 7 days ago",
        "7일 전부터 3일 전 사이에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=BetweenAgo("1 hour", "1 day")),
        "Viewed Product at least once between 1 hour and 1 day ago",
        "1일 전부터 1시간 전 사이에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=MoreThanAgo("30 days")),
        "Viewed Product at least once 30 days ago or earlier",
        "30일 이상 전에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=Before("2026-03-01")),
        "Viewed Product at least once before 1 Mar 2026",
        "2026년 3월 1일 전에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=Before("2026-03-01T08:30")),
        "Viewed Product at least once before 1 Mar 2026, 08:30",
        "2026년 3월 1일 08:30 전에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=After("2026-03-01")),
        "Viewed Product at least once on or after 1 Mar 2026",
        "2026년 3월 1일 이후에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=After("2026-03-01T12:00:05Z")),
        "Viewed Product at least once at or after 1 Mar 2026, 12:00:05 UTC",
        "2026년 3월 1일 12:00:05 UTC 이후에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=Between("2026-11-01", "2026-12-01")),
        "Viewed Product at least once from 1 Nov 2026 through 30 Nov 2026",
        "2026년 11월 1일부터 2026년 11월 30일까지 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=Between("2026-11-27", "2026-11-28")),
        "Viewed Product at least once on 27 Nov 2026",
        "2026년 11월 27일에 상품 조회 1회 이상",
    ),
    (
        Did("Viewed Product", within=Between("2026-11-27T08:00+09:00", "2026-11-27T20:00+09:00")),
        (
            "Viewed Product at least once from 27 Nov 2026, 08:00 UTC+09:00 until 27 Nov 2026, "
            "20:00 UTC+09:00"
        ),
        (
            "2026년 11월 27일 08:00 UTC+09:00부터 2026년 11월 27일 20:00 UTC+09:00 전까지 상품 "
            "조회 1회 이상"
        ),
    ),
    (
        Did("Viewed Product", Count(at_least=2), SinceRunStart()),
        "Viewed Product at least twice since this run began",
        "이번 실행이 시작된 뒤에 상품 조회 2회 이상",
    ),
    (
        Did(
            "Placed Order",
            where=(
                Property("plan", Operator.EQUALS, "gold"),
                Property("value", Operator.AT_LEAST, 5000),
            ),
        ),
        ("Placed Order at least once so far where “plan” is “gold” and “value” is at least 5,000"),
        "지금까지 주문 완료(“plan”이 “gold”, “value”가 5,000 이상) 1회 이상",
    ),
    (
        Did(
            "Placed Order",
            where=(
                AnyTest(
                    (
                        Property("note", Operator.CONTAINS, "gift"),
                        Property("coupon", Operator.IS_SET),
                    )
                ),
                NotTest(Property("size", Operator.IN, (1, "XL", True))),
            ),
        ),
        (
            "Placed Order at least once so far where (“note” contains “gift” or “coupon” is "
            "set) and not (“size” is one of 1, “XL” or true)"
        ),
        (
            "지금까지 주문 완료([“note”에 “gift” 포함 또는 “coupon” 값이 있음], [“size”가 1, "
            "“XL”, 참 중 하나] 아님) 1회 이상"
        ),
    ),
    (
        Did(
            "Placed Order",
            where=(
                Some(
                    "lines",
                    (
                        Property("brand", Operator.STARTS_WITH, "Acme"),
                        Property("price", Operator.LESS_THAN, 3000.5),
                    ),
                ),
            ),
        ),
        (
            "Placed Order at least once so far where at least one of “lines” matches (“brand” "
            "starts with “Acme” and “price” is less than 3,000.5)"
        ),
        (
            "지금까지 주문 완료(“lines” 중 하나 이상이 [“brand”가 “Acme”로 시작함, “price”가 "
            "3,000.5 미만]) 1회 이상"
        ),
    ),
    (
        Aggregate("Placed Order", "sum", "value", Number(at_least=10000), Last("30 days")),
        "total “value” of Placed Order in the last 30 days: at least 10,000",
        "최근 30일 동안 주문 완료의 “value” 합계 10,000 이상",
    ),
    (
        Aggregate("Placed Order", "average", "value", Number(more_than=0, less_than=0.5)),
        "average “value” of Placed Order so far: more than 0 and less than 0.5",
        "지금까지 주문 완료의 “value” 평균 0 초과 0.5 미만",
    ),
    (
        Aggregate(
            "Rated",
            "max",
            "stars",
            Number(exactly=5),
            Last("1 day"),
            (Property("verified", Operator.EQUALS, True),),
        ),
        "highest “stars” of “Rated” in the last day where “verified” is true: exactly 5",
        "최근 1일 동안 “Rated”(“verified”가 참)의 “stars” 최댓값 정확히 5",
    ),
    (
        Aggregate("Rated", "min", "stars", Number(at_most=-1.25), Calendar("week")),
        "lowest “stars” of “Rated” this calendar week: at most -1.25",
        "이번 주에 “Rated”의 “stars” 최솟값 -1.25 이하",
    ),
    (
        Sequence_(Match("Checkout Started"), Match("Placed Order"), "1 day", within=Last("7 days")),
        "Checkout Started in the last 7 days, then Placed Order within 1 day",
        "최근 7일 동안 결제 시작 후 1일 안에 주문 완료",
    ),
    (
        Sequence_(Match("Checkout Started"), Match("Placed Order"), "60 minutes", followed=False),
        "Checkout Started, then no Placed Order within 60 minutes",
        "지금까지 결제 시작 후 60분 안에 주문 완료 없음",
    ),
    (
        Sequence_(
            Match("Viewed Product", (Property("brand", Operator.EQUALS, "Acme"),)),
            Match("Added to Cart"),
            "4 hours",
        ),
        "Viewed Product where “brand” is “Acme”, then Added to Cart within 4 hours",
        "지금까지 상품 조회(“brand”가 “Acme”) 후 4시간 안에 장바구니 담기",
    ),
    (
        FirstTime("Placed Order", Last("30 days")),
        "first Placed Order was in the last 30 days",
        "첫 주문 완료가 최근 30일 이내",
    ),
    (
        FirstTime("Placed Order", Ever()),
        "Placed Order at least once so far",
        "지금까지 주문 완료 1회 이상",
    ),
    (
        LastTime("Placed Order", MoreThanAgo("90 days")),
        "latest Placed Order was 90 days ago or earlier",
        "마지막 주문 완료가 90일 이상 전",
    ),
    (
        LastTime("Signed Up", After("2026-01-01"), (Property("plan", Operator.NOT_SET),)),
        "latest “Signed Up” where “plan” is not set was on or after 1 Jan 2026",
        "마지막 “Signed Up”(“plan” 값이 없음)이 2026년 1월 1일 이후",
    ),
]


@pytest.mark.parametrize("condition, english, korean", LABELS)
def test_a_question_about_events_reads_like_something_a_marketer_would_say(
    condition: Condition, english: str, korean: str
) -> None:
    assert describe(condition, Language.ENGLISH) == english
    assert describe(condition, Language.KOREAN) == korean
