"""What holds for all labels: names, long lists, texts of others, numbers."""

from __future__ import annotations

import pytest

from cartback.domain.condition import (
    Aggregate,
    Did,
    InList,
    InSegment,
    Trait,
)
from cartback.domain.event import Metric
from cartback.domain.number import Number
from cartback.domain.phrase import Language, Names, describe
from cartback.domain.phrase.korean_words import METRICS
from cartback.domain.property import AnyTest, NotTest, Operator, Property


@pytest.mark.parametrize(
    "operator, one, english, korean",
    [
        (Operator.IN, Operator.EQUALS, "is “a”", "“a”"),
        (Operator.NOT_IN, Operator.NOT_EQUALS, "is not “a”", "“a”가 아님"),
        (Operator.CONTAINS_ANY, Operator.CONTAINS, "contains “a”", "“a” 포함"),
        (Operator.CONTAINS_ALL, Operator.CONTAINS, "contains “a”", "“a” 포함"),
        (Operator.CONTAINS_NONE, Operator.NOT_CONTAINS, "does not contain “a”", "“a” 미포함"),
    ],
)
def test_a_list_of_one_value_reads_as_that_value(
    operator: Operator, one: Operator, english: str, korean: str
) -> None:
    of_list, of_one = Trait("x", operator, ("a",)), Trait("x", one, "a")
    assert describe(of_list, Language.ENGLISH) == describe(of_one, Language.ENGLISH)
    assert describe(of_list, Language.KOREAN) == describe(of_one, Language.KOREAN)
    assert describe(of_list, Language.ENGLISH).endswith(english)
    assert describe(of_list, Language.KOREAN).endswith(korean)


def test_every_standard_metric_has_a_korean_name_of_its_own() -> None:
    assert set(METRICS) == set(Metric)
    assert len(set(METRICS.values())) == len(Metric)


def test_the_shop_s_own_names_stand_for_its_keys() -> None:
    names = Names(
        metrics={"video_1": "데모 영상 시청"},
        segments={"s1": "Cart abandoners"},
        lists={"l1": "Newsletter"},
    )
    assert describe(Did("video_1"), Language.KOREAN, names) == "지금까지 “데모 영상 시청” 1회 이상"
    assert describe(InSegment("s1"), Language.ENGLISH, names) == "in the segment “Cart abandoners”"
    assert describe(InList("l1"), Language.ENGLISH, names) == "in the list “Newsletter”"


def test_a_long_list_of_tests_is_cut_and_says_so() -> None:
    tests = tuple(Property(f"p{place}", Operator.IS_SET) for place in range(9))
    assert describe(Did("Searched", where=tests), Language.ENGLISH) == (
        "Searched at least once so far where “p0” is set and “p1” is set and “p2” is set"
        " and 6 more tests pass"
    )
    assert describe(Did("Searched", where=tests), Language.KOREAN) == (
        "지금까지 검색(“p0” 값이 있음, “p1” 값이 있음, “p2” 값이 있음, 추가 조건 6개) 1회 이상"
    )


def test_tests_deep_inside_others_are_only_mentioned() -> None:
    deep: NotTest | AnyTest = NotTest(
        NotTest(NotTest(NotTest(NotTest(Property("p", Operator.IS_SET)))))
    )
    assert describe(Did("Searched", where=(deep,)), Language.ENGLISH) == (
        "Searched at least once so far where not (not (further tests pass))"
    )


def test_texts_of_others_stay_on_their_line_and_command_no_terminal() -> None:
    rude = "a\n\x1b[31mred\u202e  \ud800" + "z" * 100
    assert describe(Trait("x", Operator.EQUALS, rude), Language.ENGLISH) == (
        "trait “x” is “a [31mred " + "z" * 49 + "…”"
    )


@pytest.mark.parametrize(
    "value, text",
    [(0.1, "0.1"), (1e-9, "0"), (5.0, "5"), (-2.5, "-2.5"), (1234567, "1234567")],
)
def test_numbers_are_written_as_they_are_compared(value: float, text: str) -> None:
    assert describe(Trait("x", Operator.EQUALS, value), Language.ENGLISH) == f"trait “x” is {text}"


@pytest.mark.parametrize(
    "language, said",
    [
        (Language.ENGLISH, "at least once so far where the cart value is at least 50.00 USD"),
        (Language.KOREAN, "장바구니 이탈(장바구니 금액이 50.00 USD 이상) 1회 이상"),
    ],
)
def test_amounts_of_standard_events_are_told_as_money(language: Language, said: str) -> None:
    tests = (Property("value", Operator.AT_LEAST, 5_000),)
    names = Names(currency="USD")
    assert said in describe(Did("Cart Abandoned", where=tests), language, names)
    own = describe(Did("Rated", where=tests), language, names)
    assert "5,000" in own, "what a shop's own event calls a value is no amount"


def test_a_sum_of_amounts_is_told_as_money() -> None:
    names = Names(currency="KRW")
    asked = Aggregate("Placed Order", "sum", "value", Number(at_least=50_000))
    assert "at least 50,000 KRW" in describe(asked, Language.ENGLISH, names)
    assert "50,000원 이상" in describe(asked, Language.KOREAN, names)
