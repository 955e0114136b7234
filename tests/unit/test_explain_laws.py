"""An explanation never disagrees with the verdict, and announces the very instant of the change."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Aggregate, Condition, Did
from cartback.domain.effect import Moved
from cartback.domain.explain import MOST_DECIDING, Explanation, explain
from cartback.domain.instant import DAY, Instant
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules, resolve
from cartback.domain.ruleset import compile_rules
from cartback.domain.segment import judge
from tests.condition_strategies import rules
from tests.strategies import (
    Scene,
    histories,
    instants_after,
    scenes,
)

Life = tuple[Scene, Rules, Profile, Instant]


@st.composite
def lives(draw: st.DrawFn, *, carts: bool = True) -> Life:
    """A shop with some segments, and somebody who lived in it."""
    scene = draw(scenes())
    asked = draw(rules(scene, carts=carts))
    history = draw(histories(scene, least=1))
    now = draw(instants_after(scene, [one.received for one in history]))
    ready = compile_rules(asked)
    return scene, asked, advance(new_profile(7, ready), history, now, ready).profile, now


def segments_of(asked: Rules) -> dict[str, Condition]:
    return {one.key: one.when for one in asked.segments}


def explained(life: Life) -> Iterator[tuple[str, Explanation]]:
    scene, asked, profile, now = life
    segments = segments_of(asked)
    for key, when in segments.items():
        yield key, explain(when, profile, now, scene.settings, segments)


def parts(explanation: Explanation) -> Iterator[Explanation]:
    yield explanation
    for one in explanation.children:
        yield from parts(one)


@given(lives())
def test_every_part_holds_as_judge_says(life: Life) -> None:
    scene, asked, profile, now = life
    segments = segments_of(asked)
    for key, explanation in explained(life):
        assert explanation.holds == (profile.member_since(key) is not None)
        for one in parts(explanation):
            verdict = judge(resolve(one.condition, segments), profile, now, scene.settings)
            assert one.holds == verdict.inside
            assert one.until > now
            assert list(one.deciding) == sorted(one.deciding, reverse=True)[:MOST_DECIDING]


@given(lives())
def test_what_was_found_agrees_with_the_answer(life: Life) -> None:
    for _, explanation in explained(life):
        for one in parts(explanation):
            match one.condition:
                case Did(times=times):
                    low, high = times.bounds()
                    assert one.holds == (low <= one.found and (high is None or one.found <= high))
                case Aggregate(number=number) if one.found is not None:
                    least, most = number.bounds()
                    above = least is None or one.found >= least
                    assert one.holds == (above and (most is None or one.found <= most))
                case Aggregate():
                    assert not one.holds


@given(lives(carts=False))
def test_somebody_leaves_and_enters_at_the_very_instant_announced(life: Life) -> None:
    """Carts apart: that one is abandoned is itself an event, and time alone brings it."""
    _, asked, profile, now = life
    ready = compile_rules(asked)
    for key, explanation in explained(life):
        if not explanation.exact:
            continue
        end = min(explanation.until, now + 400 * DAY)
        before = advance(profile, (), max(now, end - 1), ready)
        assert key not in {one.segment for one in before.effects if isinstance(one, Moved)}
        if end == explanation.until:
            after = advance(before.profile, (), end, ready)
            assert key in {one.segment for one in after.effects if isinstance(one, Moved)}
