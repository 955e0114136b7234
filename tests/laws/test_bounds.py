"""A profile's state stays small, whatever somebody sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, merge, new_profile
from cartback.domain.cart import MOST_CARTS, MOST_CHANGES, MOST_LINES
from cartback.domain.condition import Aggregate, Condition, Did
from cartback.domain.event import Event, Identifier, Metric
from cartback.domain.memory import MOST_MOMENTS, Question, Remembered, record, trim, union
from cartback.domain.number import Count, Number
from cartback.domain.order import MOST_ORDERS
from cartback.domain.profile import (
    MOST_CONSENTS,
    MOST_LISTS,
    MOST_TRAITS,
    Profile,
    encode_profile,
)
from cartback.domain.rules import Settings
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules
from cartback.domain.segment import compile_condition, compiled_leaves
from cartback.domain.window import Last
from tests.condition_strategies import conditions, rules_of
from tests.strategies import (
    Happening,
    event,
    happenings,
    histories,
    scenes,
)


def flood(kind: str, number: int) -> Happening:
    """One of many, each with names of its own."""
    line = {"product_id": f"p{number}", "price": 100, "name": "x" * 50}
    match kind:
        case "traits":
            return Happening("Identified", traits={f"t{number}": number})
        case "lists":
            return Happening(Metric.JOINED_LIST, {"list": f"l{number}"})
        case "consents":
            return Happening(Metric.SUBSCRIBED, {"channel": f"c{number}"})
        case "carts":
            return Happening(Metric.ADDED_TO_CART, {"cart_id": f"c{number}", **line})
        case "changes":
            return Happening(Metric.ADDED_TO_CART, {"cart_id": "c", **line})
        case "orders":
            return Happening(Metric.PLACED_ORDER, {"cart_id": f"o{number}", "lines": [line]})
        case "names":
            return Happening("A", identifiers=(Identifier("email", f"{number}@example.com"),))
        case _:
            return Happening("A", {"n": number})


KINDS = ("traits", "lists", "consents", "carts", "changes", "orders", "names", "A")


def flooded(key: int, kind: str, live: Ruleset, count: int = 300) -> Profile:
    events: list[Event] = [
        event(flood(kind, number + 1_000 * key), number, number, f"{key}-{number}")
        for number in range(count)
    ]
    return advance(new_profile(key, live), events, count, live).profile


def check(profile: Profile) -> None:
    assert len(profile.traits) <= MOST_TRAITS
    assert len(profile.lists) <= MOST_LISTS
    assert len(profile.consents) <= MOST_CONSENTS
    assert len(profile.carts) <= MOST_CARTS
    assert len(profile.orders) <= MOST_ORDERS
    for cart in profile.carts.values():
        assert len(cart.changes) <= MOST_CHANGES
        assert len(cart.lines()) <= MOST_LINES


def test_no_flood_of_names_makes_a_profile_grow_without_end_nor_does_a_merge() -> None:
    asked = [("a", "", Did("A", Count(at_least=3), Last("1 day")))]
    live = compile_rules(make_rules(None, Settings(), asked))
    for kind in KINDS:
        profiles = [flooded(key, kind, live) for key in (1, 2)]
        merged = merge(profiles[0], profiles[1], 1_000, live, 1).profile
        for profile in (*profiles, merged):
            check(profile)
            assert len(encode_profile(profile)) < 20_000


def test_an_ordinary_shopper_takes_less_than_a_kilobyte() -> None:
    asked: list[tuple[str, str, Condition]] = [
        ("abandoners", "", Did("Checkout Started", within=Last("1 week"))),
        ("buyers", "", Did("Placed Order", Count(at_least=2), Last("4 weeks"))),
        ("spenders", "", Aggregate("Placed Order", "sum", "value", Number(at_least=100_000))),
    ]
    live = compile_rules(make_rules(None, Settings(), asked))
    line = {"product_id": "mug-blue", "name": "A blue mug", "price": 1_250, "quantity": 2}
    email = (Identifier("email", "ann@example.com"), Identifier("anonymous_id", "4f1c" * 8))
    started = Happening("Checkout Started", {"cart_id": "c1", "lines": [line] * 3}, {}, email)
    ordered = Happening("Placed Order", {"cart_id": "c1", "lines": [line] * 3, "value": 7_500})
    events = [
        event(one, place, place, f"0192f0c1-7e4a-7cc0-8c8e-{place:012}")
        for place, one in enumerate([started, ordered] * 5)
    ]
    profile = advance(new_profile(1, live), [*events, events[0]], 50, live).profile
    assert len(encode_profile(profile)) < 1_000


@given(st.data())
def test_a_memory_holds_what_its_retention_says_and_never_more_than_the_most(
    data: st.DataObject,
) -> None:
    scene = data.draw(scenes())
    asked = data.draw(st.lists(conditions(scene, leaves=3), min_size=1, max_size=3))
    rules = rules_of(scene, *asked)
    live = compile_rules(rules)
    history = data.draw(histories(scene, happenings(scene), most=20))
    profile = advance(new_profile(7, live), history, scene.start, live).profile
    for question in rules.questions:
        memory = profile.remembered(question.question.key)
        recent = trim(memory, question.retention, profile.clock)
        limit = question.retention.latest
        if question.retention.horizon:
            limit = max(limit, len(history))
        assert len(recent.times) <= limit
        if question.retention.reach and not question.retention.horizon:
            assert all(one > profile.clock - question.retention.reach for one in recent.times)
        assert len(recent.earliest) <= question.retention.earliest
        assert len(memory.values) in (0, len(memory.times))
        assert list(memory.times) == sorted(memory.times)
        assert trim(recent, question.retention, profile.clock) == recent


@given(st.data())
def test_conditions_that_ask_the_same_share_one_memory(data: st.DataObject) -> None:
    """As many memories as different questions, however many conditions ask them."""
    scene = data.draw(scenes())
    asked = data.draw(st.lists(conditions(scene, leaves=3), min_size=1, max_size=3))
    rules = rules_of(scene, *asked, *asked)
    different: set[Question] = set()
    for condition in asked:
        for leaf in compiled_leaves(compile_condition(condition, scene.settings)):
            different.update(question for question, _ in leaf.asks)
    assert {one.question for one in rules.questions} == different
    assert len({one.question.key for one in rules.questions}) == len(different)
    for condition in asked:
        for leaf in compiled_leaves(compile_condition(condition, scene.settings)):
            for question, retention in leaf.asks:
                (shared,) = (one for one in rules.questions if one.question == question)
                assert shared.retention.covers(retention)


def test_the_oldest_of_too_many_times_are_forgotten_and_counted() -> None:
    live = compile_rules(
        make_rules(
            None,
            Settings(),
            [("a", "", Aggregate("A", "sum", "n", Number(at_least=1), Last("1 day")))],
        )
    )
    (question,) = live.questions.values()
    memory = Remembered()
    for time in range(MOST_MOMENTS + 50):
        memory = record(memory, question.retention, time, 1, time)
    assert len(memory.times) == len(memory.values) == MOST_MOMENTS
    assert memory.times[0] == 50
    assert memory.forgotten == 50
    both = union(memory, memory, question.retention, 2_000)
    assert len(both.times) == MOST_MOMENTS
    assert both.forgotten == 100 + MOST_MOMENTS
