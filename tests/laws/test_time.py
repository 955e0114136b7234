"""Time alone moves people, on the very millisecond; and no batch, tick or jump changes anything."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import Advanced, advance, new_profile
from cartback.domain.effect import Effect
from cartback.domain.event import Event
from cartback.domain.instant import DAY, FOREVER, Instant
from cartback.domain.profile import encode_profile
from cartback.domain.rules import Rules
from cartback.domain.ruleset import Ruleset, compile_rules
from tests.condition_strategies import rules
from tests.laws.brute import brute_moves, derived, edges, moves
from tests.oracle import Person
from tests.strategies import (
    cart_happenings,
    happenings,
    histories,
    instants_after,
    scenes,
)


def step_by_step(history: Sequence[Event], end: Instant, live: Ruleset) -> Advanced:
    """One event at a time, and between them one look at each `wake_at`, as the worker does."""
    profile = new_profile(7, live)
    effects: list[Effect] = []

    def go(events: Sequence[Event], now: Instant) -> None:
        nonlocal profile
        profile, new = advance(profile, events, now, live)
        effects.extend(new)

    for event in history:
        while profile.wake_at < event.received:
            go([], profile.wake_at)
        go([event], event.received)
    while profile.wake_at <= end:
        go([], profile.wake_at)
    return Advanced(profile, tuple(effects))


def some_end(data: st.DataObject, history: Sequence[Event]) -> Instant:
    last = max(event.received for event in history)
    return last + data.draw(st.sampled_from([0, 1, DAY, 10 * DAY, 70 * DAY]))


@given(st.data())
def test_a_person_enters_and_leaves_at_the_very_millisecond(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked = data.draw(rules(scene))
    history = data.draw(histories(scene, least=1, most=6))
    end = some_end(data, history)
    found = moves(step_by_step(history, end, compile_rules(asked)).effects)
    assert found == brute_moves(scene, asked, history, end, Person(profile=7))


@given(st.data())
def test_however_the_log_is_cut_the_state_and_the_effects_are_the_same(
    data: st.DataObject,
) -> None:
    """Ticks fall strictly before the next arrival: a tick at its very instant came first."""
    scene = data.draw(scenes())
    live = compile_rules(data.draw(rules(scene, carts=True)))
    history = data.draw(histories(scene, happenings(scene, carts=True), least=1))
    end = data.draw(instants_after(scene, [event.received for event in history]))
    whole = advance(new_profile(7, live), history, end, live)

    profile = new_profile(7, live)
    effects: list[Effect] = []
    waiting = list(history)
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        begins = batch[0].received
        if begins - 1 > profile.clock > -FOREVER and data.draw(st.booleans()):
            tick = data.draw(st.integers(profile.clock, begins - 1))
            profile, new = advance(profile, [], tick, live)
            effects.extend(new)
        profile, new = advance(profile, batch, batch[-1].received, live)
        effects.extend(new)
    profile, new = advance(profile, [], end, live)
    effects.extend(new)

    assert tuple(effects) == whole.effects
    assert encode_profile(profile) == encode_profile(whole.profile)


@given(st.data())
def test_a_jump_into_the_future_is_many_small_steps(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked: Rules = data.draw(rules(scene, carts=True))
    live = compile_rules(asked)
    history = data.draw(histories(scene, happenings(scene, carts=True), least=1, most=6))
    end = some_end(data, history)
    jump = advance(new_profile(7, live), history, end, live)
    steps = step_by_step(history, end, live)
    assert steps.effects == jump.effects
    assert encode_profile(steps.profile) == encode_profile(jump.profile)

    profile, effects = advance(new_profile(7, live), history, history[-1].received, live)
    conditions = [segment.when for segment in asked.segments]
    for tick in sorted(edges(scene, conditions, history, history[-1].received, end)):
        profile, new = advance(profile, [], tick, live)
        effects += new
    profile, new = advance(profile, [], end, live)
    assert effects + new == jump.effects
    assert encode_profile(profile) == encode_profile(jump.profile)


@given(st.data())
def test_a_wake_is_never_for_nothing_more_than_a_second_look(data: st.DataObject) -> None:
    """`wake_at` moves on with every look, so that no profile keeps a worker busy for ever."""
    scene = data.draw(scenes())
    live = compile_rules(data.draw(rules(scene, carts=True)))
    history = data.draw(histories(scene, cart_happenings(), least=1, most=6))
    profile = advance(new_profile(7, live), history, history[-1].received, live).profile
    last = profile.clock
    for _ in range(50):
        if profile.wake_at >= FOREVER:
            break
        assert profile.wake_at > last
        last = profile.wake_at
        profile, effects = advance(profile, [], last, live)
        assert all(event.received == last for event in derived(effects))
