"""Visits of mails on both stores: in their order, judged when it is time, gone with a person."""

from __future__ import annotations

from cartback.domain.event import Metric
from cartback.domain.instant import FOREVER, HOUR, MINUTE, SECOND
from cartback.domain.message import Accepted
from cartback.engine.deliver import claim
from cartback.engine.erasing import erase
from cartback.engine.flows import create_flow, set_status
from cartback.engine.noting import note
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import can_send

ADA = "ada@example.com"
FIREFOX = "Mozilla/5.0 Firefox/140.0"
FLOW = {
    "name": "Cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": "help", "template": "help"}],
}


def sent(shop: EngineShop) -> str:
    """The key of a mail that left an hour ago."""
    can_send(shop)
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    lines = [{"product_id": "mug", "price": 900}]
    shop.happens(ADA, Metric.CART_UPDATED, cart_id="c1", currency="EUR", lines=lines)
    shop.passes(HOUR)
    [sending] = claim(shop.store, shop.rulebook, shop.now)
    note(shop.store, shop.rulebook, shop.id, sending.message, Accepted("ok"), shop.now)
    shop.now += HOUR
    return sending.message.key


def test_visits_are_judged_when_it_is_time(shop: EngineShop) -> None:
    key = sent(shop)
    with shop.store.reading() as reading:
        assert reading.next_visit() == FOREVER
    assert keep_visit(
        shop.store, shop.id, key, Came("GET", FIREFOX, 0, "https://a.example"), shop.now
    )
    shop.now += SECOND
    assert keep_visit(shop.store, shop.id, key, Came("GET", FIREFOX), shop.now)
    assert keep_visit(shop.store, shop.id, key, Came("GET", "\x00curl/8"), shop.now)
    assert judge_due(shop.store, shop.rulebook, shop.now) == 0
    shop.now += 2 * MINUTE - SECOND
    assert judge_due(shop.store, shop.rulebook, shop.now) == 1
    with shop.store.reading() as reading:
        assert [one.said for one in reading.visits_of(shop.id, key)] == ["person", "", ""]
    shop.now += SECOND
    assert judge_due(shop.store, shop.rulebook, shop.now) == 1
    assert judge_due(shop.store, shop.rulebook, shop.now) == 0
    with shop.store.reading() as reading:
        found = reading.visits_of(shop.id, key)
        assert [one.said for one in found] == ["person", "person", "agent"]
        assert [(one.number, one.trap, one.place) for one in found] == [
            (0, False, 0),
            (1, False, -1),
            (2, False, -1),
        ]
    assert shop.metrics()[-2:] == ["Clicked Email", "Opened Email"]
    erase(shop.store, shop.id, shop.profile_of(ADA))
    with shop.store.reading() as reading:
        assert reading.visits_of(shop.id, key) == []
