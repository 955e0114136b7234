"""What is in doubt, settled by somebody who found out: said, taken back, or sent again after all
that is asked of any message."""

from __future__ import annotations

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, MINUTE
from cartback.domain.message import Accepted, InDoubt
from cartback.engine.deliver import claim
from cartback.engine.flow_ports import MessageRow
from cartback.engine.noting import note
from cartback.engine.people import merge_by_hand
from cartback.engine.settling import Act, CannotSettle, count_doubts, settle
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_flow_mail import ADA, leaves, made, outbox


@pytest.fixture
def doubted(shop: EngineShop) -> MessageRow:
    """Ada's mail was handed over entirely, and no answer came."""
    made(shop)
    leaves(shop)
    [one] = claim(shop.store, shop.rulebook, shop.now)
    note(shop.store, shop.rulebook, shop.id, one.message, InDoubt("it hung up"), shop.now)
    shop.passes(30 * MINUTE)
    return present(shop)


def present(shop: EngineShop) -> MessageRow:
    return outbox(shop)[0]


def says(shop: EngineShop, act: Act) -> MessageRow:
    settle(shop.store, shop.id, present(shop).key, act, shop.now)
    return present(shop)


def cannot(shop: EngineShop, act: Act) -> str:
    with pytest.raises(CannotSettle) as found:
        says(shop, act)
    return found.value.why


def doubts(shop: EngineShop) -> int:
    with shop.store.reading() as reading:
        return count_doubts(reading, shop.id)


def test_what_arrived_is_sent_until_that_is_taken_back(
    shop: EngineShop, doubted: MessageRow
) -> None:
    assert says(shop, "arrived").status == "sent"
    assert doubts(shop) == 0
    assert cannot(shop, "arrived") == "settled"
    assert cannot(shop, "again") == "settled"
    assert says(shop, "reopen").status == "in_doubt"
    assert present(shop) == doubted
    assert doubts(shop) == 1
    assert cannot(shop, "reopen") == "settled"


def test_what_is_left_reminds_nobody(shop: EngineShop, doubted: MessageRow) -> None:
    assert says(shop, "leave").status == "in_doubt"
    assert doubts(shop) == 0
    assert says(shop, "reopen") == doubted


def test_what_did_not_arrive_goes_again_once(shop: EngineShop, doubted: MessageRow) -> None:
    assert says(shop, "again").status == "queued"
    [again] = claim(shop.store, shop.rulebook, shop.now)
    assert again.message.key == doubted.key
    note(shop.store, shop.rulebook, shop.id, again.message, Accepted("ok"), shop.now)
    assert present(shop).status == "sent"
    assert claim(shop.store, shop.rulebook, shop.now) == []
    assert cannot(shop, "reopen") == "settled", "a server said so, and nobody else"


def test_it_does_not_go_again_after_the_order(shop: EngineShop, doubted: MessageRow) -> None:
    shop.happens(ADA, Metric.PLACED_ORDER, order_id="o1", cart_id="c1", value=1_800)
    says(shop, "again")
    assert claim(shop.store, shop.rulebook, shop.now) == []
    assert (present(shop).status, present(shop).error) == ("cancelled", "ordered")


def test_it_does_not_go_again_to_who_left(shop: EngineShop, doubted: MessageRow) -> None:
    shop.happens(ADA, Metric.UNSUBSCRIBED, channel="email")
    says(shop, "again")
    assert claim(shop.store, shop.rulebook, shop.now) == []
    assert present(shop).status == "cancelled"


def test_what_is_of_no_use_any_more_stays_as_it_is(shop: EngineShop, doubted: MessageRow) -> None:
    shop.passes(3 * DAY)
    assert cannot(shop, "again") == "too_late"
    assert present(shop).status == "in_doubt"


def test_it_goes_to_who_its_person_is_by_now(shop: EngineShop) -> None:
    made(shop)
    leaves(shop, "ada@example.com")
    [one] = claim(shop.store, shop.rulebook, shop.now)
    note(shop.store, shop.rulebook, shop.id, one.message, InDoubt("it hung up"), shop.now)
    shop.happens("#1", Metric.VIEWED_PRODUCT, product_id="mug")
    lead, customer = shop.profile_of("ada@example.com"), shop.profile_of("#1")
    merge_by_hand(shop.store, shop.rulebook, shop.id, lead, customer, shop.now)
    assert one.message.profile == lead
    settle(shop.store, shop.id, one.message.key, "again", shop.now)
    [again] = claim(shop.store, shop.rulebook, shop.now)
    assert (again.message.key, again.profile.id) == (one.message.key, customer)


def test_nobody_settles_what_is_another_shops(shop: EngineShop, doubted: MessageRow) -> None:
    with shop.store.transaction() as tx:
        other = tx.add_shop("Socks", 1)
    with pytest.raises(CannotSettle) as found:
        settle(shop.store, other, doubted.key, "arrived", shop.now)
    assert found.value.why == "unknown"
    assert present(shop) == doubted
