"""A cart that was bought is never called abandoned, and one that was left is called so once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, merge, new_profile
from cartback.domain.effect import Effect
from cartback.domain.event import Event, Metric
from cartback.domain.instant import Instant
from cartback.domain.ruleset import compile_rules
from tests.condition_strategies import rules, rules_of
from tests.laws.brute import derived
from tests.strategies import (
    Happening,
    Scene,
    arriving,
    cart_happenings,
    event,
    examples,
    histories,
    instants_after,
    scenes,
)

MUG = {"product_id": "mug", "price": 500}


def mug_happenings() -> st.SearchStrategy[Happening]:
    """What can happen to carts in which there are only mugs."""
    cart = st.sampled_from(["c1", "c2", ""])
    checkout = st.sampled_from(["", "k1"])
    return st.one_of(
        st.builds(lambda key: Happening(Metric.ADDED_TO_CART, {"cart_id": key, **MUG}), cart),
        st.builds(lambda key: Happening(Metric.REMOVED_FROM_CART, {"cart_id": key, **MUG}), cart),
        st.builds(
            lambda metric, key, checkout_id, lines: Happening(
                metric, {"cart_id": key, "checkout_id": checkout_id, **lines}
            ),
            st.sampled_from([Metric.CART_UPDATED, Metric.CHECKOUT_STARTED]),
            cart,
            checkout,
            st.sampled_from([{}, {"lines": [MUG]}]),
        ),
        st.builds(
            lambda checkout_id: Happening(
                Metric.CHECKOUT_STEP_COMPLETED, {"checkout_id": checkout_id}
            ),
            checkout,
        ),
    )


@st.composite
def orders(draw: st.DrawFn, scene: Scene, at: Instant) -> Event:
    """An order of mugs: by cart, by what was bought, or saying nothing of either."""
    said: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"cart_id": "c1"},
                {"cart_id": "c1", "lines": [MUG]},
                {"cart_id": "unknown", "lines": [MUG, {"product_id": "tee"}]},
                {"checkout_id": "unknown"},
                {"lines": [MUG]},
                {},
            ]
        )
    )
    return event(Happening(Metric.PLACED_ORDER, said), at, at, "order")


def was_bought(order: Event, cart_id: str) -> bool:
    """Whether the order surely takes that cart of mugs."""
    named = order.properties.get("cart_id", "")
    return named != "c1" or cart_id == "c1"


@examples(3)
@given(st.data())
def test_no_cart_is_called_abandoned_after_its_order_arrived(data: st.DataObject) -> None:
    """However cart events from before the order, ticks, late arrivals and a merge interleave."""
    scene = data.draw(scenes())
    live = compile_rules(rules_of(scene))
    history = data.draw(histories(scene, mug_happenings(), least=1))
    bought_at = data.draw(instants_after(scene, [one.time for one in history]))
    order = data.draw(orders(scene, bought_at))
    order = arriving(order, bought_at + data.draw(st.sampled_from([0, 1, 3_600_000])))
    later = data.draw(histories(scene, mug_happenings(), most=2))
    log = sorted([*history, order, *later], key=lambda one: one.received)
    homes = data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log)))
    end = data.draw(instants_after(scene, [one.received for one in log]))
    merged_at = data.draw(st.sampled_from([*(one.received for one in log), end]))

    one, other = new_profile(7, live), new_profile(8, live)
    effects: list[Effect] = []
    apart = True
    for arrived, second in [*zip(log, homes, strict=True), (None, False)]:
        now = end if arrived is None else arrived.received
        if apart and now >= merged_at:
            one, _ = advance(one, [], now - 1, live)
            other, _ = advance(other, [], now - 1, live)
            one, new = merge(one, other, now, live, 1)
            effects.extend(new)
            apart = False
        if arrived is order:
            effects.clear()  # what was said before it arrived was right to say
        batch = [] if arrived is None else [arrived]
        if second and apart:
            other, _ = advance(other, batch, now, live)
        else:
            one, new = advance(one, batch, now, live)
            if not apart:
                effects.extend(new)
    for said in derived(effects):
        if said.received < order.received or said.metric != Metric.CART_ABANDONED:
            continue
        if was_bought(order, said.properties["cart_id"]):
            assert said.properties["last_activity"] > bought_at


@examples(2)
@given(st.data())
def test_a_cart_is_called_abandoned_once_for_each_activity_and_then_recovered_at_most_once(
    data: st.DataObject,
) -> None:
    scene = data.draw(scenes())
    live = compile_rules(data.draw(rules(scene, carts=True)))
    history = data.draw(histories(scene, cart_happenings(named=data.draw(st.booleans())), least=1))
    end = data.draw(instants_after(scene, [one.received for one in history]))
    said = derived(advance(new_profile(7, live), history, end, live).effects)
    assert max(Counter(one.id for one in said).values(), default=1) == 1
    left: dict[str, int] = {}
    for one in said:
        cart = one.properties["cart_id"]
        if one.metric == Metric.CART_ABANDONED:
            limit = live.limits.checkout if one.properties["checkout"] else live.limits.cart
            assert one.time == one.properties["last_activity"] + limit
            assert one.received >= one.time
            left[cart] = one.time
        else:
            assert one.properties["abandoned_at"] == left.pop(cart)
            assert one.time >= one.properties["abandoned_at"]
