"""Who looked at a product before a flow about it came to work counts too."""

from __future__ import annotations

from typing import Any

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.engine.backfill import backfill, backfill_all
from cartback.engine.flows import change_flow, create_flow, set_status
from cartback.engine.people import undo_merge
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_engine_flows import can_send
from tests.scenarios.test_flow_products import ADA, BOB, entered, fills, heard, listens, mug, sells

FLOW: dict[str, Any] = {
    "name": "News",
    "trigger": {"kind": "price_drop", "interest": "viewed", "within": "30 days"},
    "steps": [{"kind": "email", "key": "news", "template": "help"}],
}


def looks(shop: EngineShop, who: str = ADA, product: str = "mug") -> None:
    shop.happens(who, Metric.VIEWED_PRODUCT, product_id=product)


def within(span: str) -> dict[str, Any]:
    return {**FLOW, "trigger": {**FLOW["trigger"], "within": span}}


def interested(shop: EngineShop) -> int:
    with shop.store.reading() as reading:
        return len(reading.interested(shop.id, "mug", 0, 99))


def test_looks_from_before_the_flow_count_as_far_back_as_it_asks(shop: EngineShop) -> None:
    sells(shop, mug())
    looks(shop, BOB)
    shop.passes(21 * DAY)
    looks(shop)
    shop.happens(ADA, "Searched")
    shop.passes(10 * DAY)
    listens(shop, interest="viewed")
    assert shop.person("#1").viewed == {"mug": shop.now - 10 * DAY}
    assert shop.person("#2").viewed == {}
    sells(shop, mug(900))
    assert [one["viewed_for"] for one in heard(shop)] == [10 * DAY + 1]
    assert (entered(shop), entered(shop, BOB)) == (1, 0)
    check_consistency(shop.store, shop.id, shop.now)


def test_who_ordered_it_since_is_not_interested(shop: EngineShop) -> None:
    sells(shop, mug())
    looks(shop)
    shop.passes(MINUTE)
    shop.happens(ADA, Metric.PLACED_ORDER, lines=[{"product_id": "mug"}])
    listens(shop)
    sells(shop, mug(900))
    assert heard(shop) == []


def test_a_flow_about_carts_alone_gathers_no_looks(shop: EngineShop) -> None:
    looks(shop)
    listens(shop, interest="cart")
    assert shop.person("#1").viewed == {}


def test_one_that_asks_further_back_gathers_more(shop: EngineShop) -> None:
    sells(shop, mug())
    looks(shop)
    shop.passes(40 * DAY)
    listens(shop, interest="viewed")
    assert interested(shop) == 0
    change_flow(shop.store, shop.id, "news", within("60 days"), shop.now)
    shop.catches_up()
    sells(shop, mug(900))
    assert entered(shop) == 1


def test_looks_while_it_was_paused_count_when_it_goes_on(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop, interest="viewed")
    looks(shop, BOB)
    set_status(shop.store, shop.id, "news", "paused", shop.now)
    shop.catches_up()
    looks(shop)
    shop.passes(HOUR)
    set_status(shop.store, shop.id, "news", "live", shop.now)
    shop.catches_up()
    sells(shop, mug(900))
    assert (entered(shop), entered(shop, BOB)) == (1, 1)


def test_live_work_goes_on_meanwhile_and_a_kill_loses_nothing(
    shop: EngineShop,
    monkeypatch: Any,  # noqa: ANN401  pytest's
) -> None:
    monkeypatch.setattr("cartback.engine.backfill.AT_ONCE", 2)
    sells(shop, mug())
    people = [f"#{10 + n} p{n}@example.com" for n in range(7)]
    for who in people:
        looks(shop, who)
    can_send(shop)
    create_flow(shop.store, shop.id, "news", FLOW, shop.now)
    set_status(shop.store, shop.id, "news", "live", shop.now)
    next(backfill(shop.store, shop.rulebook, shop.id, lambda: shop.now))
    looks(shop, people[6], "hat")
    assert set(shop.person("#16").viewed) == {"mug", "hat"}, "an event brought them there"
    assert interested(shop) == 3
    backfill_all(shop.store, shop.rulebook, shop.id, lambda: shop.now)
    assert interested(shop) == 7
    sells(shop, mug(900))
    assert len(heard(shop)) == 7


def test_of_who_was_two_each_looked_at_their_own(shop: EngineShop) -> None:
    sells(shop, mug())
    looks(shop, "#1")
    looks(shop, "ada@example.com", "hat")
    shop.happens(ADA, "Signed In")
    listens(shop, interest="viewed")
    assert set(shop.person("#1").viewed) == {"mug", "hat"}
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert set(shop.person("#1").viewed) == {"mug"}


def test_an_import_of_looks_counts_by_when_they_happened(shop: EngineShop) -> None:
    sells(shop, mug())
    for who, ago in ((ADA, 20 * DAY), (BOB, 40 * DAY)):
        at = shop.now - ago
        line = {"product_id": "mug"}
        shop.happens(who, Metric.VIEWED_PRODUCT, at=at, received=shop.now, backfill=True, **line)
    listens(shop, interest="viewed")
    sells(shop, mug(900))
    assert len(heard(shop)) == 1


def test_what_is_in_a_cart_is_written_down_once_more_without_harm(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop, interest="cart")
    fills(shop)
    looks(shop, BOB)
    create_flow(shop.store, shop.id, "looks", {**FLOW, "name": "Looks"}, shop.now)
    set_status(shop.store, shop.id, "looks", "live", shop.now)
    shop.catches_up()
    assert interested(shop) == 2
