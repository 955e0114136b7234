"""A cart filled under one name and ordered under another: nobody is reminded of it."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.engine.deliver import begin
from cartback.engine.erasing import erase
from cartback.engine.people import undo_merge
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_engine_flows import SERIES, claims, decisions, leaves_cart, outbox, starts
from tests.scenarios.test_flow_coupons import codes, offers
from tests.scenarios.test_flow_products import listens, mug, sells

ADA = "ada@example.com"
BOB = "#2 bob@example.com"


def orders(shop: EngineShop, who: str = BOB, **named: Any) -> None:  # noqa: ANN401
    shop.happens(who, Metric.PLACED_ORDER, **(named or {"cart_id": "c1", "order_id": "1001"}))


def reasons(shop: EngineShop, who: str = ADA) -> list[tuple[str, str]]:
    return [(one.what, one.reason) for one in decisions(shop, who)]


def test_a_cart_that_somebody_else_ordered_ends_the_run_at_once(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, ADA)
    assert len(claims(shop)) == 1
    shop.passes(HOUR)
    orders(shop)
    assert ("ended", "ordered_elsewhere") in reasons(shop)
    [closed] = [one.event for one in shop.log() if one.event.metric == "Cart Ordered Elsewhere"]
    assert (closed.properties["cart_id"], closed.properties["order_id"]) == ("c1", "1001")
    assert not shop.person(ADA).carts["c1"].is_open
    shop.passes(5 * DAY)
    assert len(outbox(shop, ADA)) == 1
    check_consistency(shop.store, shop.id, shop.now)


@pytest.mark.parametrize("named", [{"cart_id": "c1"}, {"checkout_id": "k1"}])
def test_what_waits_in_the_outbox_does_not_leave(shop: EngineShop, named: dict[str, str]) -> None:
    starts(shop, steps=SERIES["steps"][:1])  # the run is over, its message is not
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    lines = [{"product_id": "mug"}]
    shop.happens(ADA, Metric.CHECKOUT_STARTED, cart_id="c1", checkout_id="k1", lines=lines)
    shop.passes(2 * HOUR)
    orders(shop, **named)
    assert claims(shop) == []
    [message] = outbox(shop, ADA)
    assert (message.status, message.error) == ("cancelled", "ordered_elsewhere")
    assert ("skipped", "ordered_elsewhere") in reasons(shop)
    assert not shop.person(ADA).carts["c1"].is_open


@pytest.mark.parametrize("named", [{"cart_id": "c1"}, {"checkout_id": "k1"}])
def test_an_order_between_the_claim_and_the_hand_over(
    shop: EngineShop, named: dict[str, str]
) -> None:
    starts(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    lines = [{"product_id": "mug"}]
    shop.happens(ADA, Metric.CHECKOUT_STARTED, cart_id="c1", checkout_id="k1", lines=lines)
    shop.passes(2 * HOUR)
    [sending] = claims(shop)
    orders(shop, **named)
    assert not begin(shop.store, shop.rulebook, sending, shop.now)
    assert outbox(shop, ADA)[0].error == "ordered_elsewhere"
    assert not shop.person(ADA).carts["c1"].is_open
    shop.passes(5 * DAY)
    assert len(outbox(shop, ADA)) == 1


def test_an_order_that_came_before_the_cart_was_left(shop: EngineShop) -> None:
    starts(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(MINUTE)
    orders(shop)
    shop.passes(HOUR)
    assert claims(shop) == []
    assert reasons(shop)[-2:] == [("ended", "ordered_elsewhere"), ("skipped", "ordered_elsewhere")]
    shop.passes(5 * DAY)
    assert len(outbox(shop, ADA)) == 1
    check_consistency(shop.store, shop.id, shop.now)


def test_an_order_that_came_before_the_cart_was_heard_of(shop: EngineShop) -> None:
    """The shop's server is quick, the page of the one who filled the cart was offline."""
    starts(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    filled = shop.now
    shop.passes(MINUTE)
    orders(shop)
    shop.passes(MINUTE)
    shop.happens(ADA, Metric.ADDED_TO_CART, at=filled, cart_id="c1", product_id="mug")
    shop.passes(HOUR)
    assert claims(shop) == []
    assert [one.status for one in outbox(shop, ADA)] == ["cancelled"]


def test_what_is_put_into_the_cart_after_the_order_counts(shop: EngineShop) -> None:
    starts(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(MINUTE)
    orders(shop)
    shop.passes(MINUTE)
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="tee")
    shop.passes(2 * HOUR)
    assert len(claims(shop)) == 1


def test_an_order_of_another_cart_stops_nothing(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, ADA)
    orders(shop, cart_id="c9", checkout_id="c1")
    assert len(claims(shop)) == 1


def test_a_cart_id_that_everybody_has_is_no_name_of_a_cart(shop: EngineShop) -> None:
    starts(shop)
    for number in range(6):
        leaves_cart(shop, f"p{number}@example.com")
    orders(shop)
    assert len(claims(shop)) == 6


def test_a_cart_id_in_orders_of_several_people_is_no_name_of_a_cart(shop: EngineShop) -> None:
    starts(shop)
    orders(shop)
    orders(shop, "#3", cart_id="c1", order_id="1002")
    shop.passes(MINUTE)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, at=shop.now - HOUR, cart_id="c1", product_id="mug")
    shop.passes(2 * HOUR)
    assert len(claims(shop)) == 1


def test_one_order_told_by_the_page_and_by_the_server_is_one(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, ADA)
    orders(shop, BOB, checkout_id="c9", cart_id="c1", order_id="1001")
    orders(shop, "#3", checkout_id="c9", cart_id="c1", order_id="1001")
    assert claims(shop) == []
    with shop.store.reading() as reading:
        kept = reading.ordered_carts(shop.id, ["cart:c1"])["cart:c1"]
        assert kept.profile == shop.profile_of("#2")


def test_one_order_told_twice_without_its_number_is_one(shop: EngineShop) -> None:
    starts(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(MINUTE)
    orders(shop, "the-page", cart_id="c1")
    shop.passes(MINUTE)
    orders(shop, "bob@example.com", cart_id="c1", order_id="1001")
    shop.passes(2 * HOUR)
    assert claims(shop) == []


def test_two_orders_of_one_who_was_two_are_of_one_person(shop: EngineShop) -> None:
    starts(shop)
    shop.happens("bob@example.com", "Looked")
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(MINUTE)
    orders(shop, "bobs-phone", cart_id="c1", order_id="1001")
    shop.happens("bobs-phone bob@example.com", "Signed In")
    orders(shop, "bob@example.com", cart_id="c1", order_id="1002")
    shop.passes(2 * HOUR)
    assert claims(shop) == []


@pytest.mark.parametrize("before", [MINUTE, 2 * HOUR])
def test_an_order_goes_back_to_whom_it_belongs(shop: EngineShop, before: int) -> None:
    """Two were taken for one, and one of them ordered the other's cart meanwhile."""
    starts(shop)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.happens("bobs-phone", "Looked")
    shop.happens(f"bobs-phone {ADA}", "Signed In")
    shop.passes(before)
    orders(shop, "bobs-phone")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    for _ in range(30):
        shop.passes(HOUR)
        assert claims(shop) == []
    assert not shop.person(ADA).carts["c1"].is_open
    erase(shop.store, shop.id, shop.profile_of("bobs-phone"))
    with shop.store.reading() as reading:
        assert reading.ordered_carts(shop.id, ["cart:c1"]) == {}


def test_no_code_is_given_for_a_cart_that_somebody_else_ordered(shop: EngineShop) -> None:
    offers(shop)
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(MINUTE)
    orders(shop)
    shop.passes(2 * HOUR)
    assert reasons(shop)[-1] == ("ended", "ordered_elsewhere")
    assert codes(shop, ADA) == []


def test_who_ordered_turns_out_to_be_the_same(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, ADA)
    orders(shop)
    shop.happens(f"#2 {ADA}", "Signed In")
    shop.passes(DAY)
    check_consistency(shop.store, shop.id, shop.now)
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    check_consistency(shop.store, shop.id, shop.now)
    assert not shop.person(ADA).carts["c1"].is_open
    assert claims(shop) == []


def test_a_cart_goes_back_closed_to_whom_it_belongs(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, ADA)
    shop.happens(BOB, "Looked")
    shop.happens(f"#2 {ADA}", "Signed In")
    orders(shop, "#3")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert not shop.person(ADA).carts["c1"].is_open
    assert "c1" not in shop.person("#2").carts


def test_who_is_erased_leaves_no_trace_of_their_order(shop: EngineShop) -> None:
    starts(shop)
    orders(shop)
    erase(shop.store, shop.id, shop.profile_of("#2"))
    with shop.store.reading() as reading:
        assert reading.ordered_carts(shop.id, ["cart:c1"]) == {}


def test_orders_are_kept_as_long_as_a_cart_is_remembered(shop: EngineShop) -> None:
    starts(shop)
    orders(shop)
    shop.passes(200 * DAY)
    orders(shop, cart_id="c2")
    orders(shop, at=shop.now - 190 * DAY, cart_id="c3")
    with shop.store.reading() as reading:
        kept = reading.ordered_carts(shop.id, ["cart:c1", "cart:c2", "cart:c3"])
    assert list(kept) == ["cart:c2"]


@pytest.mark.parametrize("named", [{"cart_id": "c1"}, {"checkout_id": "k1"}])
@pytest.mark.parametrize("is_claimed", [False, True])
@pytest.mark.parametrize("is_in_flow", [False, True])
def test_no_news_of_a_product_whose_cart_somebody_else_ordered(
    shop: EngineShop, named: dict[str, str], is_claimed: bool, is_in_flow: bool
) -> None:
    if is_in_flow:
        starts(shop, steps=[{"kind": "wait", "key": "w", "for": "9 days"}, SERIES["steps"][0]])
    fills_with_mug(shop)
    sells(shop, mug(900))
    [sending] = claims(shop) if is_claimed else [None]
    orders(shop, **named)
    if sending is None:
        assert claims(shop) == []
    else:
        assert not begin(shop.store, shop.rulebook, sending, shop.now)
    at_once = is_in_flow and "cart_id" in named  # the order itself closed the cart
    why = "bought" if at_once else "ordered_elsewhere"
    assert [one.error for one in outbox(shop, ADA)] == [why]
    assert not shop.person(ADA).carts["c1"].is_open


def test_news_after_the_order_of_somebody_else_are_of_what_is_in_the_cart_since(
    shop: EngineShop,
) -> None:
    fills_with_mug(shop)
    orders(shop)
    shop.passes(MINUTE)
    sells(shop, mug(950))
    assert claims(shop) == []
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(10 * DAY)
    sells(shop, mug(800))
    assert len(claims(shop)) == 1


def fills_with_mug(shop: EngineShop) -> None:
    """Ada's cart, and a flow that tells of lower prices of what is in it."""
    sells(shop, mug())
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    lines = [{"product_id": "mug"}]
    shop.happens(ADA, Metric.CHECKOUT_STARTED, cart_id="c1", checkout_id="k1", lines=lines)
    listens(shop, interest="cart")
    shop.passes(2 * HOUR)


def test_another_shop_knows_nothing_of_it(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, ADA)
    with shop.store.transaction() as tx:
        other = EngineShop(shop.store, tx.add_shop("another", 0))
    orders(other)
    assert len(claims(shop)) == 1
