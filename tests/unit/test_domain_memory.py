"""What is kept is enough: in a shared memory, on a long day, over all time, after new rules."""

from __future__ import annotations

from typing import Literal

import pytest

from cartback.domain.advance import adopt, advance, new_profile
from cartback.domain.condition import Aggregate, Condition, Did, LastTime
from cartback.domain.event import Event
from cartback.domain.instant import DAY, HOUR, Instant, parse_instant
from cartback.domain.number import LARGEST_NUMBER, Count, Number
from cartback.domain.property import Operator, Property
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import EVER, Calendar, Ever, Last
from tests.strategies import happened

NOON = parse_instant("2026-03-01T12:00:00Z")
BERLIN = Settings(zone="Europe/Berlin")


def spent(time: Instant, amount: float = 1) -> Event:
    return happened("A", time, f"{time}-{amount}", n=amount)


def inside(events: list[Event], now: Instant, *asked: Condition, shop: Settings) -> list[bool]:
    """Whether each of them holds at the end, for somebody of whom no more is kept than is asked."""
    named = [(f"s{place}", "", one) for place, one in enumerate(asked)]
    rules = compile_rules(make_rules(None, shop, named))
    profile = advance(new_profile(1, rules), events, now, rules).profile
    return [profile.member_since(key) is not None for key, *_ in named]


def test_the_latest_time_is_the_last_of_the_several_that_another_question_keeps() -> None:
    lately = LastTime("A", Last("1 hour"))
    thrice = Did("A", Count(at_least=3), Last("30 days"))
    events = [spent(NOON - 2 * DAY), spent(NOON - DAY), spent(NOON)]
    assert inside(events, NOON, lately, thrice, shop=Settings()) == [True, True]
    assert inside(events, NOON + HOUR, lately, thrice, shop=Settings()) == [False, True]


@pytest.mark.parametrize("window", [Last("1 week"), EVER])
def test_an_average_is_compared_with_both_its_bounds(window: Last | Ever) -> None:
    """2 and 4: three on average."""
    events = [spent(NOON - HOUR, 2), spent(NOON, 4)]
    asked = [
        Aggregate("A", "average", "n", number, window)
        for number in (
            Number(at_most=3),
            Number(less_than=3),
            Number(at_least=3),
            Number(more_than=3),
        )
    ]
    assert inside(events, NOON, *asked, shop=Settings()) == [True, False, True, False]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sum_over_all_time_is_exact_beyond_what_64_bits_hold(sign: int) -> None:
    events = [spent(NOON + place, sign * LARGEST_NUMBER) for place in range(3)]
    events.append(spent(NOON + 3, sign * -LARGEST_NUMBER))
    large = Number(more_than=LARGEST_NUMBER) if sign > 0 else Number(less_than=-LARGEST_NUMBER)
    assert inside(events, NOON + 3, Aggregate("A", "sum", "n", large), shop=Settings()) == [True]


@pytest.mark.parametrize(
    "unit, first",
    [("day", "2026-10-25"), ("week", "2026-10-19"), ("month", "2026-10-01")],
)
def test_a_day_of_25_hours_is_remembered_to_its_end(
    unit: Literal["day", "week", "month"], first: str
) -> None:
    """Berlin, 25 October 2026: from 03:00 back to 02:00. The week and the month are longer too."""
    start = parse_instant(f"{first}T00:00:00+02:00")
    last = parse_instant("2026-10-31" if unit == "month" else "2026-10-25") + 23 * HOUR - 1
    twice = Aggregate("A", "sum", "n", Number(exactly=2), Calendar(unit))
    assert inside([spent(start), spent(last)], last, twice, shop=BERLIN) == [True]
    assert inside([spent(start - 1), spent(last)], last, twice, shop=BERLIN) == [False]


def test_in_another_zone_nothing_is_remembered_that_was_only_true_in_the_old_one() -> None:
    """Eight in the evening at Greenwich: still February there, and March in Seoul."""
    winter = Did("A", where=(Property("at", Operator.BEFORE, "2026-03-01"),))
    before = make_rules(None, Settings(), [("winter", "", winter)])
    after = make_rules(before, Settings(zone="Asia/Seoul"), [("winter", "", winter)])
    old, new = compile_rules(before), compile_rules(after)
    history = [happened("A", NOON, at="2026-02-28T20:00:00Z")]
    profile = advance(new_profile(1, old), history, NOON, old).profile
    assert profile.member_since("winter") == NOON
    adopted = adopt(profile, history, NOON, new).profile
    assert adopted.member_since("winter") is None
    assert adopted.memory == {}


def test_what_nobody_asks_any_more_is_forgotten() -> None:
    before = make_rules(None, Settings(), [("a", "", Did("A")), ("b", "", Did("B"))])
    after = make_rules(before, Settings(), [("b", "", Did("B"))])
    old, new = compile_rules(before), compile_rules(after)
    profile = advance(new_profile(1, old), [spent(NOON)], NOON, old).profile
    assert len(profile.memory) == 1
    assert adopt(profile, [], NOON, new).profile.memory == {}
