"""Ready-made flows do what their names say, with the mails that come with them."""

from __future__ import annotations

from cartback.channels.email.ready import KEYS, ready
from cartback.domain.instant import DAY
from cartback.domain.template import Language, template_document
from cartback.engine.coupons import define_coupon
from cartback.engine.flow_start import start_flow
from cartback.engine.flows import set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.mails import ReadyTemplate
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import ADA, decisions, outbox


def begins(shop: EngineShop, key: str) -> None:
    """Copied, with its mails, a sender and the coupon, and put to work."""
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example"})
    ten = {"gives": {"kind": "percent", "percent": 10}}
    define_coupon(shop.store, shop.id, "Come back", ten, shop.now)
    start_flow(shop.store, {one: copy_of(one) for one in KEYS}, shop.id, key, shop.now)
    set_status(shop.store, shop.id, key, "live", shop.now)
    shop.catches_up()


def copy_of(key: str) -> ReadyTemplate:
    one = ready(key)
    documents: dict[Language, object] = {
        "en": template_document(one.en),
        "ko": template_document(one.ko),
    }
    return ReadyTemplate(key, one.series, one.audience, one.title, one.about, documents)


def orders(shop: EngineShop, order: str) -> None:
    shop.happens(ADA, "Placed Order", order_id=order, value=4_200, currency="EUR")


def test_who_has_not_ordered_for_sixty_days_hears_again_and_a_month_later_once_more(
    shop: EngineShop,
) -> None:
    begins(shop, "win-back")
    shop.happens(ADA, "Subscribed", channel="email")
    orders(shop, "o-1")
    shop.passes(59 * DAY)
    assert outbox(shop) == []
    shop.passes(2 * DAY)
    assert [one.step for one in outbox(shop)] == ["hello"]
    shop.passes(31 * DAY)
    assert [one.step for one in outbox(shop)] == ["hello", "offer"]
    shop.passes(200 * DAY)
    assert len(outbox(shop)) == 2, "then they are left alone"


def test_whoever_orders_again_is_counted_from_then(shop: EngineShop) -> None:
    begins(shop, "win-back")
    shop.happens(ADA, "Subscribed", channel="email")
    orders(shop, "o-1")
    shop.passes(40 * DAY)
    orders(shop, "o-2")
    shop.passes(50 * DAY)
    assert outbox(shop) == [], "ninety days after the first order, and fifty after the last"
    shop.passes(11 * DAY)
    assert [one.step for one in outbox(shop)] == ["hello"]
    assert [one.what for one in decisions(shop)].count("entered") == 1


def test_those_who_were_away_already_are_not_written_to_all_at_once(shop: EngineShop) -> None:
    shop.happens(ADA, "Subscribed", channel="email")
    orders(shop, "o-1")
    shop.passes(100 * DAY)
    begins(shop, "win-back")
    shop.passes(2 * DAY)
    assert outbox(shop) == []
