"""Segment's e-commerce events, as its specification shows them, in our words and minor units."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.drop import DropReason
from cartback.domain.event import PROPERTIES, Event, Metric, check_properties
from cartback.engine.intake import Dropped
from cartback.sources.segment import Options
from cartback.sources.segment.ecommerce import METRICS, translate
from tests.unit.segment_messages import ARRIVAL, dropped, outcome, taken

MONOPOLY = {
    "product_id": "507f1f77bcf86cd799439011",
    "sku": "45790-32",
    "name": "Monopoly: 3rd Edition",
    "price": 19,
    "quantity": 1,
    "category": "Games",
    "url": "https://www.example.com/product/path",
    "image_url": "https://www.example.com/product/path.jpg",
}
UNO = {
    "product_id": "505bd76785ebb509fc183733",
    "sku": "46493-32",
    "name": "Uno Card Game",
    "price": 3,
    "quantity": 2,
    "category": "Games",
}
LINES = [{**MONOPOLY, "price": 1900}, {**UNO, "price": 300}]


def sent(name: str, properties: dict[str, Any]) -> Event:
    return taken({"event": name, "properties": properties})


def refused(name: str, properties: dict[str, Any]) -> Dropped:
    return dropped({"event": name, "properties": properties})


def test_a_completed_order_is_a_placed_order() -> None:
    event = sent(
        "Order Completed",
        {
            "checkout_id": "fksdjfsdjfisjf9sdfjsd9f",
            "order_id": "50314b8e9bcf000000000000",
            "affiliation": "Google Store",
            "total": 27.50,
            "subtotal": 22.50,
            "revenue": 25.00,
            "shipping": 3,
            "tax": 2,
            "discount": 2.5,
            "coupon": "hasbros",
            "currency": "USD",
            "products": [MONOPOLY, UNO],
        },
    )
    assert event.metric == Metric.PLACED_ORDER
    assert event.properties == {
        "checkout_id": "fksdjfsdjfisjf9sdfjsd9f",
        "order_id": "50314b8e9bcf000000000000",
        "affiliation": "Google Store",
        "value": 2750,
        "total": 2750,
        "subtotal": 2250,
        "revenue": 2500,
        "shipping": 300,
        "tax": 200,
        "discount": 250,
        "coupon": "hasbros",
        "currency": "USD",
        "lines": LINES,
    }


@pytest.mark.parametrize(
    "name, metric",
    [
        ("Product Viewed", Metric.VIEWED_PRODUCT),
        ("Product Added", Metric.ADDED_TO_CART),
        ("Wishlist Product Added to Cart", Metric.ADDED_TO_CART),
        ("Product Removed", Metric.REMOVED_FROM_CART),
    ],
)
def test_one_product_keeps_its_place_in_the_event(name: str, metric: Metric) -> None:
    properties = {**MONOPOLY, "price": 18.99, "variant": "200 pieces", "position": 3}
    event = sent(name, {**properties, "cart_id": "c1", "coupon": "MAYDEALS"})
    assert event.metric == metric
    assert event.properties == {
        **MONOPOLY,
        "price": 1899,
        "variant_id": "200 pieces",
        "position": 3,
        "cart_id": "c1",
        "coupon": "MAYDEALS",
    }


@pytest.mark.parametrize(
    "name, metric",
    [
        ("Checkout Started", Metric.CHECKOUT_STARTED),
        ("Cart Viewed", Metric.CART_UPDATED),
        ("Order Refunded", Metric.REFUNDED_ORDER),
        ("Order Cancelled", Metric.CANCELLED_ORDER),
    ],
)
def test_products_become_lines(name: str, metric: Metric) -> None:
    event = sent(name, {"products": [MONOPOLY, UNO], "value": 25, "currency": "EUR"})
    assert event.metric == metric
    assert event.properties == {"lines": LINES, "value": 2500, "currency": "EUR"}


def test_a_cart_viewed_without_its_products_says_nothing_of_the_cart() -> None:
    assert sent("Cart Viewed", {"cart_id": "c1"}).metric == "Cart Viewed"
    assert sent("Cart Viewed", {"cart_id": "c1", "products": []}).metric == "Cart Viewed"


def test_a_product_list_is_a_category() -> None:
    event = sent("Product List Viewed", {"list_id": "hot_deals_1", "products": [MONOPOLY]})
    assert event.metric == Metric.VIEWED_CATEGORY
    assert event.properties == {
        "list_id": "hot_deals_1",
        "category": "hot_deals_1",
        "products": [LINES[0]],
    }


@pytest.mark.parametrize("query, text", [("blue roses", "blue roses"), ({"a": 1}, '{"a":1}')])
def test_a_search_has_its_query_as_text(query: object, text: str) -> None:
    event = sent("Products Searched", {"query": query})
    assert (event.metric, event.properties) == (Metric.SEARCHED, {"query": text})


def test_an_applied_coupon_is_used() -> None:
    event = sent("Coupon Applied", {"coupon_id": "may_deals", "order_id": 5, "discount": 23.32})
    assert event.metric == Metric.COUPON_USED
    assert event.properties == {
        "coupon": "may_deals",
        "coupon_id": "may_deals",
        "order_id": "5",
        "discount": 2332,
    }


@pytest.mark.parametrize(
    "name",
    [
        "Product List Filtered",
        "Promotion Viewed",
        "Promotion Clicked",
        "Checkout Step Viewed",
        "Payment Info Entered",
        "Order Updated",
        "Coupon Entered",
        "Coupon Denied",
        "Coupon Removed",
        "Product Added to Wishlist",
        "Product Removed from Wishlist",
        "Product Shared",
        "Cart Shared",
        "Product Reviewed",
    ],
)
def test_every_other_name_of_the_specification_is_kept_as_it_came(name: str) -> None:
    properties = {"products": [MONOPOLY], "price": 19.99, "order_id": 5}
    event = sent(name, properties)
    assert (event.metric, event.properties) == (name, properties)


@pytest.mark.parametrize(
    "currency, minor", [("KRW", 20), ("krw ", 20), ("USD", 1999), ("KWD", 19990), (None, 1999)]
)
def test_an_amount_is_in_minor_units_of_the_events_currency(
    currency: str | None, minor: int
) -> None:
    event = sent("Product Viewed", {"price": 19.99, "currency": currency})
    assert event.properties["price"] == minor


def test_an_event_without_a_currency_is_in_the_shops() -> None:
    arrival = ARRIVAL._replace(options=Options(currency="KRW"))
    event = taken({"event": "Product Viewed", "properties": {"price": "19900"}}, arrival)
    assert event.properties == {"price": 19900, "currency": "KRW"}
    search = taken({"event": "Products Searched", "properties": {"query": "roses"}}, arrival)
    assert search.properties == {"query": "roses"}


def test_the_total_goes_before_the_revenue() -> None:
    assert sent("Order Completed", {"revenue": 25}).properties["value"] == 2500
    assert sent("Order Completed", {"revenue": 25, "total": 28}).properties["value"] == 2800
    assert sent("Checkout Started", {"revenue": 25, "value": 30}).properties["value"] == 3000


def test_numbers_written_as_texts_and_texts_as_numbers_are_understood() -> None:
    event = sent("Product Added", {"product_id": 507, "sku": 1.0, "price": "5", "quantity": "2"})
    assert event.properties == {"product_id": "507", "sku": "1", "price": 500, "quantity": 2}
    assert sent("Product Added", {"quantity": 2.0}).properties == {"quantity": 2}


def test_nulls_are_left_out() -> None:
    event = sent("Order Completed", {"coupon": None, "products": [{"sku": "a", "price": None}]})
    assert event.properties == {"lines": [{"sku": "a"}]}


def test_a_side_amount_that_is_none_stays_as_it_came() -> None:
    properties = {"shipping": "free", "discount": "10 %", "tax": {"vat": 2}, "subtotal": 5}
    event = sent("Order Completed", properties)
    assert event.properties == {**properties, "subtotal": 500}


@pytest.mark.parametrize(
    "name, properties, path",
    [
        ("Product Added", {"price": "abc"}, "$.price"),
        ("Product Added", {"price": [1]}, "$.price"),
        ("Product Added", {"price": 10**16}, "$.price"),
        ("Product Added", {"quantity": 1.5}, "$.quantity"),
        ("Product Added", {"quantity": -1}, "$.quantity"),
        ("Product Added", {"name": ["a"]}, "$.name"),
        ("Product Added", {"name": "x" * 2_001}, "$.name"),
        ("Product Added", {"currency": "$"}, "$.currency"),
        ("Product Added", {"currency": 5}, "$.currency"),
        ("Order Completed", {"products": {}}, "$.products"),
        ("Order Completed", {"products": ["a"]}, "$.products[0]"),
        ("Order Completed", {"products": [{}, {"price": "x"}]}, "$.products[1].price"),
        ("Order Completed", {"products": [{}, {"sku": []}]}, "$.products[1].sku"),
        ("Order Completed", {"total": "a lot"}, "$.total"),
        ("Placed Order", {"value": 19.99}, "$.value"),
        ("Placed Order", {"lines": [{"price": 19.99}]}, "$.lines[0].price"),
        ("Placed Order", {"order_id": 5}, "$.order_id"),
        ("Joined List", {}, "list"),
        ("Product Added", {"cart_id": {}}, "$.cart_id"),
        ("Product Added", {"cart_id": "x" * 256}, "$.cart_id"),
        ("Product Added", {"product_id": True}, "$.product_id"),
        ("Product Added", {"brand": {"name": "Hasbro"}}, "$.brand"),
        ("Product Viewed", {"sku": "x" * 256}, "$.sku"),
        ("Checkout Started", {"checkout_id": {"id": 7}}, "$.checkout_id"),
        ("Order Completed", {"order_id": {}}, "$.order_id"),
        ("Order Completed", {"coupon": "x" * 256}, "$.coupon"),
        ("Order Completed", {"products": [{}, {"sku": "x" * 256}]}, "$.products[1].sku"),
        ("Coupon Applied", {"coupon_id": {}}, "$.coupon_id"),
        ("Product Added", {"price": -0.01}, "$.price"),
        ("Cart Viewed", {"products": [{"price": -1}]}, "$.products[0].price"),
        ("Checkout Started", {"value": -5}, "$.value"),
        ("Checkout Started", {"revenue": -5}, "$.revenue"),
        ("Checkout Started", {"value": -5, "lines": []}, "$.value"),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(
    name: str, properties: dict[str, Any], path: str
) -> None:
    wrong = refused(name, properties)
    assert wrong.reason == DropReason.WRONG_TYPE
    assert path in wrong.detail
    assert name in wrong.detail


# --- our own names ------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["Placed Order", "Cart Updated", "Checkout Started"])
def test_our_own_metrics_are_in_minor_units_already(metric: str) -> None:
    properties = {"lines": LINES, "value": 2500, "currency": "USD", "theirs": 19.99}
    event = sent(metric, properties)
    assert (event.metric, event.properties) == (metric, properties)


def test_the_shared_name_is_segments_unless_it_has_lines() -> None:
    assert sent("Checkout Started", {"value": 25}).properties["value"] == 2500
    assert sent("Checkout Started", {"value": 25, "lines": []}).properties["value"] == 25


def test_consent_is_kept_with_its_channel() -> None:
    event = sent("Subscribed", {"channel": "sms", "source": "footer form"})
    assert event.metric == Metric.SUBSCRIBED
    assert refused("Unsubscribed", {"channel": ""}).reason == DropReason.WRONG_TYPE


def test_every_mapped_metric_is_a_standard_one_with_typed_properties() -> None:
    assert {row.metric for row in METRICS.values()} <= set(PROPERTIES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
NAMES = st.sampled_from(
    """
    products lines price value total revenue quantity currency variant variant_id product_id
    coupon coupon_id category list_id query tax
    """.split()
)
PRODUCTS = st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=2)
OBJECTS = st.dictionaries(NAMES, JSON | PRODUCTS, max_size=6)


@given(st.sampled_from(sorted(METRICS)), OBJECTS, st.sampled_from([None, "USD", "KRW"]))
def test_whatever_is_translated_is_refused_or_right(
    name: str, properties: dict[str, Any], currency: str | None
) -> None:
    before = repr(properties)
    translated = translate(name, properties, currency)
    assert repr(properties) == before
    message = {"event": name, "properties": properties}
    event = outcome(message, ARRIVAL._replace(options=Options(currency=currency)))
    if isinstance(translated, Dropped):
        assert isinstance(event, Dropped)
    if isinstance(event, Event):
        check_properties(event.metric, event.properties)


def test_an_order_may_hold_what_is_taken_off_or_given_back() -> None:
    products = [{"sku": "a", "price": 20}, {"sku": "voucher", "price": -5}]
    order = sent("Order Completed", {"total": 15, "products": products})
    assert [line["price"] for line in order.properties["lines"]] == [2000, -500]
    assert sent("Order Refunded", {"total": -15}).properties["value"] == -1500


def test_a_search_may_be_an_object() -> None:
    event = sent("Products Searched", {"query": {"text": "roses", "page": 2}})
    assert event.properties == {"query": '{"text":"roses","page":2}'}


def test_the_documentation_shows_the_whole_map() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ingestion.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for name, row in METRICS.items():
        assert any(name in line and row.metric in line for line in rows), name
    assert all(f"`{reason}`" in page for reason in DropReason)


def test_a_click_on_a_product_is_no_second_view_of_it() -> None:
    assert sent("Product Clicked", {"product_id": "507"}).metric == "Product Clicked"
