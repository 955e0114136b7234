"""To which message what came back is credited: clicks, opens, scanners, merges, returns."""

from __future__ import annotations

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, Zone
from cartback.domain.profile import RunId
from cartback.engine.credit_windows import BadWindows, CreditWindows, set_windows, windows_of
from cartback.engine.crediting import credit_anew
from cartback.engine.flow_ports import MessageRow
from cartback.engine.home import days
from cartback.engine.people import export_person, merge_by_hand, undo_merge
from cartback.engine.recovery_ports import RecoveryRow
from cartback.engine.resting import rest
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.scenarios.engine_shop import ALL, EngineShop

FIREFOX, APPLE = "Mozilla/5.0 Firefox/140.0", "Mozilla/5.0"
PIXEL = -1


def left_cart(shop: EngineShop, who: str = "ada", **more: object) -> None:
    line = {"product_id": "mug", "price": 900}
    shop.happens(who, Metric.CART_UPDATED, cart_id="c1", currency="EUR", lines=[line], **more)
    shop.passes(2 * HOUR)


def message(shop: EngineShop, key: str = "m1", who: str = "ada") -> str:
    """A message that left an hour ago."""
    run, now = RunId("cart", 2, "c1", shop.now), shop.now
    row = MessageRow(key, shop.profile_of(who), run, "help", "email", now, now + DAY, now)
    with shop.store.transaction() as tx:
        tx.queue(shop.id, [row])
        rest(tx, shop.id, row, "sent")
    shop.now += HOUR
    return key


def visit(shop: EngineShop, key: str = "m1", place: int = 0, agent: str = FIREFOX) -> None:
    """Somebody follows a link, or sees the pixel, and it is judged."""
    keep_visit(shop.store, shop.id, key, Came("GET", agent, place, "https://a.example"), shop.now)
    shop.now += 2 * MINUTE
    judge_due(shop.store, shop.rulebook, shop.now)


def orders(shop: EngineShop, who: str = "ada", **more: object) -> None:
    order = {"order_id": "o1", "value": 2_000, "currency": "EUR"}
    shop.happens(who, Metric.PLACED_ORDER, **{**order, **more})


def recovered(shop: EngineShop) -> RecoveryRow:
    with shop.store.reading() as reading:
        [row] = reading.recoveries_after(shop.id, 0, ALL)
    return row


def credited_today(shop: EngineShop) -> tuple[int, int]:
    with shop.store.reading() as reading:
        [day] = days(reading, shop.id, Zone(), shop.now, 1, "EUR")
    return day.credited.count, day.credited.amount("EUR")


def test_a_click_has_the_credit_and_it_is_seen_at_once(shop: EngineShop) -> None:
    left_cart(shop)
    message(shop)
    visit(shop, place=PIXEL)
    visit(shop)
    orders(shop)
    row = recovered(shop)
    assert (row.message, row.basis, row.revenue, row.order_id) == ("m1", "click", 2_000, "o1")
    assert (row.flow, row.version, row.step) == ("cart", 2, "help")
    assert row.touched < row.at
    assert credited_today(shop) == (1, 2_000)
    with shop.store.reading() as reading:
        found = reading.message(shop.id, "m1")
        assert found is not None
        assert found.opened
        assert found.opened < found.clicked < row.at
        assert reading.recoveries_of_message(shop.id, "m1") == [row]


def test_a_click_that_is_judged_after_the_order_counts(shop: EngineShop) -> None:
    left_cart(shop)
    message(shop)
    keep_visit(shop.store, shop.id, "m1", Came("GET", FIREFOX, 0, "https://a"), shop.now)
    shop.now += MINUTE
    orders(shop)
    assert recovered(shop).message == ""
    assert credited_today(shop) == (0, 0)
    shop.now += 2 * MINUTE
    judge_due(shop.store, shop.rulebook, shop.now)
    assert recovered(shop).message == "m1"
    assert credited_today(shop) == (1, 2_000)


def test_what_programs_did_gives_no_credit(shop: EngineShop) -> None:
    left_cart(shop)
    message(shop)
    visit(shop, place=PIXEL, agent=APPLE)  # Mail Privacy Protection fetches every picture
    visit(shop, agent="Barracuda Sentinel")
    orders(shop)
    assert (recovered(shop).message, recovered(shop).revenue) == ("", 2_000)
    assert credited_today(shop) == (0, 0)


@pytest.mark.parametrize("days_later, basis", [(4, "open"), (5, "")])
def test_an_open_gives_credit_for_five_days(shop: EngineShop, days_later: int, basis: str) -> None:
    left_cart(shop)
    message(shop)
    visit(shop, place=PIXEL)
    shop.passes(days_later * DAY)
    orders(shop)
    assert recovered(shop).basis == basis


def test_two_who_became_one_have_the_messages_of_both(shop: EngineShop) -> None:
    left_cart(shop, "phone")
    left_cart(shop, "desk", at=shop.now)
    message(shop, who="phone")
    visit(shop)
    orders(shop, "desk")
    assert recovered(shop).message == ""
    phone, desk = shop.profile_of("phone"), shop.profile_of("desk")
    merge_by_hand(shop.store, shop.rulebook, shop.id, phone, desk, shop.now)
    assert recovered(shop).message == "m1"
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert recovered(shop).message == ""


def test_what_came_back_while_they_were_one_goes_with_its_order(shop: EngineShop) -> None:
    left_cart(shop, "desk")
    shop.happens("phone", Metric.VIEWED_PAGE)
    message(shop, who="phone")
    visit(shop)
    phone, desk = shop.profile_of("phone"), shop.profile_of("desk")
    merge_by_hand(shop.store, shop.rulebook, shop.id, phone, desk, shop.now)
    orders(shop, "desk")
    assert recovered(shop).message == "m1"
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert (recovered(shop).profile, recovered(shop).message) == (desk, "")


@pytest.mark.parametrize("first", ["order", "return"])
def test_what_is_given_back_is_no_revenue(shop: EngineShop, first: str) -> None:
    left_cart(shop)
    message(shop)
    visit(shop)
    refund = {"order_id": "o1", "value": 500, "currency": "EUR"}
    if first == "return":
        shop.happens("ada", Metric.REFUNDED_ORDER, **refund)
    orders(shop)
    if first == "order":
        shop.happens("ada", Metric.REFUNDED_ORDER, **refund)
    assert (recovered(shop).message, recovered(shop).revenue) == ("m1", 1_500)
    shop.happens("ada", Metric.CANCELLED_ORDER, order_id="o1")
    assert credited_today(shop) == (1, 0)


def test_other_windows_credit_all_anew(shop: EngineShop) -> None:
    left_cart(shop)
    message(shop)
    visit(shop)
    shop.passes(DAY)
    orders(shop)
    set_windows(shop.store, shop.id, {"click": "1 hour", "open": None})
    assert recovered(shop).message == "m1", "behind live work"
    assert credit_anew(shop.store, shop.id) == 1
    assert credit_anew(shop.store, shop.id) == 0
    assert recovered(shop).message == ""
    assert credited_today(shop) == (0, 0)
    set_windows(shop.store, shop.id, {"click": "2 days"})
    assert credit_anew(shop.store, shop.id, 1) == 1
    assert credit_anew(shop.store, shop.id, 1) == 0
    assert recovered(shop).message == "m1"
    with shop.store.reading() as reading:
        assert windows_of(reading, shop.id) == CreditWindows("2 days", "5 days")


@pytest.mark.parametrize(
    "document", [{"click": "91 days"}, {"click": ""}, {"open": "0 days"}, {"x": 1}, {"click": None}]
)
def test_windows_that_mean_nothing_are_refused(shop: EngineShop, document: object) -> None:
    with pytest.raises(BadWindows):
        set_windows(shop.store, shop.id, document)


def test_carts_that_one_order_recovered_bring_it_once(shop: EngineShop) -> None:
    for cart in ("c1", "c2"):
        line = {"product_id": "mug", "price": 900}
        shop.happens("ada", Metric.CART_UPDATED, cart_id=cart, currency="EUR", lines=[line])
    shop.passes(2 * HOUR)
    message(shop)
    visit(shop)
    orders(shop, lines=[{"product_id": "mug"}])
    with shop.store.reading() as reading:
        rows = reading.recoveries_after(shop.id, 0, ALL)
    assert [one.message for one in rows] == ["m1", "m1"]
    assert sorted(one.revenue for one in rows) == [0, 2_000]
    assert credited_today(shop) == (2, 2_000)


def test_a_person_is_given_what_was_sent_to_them_and_came_back(shop: EngineShop) -> None:
    left_cart(shop)
    message(shop)
    visit(shop)
    orders(shop)
    one = shop.profile_of("ada")
    found = export_person(shop.store, shop.rulebook, shop.id, one, shop.now)
    [sent] = found["messages"]
    assert (sent["key"], sent["visits"][0]["said"]) == ("m1", "person")
    assert found["recoveries"][0]["message"] == "m1"
