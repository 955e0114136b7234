"""Entering and leaving: at the very millisecond, in whatever order the events arrive."""

from __future__ import annotations

import msgspec
import pytest

from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.intake import Receipt
from tests.scenarios.engine_shop import (
    ABANDONERS,
    MONDAY,
    EngineShop,
    did,
    event,
    every,
    segment,
)


def test_after_the_answer_the_effects_are_there(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    assert shop.members("abandoners") == {"ada"}
    shop.happens("ada", "Placed Order")
    assert shop.members("abandoners") == set()
    assert shop.person("ada").is_customer


def test_somebody_leaves_at_the_very_millisecond_and_not_before(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.wakes(MONDAY + WEEK - 1)
    assert shop.members("abandoners") == {"ada"}
    shop.wakes(MONDAY + WEEK)
    assert shop.members("abandoners") == set()
    assert shop.moves("abandoners") == [
        ("ada", MONDAY, True),
        ("ada", MONDAY + WEEK, False),
    ]


def test_who_wakes_late_has_left_when_it_was_time(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.passes(3 * WEEK)
    assert shop.moves("abandoners")[-1] == ("ada", MONDAY + WEEK, False)


def test_who_comes_back_before_anybody_woke_has_left_in_between(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.now += 2 * WEEK  # nobody woke
    shop.happens("ada", "Checkout Started")
    assert shop.moves("abandoners") == [
        ("ada", MONDAY, True),
        ("ada", MONDAY + WEEK, False),
        ("ada", MONDAY + 2 * WEEK, True),
    ]


def test_who_returns_in_the_very_millisecond_stays(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.now += WEEK
    shop.happens("ada", "Checkout Started")
    shop.wakes(shop.now)
    assert shop.moves("abandoners") == [("ada", MONDAY, True)]


def test_somebody_enters_by_time_alone(shop: EngineShop) -> None:
    quiet = every(did("Placed Order"), did("Placed Order", "30 days", exactly=0))
    shop.has(segment("quiet", quiet))
    shop.happens("ada", "Placed Order")
    shop.wakes(MONDAY + 30 * DAY - 1)
    assert shop.members("quiet") == set()
    shop.wakes(MONDAY + 30 * DAY)
    assert shop.members("quiet") == {"ada"}
    assert shop.moves("quiet") == [("ada", MONDAY + 30 * DAY, True)]


def test_a_late_order_takes_out_and_a_late_checkout_counts_as_of_its_own_time(
    shop: EngineShop,
) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.passes(2 * HOUR)
    shop.happens("ada", "Placed Order", at=MONDAY + HOUR)
    assert shop.members("abandoners") == set()
    shop.happens("eve", "Checkout Started", at=shop.now - 6 * DAY)
    entered = shop.now
    assert shop.members("abandoners") == {"eve"}
    shop.wakes(MONDAY + 2 * HOUR + DAY - 1)
    assert shop.members("abandoners") == {"eve"}
    shop.wakes(MONDAY + 2 * HOUR + DAY)
    assert shop.members("abandoners") == set()
    assert [move for move in shop.moves("abandoners") if move[0] == "eve"] == [
        ("eve", entered, True),
        ("eve", entered + DAY, False),
    ]


def test_an_event_too_old_for_the_window_changes_nothing(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started", at=MONDAY - WEEK)
    assert shop.moves("abandoners") == []


def test_events_end_the_same_in_whatever_order_they_arrive(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.has(segment("twice", did("Checkout Started", "2 days", at_least=2)))
    story = [
        ("Checkout Started", 0),
        ("Checkout Started", DAY),
        ("Placed Order", DAY + HOUR),
        ("Checkout Started", DAY + 2 * HOUR),
    ]
    arrival = MONDAY + 3 * DAY
    for who, told in (("in-order", story), ("reversed", story[::-1])):
        shop.send(
            *(event(who, metric, MONDAY + at, received=arrival) for metric, at in told),
        )
    shop.wakes(arrival)
    one, other = shop.person("in-order"), shop.person("reversed")
    assert one.memory == other.memory
    assert one.standings.keys() == other.standings.keys()
    for _ in range(10):
        shop.passes(DAY)
        for key in ("abandoners", "twice"):
            assert shop.members(key) in (set(), {"in-order", "reversed"})


def test_the_same_event_in_one_delivery_and_in_another_is_one_event(shop: EngineShop) -> None:
    shop.has(segment("twice", did("Viewed Product", at_least=2)))
    view = event("ada", "Viewed Product", MONDAY, id="view-1")
    again = msgspec.structs.replace(view, time=MONDAY + 1, received=MONDAY + 1)
    assert shop.send(view, view, again) == Receipt(1, 2)
    assert shop.send(again) == Receipt(0, 1)
    assert shop.members("twice") == set()
    assert [logged.event.time for logged in shop.log()] == [MONDAY]
    assert shop.drops() == {"duplicate": 3}


def test_of_two_deliveries_with_the_same_event_the_first_has_it(shop: EngineShop) -> None:
    view = event("ada", "Viewed Product", MONDAY, shop=shop.id, id="view-1")
    deliveries = [Delivery(shop.id, [view]), Delivery(shop.id, [view]), Delivery(shop.id, [])]
    receipts = ingest(shop.store, shop.rulebook, deliveries)
    assert receipts == [Receipt(1), Receipt(0, 1), Receipt(0)]


def test_one_transaction_serves_several_shops_and_mixes_nothing(shop: EngineShop) -> None:
    with shop.store.transaction() as tx:
        other = EngineShop(shop.store, tx.add_shop("another", 0))
    other.has(ABANDONERS)
    deliveries = [
        Delivery(shop.id, [event("ada", "Checkout Started", MONDAY, shop=shop.id, id="one")]),
        Delivery(other.id, [event("eve", "Checkout Started", MONDAY, shop=other.id, id="one")]),
        Delivery(shop.id, [event("bob", "Checkout Started", MONDAY, shop=shop.id, id="two")]),
    ]
    assert ingest(shop.store, shop.rulebook, deliveries) == [Receipt(1)] * 3
    assert other.members("abandoners") == {"eve"}
    assert shop.members("abandoners") == set()
    assert (len(shop.log()), len(other.log())) == (2, 1)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_batches_change_nothing(shop: EngineShop, batch: int) -> None:
    shop.has(ABANDONERS)
    story = [
        event(who, metric, MONDAY + minute * MINUTE)
        for minute, (who, metric) in enumerate(
            [("ada", "Checkout Started"), ("bob", "Checkout Started"), ("ada", "Placed Order")] * 3
        )
    ]
    for start in range(0, len(story), batch):
        shop.send(*story[start : start + batch])
    shop.wakes(MONDAY + HOUR)
    assert shop.members("abandoners") == {"bob"}
    assert [move for move in shop.moves("abandoners") if move[0] == "ada"] == [
        ("ada", MONDAY, True),
        ("ada", MONDAY + 2 * MINUTE, False),
    ]
