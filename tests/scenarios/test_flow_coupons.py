"""A flow gives codes: once, the same everywhere, and with its reason where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.event import RESERVED, Metric
from cartback.domain.flow import BadFlow
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.engine.codes import fill_pool
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import archive_coupon, define_coupon
from cartback.engine.flows import change_flow, create_flow, set_status
from cartback.engine.restoring import follow, make_link
from cartback.engine.signing import stored_signer
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_engine_flows import ADA, can_send, decisions, leaves_cart, outbox

TEN: dict[str, Any] = {"gives": {"kind": "percent", "percent": 10}, "currency": "USD"}
BOB = "#2 bob@example.com"
GOT = {
    "kind": "did",
    "metric": "Coupon Given",
    "within": {"kind": "since_run_start"},
    "where": [{"kind": "property", "path": "coupon", "is": "equals", "value": "ten"}],
}
OFFER: dict[str, Any] = {
    "name": "Offer",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "coupon", "key": "code", "coupon": "ten"},
        {
            "kind": "split",
            "key": "got",
            "branches": [
                {"when": GOT, "steps": [{"kind": "email", "key": "with", "template": "help"}]}
            ],
            "otherwise": [{"kind": "email", "key": "without", "template": "proof"}],
        },
    ],
}


def offers(shop: EngineShop, flow: dict[str, Any] = OFFER, **coupon: object) -> None:
    can_send(shop)
    define_coupon(shop.store, shop.id, "Ten", TEN | coupon, shop.now)
    create_flow(shop.store, shop.id, "offer", flow, shop.now)
    set_status(shop.store, shop.id, "offer", "live", shop.now)
    shop.catches_up()


def codes(shop: EngineShop, who: str = ADA) -> list[CodeRow]:
    with shop.store.reading() as reading:
        return list(reading.codes_of(shop.id, [shop.profile_of(who.split()[0])]))


def told(shop: EngineShop, who: str = ADA) -> list[tuple[str, str, str]]:
    return [(one.step, one.what, one.reason) for one in decisions(shop, who)]


def test_who_leaves_a_cart_gets_a_code_of_their_own_and_the_mail_that_goes_with_it(
    shop: EngineShop,
) -> None:
    offers(shop)
    leaves_cart(shop)
    [code] = codes(shop)
    assert (code.coupon, code.issued) == ("ten", shop.now)
    assert [one.step for one in outbox(shop)] == ["with"]
    assert ("code", "gave", "ready") in told(shop)
    [given] = [one.event for one in shop.log() if one.event.metric == Metric.COUPON_GIVEN]
    assert (given.properties["coupon"], given.properties["cart_id"]) == ("ten", "c1")
    check_consistency(shop.store, shop.id, shop.now)


def test_the_same_cart_again_has_the_same_code_and_the_restore_link_shows_it(
    shop: EngineShop,
) -> None:
    offers(shop, {**OFFER, "again": {"rule": "always"}})
    leaves_cart(shop)
    shop.passes(DAY)
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="tee", price=500)
    shop.passes(HOUR)
    assert [one[1] for one in told(shop)].count("gave") == 2
    [code] = codes(shop)
    signer = stored_signer(shop.store)
    person = shop.person("#1")
    link = make_link(signer, shop.id, person.id, person.carts["c1"], shop.now)
    with shop.store.reading() as reading:
        found = follow(reading, signer, shop.id, link, (), shop.now)
    assert found.code is not None
    assert found.code.code == code.code


def test_without_a_code_the_run_goes_on_and_the_reason_is_kept(shop: EngineShop) -> None:
    offers(shop, codes="pool")
    with shop.store.transaction() as tx:
        fill_pool(tx, shop.id, "ten", ["ONLY-1"])
    leaves_cart(shop)
    leaves_cart(shop, BOB, "c2")
    assert [one.code for one in codes(shop)] == ["ONLY-1"]
    assert codes(shop, BOB) == []
    assert ("code", "not_given", "coupon_pool_dry") in told(shop, BOB)
    assert [one.step for one in outbox(shop, BOB)] == ["without"]
    assert Metric.COUPON_REFUSED in shop.metrics()


def test_somebody_who_got_a_code_not_long_ago_gets_none(shop: EngineShop) -> None:
    offers(shop, not_again_within="30 days")
    leaves_cart(shop)
    leaves_cart(shop, ADA, "c2")
    assert len(codes(shop)) == 1
    assert ("code", "not_given", "coupon_too_soon") in told(shop)


def test_what_the_goods_cost_is_asked_of_the_catalog(shop: EngineShop) -> None:
    offers(shop, margin_floor=50)
    leaves_cart(shop)
    assert ("code", "not_given", "coupon_cost_unknown") in told(shop)


def test_a_coupon_that_was_archived_meanwhile_is_a_reason(shop: EngineShop) -> None:
    offers(shop)
    archive_coupon(shop.store, shop.id, "ten", shop.now)
    leaves_cart(shop)
    assert ("code", "not_given", "coupon_gone") in told(shop)


def test_a_flow_does_not_start_without_its_coupon(shop: EngineShop) -> None:
    can_send(shop)
    create_flow(shop.store, shop.id, "offer", OFFER, shop.now)
    with pytest.raises(BadFlow, match="needs the coupon 'ten', which is not there"):
        set_status(shop.store, shop.id, "offer", "live", shop.now)
    define_coupon(shop.store, shop.id, "Ten", TEN, shop.now)
    set_status(shop.store, shop.id, "offer", "live", shop.now)
    near = {**OFFER, "steps": [{**OFFER["steps"][0], "coupon": "tenn"}, *OFFER["steps"][1:]]}
    with pytest.raises(BadFlow, match=r"'tenn', which is not there; did you mean 'ten'\?"):
        change_flow(shop.store, shop.id, "offer", near, shop.now)


def test_a_paused_flow_gives_nothing_until_it_goes_on(shop: EngineShop) -> None:
    waits = {"kind": "wait", "key": "pause", "for": "1 hour"}
    offers(shop, {**OFFER, "steps": [waits, *OFFER["steps"]]})
    leaves_cart(shop)
    set_status(shop.store, shop.id, "offer", "paused", shop.now)
    shop.catches_up()
    shop.passes(2 * HOUR)
    assert codes(shop) == []
    assert told(shop)[-1] == ("code", "held", "paused")
    set_status(shop.store, shop.id, "offer", "live", shop.now)
    shop.catches_up()
    shop.passes(MINUTE)
    assert len(codes(shop)) == 1


def test_a_flow_about_no_cart_gives_a_code_for_each_run(shop: EngineShop) -> None:
    flow = {
        **OFFER,
        "trigger": {"kind": "metric", "metric": "Birthday"},
        "again": {"rule": "always"},
    }
    offers(shop, flow, expires="1 day")
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, "Birthday")
    shop.passes(2 * DAY)
    shop.happens(ADA, "Birthday")
    assert len({one.code for one in codes(shop)}) == 2


def test_no_sender_may_say_that_a_coupon_was_given() -> None:
    assert {Metric.COUPON_GIVEN, Metric.COUPON_REFUSED} <= RESERVED
