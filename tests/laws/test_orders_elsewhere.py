"""However carts, orders of somebody else, wake-ups and hand-overs interleave: nothing about a cart
is handed over after an order that names it arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.event import Metric
from cartback.domain.instant import HOUR, MINUTE, Instant
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.flows import create_flow, set_status
from cartback.engine.ports import Store
from cartback.store import open_store
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_engine_flows import SERIES, can_send
from tests.strategies import examples

FLOW = {**SERIES, "again": {"rule": "always"}}
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["fill", "order", "early", "pay", "wait", "wait", "claim", "begin"]),
        st.sampled_from(["a@x.org", "b@x.org"]),
        st.sampled_from(["c1", "c2"]),
    ),
    min_size=4,
    max_size=14,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(tmp_path_factory.mktemp("laws") / "cartback.db"))
    yield opened
    opened.close()


class Ordered(NamedTuple):
    cart: str
    at: Instant


def opened(store: Store) -> EngineShop:
    with store.transaction() as tx:
        shop = EngineShop(store, tx.add_shop("a shop", 0))
    can_send(shop)
    create_flow(store, shop.id, "cart", FLOW, shop.now)
    set_status(store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    for who in ("a@x.org", "b@x.org"):
        shop.happens(who, Metric.SUBSCRIBED, channel="email")
    return shop


@examples(0.5)
@given(ACTS)
def test_nothing_about_a_cart_is_handed_over_after_somebody_else_s_order_of_it(
    store: Store, acts: list[tuple[str, str, str]]
) -> None:
    shop = opened(store)
    waiting: list[Sending] = []
    orders: list[Ordered] = []
    for what, who, cart in acts:
        shop.now += MINUTE
        match what:
            case "fill":
                shop.happens(who, Metric.ADDED_TO_CART, cart_id=cart, product_id="mug")
            case "pay":
                checkout = {"cart_id": cart, "checkout_id": f"k-{cart}"}
                shop.happens(who, Metric.CHECKOUT_STARTED, **checkout)
            case "order" | "early":
                by_checkout = who == "b@x.org" and what == "order"
                named = {"checkout_id": f"k-{cart}"} if by_checkout else {"cart_id": cart}
                at = shop.now - (MINUTE if what == "early" else 0)
                shop.happens("#shop", Metric.PLACED_ORDER, at=at, received=shop.now, **named)
                orders.append(Ordered(cart, at) if not by_checkout else Ordered(f"k-{cart}", at))
            case "wait":
                shop.passes(2 * HOUR)
            case "claim":
                waiting += claim(store, shop.rulebook, shop.now)
            case _:
                waiting = _handed_over(shop, waiting, orders)
    shop.passes(30 * HOUR)
    waiting += claim(store, shop.rulebook, shop.now)
    _handed_over(shop, waiting, orders)
    check_consistency(store, shop.id, shop.now)


def _handed_over(shop: EngineShop, waiting: list[Sending], orders: list[Ordered]) -> list[Sending]:
    for one in waiting:
        if begin(shop.store, shop.rulebook, one, shop.now):
            cart = shop.person(one.message.recipient).carts[one.message.run.cart]
            since = one.message.measured_from
            names = {cart.id, cart.checkout_id}
            assert not [each for each in orders if each.cart in names and each.at >= since]
    return []
