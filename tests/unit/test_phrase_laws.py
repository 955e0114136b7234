"""Whatever is asked and whoever is asked about, both languages have a clean sentence for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Did
from cartback.domain.explain import Explanation, explain
from cartback.domain.instant import FOREVER, Zone
from cartback.domain.letters import is_shown
from cartback.domain.number import Count
from cartback.domain.phrase import Language, Names, describe, sentence, tree_text
from cartback.domain.property import Operator, Property
from cartback.domain.ruleset import compile_rules
from tests.condition_strategies import rules
from tests.strategies import histories, instants_after, scenes

Told = tuple[Explanation, Zone]


@st.composite
def explanations(draw: st.DrawFn) -> list[Told]:
    """Each segment of some shop, explained for somebody who lived in it."""
    scene = draw(scenes())
    asked = draw(rules(scene, carts=True))
    history = draw(histories(scene, least=1))
    now = draw(instants_after(scene, [one.received for one in history]))
    ready = compile_rules(asked)
    profile = advance(new_profile(7, ready), history, now, ready).profile
    segments = {one.key: one.when for one in asked.segments}
    found = [explain(when, profile, now, scene.settings, segments) for when in segments.values()]
    return [(one, scene.clock) for one in found]


def parts(explanation: Explanation) -> Iterator[Explanation]:
    yield explanation
    for one in explanation.children:
        yield from parts(one)


@given(explanations())
def test_every_part_has_one_clean_line_in_both_languages(told: list[Told]) -> None:
    for explanation, zone in told:
        for one in parts(explanation):
            for language in Language:
                for text in (describe(one.condition, language), sentence(one, language, zone)):
                    assert text == " ".join(text.split())
                    assert all(map(is_shown, text))
                    assert not re.search(r"[{}]|None|True|False|<|\(\)| ,|,,|\.\.", text)
                    assert balanced(text)


@given(explanations())
def test_a_sentence_never_contradicts_the_answer(told: list[Told]) -> None:
    for explanation, zone in told:
        for one in parts(explanation):
            english = sentence(one, Language.ENGLISH, zone)
            korean = sentence(one, Language.KOREAN, zone)
            assert re.match(r"Holds\b" if one.holds else r"Does not hold\b", english)
            verb = "조건을 충족합니다: " if one.holds else "조건을 충족하지 않습니다: "
            assert verb in korean
            assert korean.index(verb) == re.search(r"조건을 충족[^:]*: ", korean).start()  # type: ignore[union-attr]
            assert english.endswith(".")
            assert korean.endswith(("니다.", ")."))


@given(explanations())
def test_the_instant_of_the_change_is_in_the_sentence(told: list[Told]) -> None:
    for explanation, zone in told:
        for one in parts(explanation):
            english = sentence(one, Language.ENGLISH, zone)
            clock = f"{zone.local(one.until):%H:%M:%S}"
            if one.until < FOREVER:
                assert re.search(rf"(until|from) \d+ \w+ \d+, {clock}", english)
            else:
                assert not re.search(r"^(Holds|Does not hold) until|it will hold", english)


@given(explanations())
def test_a_tree_has_a_line_for_every_part_marked_with_its_answer(told: list[Told]) -> None:
    for explanation, zone in told:
        for language in Language:
            lines = tree_text(explanation, language, zone).split("\n")
            marks = [re.sub(r"^[ │├└─]*", "", line)[0] for line in lines]
            assert marks == ["✓" if one.holds else "✗" for one in parts(explanation)]


@given(st.text(max_size=300), st.text(min_size=1, max_size=300), st.text(max_size=300))
def test_no_text_of_others_breaks_a_line(value: str, metric: str, name: str) -> None:
    asked = Did(
        metric.replace("\x00", "?")[:255],
        Count(at_least=2),
        where=(Property("path", Operator.EQUALS, value),),
    )
    names = Names(metrics={asked.metric: name})
    for language in Language:
        text = describe(asked, language, names)
        assert all(map(is_shown, text))
        assert text == " ".join(text.split())


def balanced(text: str) -> bool:
    """Every bracket and quote that opens is closed."""
    return all(
        text.count(opening) == text.count(closing) for opening, closing in ("()", "[]", "“”")
    )
