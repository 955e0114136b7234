"""Carts abandoned and recovered; and history that is imported, which starts nothing."""

from __future__ import annotations

from cartback.domain.event import Event, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK
from cartback.domain.rules import Settings
from cartback.engine.rules_change import change_settings
from tests.scenarios.engine_shop import (
    ABANDONERS,
    MONDAY,
    EngineShop,
    did,
    event,
    every,
    segment,
)


def derived(shop: EngineShop, metric: str = Metric.CART_ABANDONED) -> list[Event]:
    return [one.event for one in shop.log() if one.event.metric == metric]


def test_a_cart_is_abandoned_when_its_time_is_up_and_not_before(shop: EngineShop) -> None:
    shop.happens("ada", "Added to Cart", product_id="mug", price=1200, quantity=2, cart_id="c")
    shop.wakes(MONDAY + HOUR - 1)
    assert derived(shop) == []
    shop.wakes(MONDAY + HOUR)
    [abandoned] = derived(shop)
    assert (abandoned.time, abandoned.received, abandoned.backfill) == (
        MONDAY + HOUR,
        MONDAY + HOUR,
        False,
    )
    assert abandoned.properties["value"] == 2400
    shop.passes(DAY)
    assert len(derived(shop)) == 1, "it is said once"


def test_a_segment_may_ask_for_what_was_derived(shop: EngineShop) -> None:
    shop.has(segment("left", did("Cart Abandoned", "1 day")))
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(HOUR)
    assert shop.members("left") == {"ada"}
    shop.passes(DAY)
    assert shop.moves("left") == [("ada", MONDAY + HOUR, True), ("ada", MONDAY + 25 * HOUR, False)]


def test_an_order_in_time_leaves_nothing_to_abandon(shop: EngineShop) -> None:
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.now += 59 * MINUTE
    shop.happens("ada", "Placed Order", order_id="1", value=1200)
    shop.passes(DAY)
    assert shop.metrics() == ["Added to Cart", "Placed Order"]


def test_an_order_after_that_recovers_the_cart(shop: EngineShop) -> None:
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(2 * HOUR)
    shop.happens("ada", "Placed Order", order_id="1", value=1200)
    [recovered] = derived(shop, Metric.CART_RECOVERED)
    assert recovered.properties["order_id"] == "1"
    assert recovered.properties["abandoned_at"] == MONDAY + HOUR


def test_who_adds_something_has_not_left_the_cart(shop: EngineShop) -> None:
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(30 * MINUTE)
    shop.happens("ada", "Added to Cart", product_id="pot")
    shop.passes(59 * MINUTE)
    assert derived(shop) == []
    shop.passes(MINUTE)
    assert [one.time for one in derived(shop)] == [MONDAY + 90 * MINUTE]


def test_a_late_order_is_in_time_for_what_was_not_said_yet(shop: EngineShop) -> None:
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.now += 59 * MINUTE
    shop.happens("ada", "Placed Order", at=MONDAY + MINUTE)
    shop.passes(DAY)
    assert derived(shop) == []


# --- settings ---------------------------------------------------------------------------------


def test_a_shorter_idle_limit_holds_for_carts_that_are_open_already(shop: EngineShop) -> None:
    shop.has(segment("left", {"kind": "cart", "status": "abandoned"}))
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(20 * MINUTE)
    change_settings(shop.store, shop.id, Settings(cart_idle="15 minutes"), shop.now)
    assert shop.status("left") == "building"
    shop.catches_up()
    assert shop.status("left") == "live"
    assert shop.members("left") == {"ada"}
    assert [one.backfill for one in derived(shop)] == [True], "nothing is started by it"
    shop.happens("bob", "Added to Cart", product_id="mug")
    shop.passes(15 * MINUTE)
    assert shop.members("left") == {"ada", "bob"}
    assert [one.backfill for one in derived(shop)] == [True, False]


def test_a_longer_idle_limit_holds_for_carts_that_are_open_already(shop: EngineShop) -> None:
    shop.has(segment("left", {"kind": "cart", "status": "abandoned"}))
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(20 * MINUTE)
    change_settings(shop.store, shop.id, Settings(cart_idle="2 hours"), shop.now)
    shop.catches_up()
    shop.wakes(MONDAY + 2 * HOUR - 1)
    assert shop.members("left") == set()
    shop.wakes(MONDAY + 2 * HOUR)
    assert shop.moves("left") == [("ada", MONDAY + 2 * HOUR, True)]


def test_settings_hold_also_where_there_is_no_segment_yet(shop: EngineShop) -> None:
    change_settings(shop.store, shop.id, Settings(cart_idle="10 minutes"), shop.now)
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(10 * MINUTE)
    assert len(derived(shop)) == 1


def test_a_shorter_limit_is_kept_also_for_carts_that_no_segment_asks_for(
    shop: EngineShop,
) -> None:
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(5 * MINUTE)
    change_settings(shop.store, shop.id, Settings(cart_idle="10 minutes"), shop.now)
    shop.catches_up()
    shop.passes(5 * MINUTE)
    assert [one.time for one in derived(shop)] == [MONDAY + 10 * MINUTE]


def test_the_shops_zone_says_when_a_day_ends(shop: EngineShop) -> None:
    today = {
        "kind": "did",
        "metric": "Viewed Product",
        "within": {"kind": "calendar", "unit": "day"},
    }
    shop.has(segment("today", today))
    shop.happens("ada", "Viewed Product")  # 09:00 in UTC, 18:00 in Seoul
    change_settings(shop.store, shop.id, Settings(zone="Asia/Seoul"), shop.now)
    shop.catches_up()
    shop.wakes(MONDAY + 6 * HOUR - 1)
    assert shop.members("today") == {"ada"}
    shop.wakes(MONDAY + 6 * HOUR)
    assert shop.moves("today") == [("ada", MONDAY, True), ("ada", MONDAY + 6 * HOUR, False)]


# --- history that is imported -----------------------------------------------------------------


def test_imported_history_counts_as_of_its_time_and_starts_nothing(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    past = MONDAY - 6 * DAY
    shop.send(
        event("ada", "Checkout Started", past, received=MONDAY, backfill=True, cart_id="c"),
        event("eve", "Checkout Started", past - 2 * DAY, received=MONDAY, backfill=True),
        event("bob", "Checkout Started", past, received=MONDAY, backfill=True),
        event("bob", "Placed Order", past + DAY, received=MONDAY, backfill=True),
    )
    assert shop.members("abandoners") == {"ada"}
    with shop.store.reading() as reading:
        moves = [move for _, move in reading.moves(shop.id)]
    assert moves, "some entered"
    assert all(move.quiet for move in moves)
    abandoned = derived(shop)
    assert abandoned
    assert all(one.backfill for one in abandoned)
    assert all(one.backfill for one in derived(shop, Metric.CART_RECOVERED))
    assert past + HOUR in {one.time for one in abandoned}
    shop.wakes(past + WEEK - 1)
    assert shop.members("abandoners") == {"ada"}
    shop.wakes(past + WEEK)
    assert shop.members("abandoners") == set()


def test_imported_history_changes_what_is_remembered_as_if_it_had_been_there(
    shop: EngineShop,
) -> None:
    shop.has(segment("loyal", every(did("Placed Order", "90 days", at_least=2))))
    shop.happens("ada", "Placed Order")
    assert shop.members("loyal") == set()
    shop.send(event("ada", "Placed Order", MONDAY - 80 * DAY, received=MONDAY, backfill=True))
    assert shop.members("loyal") == {"ada"}
    assert shop.person("ada").first_order == MONDAY - 80 * DAY
    shop.passes(10 * DAY)
    assert shop.moves("loyal") == [("ada", MONDAY, True), ("ada", MONDAY + 10 * DAY, False)]
