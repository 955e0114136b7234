"""A verdict is what the full history says, from a bounded memory, and it says until when."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import Advanced, advance, new_profile
from cartback.domain.condition import Condition, Did, FirstTime, InList, LastTime
from cartback.domain.event import Event
from cartback.domain.instant import DAY, FOREVER, Instant
from cartback.domain.memory import Question, Retention
from cartback.domain.profile import Profile
from cartback.domain.recall import recall
from cartback.domain.rules import AskedQuestion
from cartback.domain.ruleset import _live as live_question
from cartback.domain.ruleset import compile_rules
from cartback.domain.segment import compile_condition, compiled_leaves, judge
from tests.condition_strategies import (
    conditions,
    leaf_conditions,
    moving_traits,
    moving_windows,
    one_sided_counts,
    rules_of,
)
from tests.laws.brute import edges
from tests.oracle import Person, holds
from tests.strategies import (
    Scene,
    examples,
    histories,
    instants_after,
    personal_happenings,
    plain_happenings,
    scenes,
)

SOON = 200 * DAY


def live(scene: Scene, condition: Condition, history: list[Event], now: Instant) -> Advanced:
    """The profile that lived through the history under a rule that asks the condition."""
    rules = compile_rules(rules_of(scene, condition))
    return advance(new_profile(7, rules), history, now, rules)


@given(st.data())
def test_bounded_memory_answers_as_the_full_history_would(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene))
    history = data.draw(histories(scene, least=1))
    now = data.draw(instants_after(scene, [one.received for one in history]))
    person = Person(history, profile=7)
    profile = live(scene, condition, history, now).profile
    inside = holds(condition, person, now, scene.clock)
    assert (profile.member_since("s0") is not None) == inside
    assert judge(condition, profile, now, scene.settings).inside == inside


@given(st.data())
def test_the_same_memory_answers_as_well_at_any_later_instant(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene))
    history = data.draw(histories(scene, least=1))
    received = [one.received for one in history]
    profile = live(scene, condition, history, max(received)).profile
    person = Person(history, profile=7)
    for _ in range(3):
        later = data.draw(instants_after(scene, received))
        inside = holds(condition, person, later, scene.clock)
        assert judge(condition, profile, later, scene.settings).inside == inside


@given(st.data())
def test_a_verdict_holds_until_it_says(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene))
    history = data.draw(histories(scene, least=1))
    now = data.draw(instants_after(scene, [one.received for one in history]))
    profile = live(scene, condition, history, now).profile
    inside, until = judge(condition, profile, now, scene.settings)
    assert until > now
    end = min(until - 1, now + SOON)
    within = [at for at in edges(scene, [condition], history, now, end) if at < until]
    chosen = st.sampled_from(sorted(within)) if within else st.just(end)
    for later in [end, *(data.draw(chosen) for _ in range(3))]:
        assert judge(condition, profile, later, scene.settings).inside == inside
        assert holds(condition, Person(history, profile=7), later, scene.clock) == inside


@given(st.data())
def test_a_single_question_says_the_very_millisecond_at_which_it_changes(
    data: st.DataObject,
) -> None:
    """Compound conditions may say an earlier instant; then they are asked again. So may counts
    with two bounds: several events that leave together can jump over the numbers asked for.
    """
    scene = data.draw(scenes())
    when = moving_windows(scene)
    metric = st.just("A")
    condition, kinds = data.draw(
        st.one_of(
            st.tuples(
                st.builds(Did, metric, one_sided_counts(), when), st.just(plain_happenings(scene))
            ),
            st.tuples(st.builds(FirstTime, metric, when), st.just(plain_happenings(scene))),
            st.tuples(st.builds(LastTime, metric, when), st.just(plain_happenings(scene))),
            st.tuples(st.builds(InList, st.just("vip"), when), st.just(personal_happenings(scene))),
            st.tuples(moving_traits(scene), st.just(personal_happenings(scene))),
        )
    )
    history = data.draw(histories(scene, kinds, least=1))
    now = data.draw(instants_after(scene, [one.received for one in history]))
    profile = live(scene, condition, history, now).profile
    inside, until = judge(condition, profile, now, scene.settings)
    if until < FOREVER:
        assert judge(condition, profile, until, scene.settings).inside != inside
        assert holds(condition, Person(history, profile=7), until, scene.clock) != inside


@given(st.data())
def test_a_verdict_never_reaches_beyond_for_ever(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene, carts=True))
    history = data.draw(histories(scene, least=1))
    now = data.draw(instants_after(scene, [one.received for one in history]))
    profile = live(scene, condition, history, now).profile
    assert now < judge(condition, profile, now, scene.settings).until <= FOREVER


def remembering(scene: Scene, condition: Condition, history: Sequence[Event]) -> Profile:
    """The profile that remembers what the condition's questions ask for, and no more.

    A flow's conditions are part of no segment, so the memory is made here, question by question.
    """
    needed: dict[Question, Retention] = {}
    for leaf in compiled_leaves(compile_condition(condition, scene.settings)):
        for question, retention in leaf.asks:
            needed[question] = needed.get(question, Retention()) | retention
    live = compile_rules(rules_of(scene))
    profile = advance(new_profile(7, live), history, history[-1].received, live).profile
    questions = [
        live_question(AskedQuestion(question, retention, 1), scene.clock, {})
        for question, retention in needed.items()
    ]
    profile.memory = recall(history, questions, history[-1].received)
    return profile


@examples(2)
@given(st.data())
def test_a_run_asks_what_happened_since_it_began(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(leaf_conditions(scene, runs=True))
    kinds = plain_happenings(scene)
    if isinstance(condition, InList):
        kinds = personal_happenings(scene)
    history = data.draw(histories(scene, kinds, least=1))
    received = [one.received for one in history]
    profile = remembering(scene, condition, history)
    begun = data.draw(st.sampled_from([one.time for one in history])) + data.draw(
        st.sampled_from([0, 1, -1])
    )
    person = Person(history, profile=7, run_start=begun)
    now = data.draw(instants_after(scene, received))
    inside, until = judge(condition, profile, now, scene.settings, begun)
    assert inside == holds(condition, person, now, scene.clock)
    later = data.draw(instants_after(scene, [*received, now]))
    if later < until:
        assert judge(condition, profile, later, scene.settings, begun).inside == inside
        assert holds(condition, person, later, scene.clock) == inside
