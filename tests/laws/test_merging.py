"""Two profiles that become one are as if they had been one; undoing it gives both back."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from cartback.domain.advance import advance, merge, new_profile, replay
from cartback.domain.condition import Did
from cartback.domain.effect import Derived, Moved
from cartback.domain.event import Event, Metric, ProfileId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset, compile_rules
from tests.condition_strategies import (
    conditions,
    counts,
    rules_of,
    windows,
)
from tests.laws.compared import inside_of, known_of
from tests.strategies import (
    cart_happenings,
    examples,
    happenings,
    histories,
    instants_after,
    scenes,
)


def lived(
    profile: ProfileId, history: list[Event], now: Instant, live: Ruleset
) -> tuple[Profile, list[Event]]:
    """The profile after its history, and the log that it left: what arrived and what followed."""
    state, log = new_profile(profile, live), []
    for event in [*history, None]:
        due = now if event is None else event.received - 1
        state, effects = advance(state, [], max(due, state.clock), live)
        log += [effect.event for effect in effects if isinstance(effect, Derived)]
        if event is not None:
            state, effects = advance(state, [event], event.received, live)
            log += [event, *(effect.event for effect in effects if isinstance(effect, Derived))]
    return state, log


@examples(2)
@given(st.data())
def test_merging_equals_having_had_the_union_of_events_in_one(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked = data.draw(st.lists(conditions(scene, carts=True, leaves=3), min_size=1, max_size=3))
    live = compile_rules(rules_of(scene, *asked))
    kinds = happenings(scene) | cart_happenings(("c1",))
    history = data.draw(histories(scene, kinds, least=2))
    mine = data.draw(st.lists(st.booleans(), min_size=len(history), max_size=len(history)))
    now = data.draw(instants_after(scene, [event.received for event in history]))
    # Later, one of the two may have forgotten its share of a cart that the other still has.
    assume(now < min(event.time for event in history) + live.limits.expiry)
    parts = [[e for e, own in zip(history, mine, strict=True) if own == side] for side in (1, 0)]
    winner, loser = (
        advance(new_profile(key, live), part, now - 1, live).profile
        for key, part in zip((7, 8), parts, strict=True)
    )
    merged, effects = merge(winner, loser, now, live, 1)
    whole = advance(new_profile(7, live), history, now, live).profile
    assert known_of(merged, live, now) == known_of(whole, live, now)

    joined = {effect.segment for effect in effects if isinstance(effect, Moved) and effect.joined}
    left = {effect.segment for effect in effects if isinstance(effect, Moved) and not effect.joined}
    assert (inside_of(winner, live) | joined) - left == inside_of(merged, live)
    assert not joined & inside_of(winner, live)
    assert left <= inside_of(winner, live)
    for key in inside_of(merged, live):
        before = winner.member_since(key)
        assert merged.member_since(key) == (now if before is None else before)

    later = data.draw(instants_after(scene, [*(event.received for event in history), now]))
    merged = advance(merged, [], later, live).profile
    whole = advance(whole, [], later, live).profile
    assert known_of(merged, live, later) == known_of(whole, live, later)


@examples(2)
@given(st.data())
def test_undoing_a_merge_gives_both_back(data: st.DataObject) -> None:
    """The log of each is kept, and replaying it is having lived it: what followed is in it once."""
    scene = data.draw(scenes())
    left = st.builds(Did, st.just(Metric.CART_ABANDONED.value), counts(), windows(scene))
    asked = [data.draw(left), data.draw(conditions(scene, carts=True, leaves=3))]
    live = compile_rules(rules_of(scene, *asked))
    kinds = happenings(scene) | cart_happenings()
    for profile in (7, 8):
        history = data.draw(histories(scene, kinds))
        now = data.draw(instants_after(scene, [event.received for event in history]))
        state, log = lived(profile, history, now, live)
        assert replay(profile, log, now, live, 1) == state


@given(st.data())
def test_it_does_not_matter_who_is_merged_into_whom(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked = data.draw(st.lists(conditions(scene, carts=True, leaves=3), min_size=1, max_size=2))
    live = compile_rules(rules_of(scene, *asked))
    kinds = happenings(scene) | cart_happenings(("c1",))
    parts = [data.draw(histories(scene, kinds, most=4)) for _ in range(3)]
    now = data.draw(instants_after(scene, [event.received for part in parts for event in part]))
    one, two, three = (advance(new_profile(7, live), part, now - 1, live).profile for part in parts)
    left = merge(merge(one, two, now, live, 1).profile, three, now, live, 1).profile
    right = merge(one, merge(two, three, now, live, 1).profile, now, live, 1).profile
    other = merge(merge(three, two, now, live, 1).profile, one, now, live, 1).profile
    assert known_of(left, live, now) == known_of(right, live, now) == known_of(other, live, now)
