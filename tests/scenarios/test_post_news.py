"""Whom the demo's view tells to have got no mail, or no more, because they ordered."""

from __future__ import annotations

import pytest

from cartback.cli.post_news import NotSent
from cartback.demo.words import ENGLISH, KOREAN
from cartback.domain.event import Metric
from cartback.domain.instant import MINUTE, Instant
from cartback.domain.message import Accepted
from cartback.engine.deliver import claim
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.noting import note
from cartback.engine.templates import save_template
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_flow_mail import ADA, FLOW, TEMPLATE, leaves

FIRST_LATER = {**FLOW, "steps": [{"kind": "wait", "key": "soon", "for": "15 minutes"}]}
FIRST_LATER["steps"] += FLOW["steps"]


@pytest.fixture
def written_to(shop: EngineShop) -> EngineShop:
    """A quarter of an hour after a cart is left a mail goes, a day later another one."""
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example", "name": "Mugs"})
    save_template(shop.store, shop.id, "help", "Help", TEMPLATE, shop.now)
    create_flow(shop.store, shop.id, "cart", FIRST_LATER, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    return shop


@pytest.mark.parametrize(
    "after, english, korean",
    [
        (
            12 * MINUTE,
            "no mail to Ada: ordered 3 minutes before",
            "Ada 님께는 안 보냄: 메일 3분 전에 주문",
        ),
        (
            75 * MINUTE,
            "no more mail to Ada: ordered 23 hours before",
            "Ada 님께 더는 안 보냄: 다음 메일 23시간 전 주문",
        ),
    ],
)
def test_who_ordered_after_a_mail_got_no_more_of_them(
    written_to: EngineShop, after: Instant, english: str, korean: str
) -> None:
    shop = written_to
    leaves(shop)
    with shop.store.reading() as reading:
        untold = NotSent(reading, shop.id)
    shop.passes(15 * MINUTE if after > 15 * MINUTE else after)
    for one in claim(shop.store, shop.rulebook, shop.now):
        note(shop.store, shop.rulebook, shop.id, one.message, Accepted("250"), shop.now)
    shop.passes(max(0, after - 15 * MINUTE))
    shop.happens(ADA, Metric.PLACED_ORDER, order_id="o", cart_id="c1", value=1_800, currency="EUR")
    with shop.store.reading() as reading:
        [news] = untold.news(reading)
    assert (ENGLISH.tell(news, short=True), KOREAN.tell(news, short=True)) == (english, korean)
