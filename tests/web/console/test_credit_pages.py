"""What messages brought, in the console: Home, an automation's page, and the windows."""

from __future__ import annotations

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.message import Accepted
from cartback.engine.credit_windows import CreditWindows, windows_of
from cartback.engine.deliver import claim
from cartback.engine.flows import create_flow, set_status
from cartback.engine.noting import note
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.web.console.automations import SERIES, can_send
from tests.web.console.desk import Desk


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """Ada was written to, clicked, and ordered for 12.34."""
    can_send(staffed, SERIES)
    create_flow(staffed.store, staffed.shop, "cart", SERIES, staffed.now)
    set_status(staffed.store, staffed.shop, "cart", "live", staffed.now)
    engine = staffed.engine
    engine.catches_up()
    engine.happens("#ada ada@example.com", Metric.SUBSCRIBED, channel="email")
    engine.happens("#ada", Metric.ADDED_TO_CART, product_id="mug", price=900, currency="USD")
    engine.passes(2 * HOUR)
    [one] = claim(engine.store, engine.rulebook, engine.now)
    note(engine.store, engine.rulebook, engine.id, one.message, Accepted("ok"), engine.now)
    engine.now += DAY
    came = Came("GET", "Mozilla/5.0 Firefox/140.0", 0, "https://shop.example")
    keep_visit(engine.store, engine.id, one.message.key, came, engine.now)
    engine.now += 2 * MINUTE
    judge_due(engine.store, engine.rulebook, engine.now)
    engine.happens("#ada", Metric.PLACED_ORDER, order_id="o1", value=1_234, currency="USD")
    staffed.now = engine.now
    return staffed


def test_home_says_what_is_credited(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path()).text
    assert "$12.34 of it credited to messages" in page
    assert "caused" not in page


def test_what_was_paid_is_told_apart_from_what_of_it_counts(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path()).text
    assert "paid for 1 cart in 30 days" in page
    with shop.store.reading() as reading:
        [one] = reading.recoveries_before(shop.shop, 2**60, 9)
    path = shop.path("messages", one.message)
    assert "$12.34 paid · order o1" in shop.visitor("viewer").get(path).text
    given = {"order_id": "o1", "value": 234, "currency": "USD"}
    shop.engine.happens("#ada", Metric.REFUNDED_ORDER, **given)
    page = shop.visitor("viewer").get(path).text
    assert "$12.34 paid · $10.00 of it counts · order o1" in page


def test_an_automation_says_what_it_brought(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path("flows", "cart") + "?days=7").text
    assert "What it brought" in page
    assert "$12.34" in page
    later = shop.visitor("viewer")
    shop.now += 40 * DAY
    later = shop.visitor("viewer")
    assert "$12.34" not in later.get(shop.path("flows", "cart") + "?days=7").text
    assert "$12.34" in later.get(shop.path("flows", "cart") + "?days=0").text


def test_the_owner_chooses_the_windows(shop: Desk) -> None:
    owner, path = shop.visitor("owner"), shop.path("settings", "mail", "credit")
    assert owner.post(path, {"click_days": "3", "open_days": ""}).status_code == 303
    with shop.store.reading() as reading:
        assert windows_of(reading, shop.shop) == CreditWindows("3 days", None)
        assert reading.audit(shop.shop, 2**62, 1)[0].action == "changed credit windows"
    assert 'value="3"' in owner.get(shop.path("settings", "mail")).text
    for wrong in ("", "0", "91", "x", "1.5"):
        answer = owner.post(path, {"click_days": wrong, "open_days": "5"})
        assert answer.status_code == 422
        assert "from 1 to 90" in answer.text
