"""Verdicts: what is so, and until when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.condition import All, Any_, Condition, InList, Not
from cartback.domain.instant import DAY, FOREVER
from cartback.domain.profile import ListStanding, Profile
from cartback.domain.rules import Settings
from cartback.domain.segment import judge
from cartback.domain.verdict import NO, YES, Interval, Verdict, covered, within
from cartback.domain.window import Last, MoreThanAgo

intervals = st.tuples(st.integers(0, 20), st.integers(0, 20) | st.just(FOREVER))


def test_before_within_and_after_an_interval() -> None:
    assert within((5, 9), 4) == Verdict(inside=False, until=5)
    assert within((5, 9), 5) == Verdict(inside=True, until=9)
    assert within((5, 9), 8) == Verdict(inside=True, until=9)
    assert within((5, 9), 9) == NO
    assert within((9, 5), 4) == NO
    assert within((5, FOREVER), 5) == YES


def test_where_one_ends_and_another_begins_nothing_changes() -> None:
    assert covered([(0, 5), (5, 9)], 2) == Verdict(inside=True, until=9)
    assert covered([(5, 9), (0, 5)], 2, 0, 1) == YES


@given(st.lists(intervals, max_size=5), st.integers(0, 20), st.integers(0, 3), st.integers(0, 3))
def test_how_many_intervals_cover_now_changes_exactly_when_it_says(
    found: list[Interval], now: int, low: int, more: int
) -> None:
    def so(at: int) -> bool:
        return low <= sum(start <= at < end for start, end in found) <= low + more

    inside, until = covered(found, now, low, low + more)
    assert inside == so(now)
    assert until > now
    assert all(so(at) == inside for at in range(now, min(until, 30)))
    if until < FOREVER:
        assert so(until) != inside


def judged(condition: Condition) -> Verdict:
    """Of somebody who joined `a` a day before `b`, now at the second joining."""
    lists = {"a": ListStanding(True, 0), "b": ListStanding(True, DAY)}
    return judge(condition, Profile(1, lists=lists), DAY, Settings())


A, B = InList("a", Last("1 week")), InList("b", Last("1 week"))
NOT_YET = InList("b", MoreThanAgo("1 day"))
NEVER = InList("c")


def test_all_hold_until_the_first_one_ends() -> None:
    assert judged(All((A, B))) == Verdict(inside=True, until=7 * DAY)


def test_any_holds_until_the_last_one_ends() -> None:
    assert judged(Any_((A, B))) == Verdict(inside=True, until=8 * DAY)


def test_all_fail_until_the_last_that_fails_may_hold() -> None:
    assert judged(All((A, NOT_YET))) == Verdict(inside=False, until=2 * DAY)
    assert judged(All((NEVER, NOT_YET))) == NO


def test_any_fails_until_the_first_may_hold() -> None:
    assert judged(Any_((NEVER, NOT_YET))) == Verdict(inside=False, until=2 * DAY)


def test_not_holds_as_long_as_what_it_denies_does_not() -> None:
    assert judged(Not(A)) == Verdict(inside=False, until=7 * DAY)
    assert judged(Not(NOT_YET)) == Verdict(inside=True, until=2 * DAY)
    assert judged(Not(NEVER)) == YES
