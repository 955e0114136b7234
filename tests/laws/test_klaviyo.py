"""Klaviyo's form and ours: what goes over and comes back means the same, at every moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import assume, event, given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Condition, condition_document, parse_condition
from cartback.domain.event import Event
from cartback.domain.klaviyo import BadKlaviyo, Terms, from_klaviyo, to_klaviyo
from cartback.domain.letters import is_shown
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset, compile_rules
from tests.condition_strategies import conditions, leaf_conditions, rules_of
from tests.laws.test_documents import spoil
from tests.strategies import (
    Scene,
    happenings,
    histories,
    instants_after,
    scenes,
)


def in_klaviyo(condition: Condition, terms: Terms) -> dict[str, Any] | None:
    """The condition in Klaviyo's form; None where it cannot be said, with a path that helps."""
    try:
        return to_klaviyo("it", condition, terms)
    except BadKlaviyo as refused:
        sentence = str(refused)
    assert " - at `when" in sentence
    return None


def with_amounts(document: Any) -> Any:  # noqa: ANN401  any JSON
    """The same, asking of `value` where it asks of `n`: the one property that Klaviyo sums."""
    if isinstance(document, list):
        return [with_amounts(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        name: "value" if name == "path" and one == "n" else with_amounts(one)
        for name, one in document.items()
    }


def told_with_amounts(one: Event) -> Event:
    said = {"value" if name == "n" else name: value for name, value in one.properties.items()}
    return msgspec.structs.replace(one, properties=said)


def mean_the_same(
    data: st.DataObject, scene: Scene, one: Condition, other: Condition, base: Condition
) -> None:
    """Whoever is inside the one is inside the other, live and when time passes."""
    rules = compile_rules(rules_of(scene, base, one, other))
    for person in (7, 8, 9):
        history = data.draw(histories(scene, happenings(scene)))
        live_through(data, scene, new_profile(person, rules), history, rules)


def live_through(
    data: st.DataObject, scene: Scene, profile: Profile, history: Sequence[Event], rules: Ruleset
) -> None:
    told = [told_with_amounts(happened) for happened in history]
    for happened in told:
        profile = advance(profile, [happened], happened.received, rules).profile
        assert profile.member_since("s1") == profile.member_since("s2")
    for _ in range(3):
        now = data.draw(instants_after(scene, [happened.received for happened in told]))
        later = advance(profile, (), now, rules).profile
        assert later.member_since("s1") == later.member_since("s2")


def there_and_back(data: st.DataObject, scene: Scene, condition: Condition) -> None:
    terms = Terms(scene.clock, decimals=data.draw(st.sampled_from([0, 2, 3])))
    written = in_klaviyo(condition, terms)
    event("carried over" if written else "refused")
    assume(written is not None)
    back = from_klaviyo(written, terms)
    base = data.draw(leaf_conditions(scene))
    mean_the_same(data, scene, condition, back, base)


@given(st.data())
def test_a_question_that_goes_over_means_the_same_when_it_comes_back(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(leaf_conditions(scene, segments=("s0",)))
    there_and_back(data, scene, parse_condition(with_amounts(condition_document(condition))))


@given(st.data())
def test_a_tree_that_goes_over_means_the_same_when_it_comes_back(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    leaf = leaf_conditions(scene, segments=("s0",)).filter(
        lambda one: in_klaviyo(one, Terms(scene.clock)) is not None
    )
    tree = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda of: {"kind": "all", "of": of}),
            st.lists(inner, min_size=1, max_size=3).map(lambda of: {"kind": "any", "of": of}),
            inner.map(lambda of: {"kind": "not", "of": of}),
        ),
        max_leaves=4,
    )
    there_and_back(data, scene, parse_condition(with_amounts(as_document(data.draw(tree)))))


def as_document(tree: Any) -> Any:  # noqa: ANN401  a condition, or JSON around some
    if isinstance(tree, dict):
        of = tree["of"]
        below = [as_document(one) for one in of] if isinstance(of, list) else as_document(of)
        return {**tree, "of": below}
    return condition_document(tree)


@given(st.data())
def test_whatever_is_wrong_with_a_definition_is_said_in_words(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    written = in_klaviyo(data.draw(conditions(scene)), Terms(scene.clock))
    assume(written is not None)
    assert written is not None
    spoil(data, written)
    found, sentence = None, ""
    try:
        found = from_klaviyo(written, Terms(scene.clock))
    except BadKlaviyo as refused:
        sentence = str(refused)
    if found is None:
        assert " - at `$" in sentence
        assert all(map(is_shown, sentence))
    else:
        assert parse_condition(condition_document(found)) == found
