"""Documents: what is written is read back the same, and nothing that is read ever breaks."""

from __future__ import annotations

import json
import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    BadCondition,
    Condition,
    condition_document,
    parse_condition,
)
from cartback.domain.profile import decode_profile, encode_profile
from cartback.domain.rules import decode_rules, encode_rules
from cartback.domain.ruleset import compile_rules
from tests.condition_strategies import conditions, rules, rules_of
from tests.strategies import happenings, histories, scenes


@given(st.data())
def test_a_document_is_read_back_as_the_same_condition(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene, carts=True, segments=("s0",)))
    document = condition_document(condition)
    assert parse_condition(document) == condition
    assert parse_condition(json.loads(json.dumps(document))) == condition
    assert condition_document(parse_condition(document)) == document
    assert pickle.loads(pickle.dumps(condition)) == condition  # noqa: S301  our own


@given(st.data())
def test_rules_and_profiles_are_read_back_as_they_were(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    asked = data.draw(rules(scene, carts=True))
    assert decode_rules(encode_rules(asked)) == asked
    assert pickle.loads(pickle.dumps(asked)) == asked  # noqa: S301  our own
    live = compile_rules(asked)
    assert (
        compile_rules(decode_rules(encode_rules(asked))).questions.keys() == live.questions.keys()
    )
    history = data.draw(histories(scene, happenings(scene, carts=True)))
    profile = advance(new_profile(7, live), history, scene.start, live).profile
    assert decode_profile(encode_profile(profile)) == profile
    assert pickle.loads(pickle.dumps(profile)) == profile  # noqa: S301  our own


HALF = "half of a character: \ud83d"


def jsons() -> st.SearchStrategy[Any]:
    """Anything at all, and words that conditions are made of."""
    words = [
        "kind",
        "of",
        "did",
        "metric",
        "where",
        "is",
        "value",
        "times",
        "within",
        "path",
        "last",
        HALF,
    ]
    texts = st.sampled_from(words) | st.text(st.characters(), max_size=5)
    numbers = st.integers() | st.floats() | st.sampled_from([10**30, -(10**400)])
    return st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=8,
    )


def read(document: object) -> tuple[Condition | None, str]:
    """The condition, or why it is none."""
    try:
        return parse_condition(document), ""
    except BadCondition as refused:
        return None, str(refused)


@given(jsons())
def test_any_json_is_a_condition_or_is_refused_in_words(document: object) -> None:
    condition, refusal = read(document)
    if condition is None:
        assert " - at `" in refusal
        assert refusal.encode()
    else:
        assert parse_condition(condition_document(condition)) == condition


@given(st.data())
def test_a_document_with_one_thing_wrong_is_refused_or_can_be_judged(data: st.DataObject) -> None:
    """No document that is accepted can fail later: what is read also compiles and runs."""
    scene = data.draw(scenes())
    document = condition_document(data.draw(conditions(scene, carts=True)))
    spoil(data, document)
    condition, refusal = read(document)
    if condition is None:
        assert " - at `" in refusal
        return
    asked = rules_of(scene, condition)
    assert decode_rules(encode_rules(asked)) == asked
    live = compile_rules(asked)
    history = data.draw(histories(scene, happenings(scene, carts=True)))
    advance(new_profile(7, live), history, scene.start, live)


def spoil(data: st.DataObject, document: dict[str, Any]) -> None:
    """Put something else at one place of the document."""
    places: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:  # noqa: ANN401  any JSON
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for name, one in items:
            places.append((node, name))
            if isinstance(one, dict | list):
                collect(one)

    collect(document)
    node, name = data.draw(st.sampled_from(places))
    others = [one[name] for one, name in places]
    node[name] = data.draw(jsons() | st.sampled_from(others) | st.just(HALF))
