"""Numbers add up exactly, and bounds say what they mean."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.condition import Aggregate, Did
from cartback.domain.memory import (
    MOST_MOMENTS,
    NOTHING,
    Question,
    Retention,
    Totals,
    record,
    totals_of,
)
from cartback.domain.number import LARGEST_NUMBER, MOST_TIMES, Count, Number, micro
from cartback.domain.profile import Profile, decode_profile, encode_profile
from cartback.domain.rules import Settings
from cartback.domain.segment import judge


def remembering(condition: Aggregate, numbers: list[float]) -> Profile:
    question = Question(condition.metric, path=condition.path)
    memory = NOTHING
    for number in numbers:
        memory = record(memory, Retention(totals=True), 5, micro(number), 5)
    return Profile(1, memory={question.key: memory})


@pytest.mark.parametrize(
    "function, numbers, wanted",
    [
        ("sum", [0.1, 0.2], 0.3),
        ("sum", [0.1] * 10, 1),
        ("average", [0.1, 0.2, 0.3], 0.2),
        ("average", [1, 2], 1.5),
        ("sum", [9e12, 9e12, -9e12, -9e12, 0.000001], 0.000001),
        ("min", [3, 2.5], 2.5),
        ("max", [3, 2.5], 3),
    ],
)
def test_numbers_add_up_exactly(function: str, numbers: list[float], wanted: float) -> None:
    condition = Aggregate("A", function, "n", Number(exactly=wanted))  # type: ignore[arg-type]
    assert judge(condition, remembering(condition, numbers), 10, Settings()).inside
    assert judge(condition, remembering(condition, numbers[::-1]), 10, Settings()).inside


def test_an_average_between_two_millionths_is_neither() -> None:
    third = Aggregate("A", "average", "n", Number(exactly=0.333333))
    assert not judge(third, remembering(third, [1, 0, 0]), 10, Settings()).inside


def test_the_sum_of_none_is_zero_and_the_average_of_none_is_nothing() -> None:
    for function, inside in (("sum", True), ("average", False), ("min", False), ("max", False)):
        condition = Aggregate("A", function, "n", Number(at_most=0))  # type: ignore[arg-type]
        assert judge(condition, Profile(1), 10, Settings()).inside == inside


def test_the_largest_numbers_add_up_beyond_64_bits_and_are_stored() -> None:
    """Three amounts of this size, from one sender, once made a profile that no store could keep."""
    condition = Aggregate("A", "sum", "n", Number(at_least=LARGEST_NUMBER))
    for sign in (1, -1):
        profile = remembering(condition, [sign * LARGEST_NUMBER] * 1_000)
        assert decode_profile(encode_profile(profile)) == profile
        assert judge(condition, profile, 10, Settings()).inside == (sign > 0)


@given(st.lists(st.integers(-LARGEST_NUMBER * 10**6, LARGEST_NUMBER * 10**6), min_size=1))
def test_totals_are_the_same_in_any_grouping(numbers: list[int]) -> None:
    whole = totals_of(len(numbers), sum(numbers), min(numbers), max(numbers))
    found: Totals | None = None
    for number in numbers:
        one = totals_of(1, number, number, number)
        found = one if found is None else one | found
    assert found == whole
    assert whole.sum == sum(numbers)


@given(st.integers(-LARGEST_NUMBER, LARGEST_NUMBER))
def test_a_whole_number_is_the_same_with_and_without_a_point(number: int) -> None:
    assert micro(float(number)) == micro(number) == number * 1_000_000


@given(st.floats())
def test_a_float_is_the_nearest_millionth_or_no_number(value: float) -> None:
    found = micro(value)
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        assert found is None
    else:
        assert found is not None
        assert abs(found - value * 1e6) <= 1 + abs(value) * 1e-9


@pytest.mark.parametrize(
    "value", [True, False, None, "1", [1], {}, float("nan"), float("inf"), 1e13, 10**30]
)
def test_what_is_no_number(value: object) -> None:
    assert micro(value) is None


@pytest.mark.parametrize(
    "count, bounds",
    [
        (Count(at_least=1), (1, None)),
        (Count(exactly=0), (0, 0)),
        (Count(more_than=2), (3, None)),
        (Count(fewer_than=3), (0, 2)),
        (Count(at_least=2, at_most=5), (2, 5)),
        (Count(at_least=2, fewer_than=6, at_most=9), (2, 5)),
    ],
)
def test_how_often(count: Count, bounds: tuple[int, int | None]) -> None:
    assert count.bounds() == bounds


def test_a_thousand_is_the_most_that_can_be_asked_and_is_answered_exactly() -> None:
    """What is kept has to be one more than what is asked, to know that it was more often."""
    with pytest.raises(ValueError, match="at most 1,000"):
        Count(at_most=MOST_TIMES + 1)
    at_most = Did("A", Count(at_most=MOST_TIMES))
    question = Question("A")
    memory = NOTHING
    for time in range(1, MOST_TIMES + 10):
        memory = record(memory, Retention(latest=MOST_TIMES + 1), time, None, time)
        inside = judge(at_most, Profile(1, memory={question.key: memory}), time, Settings()).inside
        assert inside == (time <= MOST_TIMES)
    assert len(memory.times) == MOST_MOMENTS


@pytest.mark.parametrize(
    "bounds, said",
    [
        ({}, "say which numbers"),
        ({"exactly": 1, "at_least": 1}, "stands alone"),
        ({"at_least": 2, "at_most": 1}, "no number is within"),
        ({"more_than": 1, "less_than": 1}, "no number is within"),
        ({"at_least": float("nan")}, "a number is between"),
        ({"at_most": 1e13}, "a number is between"),
    ],
)
def test_bounds_that_say_nothing_are_refused(bounds: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Number(**bounds)
