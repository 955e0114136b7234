"""Late and out-of-order events end in the state that the right order gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.ruleset import compile_rules
from tests.condition_strategies import conditions, rules_of
from tests.laws.compared import in_this_order, inside_of, known_of
from tests.oracle import Person, holds
from tests.strategies import (
    cart_happenings,
    examples,
    happenings,
    histories,
    instants_after,
    scenes,
)


@examples(2)
@given(st.data())
def test_any_order_of_arrival_ends_in_the_same_state(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked = data.draw(st.lists(conditions(scene, carts=True, leaves=3), min_size=1, max_size=3))
    live = compile_rules(rules_of(scene, *asked))
    kinds = happenings(scene) | cart_happenings(("c1",))
    history = data.draw(histories(scene, kinds, late=False, least=2))
    right = in_this_order(sorted(history, key=lambda event: event.time))
    wrong = in_this_order(data.draw(st.permutations(history)))
    end = data.draw(instants_after(scene, [event.time for event in history]))
    one = advance(new_profile(7, live), right, end, live).profile
    other = advance(new_profile(7, live), wrong, end, live).profile
    assert known_of(other, live, end) == known_of(one, live, end)


@given(st.data())
def test_late_events_end_in_what_the_whole_history_says(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked = data.draw(st.lists(conditions(scene, leaves=3), min_size=1, max_size=3))
    rules = rules_of(scene, *asked)
    live = compile_rules(rules)
    history = in_this_order(
        data.draw(st.permutations(data.draw(histories(scene, late=False, least=1))))
    )
    end = data.draw(instants_after(scene, [event.received for event in history]))
    profile = advance(new_profile(7, live), history, end, live).profile
    person = Person(history, profile=7)
    expected = {one.key for one in rules.segments if holds(one.when, person, end, scene.clock)}
    assert inside_of(profile, live) == expected
