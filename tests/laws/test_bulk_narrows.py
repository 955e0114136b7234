"""What the tape cannot answer is narrowed, and nobody who belongs inside is ruled out."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cartback.bulk.readable import narrowed, unreadable
from cartback.domain.advance import replay
from cartback.domain.condition import (
    All,
    Any_,
    Condition,
    Did,
    HasCart,
    Idle,
    InSegment,
    Not,
    Share,
)
from cartback.domain.event import Event
from cartback.domain.instant import Zone
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.segment import judge
from cartback.domain.window import Last, SinceRunStart
from tests.invent import METRICS, events, leaves, moments, zones
from tests.oracle import Person, holds

UNREADABLE: list[Condition] = [
    HasCart("open"),
    HasCart("active"),
    HasCart("abandoned"),
    HasCart(idle=Idle("1 day", "2 days")),
    InSegment("s", Last("1 day")),
    *(Did(metric, within=SinceRunStart()) for metric in METRICS),
]
PAIRS: list[Condition] = [
    join((one, certain))
    for join in (All, Any_)
    for one in UNREADABLE
    for certain in (Share(0), Share(100))
]
"""Beside nobody or everybody: what is not on the tape decides."""
SMALL = [*UNREADABLE, *PAIRS, *map(Not, UNREADABLE), *map(Not, PAIRS)]

unreadable_leaves = st.sampled_from(UNREADABLE)
trees: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(leaves(), unreadable_leaves, unreadable_leaves),
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Any_, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, Sequence[Event]]:
    now = draw(moments)
    count = draw(st.integers(0, 8))
    return now, [draw(events(now, number, future=False)) for number in range(count)]


@given(histories(), trees, zones, st.booleans(), st.booleans())
def test_whoever_belongs_inside_is_a_candidate(
    history: tuple[int, Sequence[Event]],
    tree: Condition,
    zone: Zone,
    in_segment: bool,
    running: bool,
) -> None:
    now, past = history
    state = replay(1, past, now, compile_rules(make_rules(None, Settings(), [])), 1)
    person = Person(
        past,
        segments={"s": now} if in_segment else {},
        carts=lambda asked: judge(asked, state, now, Settings()).inside,
        run_start=now if running else 0,
    )
    for one in [tree, *SMALL]:
        wider = narrowed(one)
        if wider is not None:
            assert unreadable(wider) == ()
            assert holds(wider, person, now, zone) or not holds(one, person, now, zone), one
