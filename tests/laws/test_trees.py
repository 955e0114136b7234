"""All, any and not: what a tree says follows from its questions, and so does until when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.instant import FOREVER
from cartback.domain.leaf import CartWithin
from cartback.domain.profile import Profile
from cartback.domain.segment import AllOf, AnyOf, Compiled, NotOf
from cartback.domain.verdict import Interval, Verdict, covered

NOBODY = Profile(1)
END = 13
ENDS = st.sampled_from([*range(END), FOREVER])
INTERVALS = st.lists(st.tuples(st.integers(-1, 11), ENDS), max_size=4)


def question(intervals: list[Interval]) -> Compiled:
    """A question that holds in these intervals."""
    return CartWithin(lambda _: intervals)


def joined(inner: st.SearchStrategy[Compiled]) -> st.SearchStrategy[Compiled]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(parts.map(AllOf), parts.map(AnyOf), inner.map(NotOf))


QUESTIONS = INTERVALS.map(question)
TREES = st.recursive(QUESTIONS, joined, max_leaves=5)


def said(tree: Compiled, now: int) -> Verdict:
    return tree.judge(NOBODY, now, None)


def true_of(tree: Compiled, now: int) -> bool:
    match tree:
        case AllOf(of):
            return all(true_of(one, now) for one in of)
        case AnyOf(of):
            return any(true_of(one, now) for one in of)
        case NotOf(of):
            return not true_of(of, now)
        case CartWithin(interval):
            return any(start <= now < end for start, end in interval(NOBODY))
        case _:
            raise AssertionError(tree)


@given(TREES)
def test_a_tree_is_true_as_its_words_say_and_stays_so_until_it_says(tree: Compiled) -> None:
    for now in range(END):
        inside, until = said(tree, now)
        assert inside == true_of(tree, now)
        assert now < until <= FOREVER
        assert {true_of(tree, later) for later in range(now, min(until, END + 1))} == {inside}


@given(st.lists(TREES, min_size=1, max_size=3).map(tuple), st.integers(0, END))
def test_nobody_is_looked_at_before_one_part_alone_could_change_the_answer(
    parts: tuple[Compiled, ...], now: int
) -> None:
    """Outside of all: not before the last of those that do not hold. Inside of any: likewise."""
    every, some = said(AllOf(parts), now), said(AnyOf(parts), now)
    outside = [until for inside, until in (said(one, now) for one in parts) if not inside]
    inside = [until for inside, until in (said(one, now) for one in parts) if inside]
    assert every.until == (max(outside) if outside else min(inside))
    assert some.until == (max(inside) if inside else min(outside))


@given(INTERVALS, st.integers(0, 4), st.none() | st.integers(0, 4), st.integers(0, END))
def test_how_many_hold_at_once_is_counted_and_the_very_next_change_of_the_answer_is_named(
    intervals: list[Interval], low: int, high: int | None, now: int
) -> None:
    def enough(at: int) -> bool:
        count = sum(start <= at < end for start, end in intervals)
        return low <= count and (high is None or count <= high)

    changes = [at for at in range(now, END + 1) if enough(at) != enough(now)]
    assert covered(intervals, now, low, high) == (enough(now), changes[0] if changes else FOREVER)
