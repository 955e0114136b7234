"""What a mail says of goods: the prices and the stock of now, and the event that it is about."""

from __future__ import annotations

from typing import Any

from cartback.domain.event import Metric
from cartback.domain.instant import HOUR
from cartback.engine.flows import create_flow, set_status
from cartback.engine.telling import tell_all
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.mail_shop import (
    ADA,
    MUG,
    TEE,
    can_send,
    given,
    leaves,
    offers,
    outbox,
    sells,
    sends,
    text_of,
)

# --- prices and stock of now ---------------------------------------------------------------------


def test_lines_say_the_price_the_stock_and_the_picture_of_now(shop: EngineShop) -> None:
    can_send(shop)
    sells(
        shop,
        "mug",
        {"price": 1_200, "sale_price": 700, "stock": 2},
        images=("https://shop.example/mug.jpg",),
        url="https://shop.example/mug",
    )
    leaves(shop)
    [mail] = sends(shop)
    assert "https://shop.example/mug.jpg" in mail.html
    said = text_of(mail)
    assert "mug of now" in said
    assert "€7.00" in said
    assert "Fell from €9.00 since you chose it" in said
    assert "2 left in stock" in said
    assert "In all €14.00" in said


def test_a_price_that_rose_is_no_news_and_plenty_is_not_counted(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 1_000, "stock": 50})
    leaves(shop)
    said = text_of(sends(shop)[0])
    assert "€10.00" in said
    assert "Fell" not in said
    assert "left in stock" not in said


def test_what_the_catalog_does_not_know_stays_as_it_was_told(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "jug", {"price": 100, "stock": 0})
    leaves(shop)
    said = text_of(sends(shop)[0])
    assert "Mug of then" in said
    assert "€9.00" in said
    assert "In all €18.00" in said
    assert "Sold out" not in said


def test_prices_of_another_currency_are_not_mixed_in(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 100, "currency": "USD", "stock": 9})
    leaves(shop)
    said = text_of(sends(shop)[0])
    assert "€9.00" in said
    assert "$" not in said


def test_what_is_sold_out_is_said_and_stands_last(shop: EngineShop) -> None:
    can_send(shop)
    sells(shop, "mug", {"price": 900, "sale_price": 500, "stock": 0})
    sells(shop, "tee", {"id": "tee-m", "price": 2_000, "stock": 1, "options": {"Size": "M"}})
    leaves(shop, MUG, TEE)
    said = text_of(sends(shop)[0])
    assert said.index("tee of now") < said.index("mug of now") < said.index("Sold out")
    assert "The last one in stock" in said
    assert "In all €20.00" in said
    assert "Fell" not in said, "nobody is told of a bargain that cannot be had"


def test_a_cart_of_which_nothing_can_be_had_is_not_written_about(shop: EngineShop) -> None:
    can_send(shop)
    offers(shop)
    sells(shop, "mug", {"price": 900, "stock": 0})
    sells(shop, "tee", {"id": "tee-l", "price": 2_000, "stock": 4})
    leaves(shop, MUG, TEE)
    assert sends(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.error) == ("cancelled", "sold_out")
    assert given(shop) == [], "no code for a mail that does not go"


# --- what began the run --------------------------------------------------------------------------


def begins(shop: EngineShop, trigger: dict[str, Any], text: str) -> None:
    """A flow whose one mail says that, begun by something else than a cart."""
    blocks = [{"kind": "text", "text": text}, {"kind": "footer", "text": "You agreed."}]
    can_send(shop, {"subject": "News", "blocks": blocks})
    step = {"kind": "email", "key": "news", "template": "help"}
    flow = {"name": "News", "trigger": trigger, "steps": [step]}
    create_flow(shop.store, shop.id, "news", flow, shop.now)
    set_status(shop.store, shop.id, "news", "live", shop.now)
    shop.catches_up()


def test_a_mail_about_news_of_a_product_says_what_it_costs_and_cost(shop: EngineShop) -> None:
    said = (
        "{{ product.name }}: {{ product.price | money: product.currency }}, before"
        " {{ product.old_price | money: product.currency }}, less by {{ event.percent }}"
    )
    begins(shop, {"kind": "price_drop"}, said)
    sells(shop, "mug", {"price": 1_000, "stock": 5})
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.VIEWED_PRODUCT, product_id="mug", price=1_000, currency="EUR")
    shop.now += HOUR
    sells(shop, "mug", {"price": 800, "stock": 5})
    tell_all(shop.store, shop.rulebook, shop.now)
    [mail] = sends(shop)
    assert "mug of now: €8.00, before €10.00, less by 20" in text_of(mail)


def test_a_mail_of_thanks_names_the_order(shop: EngineShop) -> None:
    said = "Order {{ order.number }} of {{ order.value | money: order.currency }}"
    begins(shop, {"kind": "metric", "metric": "Placed Order"}, said)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.PLACED_ORDER, order_id="no-17", value=4_200, currency="EUR")
    [mail] = sends(shop)
    assert "Order no-17 of €42.00" in text_of(mail)


def test_a_run_that_no_event_began_leaves_it_empty(shop: EngineShop) -> None:
    begins(shop, {"kind": "list", "list": "news"}, "({{ product.name }}{{ order.number }})")
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.JOINED_LIST, list="news")
    [mail] = sends(shop)
    assert "()" in text_of(mail)
