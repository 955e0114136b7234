"""The demo shop's own pages: what a link brings back, said honestly, and the order, once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from cartback.demo.storefront import HEADERS, Storefront
from cartback.demo.storefront.stock import COUPON_NAME, OFFER
from cartback.domain.event import Metric
from cartback.domain.instant import HOUR
from cartback.domain.product import Product, Variant
from cartback.domain.profile import RunId
from cartback.engine.codes import give, mark_of
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import define_coupon
from cartback.engine.offering import wish_for
from cartback.engine.products import put_product
from cartback.engine.restoring import make_link
from cartback.engine.shelf import shelf_for
from cartback.engine.signing import stored_signer
from tests.scenarios.engine_shop import EngineShop

ADA = "ada@example.com"
LINES = [
    {"product_id": "22423", "name": "Cakestand", "price": 1_275, "quantity": 2},
    {"product_id": "22457", "name": "Chalkboard", "price": 300, "quantity": 1},
    {"product_id": "tee", "variant_id": "m", "name": "Tee <M>", "price": 900, "quantity": 1},
]


def visitor(shop: EngineShop, language: str = "en") -> TestClient:
    pages = Storefront(
        shop.store,
        shop.rulebook,
        lambda: shop.now,
        shop.id,
        lambda: stored_signer(shop.store),
        language,
    )
    return TestClient(pages.app(), base_url="http://127.0.0.1:8000")


def sells(shop: EngineShop, id_: str, *variants: dict[str, Any]) -> None:
    made = tuple(Variant(**{"currency": "GBP", **one}) for one in variants)
    with shop.store.transaction() as tx:
        put_product(tx, shop.id, Product(id=id_, name=id_, variants=made), shop.now)


def has_left(shop: EngineShop) -> tuple[str, CodeRow]:
    """Ada left a cart; the link to it, and her code."""
    sells(shop, "22423", {"price": 1_275, "sale_price": 1_095, "stock": 1})
    sells(shop, "22457", {"price": 300, "stock": 0})
    sells(shop, "tee", {"id": "m", "price": 900, "stock": 0}, {"id": "l", "name": "L", "stock": 4})
    define_coupon(shop.store, shop.id, COUPON_NAME, {**OFFER, "minimum": None}, shop.now)
    shop.happens(ADA, Metric.CART_UPDATED, cart_id="cart-1", currency="GBP", lines=LINES)
    shop.passes(HOUR)
    ada = shop.person(ADA)
    run = RunId("cart", 1, "cart-1", shop.now)
    with shop.store.transaction() as tx:
        find = shelf_for(tx, shop.id, ada.carts["cart-1"].lines())
        wish = wish_for(ada, run, "come-back", find, "GBP")
        assert wish.cart == mark_of(ada, run)
        code = give(tx, shop.id, wish, ada.id, shop.now)
    assert isinstance(code, CodeRow)
    signer = stored_signer(shop.store)
    return make_link(signer, shop.id, ada.id, ada.carts["cart-1"], shop.now), code


@pytest.mark.parametrize(
    "language, said",
    [
        ("en", ("Only 1 of 2 could be put back", "Sold out", "Nearest: L", "was £12.75")),
        (
            "ko",
            ("2개 가운데 1개만 담았어요", "품절이라", "가장 비슷한 상품: L", "이전 가격 £12.75"),
        ),
    ],
)
def test_what_cannot_be_put_back_is_said(
    shop: EngineShop, language: str, said: tuple[str, ...]
) -> None:
    token, code = has_left(shop)
    answer = visitor(shop, language).get("/shop/cart/cart-1", params={"cartback": token})
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    for one in (*said, code.code, "Tee &lt;M&gt;", "£9.86"):
        assert one in answer.text


def test_the_order_is_placed_once_with_the_code(shop: EngineShop) -> None:
    token, code = has_left(shop)
    page = visitor(shop)
    first = page.post("/shop/orders", data={"token": token})
    assert "Thank you" in first.text
    assert "ordered already" in page.post("/shop/orders", data={"token": token}).text
    [order] = [one.event for one in shop.log() if one.event.metric == Metric.PLACED_ORDER]
    assert (order.properties["coupon"], order.properties["value"]) == (code.code, 986)
    assert Metric.CART_RECOVERED in shop.metrics()
    with shop.store.reading() as reading:
        [one] = reading.codes_of(shop.id, [shop.profile_of(ADA)])
    assert one.redeemed == shop.now


def test_a_link_that_is_none_leads_nowhere(shop: EngineShop) -> None:
    token, _ = has_left(shop)
    page = visitor(shop)
    for made_up in ("x", token[:-2] + "xx", "<script>"):
        answer = page.get("/shop/cart/cart-1", params={"cartback": made_up})
        assert answer.status_code == 404
        assert "<script>" not in answer.text
        assert page.post("/shop/orders", data={"token": made_up}).status_code == 404
    assert page.post("/shop/orders", data={"token": "x" * 5_000}).status_code == 413
    assert page.get("/shop/cart/cart-1").status_code == 200
    assert Metric.PLACED_ORDER not in shop.metrics()


def test_pages_and_pictures_load_nothing_from_elsewhere(shop: EngineShop) -> None:
    has_left(shop)
    page = visitor(shop)
    for path in ("/shop", "/shop/products/22423", "/shop/products/none", "/shop/thanks"):
        text = page.get(path).text
        assert not re.search(r"(?:src|href)=\"https?://", text)
    assert page.get("/shop/pictures/22423.svg").headers["content-type"] == "image/svg+xml"
    assert page.get("/shop/pictures/none.svg").status_code == 404
    assert "<script" not in page.get("/shop/portraits/%3Cscript%3E.svg").text
