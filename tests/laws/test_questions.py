"""Each kind of question by itself, with events that are about it, at every edge that it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Aggregate, Condition, Did, FirstTime, LastTime
from cartback.domain.event import Metric
from cartback.domain.instant import DAY
from cartback.domain.ruleset import compile_rules
from cartback.domain.segment import judge
from cartback.domain.window import Ever, Last
from tests.condition_strategies import (
    aggregates,
    counts,
    dids,
    facts,
    firsts_and_lasts,
    in_lists,
    moving_traits,
    moving_windows,
    number_bounds,
    rules_of,
    sequences,
)
from tests.laws.brute import edges
from tests.oracle import Person, holds
from tests.strategies import (
    Happening,
    Scene,
    asked_dates,
    examples,
    histories,
    personal_happenings,
    plain_happenings,
    scenes,
)

SOON = 9 * DAY
MOST = 30


def so_often(scene: Scene) -> st.SearchStrategy[Condition]:
    """Numbers and windows that meet every event, so that several count at once."""
    return st.builds(Did, st.just("A"), counts(), moving_windows(scene))


def so_much(scene: Scene) -> st.SearchStrategy[Condition]:
    functions = st.sampled_from(["sum", "min", "max", "average", "average"])
    when = moving_windows(scene) | st.builds(Last, st.just(scene.spans[1])) | st.just(Ever())
    return st.builds(Aggregate, st.just("A"), functions, st.just("n"), number_bounds(), when)


def alike(scene: Scene, asked: Condition) -> st.SearchStrategy[Condition]:
    """How often the same thing happened: it shares the memory, and may need more of it."""
    if not isinstance(asked, Did | FirstTime | LastTime):
        return so_often(scene)
    metric, where = st.just(asked.metric), st.just(asked.where)
    return st.builds(Did, metric, counts(), moving_windows(scene), where)


def birthdays(scene: Scene) -> st.SearchStrategy[Happening]:
    return st.builds(
        lambda date: Happening(Metric.IDENTIFIED, traits={"born": date}), asked_dates(scene)
    )


KINDS: dict[str, Callable[[Scene], st.SearchStrategy[Condition]]] = {
    "did": dids,
    "so often": so_often,
    "so much": so_much,
    "first and last": firsts_and_lasts,
    "aggregate": aggregates,
    "sequence": sequences,
    "list": in_lists,
    "date": moving_traits,
    "fact": facts,
}
ABOUT: dict[str, Callable[[Scene], st.SearchStrategy[Happening]]] = {
    "list": personal_happenings,
    "date": birthdays,
    "fact": personal_happenings,
}


@pytest.mark.parametrize("kind", KINDS)
@examples(2)
@given(st.data())
def test_every_kind_of_question_is_answered_with_each_event_and_until_when(
    kind: str, data: st.DataObject
) -> None:
    """One question, another that may share its memory, and events that are about both."""
    scene = data.draw(scenes())
    condition = data.draw(KINDS[kind](scene))
    beside = data.draw(KINDS[kind](scene) | so_often(scene) | alike(scene, condition))
    about = ABOUT.get(kind, plain_happenings)(scene)
    history = data.draw(histories(scene, about, least=3, late=data.draw(st.booleans())))
    rules = compile_rules(rules_of(scene, condition, beside))
    profile = new_profile(7, rules)
    for place, event in enumerate(history, start=1):
        profile = advance(profile, [event], event.received, rules).profile
        person = Person(history[:place], profile=7)
        inside = holds(condition, person, event.received, scene.clock)
        assert (profile.member_since("s0") is not None) == inside
    sure = judge(condition, profile, profile.clock, scene.settings)
    moments = sorted(edges(scene, [condition], history, profile.clock, profile.clock + SOON))
    for later in moments[:MOST]:
        inside = holds(condition, person, later, scene.clock)
        assert later >= sure.until or inside == sure.inside
        found = judge(condition, profile, later, scene.settings)
        assert found.inside == inside
        sure = max(sure, found, key=lambda verdict: verdict.until)
