"""Credit for recovered carts: whatever comes in whatever order, and whichever windows there are."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.attribution import (
    Basis,
    Recovered,
    Return,
    Touch,
    Windows,
    credit,
    returned,
    revenues,
)
from cartback.domain.instant import DAY, HOUR, Instant

instants = st.integers(0, 40).map(lambda hours: hours * 12 * HOUR)
touches = st.builds(Touch, instants, st.sampled_from("abc"), st.sampled_from(Basis))
histories = st.lists(touches, max_size=12)
windows = st.builds(Windows, instants, instants)
FIVE = Windows(5 * DAY, 5 * DAY)


def test_the_last_click_has_the_credit_and_else_the_last_open() -> None:
    opened, clicked = Touch(9 * DAY, "b", Basis.OPEN), Touch(6 * DAY, "a", Basis.CLICK)
    early = Touch(5 * DAY, "c", Basis.CLICK)
    assert credit(10 * DAY, [opened, clicked, early], FIVE) == ("a", "click", 6 * DAY)
    assert credit(10 * DAY, [opened], FIVE) == ("b", "open", 9 * DAY)
    assert credit(10 * DAY, [opened], Windows(5 * DAY, 0)) is None
    assert credit(10 * DAY, [], FIVE) is None


def test_a_window_ends_where_it_says() -> None:
    click = [Touch(0, "a", Basis.CLICK)]
    assert credit(0, click, FIVE) is not None
    assert credit(5 * DAY - 1, click, FIVE) is not None
    assert credit(5 * DAY, click, FIVE) is None
    assert credit(-1, click, FIVE) is None


@given(instants, histories, windows, st.randoms(use_true_random=False))
def test_the_order_of_arrival_says_nothing(
    at: Instant, history: list[Touch], limits: Windows, random: Random
) -> None:
    shuffled = random.sample(history, len(history))
    assert credit(at, shuffled + shuffled, limits) == credit(at, history, limits)


@given(instants, histories, histories, windows)
def test_what_lies_outside_of_the_windows_changes_nothing(
    at: Instant, history: list[Touch], others: list[Touch], limits: Windows
) -> None:
    outside = [one for one in others if one.at > at or one.at <= at - limits.longest]
    assert credit(at, history + outside, limits) == credit(at, history, limits)


@given(instants, histories, windows)
def test_an_open_has_the_credit_only_where_no_click_has(
    at: Instant, history: list[Touch], limits: Windows
) -> None:
    found = credit(at, history, limits)
    clicks = [one for one in history if one.basis is Basis.CLICK]
    by_click = credit(at, clicks, limits)
    assert found == by_click or (by_click is None and found is not None and found.basis == "open")


@given(instants, histories, windows, instants, instants)
def test_longer_windows_take_no_credit_away(
    at: Instant, history: list[Touch], limits: Windows, more: int, longer: int
) -> None:
    wider = Windows(limits.click + more, limits.open + longer)
    before, after = credit(at, history, limits), credit(at, history, wider)
    if before is not None:
        assert after is not None
        assert before == after or before.basis is Basis.OPEN


@given(instants, histories, windows)
def test_the_credit_is_of_a_touch_within_its_window(
    at: Instant, history: list[Touch], limits: Windows
) -> None:
    found = credit(at, history, limits)
    if found is not None:
        assert Touch(found.at, found.message, found.basis) in history
        window = limits.click if found.basis is Basis.CLICK else limits.open
        assert at - window < found.at <= at


values = st.integers(-100, 1_000)
returns = st.builds(Return, st.none() | values)


@given(values, st.lists(returns, max_size=4), st.lists(returns, max_size=3))
def test_no_more_is_given_back_than_there_was(
    value: int, some: list[Return], more: list[Return]
) -> None:
    assert 0 <= returned(value, some) <= returned(value, some + more) <= max(value, 0)
    assert returned(value, [*some, Return(None)]) == max(value, 0)
    assert returned(value, some + more) == returned(value, more + some)


orders = st.dictionaries(st.sampled_from("xyz"), st.tuples(values, st.lists(returns, max_size=2)))


@given(orders, st.lists(st.sampled_from("xyz"), max_size=8))
def test_each_order_counts_once(known: dict[str, tuple[int, list[Return]]], of: list[str]) -> None:
    rows = [
        Recovered(number, order, 0, known[order][0], returned(*known[order]))
        for number, order in enumerate(of)
        if order in known
    ]
    left = {one.order: max(one.value, 0) - one.returned for one in rows}
    found = revenues(rows)
    assert sum(found.values()) == sum(left.values())
    assert all(one >= 0 for one in found.values())
    assert found == revenues(reversed(rows))
