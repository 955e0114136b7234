"""New rules for somebody who has lived under old ones: as if the new had always been there."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import adopt, advance, new_profile
from cartback.domain.condition import Condition, Not
from cartback.domain.effect import Moved
from cartback.domain.instant import DAY, HOUR
from cartback.domain.memory import Remembered
from cartback.domain.recall import lacking
from cartback.domain.rules import Rules, Settings
from cartback.domain.ruleset import compile_rules, make_rules
from tests.condition_strategies import conditions, dids
from tests.laws.compared import inside_of, known_of
from tests.strategies import (
    Scene,
    cart_happenings,
    examples,
    happened,
    happenings,
    histories,
    instants_after,
    scenes,
)

Asked = dict[str, Condition]


@st.composite
def changed(draw: st.DrawFn, scene: Scene, before: Asked) -> Asked:
    """Some segments as they were, some changed, some gone, some new."""
    after: Asked = {}
    for key, condition in before.items():
        fate = draw(st.sampled_from(["kept", "changed", "gone", "traded"]))
        if fate == "kept":
            after[key] = condition
        elif fate == "changed":
            after[key] = draw(conditions(scene, carts=True, leaves=3))
        elif fate == "traded":
            after[key] = draw(st.sampled_from(list(before.values())))
    for key in draw(st.lists(st.sampled_from(["x", "y"]), unique=True, max_size=2)):
        after[key] = draw(conditions(scene, carts=True, leaves=3))
    return after


def version(before: Rules | None, settings: Settings, asked: Asked) -> Rules:
    return make_rules(before, settings, [(key, key, when) for key, when in asked.items()])


@examples(2)
@given(st.data())
def test_a_profile_brought_to_new_rules_is_as_if_it_had_always_lived_under_them(
    data: st.DataObject,
) -> None:
    scene = data.draw(scenes())
    one = conditions(scene, carts=True, leaves=3)
    asked: Asked = data.draw(st.dictionaries(st.sampled_from("abc"), one, min_size=1))
    versions = [version(None, scene.settings, asked)]
    settings = scene.settings
    for _ in range(data.draw(st.integers(1, 2))):
        asked = data.draw(changed(scene, asked))
        if data.draw(st.booleans()):
            zone = data.draw(st.sampled_from(["Asia/Seoul", "America/New_York"]))
            settings = Settings(
                zone=zone, cart_idle=settings.cart_idle, checkout_idle=settings.checkout_idle
            )
        versions.append(version(versions[-1], settings, asked))
    old, new = compile_rules(versions[0]), compile_rules(versions[-1])
    kinds = happenings(scene) | cart_happenings(("c1",))
    history = data.draw(histories(scene, kinds, least=1))
    now = data.draw(instants_after(scene, [event.received for event in history]))
    lived = advance(new_profile(7, old), history, now, old).profile
    needed = {question.metric for question in lacking(1, new)}
    enough = [event for event in history if event.metric in needed]

    adopted, effects = adopt(lived, enough, now, new)
    always = advance(new_profile(7, new), history, now, new).profile
    assert known_of(adopted, new, now) == known_of(always, new, now)
    assert adopted.rules == new.version

    marked = {segment.key for segment in versions[-1].segments if segment.since > 1}
    gone = {one.key for one in versions[0].segments} - {one.key for one in versions[-1].segments}
    moved = [effect for effect in effects if isinstance(effect, Moved)]
    assert all(effect.quiet and effect.at == now for effect in moved)
    assert {effect.segment for effect in moved} <= marked | gone
    joined = {effect.segment for effect in moved if effect.joined}
    left = {effect.segment for effect in moved if not effect.joined}
    stayed = {key for key in inside_of(lived, old) if key not in left}
    assert stayed | joined == inside_of(adopted, new)
    assert adopted.memory.keys() <= new.questions.keys()

    later = data.draw(instants_after(scene, [*(event.received for event in history), now]))
    first, second = (advance(state, [], later, new) for state in (adopted, always))
    assert known_of(first.profile, new, later) == known_of(second.profile, new, later)
    assert [one for one in first.effects if isinstance(one, Moved)] == [
        one for one in second.effects if isinstance(one, Moved)
    ]


@examples(3)
@given(st.data())
def test_who_is_found_to_have_nothing_to_do_with_it_would_not_have_changed(
    data: st.DataObject,
) -> None:
    """An event of which nobody asks has everything worked out, and must make no difference."""
    scene = data.draw(scenes())
    one = st.one_of(dids(scene), dids(scene).map(Not), conditions(scene, carts=True, leaves=2))
    few = st.dictionaries(st.sampled_from("abc"), one, max_size=2)
    first = version(None, scene.settings, data.draw(few))
    idle = data.draw(st.sampled_from([scene.settings.cart_idle, "10 minutes"]))
    settings = msgspec.structs.replace(scene.settings, cart_idle=idle)
    kept = {one.key: one.when for one in first.segments if data.draw(st.booleans())}
    second = version(first, settings, kept | data.draw(few))
    old, new = compile_rules(first), compile_rules(second)
    kinds = happenings(scene)
    if data.draw(st.booleans()):
        kinds |= cart_happenings(("c1",))
    history = data.draw(histories(scene, kinds, most=4))
    now = data.draw(instants_after(scene, [event.received for event in history]))
    lived = advance(new_profile(7, old), history, now, old).profile
    then = now + data.draw(st.sampled_from([0, HOUR, 40 * DAY]))
    recalled = {
        key: Remembered((now,), () if question.path is None else (1,))
        for key, question in new.questions.items()
        if data.draw(st.integers(0, 3)) == 0
    }
    ignored = happened("Nobody asks", now, "ignored")
    quick = adopt(lived, (), then, new, recalled=recalled)
    assert quick == adopt(lived, (ignored,), then, new, recalled=recalled)


@given(st.data())
def test_nothing_changes_for_a_profile_where_nothing_changed_in_the_rules(
    data: st.DataObject,
) -> None:
    scene = data.draw(scenes())
    one = conditions(scene, carts=True, leaves=3)
    asked: Asked = data.draw(st.dictionaries(st.sampled_from("abc"), one, min_size=1))
    first = version(None, scene.settings, asked)
    more = version(first, scene.settings, {**asked, "z": data.draw(one)})
    again = compile_rules(version(more, scene.settings, asked))
    history = data.draw(histories(scene, happenings(scene, carts=True), least=1))
    now = history[-1].received
    live = compile_rules(first)
    lived = advance(new_profile(7, live), history, now, live).profile
    adopted, effects = adopt(lived, history, now, again)
    assert effects == ()
    assert inside_of(adopted, again) == inside_of(lived, live)
    assert {key: one.since for key, one in adopted.standings.items()} == {
        key: one.since for key, one in lived.standings.items()
    }
