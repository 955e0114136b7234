"""Flows: never after the order, never twice, never without consent, never against a contact rule;
and no batch, tick or jump changes what they do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.contact import ChannelRules
from cartback.domain.coupon import NoCode
from cartback.domain.effect import Decided, Effect, Queued
from cartback.domain.event import Event, Identifier, IdentifierKind, Metric
from cartback.domain.instant import DAY, MINUTE, WEEK, Instant, parse_duration
from cartback.domain.offer import answer, asked_of
from cartback.domain.profile import Profile, decode_profile, encode_profile
from cartback.domain.ruleset import Ruleset, compile_rules
from cartback.domain.run import message_key
from tests.flow_strategies import flow_rules
from tests.strategies import (
    Happening,
    Scene,
    cart_happenings,
    event,
    examples,
    scenes,
)

EMAIL = Identifier(IdentifierKind.EMAIL, "ada@example.com")
SUBSCRIBES = Happening(Metric.SUBSCRIBED, {"channel": "email"}, identifiers=(EMAIL,))
UNSUBSCRIBES = Happening(Metric.UNSUBSCRIBED, {"channel": "email"})
ORDERS = [Happening(Metric.PLACED_ORDER, {"cart_id": cart}) for cart in ("c1", "c2")]
NEWS = [
    Happening(Metric.PRICE_DROPPED, {"product_id": "mug", "percent": 9, "cart_for": 0}),
    Happening(Metric.BACK_IN_STOCK, {"product_id": "tee", "viewed_for": DAY}),
]
OTHERS = [*NEWS, Happening("A"), Happening("B"), Happening(Metric.JOINED_LIST, {"list": "vip"})]


def fills(cart: str, article: str) -> Happening:
    line = {"cart_id": cart, "product_id": article, "price": 500, "quantity": 2}
    return Happening(Metric.ADDED_TO_CART, line, identifiers=(EMAIL,))


FILLS = [fills(cart, article) for cart in ("c1", "c2") for article in ("mug", "tee")]
HAPPENINGS = (
    st.sampled_from(
        [*FILLS, *FILLS, *OTHERS, *OTHERS, *ORDERS, SUBSCRIBES, UNSUBSCRIBES, UNSUBSCRIBES]
    )
    | cart_happenings()
)


def dates(scene: Scene) -> st.SearchStrategy[Happening]:
    """A date becomes known, or another one."""
    days = st.integers(-2, 9).map(scene.date)
    return days.map(lambda day: Happening(Metric.IDENTIFIED, traits={"day": day}))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Scene, Ruleset, list[Event]]:
    """A shop with flows, and somebody who mostly subscribed, fills carts and comes back."""
    scene = draw(scenes())
    live = compile_rules(draw(flow_rules(scene)))
    at = scene.start
    short, long = (parse_duration(one) for one in scene.spans)
    gaps = st.sampled_from([0, 1, MINUTE, short, long, long + 1, 2 * long, DAY, 3 * DAY])
    found = [draw(st.sampled_from([SUBSCRIBES] * 6 + FILLS[:2]))]
    found += draw(st.lists(HAPPENINGS | dates(scene), min_size=1, max_size=8))
    history = []
    for place, one in enumerate(found):
        at += draw(gaps)
        late = draw(st.sampled_from([0, 0, 0, 0, MINUTE, short]))
        history.append(event(one, at - late, at, f"e{place}"))
    return scene, live, history


def lived(live: Ruleset, history: Sequence[Event], end: Instant) -> tuple[Profile, list[Effect]]:
    """One event after the other, and then time passes; nobody gives codes."""
    profile = new_profile(7, live)
    effects: list[Effect] = []
    for one in history:
        profile, new = advance(profile, (one,), one.received, live, 1)
        effects += new
    profile, new = advance(profile, (), end, live, 1)
    return profile, [*effects, *new]


def served(live: Ruleset, history: Sequence[Event], end: Instant) -> tuple[Profile, list[Effect]]:
    """The same, where each wake-up comes when it is due, and codes are given until they run dry."""
    profile, effects = served_step_by_step(live, history, end)
    return profile, [effect for _, effect in effects]


def served_step_by_step(
    live: Ruleset, history: Sequence[Event], end: Instant
) -> tuple[Profile, list[tuple[int, Effect]]]:
    """Each effect behind how many events had arrived by then: several may come at one instant."""
    profile = new_profile(7, live)
    effects: list[tuple[int, Effect]] = []
    arrived = 0

    def moves(events: Sequence[Event], now: Instant) -> None:
        nonlocal profile, arrived
        arrived += len(events)
        profile, new = advance(profile, events, now, live, 1)
        effects.extend((arrived, one) for one in new)
        while asked := next(asked_of(profile, live.flows), None):
            refused = NoCode.POOL_DRY if asked.coupon == "dry" else None
            key = message_key(profile.id, asked.run.id, asked.run.step)
            said = answer(asked, key, refused, profile.clock, 1)
            profile, new = advance(profile, (said,), now, live, 1)
            effects.extend((arrived, one) for one in new)

    for one in history:
        while profile.wake_at < one.received:
            moves((), profile.wake_at)
        moves((one,), one.received)
    while profile.wake_at <= end:
        moves((), profile.wake_at)
    return profile, effects


@examples(2)
@given(stories())
def test_no_message_about_a_cart_goes_after_an_order_or_while_it_is_in_use(
    story: tuple[Scene, Ruleset, list[Event]],
) -> None:
    _, live, history = story
    _, effects = served_step_by_step(live, history, history[-1].received + 60 * DAY)
    for arrived, one in effects:
        if not isinstance(one, Queued) or not one.run.cart:
            continue
        known = history[:arrived]
        touched = max(
            event.time
            for event in known
            if event.properties.get("cart_id") == one.run.cart
            and event.metric != Metric.PLACED_ORDER
        )
        filtered = live.flows.versions[one.run.flow, 1].only_if is not None
        orders = [
            event.time
            for event in known
            if event.metric == Metric.PLACED_ORDER
            and (filtered or event.properties.get("cart_id") == one.run.cart)
        ]
        assert not [at for at in orders if at >= touched]
        if one.channel != "email":
            continue
        limits = live.settings.limits()
        assert one.at >= touched + min(limits.cart, limits.checkout)


@given(stories())
def test_no_message_goes_twice_and_each_run_ends_once(
    story: tuple[Scene, Ruleset, list[Event]],
) -> None:
    _, live, history = story
    profile, effects = served(live, history, history[-1].received + 60 * DAY)
    sent = [(one.run, one.step, one.recipient) for one in effects if isinstance(one, Queued)]
    assert len(sent) == len(set(sent))
    answered = [
        (one.run, one.step)
        for one in effects
        if isinstance(one, Decided) and one.what in ("gave", "not_given")
    ]
    assert len(answered) == len(set(answered))
    assert not any(asked_of(profile, live.flows))
    entered = [one.run for one in effects if isinstance(one, Decided) and one.what == "entered"]
    ended = [one.run for one in effects if isinstance(one, Decided) and one.what == "ended"]
    assert len(entered) == len(set(entered))
    assert sorted([*ended, *(run.id for run in profile.runs.values())]) == sorted(entered)


@given(stories())
def test_no_marketing_goes_without_consent(story: tuple[Scene, Ruleset, list[Event]]) -> None:
    _, live, history = story
    _, effects = served(live, history, history[-1].received + 60 * DAY)
    for one in effects:
        if not isinstance(one, Queued) or one.channel != "email":
            continue
        known = [event for event in history if event.received <= one.at]
        assert any(kind == IdentifierKind.EMAIL for event in known for kind, _ in event.identifiers)
        said = [
            (event.time, event.metric == Metric.UNSUBSCRIBED)
            for event in known
            if event.metric in (Metric.SUBSCRIBED, Metric.UNSUBSCRIBED)
            and event.properties.get("channel", "email") == "email"
        ]
        step = live.flows.versions[one.run.flow, 1].steps[one.step].step
        transactional = getattr(step, "purpose", "") == "transactional"
        assert transactional or (said and not max(said)[1])


@given(stories())
def test_contact_rules_hold_over_all_flows(story: tuple[Scene, Ruleset, list[Event]]) -> None:
    scene, live, history = story
    _, effects = served(live, history, history[-1].received + 60 * DAY)
    times = [one.at for one in effects if isinstance(one, Queued) and one.channel == "email"]
    rules = live.contact.email
    gap = parse_duration(rules.gap)
    assert all(later >= earlier + gap for earlier, later in pairwise(times))
    for at in times:
        assert len([one for one in times if at - WEEK < one <= at]) <= rules.a_week
        assert not is_quiet(rules, scene, at)


def is_quiet(rules: ChannelRules, scene: Scene, at: Instant) -> bool:
    if rules.quiet_from is None or rules.quiet_until is None:
        return False
    wall = scene.clock.local(at).time()
    start, end = time.fromisoformat(rules.quiet_from), time.fromisoformat(rules.quiet_until)
    return start <= wall < end if start < end else wall >= start or wall < end


@given(stories(), st.data())
def test_no_batch_tick_or_jump_changes_what_flows_do(
    story: tuple[Scene, Ruleset, list[Event]], data: st.DataObject
) -> None:
    _, live, history = story
    end = history[-1].received + 60 * DAY
    expected, effects = lived(live, history, end)
    profile = new_profile(7, live)
    found: list[Effect] = []
    waiting = list(history)
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        before = batch[0].received - 1
        if data.draw(st.booleans()) and before >= profile.clock:
            profile, new = advance(decode_profile(encode_profile(profile)), (), before, live, 1)
            found += new
        profile, new = advance(profile, batch, batch[-1].received, live, 1)
        found += new
    while profile.wake_at <= end:
        profile, new = advance(profile, (), profile.wake_at, live, 1)
        found += new
    profile, new = advance(profile, (), end, live, 1)
    found += new
    assert found == effects
    assert encode_profile(profile) == encode_profile(expected)
