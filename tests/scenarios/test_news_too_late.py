"""News of a product that are over, or no news any more, when their mail is to leave."""

from __future__ import annotations

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.product import Product, Variant
from cartback.engine.deliver import begin
from cartback.engine.products import remove_product
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import claims, decisions, outbox
from tests.scenarios.test_flow_products import ADA, entered, fills, listens, mug, sells


def looks(shop: EngineShop, who: str = ADA) -> None:
    shop.happens(who, Metric.SUBSCRIBED, channel="email")
    shop.happens(who, Metric.VIEWED_PRODUCT, product_id="mug")
    shop.passes(2 * HOUR)


def kept_back(shop: EngineShop, reason: str) -> bool:
    """It does not leave, and why is kept."""
    assert entered(shop) == 1
    assert claims(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.error) == ("cancelled", reason)
    return ("skipped", reason) in [(one.what, one.reason) for one in decisions(shop)]


# --- orders that arrive late -----------------------------------------------------------------


@pytest.mark.parametrize("cares", [fills, looks])
@pytest.mark.parametrize("line", [{"product_id": "mug"}, {"sku": "MUG-1"}, {"name": "MUG"}])
def test_an_order_from_before_the_news_that_arrives_after_them(
    shop: EngineShop, cares: object, line: dict[str, str]
) -> None:
    sells(shop, mug())
    listens(shop)
    assert callable(cares)
    cares(shop)
    sells(shop, named(900))
    shop.happens(ADA, Metric.PLACED_ORDER, at=shop.now - HOUR, received=shop.now, lines=[line])
    assert kept_back(shop, "bought")


def named(price: int) -> Product:
    one = Variant(price=price, currency="USD", stock=9, sku="MUG-1")
    return Product(id="mug", name="Mug", variants=(one,))


def test_one_that_arrives_between_the_claim_and_the_hand_over(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    looks(shop)
    sells(shop, mug(900))
    [sending] = claims(shop)
    before = shop.now - HOUR
    shop.happens(ADA, Metric.PLACED_ORDER, at=before, lines=[{"product_id": "mug"}])
    assert not begin(shop.store, shop.rulebook, sending, shop.now)
    assert outbox(shop)[0].error == "bought"


def test_an_order_that_took_the_cart_along_by_its_id(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop, interest="cart")
    fills(shop)
    sells(shop, mug(900))
    late = {"cart_id": "c1", "lines": [{"product_id": "shop-id-7"}]}
    shop.happens(ADA, Metric.PLACED_ORDER, at=shop.now - HOUR, received=shop.now, **late)
    assert kept_back(shop, "bought")


@pytest.mark.parametrize("ago, line", [(3 * HOUR, "mug"), (HOUR, "hat")])
def test_an_order_before_they_cared_or_of_something_else_stops_nothing(
    shop: EngineShop, ago: int, line: str
) -> None:
    shop.happens(ADA, "Signed Up")
    shop.passes(DAY)
    sells(shop, mug())
    listens(shop)
    looks(shop)
    sells(shop, mug(900))
    late = [{"product_id": line}]
    shop.happens(ADA, Metric.PLACED_ORDER, at=shop.now - ago, received=shop.now, lines=late)
    assert len(claims(shop)) == 1


def test_who_put_it_into_the_cart_again_after_an_order_still_cares(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    looks(shop)
    fills(shop)
    sells(shop, mug(900))
    ordered = [{"product_id": "mug"}]
    at = shop.now - 3 * HOUR
    shop.happens(ADA, Metric.PLACED_ORDER, at=at, received=shop.now, lines=ordered)
    assert len(claims(shop)) == 1


# --- what became of the product --------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, news, later, reason",
    [
        ("price_drop", mug(900), mug(900, stock=0), "product_sold_out"),
        ("price_drop", mug(900), mug(1_000), "price_up"),
        ("price_drop", mug(900), mug(960), "price_up"),
        ("price_drop", mug(900), None, "product_gone"),
        ("low_stock", mug(stock=2), mug(stock=0), "product_sold_out"),
        ("low_stock", mug(stock=2), mug(stock=8), "stock_up"),
        ("low_stock", mug(stock=2), mug(stock=None), "stock_up"),
        ("back_in_stock", mug(stock=5), mug(stock=0), "product_sold_out"),
    ],
)
def test_what_is_over_when_the_mail_is_to_leave_is_not_written(
    shop: EngineShop, kind: str, news: Product, later: Product | None, reason: str
) -> None:
    sells(shop, mug(stock=0) if kind == "back_in_stock" else mug())
    listens(shop, kind)
    fills(shop)
    sells(shop, news)
    sells_or_not(shop, later)
    assert kept_back(shop, reason)


def sells_or_not(shop: EngineShop, product: Product | None) -> None:
    if product is not None:
        sells(shop, product, told=False)
        return
    with shop.store.transaction() as tx:
        remove_product(tx, shop.id, "mug")


@pytest.mark.parametrize(
    "kind, news, later",
    [
        ("price_drop", mug(900), mug(800)),
        ("price_drop", mug(900), mug(950)),
        ("low_stock", mug(stock=2), mug(stock=3)),
        ("back_in_stock", mug(stock=5), mug(2_000, stock=1)),
    ],
)
def test_what_is_still_so_is_written(
    shop: EngineShop, kind: str, news: Product, later: Product
) -> None:
    sells(shop, mug(stock=0) if kind == "back_in_stock" else mug())
    listens(shop, kind)
    fills(shop)
    sells(shop, news)
    sells(shop, later, told=False)
    assert len(claims(shop)) == 1


def test_what_sells_out_between_the_claim_and_the_hand_over(shop: EngineShop) -> None:
    sells(shop, mug(stock=0))
    listens(shop, "back_in_stock")
    fills(shop)
    sells(shop, mug(stock=1))
    [sending] = claims(shop)
    shop.now += MINUTE
    sells(shop, mug(stock=0), told=False)
    assert not begin(shop.store, shop.rulebook, sending, shop.now)
    assert outbox(shop)[0].error == "product_sold_out"
