"""Tests on values, as documents say them."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.condition import Trait
from cartback.domain.instant import Zone
from cartback.domain.memory import Question
from cartback.domain.predicate import predicate, value_test
from cartback.domain.property import (
    MOVING,
    NEGATIONS,
    AnyTest,
    NotTest,
    Operator,
    Property,
    Scalar,
    Some,
    check_value,
)

UTC = Zone()


def passes(operator: Operator, value: Any, found: Any) -> bool:  # noqa: ANN401  any JSON
    return value_test(operator, value, UTC)(found)


def test_a_text_a_number_and_a_boolean_are_never_equal() -> None:
    values = ["1", 1, True]
    for one in values:
        assert [passes(Operator.EQUALS, one, other) for other in values] == [
            one is other for other in values
        ]


def test_one_equals_one_point_zero() -> None:
    assert passes(Operator.EQUALS, 1, 1.0)
    assert passes(Operator.EQUALS, 1.0, 1)
    assert passes(Operator.IN, (2, 1.0), 1)


def test_a_test_for_one_is_not_the_test_for_true() -> None:
    """Python takes them for equal; a document does not."""
    number, boolean = Property("n", Operator.EQUALS, 1), Property("n", Operator.EQUALS, True)
    assert number != boolean
    assert len({number, boolean, Property("n", Operator.EQUALS, 1.0)}) == 3
    assert Trait("n", Operator.EQUALS, 1) != Trait("n", Operator.EQUALS, True)
    assert Property("n", Operator.IN, (1,)) != Property("n", Operator.IN, (True,))
    assert number == Property("n", Operator.EQUALS, 1)


def test_questions_are_equal_exactly_where_their_keys_are() -> None:
    values: list[Scalar] = [1, 1.0, True, "1", 0, 0.0, -0.0, False, ""]
    asked = [Question("A", (Property("n", Operator.EQUALS, value),)) for value in values]
    for one in asked:
        for other in asked:
            assert (one == other) == (one.key == other.key)


def test_a_negation_also_holds_where_the_value_is_missing() -> None:
    values: dict[Operator, Any] = {
        Operator.IS_SET: None,
        Operator.IN: (1,),
        Operator.CONTAINS_ANY: (1,),
        Operator.MATCHES: "a",
    }
    for negation, opposite in NEGATIONS.items():
        value = values.get(opposite, "a")
        assert passes(negation, value, None)
        assert not passes(opposite, value, None)


def test_a_number_too_large_to_compare_equals_nothing() -> None:
    """Else it would equal every object and every list."""
    for operator in (Operator.EQUALS, Operator.IN, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL):
        value: Any = 10**30
        with pytest.raises(ValueError, match="a number is between"):
            check_value(operator, value if operator is Operator.EQUALS else (value,))
        with pytest.raises(ValueError, match="a number is between"):
            check_value(operator, float("nan") if operator is Operator.EQUALS else (float("nan"),))
    assert not passes(Operator.EQUALS, 1, 10**30)
    assert not passes(Operator.IN, (1,), {"an": "object"})
    assert not passes(Operator.CONTAINS_ALL, (1,), [{"an": "object"}, [1]])


@pytest.mark.parametrize(
    "operator, value, said",
    [
        (Operator.EQUALS, None, "takes a text, a number, true or false"),
        (Operator.EQUALS, (1,), "takes a text, a number, true or false"),
        (Operator.IS_SET, 1, "takes no value"),
        (Operator.IN, "red", "takes a list"),
        (Operator.IN, (), "1 to 1,000 values"),
        (Operator.IN, ("x" * 1_001,), "at most 1,000 characters"),
        (Operator.AT_LEAST, "5", "takes a number"),
        (Operator.AT_LEAST, True, "takes a number"),
        (Operator.AT_LEAST, float("inf"), "takes a number"),
        (Operator.CONTAINS, "", "not empty"),
        (Operator.CONTAINS, 5, "takes a text"),
        (Operator.BEFORE, "soon", "is not a time"),
        (Operator.IN_LAST, "a while", "is not a duration"),
        (Operator.MATCHES, "(", "is not a regular expression"),
    ],
)
def test_a_value_that_does_not_fit_its_operator_is_refused(
    operator: Operator,
    value: Any,  # noqa: ANN401
    said: str,
) -> None:
    with pytest.raises(ValueError, match=said):
        check_value(operator, value)


@pytest.mark.parametrize("operator", sorted(MOVING))
def test_an_events_property_is_not_asked_relative_to_now(operator: Operator) -> None:
    value = None if operator is Operator.ANNIVERSARY_TODAY else "7 days"
    with pytest.raises(ValueError, match="is for traits"):
        Property("born", operator, value)


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a\x00", "a" * 101, "a." * 8 + "a"])
def test_a_path_is_names_joined_by_dots(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        Property(path, Operator.IS_SET)


def test_a_path_reaches_into_objects_and_nothing_else() -> None:
    test = predicate(Property("o.n", Operator.AT_LEAST, 2), UTC)
    assert test({"o": {"n": 2}})
    for properties in ({}, {"o": None}, {"o": 2}, {"o": [{"n": 2}]}, {"o.n": 2}):
        assert not test(properties)


def test_some_line_of_a_cart_passes_every_test_at_once() -> None:
    dear_mug = predicate(
        Some(
            "lines",
            (Property("product", Operator.EQUALS, "mug"), Property("price", Operator.MORE_THAN, 9)),
        ),
        UTC,
    )
    assert dear_mug({"lines": [{"product": "tee"}, {"product": "mug", "price": 10}]})
    assert not dear_mug(
        {"lines": [{"product": "mug", "price": 9}, {"product": "tee", "price": 10}]}
    )
    assert not dear_mug({"lines": {"product": "mug", "price": 10}})
    assert not dear_mug({"lines": ["mug", None, 10]})
    assert not dear_mug({})


def test_tests_are_joined_by_any_and_not() -> None:
    red = Property("color", Operator.EQUALS, "red")
    big = Property("size", Operator.EQUALS, "xl")
    either = predicate(AnyTest((red, big)), UTC)
    neither = predicate(NotTest(AnyTest((red, big))), UTC)
    for properties in ({"color": "red"}, {"size": "xl"}):
        assert either(properties)
        assert not neither(properties)
    assert neither({})


def test_dates_without_an_offset_are_of_the_shops_zone() -> None:
    seoul = Zone("Asia/Seoul")
    test = predicate(Property("at", Operator.AFTER, "2026-03-01"), seoul)
    assert test({"at": "2026-02-28T15:00:00Z"})
    assert not test({"at": "2026-02-28T14:59:59.999Z"})
    assert test({"at": "2026-03-01"})
    assert not test({"at": "no date"})
    assert not test({"at": "2026-03-02" + " " * 40})
    assert not test({"at": 1_800_000_000_000})
