"""Mail that comes back: the message, the log and the suppression list say so, once."""

from __future__ import annotations

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import HOUR
from cartback.domain.law.terms import Bar
from cartback.domain.message import Accepted, InDoubt, Refused
from cartback.engine.bounces import Fate, Returned, take_back
from cartback.engine.deliver import Sending, claim
from cartback.engine.erasing import erase
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.noting import note
from cartback.engine.segments import create_segment
from tests.scenarios.engine_shop import EngineShop, did, segment
from tests.scenarios.test_engine_flows import can_send

ADA = "ada@example.com"
FLOW = {
    "name": "Cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": "help", "template": "help"}],
}


@pytest.fixture
def sending(shop: EngineShop) -> Sending:
    """Ada left a cart, and her mail is being handed over."""
    can_send(shop)
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    line = {"product_id": "mug", "price": 900}
    shop.happens(ADA, Metric.CART_UPDATED, cart_id="c1", currency="EUR", lines=[line])
    shop.passes(HOUR)
    [one] = claim(shop.store, shop.rulebook, shop.now)
    return one


def noted(shop: EngineShop, sending: Sending, outcome: Accepted | InDoubt | Refused) -> None:
    note(shop.store, shop.rulebook, shop.id, sending.message, outcome, shop.now)


def back(shop: EngineShop, sending: Sending, fate: Fate, address: str = "") -> bool:
    returned = Returned(
        fate=fate, key=sending.message.key, sentence="550 5.1.1 no", address=address
    )
    return take_back(shop.store, shop.rulebook, returned, shop.now)


def message(shop: EngineShop, sending: Sending) -> MessageRow:
    with shop.store.reading() as reading:
        found = reading.message(shop.id, sending.message.key)
    assert found is not None
    return found


def barred(shop: EngineShop) -> Bar | None:
    with shop.store.reading() as reading:
        found = reading.suppressed(shop.id, "email", [ADA]).get(ADA)
    return None if found is None else found.reason


def test_what_was_handed_over_is_in_the_log_once(shop: EngineShop, sending: Sending) -> None:
    seen = shop.person(ADA).last_seen
    create_segment(shop.store, shop.id, segment("mailed", did("Received Email")), shop.now)
    shop.catches_up()
    shop.now += HOUR
    noted(shop, sending, Accepted("250 ok"))
    noted(shop, sending, Accepted("250 ok"))
    assert shop.metrics().count("Received Email") == 1
    said = shop.log()[-1].event.properties
    assert said == {"flow": "cart", "step": "help", "message": sending.message.key}
    assert shop.members("mailed") == {ADA}
    assert shop.person(ADA).last_seen == seen


@pytest.mark.parametrize(
    "fate, status, bar, metric",
    [
        ("hard", "bounced", Bar.BOUNCED, "Bounced Email"),
        ("soft", "bounced", None, "Bounced Email"),
        ("complaint", "complained", Bar.COMPLAINED, "Marked Email as Spam"),
        ("unsubscribed", "sent", None, "Unsubscribed"),
        ("delivered", "sent", None, "Received Email"),
    ],
)
def test_what_comes_back_is_kept_once(
    shop: EngineShop, sending: Sending, fate: Fate, status: str, bar: Bar | None, metric: str
) -> None:
    noted(shop, sending, Accepted("250 ok"))
    shop.now += HOUR
    for _ in range(2):
        assert back(shop, sending, fate, address=ADA.upper())
        assert message(shop, sending).status == status
        assert barred(shop) == bar
        assert shop.metrics().count(metric) == 1
        assert shop.log()[-1].event.metric == metric


def test_a_dead_address_at_the_door_is_in_the_log(shop: EngineShop, sending: Sending) -> None:
    noted(shop, sending, Refused(True, 550, "5.1.1 no such user", "recipient"))
    assert shop.log()[-1].event.metric == "Bounced Email"
    assert (barred(shop), message(shop, sending).status) == (Bar.BOUNCED, "failed")


def test_what_was_in_doubt_did_arrive(shop: EngineShop, sending: Sending) -> None:
    noted(shop, sending, InDoubt("late"))
    assert back(shop, sending, "delivered")
    assert message(shop, sending).status == "sent"


def test_a_complaint_is_not_made_less(shop: EngineShop, sending: Sending) -> None:
    noted(shop, sending, Accepted("250 ok"))
    back(shop, sending, "complaint")
    back(shop, sending, "soft")
    assert message(shop, sending).status == "complained"


def test_what_is_about_no_mail_of_ours_changes_nothing(shop: EngineShop, sending: Sending) -> None:
    noted(shop, sending, Accepted("250 ok"))
    before = shop.metrics()
    assert not back(shop, sending, "hard", address="bob@example.com")
    for key in ("", "00" * 12, "'"):
        returned = Returned(fate="hard", key=key, address=ADA)
        assert not take_back(shop.store, shop.rulebook, returned, shop.now)
    assert (shop.metrics(), barred(shop)) == (before, None)
    erase(shop.store, shop.id, shop.profile_of(ADA))
    assert not back(shop, sending, "hard")
    assert shop.metrics() == []
