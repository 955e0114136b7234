"""Carts: what is in them, when they count as abandoned, and which order takes which."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.advance import advance, merge, new_profile
from cartback.domain.cart import MOST_CHANGES, Cart, Change, union
from cartback.domain.condition import Condition, Did, HasCart
from cartback.domain.effect import Derived, Moved
from cartback.domain.event import Event, Json, Line, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, parse_instant
from cartback.domain.number import Number
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules
from tests.strategies import arriving, happened

NOON = parse_instant("2026-03-01T12:00:00Z")
MUG = {"product_id": "mug", "price": 1_200}
TEE = {"product_id": "tee", "price": 2_500}
ADDED, REMOVED = Metric.ADDED_TO_CART, Metric.REMOVED_FROM_CART
UPDATED, STARTED, ORDERED = Metric.CART_UPDATED, Metric.CHECKOUT_STARTED, Metric.PLACED_ORDER


def shop(**segments: Condition) -> Ruleset:
    return compile_rules(
        make_rules(None, Settings(), [(key, "", c) for key, c in segments.items()])
    )


PLAIN = shop()
_numbers = iter(range(10**6))


def at(minutes: float, metric: str, **properties: Json) -> Event:
    """Something that happened so many minutes after noon."""
    return happened(metric, NOON + round(minutes * MINUTE), f"e{next(_numbers)}", **properties)


def after(*events: Event, rules: Ruleset = PLAIN) -> Profile:
    return advance(new_profile(1, rules), events, events[-1].received, rules).profile


def cart_after(*events: Event) -> Cart:
    (cart,) = after(*events).carts.values()
    return cart


def content(cart: Cart) -> dict[str, int]:
    return {line.product_id: line.quantity for line in cart.lines()}


def said(events: list[Event], until: float, rules: Ruleset = PLAIN) -> list[tuple[str, float]]:
    """What was derived of those events, and when, in minutes after noon."""
    end = NOON + round(until * MINUTE)
    effects = advance(new_profile(1, rules), events, end, rules).effects
    derived = [effect.event for effect in effects if isinstance(effect, Derived)]
    return [(event.metric, (event.received - NOON) / MINUTE) for event in derived]


# --- what is in it ---------------------------------------------------------------------------


def test_pieces_add_up_and_go() -> None:
    cart = cart_after(
        at(0, ADDED, **MUG),
        at(1, ADDED, **MUG, quantity=2),
        at(2, ADDED, **TEE),
        at(3, REMOVED, **MUG),
    )
    assert content(cart) == {"mug": 2, "tee": 1}
    assert cart.items() == 3
    assert cart.value() == 2 * 1_200 + 2_500


def test_no_more_can_be_removed_than_is_there() -> None:
    assert content(cart_after(at(0, ADDED, **MUG), at(1, REMOVED, **MUG, quantity=5))) == {}
    assert content(cart_after(at(0, REMOVED, **MUG), at(1, ADDED, **MUG))) == {"mug": 1}


def test_variants_are_different_articles() -> None:
    red = {**TEE, "variant_id": "red"}
    cart = cart_after(at(0, ADDED, **TEE), at(1, ADDED, **red), at(2, REMOVED, **TEE))
    assert [line.variant_id for line in cart.lines()] == ["red"]


def test_the_newest_price_counts() -> None:
    cart = cart_after(at(0, ADDED, **MUG), at(1, ADDED, product_id="mug", price=1_000))
    assert cart.value() == 2_000


def test_a_price_of_another_currency_than_the_carts_last_one_is_not_known_any_more() -> None:
    mug = at(0, ADDED, **MUG, currency="EUR")
    tea = at(1, ADDED, product_id="tea", price=20_000, currency="KRW")
    for cart in (cart_after(mug, tea), cart_after(tea, arriving(mug, NOON + 3 * MINUTE))):
        assert (cart.value(), cart.currency, cart.is_priced()) == (20_000, "KRW", True)
        assert [line.price for line in cart.lines()] == [None, 20_000]
        assert content(cart) == {"mug": 1, "tea": 1}
    back = at(2, UPDATED, lines=[MUG, TEE], currency="EUR")
    assert cart_after(mug, tea, back).value() == 3_700
    unsaid = at(2, ADDED, **TEE)
    assert cart_after(mug, unsaid).value() == 3_700


def test_a_cart_of_many_changes_keeps_its_currencies_apart() -> None:
    pounds = [at(n / 10, ADDED, product_id=f"p{n}", price=5, currency="GBP") for n in range(40)]
    euros = [at(9 + n / 10, ADDED, **MUG, currency="EUR") for n in range(MOST_CHANGES)]
    cart = cart_after(*pounds, *euros)
    assert len(cart.changes) <= MOST_CHANGES
    assert (cart.value(), cart.currency) == (1_200 * MOST_CHANGES, "EUR")
    assert cart.items() == 40 + MOST_CHANGES


def test_a_whole_picture_replaces_what_was_known() -> None:
    cart = cart_after(at(0, ADDED, **MUG), at(1, UPDATED, lines=[TEE]), at(2, ADDED, **MUG))
    assert content(cart) == {"tee": 1, "mug": 1}


def test_a_checkout_without_lines_keeps_the_known_ones() -> None:
    cart = cart_after(at(0, ADDED, **MUG), at(1, STARTED))
    assert content(cart) == {"mug": 1}
    assert cart.in_checkout


def test_the_shops_own_total_counts_until_something_changes() -> None:
    cart = cart_after(at(0, UPDATED, lines=[MUG], value=999))
    assert cart.value() == 999
    assert cart_after(at(0, UPDATED, lines=[MUG], value=999), at(1, ADDED, **TEE)).value() == 3_700


def test_a_total_counts_where_no_lines_are_known() -> None:
    assert cart_after(at(0, STARTED, value=4_200)).value() == 4_200
    assert cart_after(at(0, ADDED, **MUG), at(1, STARTED, value=1_500)).value() == 1_500
    assert cart_after(at(1, STARTED, value=1_500), at(0, ADDED, **MUG)).value() == 1_500


def test_a_total_ends_with_the_order() -> None:
    paid = (at(0, UPDATED, lines=[MUG], value=999), at(1, ORDERED), at(2, STARTED))
    assert cart_after(*paid).value() == 0
    assert cart_after(*reversed(paid)).value() == 0


def test_what_arrives_late_is_put_in_its_place() -> None:
    """The picture of 12:02 already knows of the tee that was removed at 12:01."""
    picture = at(2, UPDATED, lines=[MUG])
    removed = arriving(at(1, REMOVED, **TEE), NOON + 3 * MINUTE)
    assert content(cart_after(at(0, ADDED, **TEE), picture, removed)) == {"mug": 1}


def test_the_latest_word_on_a_checkout_wins_in_any_order_of_arrival() -> None:
    first, second = at(0, STARTED, checkout_id="old"), at(1, STARTED, checkout_id="new")
    plain = at(2, ADDED, **MUG)
    late = [arriving(one, NOON + 3 * MINUTE) for one in (first, second)]
    assert cart_after(first, second, plain).checkout_id == "new"
    assert cart_after(plain, *late).checkout_id == "new"


def test_a_cart_of_many_changes_keeps_its_content() -> None:
    events = [at(place, ADDED, product_id=f"p{place % 7}") for place in range(200)]
    cart = cart_after(*events)
    assert len(cart.changes) <= MOST_CHANGES
    assert cart.items() == 200


# --- abandoned -------------------------------------------------------------------------------


def test_a_cart_left_for_an_hour_is_abandoned_on_the_millisecond() -> None:
    assert said([at(0, ADDED, **MUG)], 60 - 1 / 60_000) == []
    assert said([at(0, ADDED, **MUG)], 60) == [("Cart Abandoned", 60)]


def test_it_is_said_once_until_something_happens_in_it_again() -> None:
    events = [at(0, ADDED, **MUG), at(100, ADDED, **MUG)]
    assert said(events, 10_000) == [("Cart Abandoned", 60), ("Cart Abandoned", 160)]


def test_cart_and_checkout_have_limits_of_their_own() -> None:
    settings = Settings(cart_idle="60 minutes", checkout_idle="10 minutes")
    rules = compile_rules(make_rules(None, settings, []))
    assert said([at(0, STARTED, lines=[MUG])], 10, rules) == [("Cart Abandoned", 10)]
    assert said([at(0, ADDED, **MUG)], 59, rules) == []


def test_an_empty_cart_is_not_abandoned() -> None:
    assert said([at(0, ADDED, **MUG), at(1, REMOVED, **MUG)], 1_000) == []


def test_a_cart_that_was_empty_when_it_fell_due_and_is_not_is_announced_after_all() -> None:
    """Two mugs were added and one removed; the news of the adding came late."""
    added = arriving(at(0, ADDED, **MUG, quantity=2), NOON + 90 * MINUTE)
    assert said([at(1, REMOVED, **MUG), added], 1_000) == [("Cart Abandoned", 90)]


def test_a_checkout_without_known_lines_can_be_abandoned() -> None:
    assert said([at(0, STARTED)], 1_000) == [("Cart Abandoned", 60)]


def test_a_cart_is_forgotten_after_ninety_days() -> None:
    profile = after(at(0, ADDED, **MUG))
    assert advance(profile, [], NOON + 90 * DAY - 1, PLAIN).profile.carts
    assert not advance(profile, [], NOON + 90 * DAY, PLAIN).profile.carts


def test_people_are_in_a_segment_of_carts_from_when_they_are_left_until_forgotten() -> None:
    rules = shop(
        left=HasCart("abandoned"),
        active=HasCart("active"),
        dear=HasCart(value=Number(at_least=2_000)),
    )
    effects = advance(new_profile(1, rules), [at(0, ADDED, **TEE)], NOON + 100 * DAY, rules).effects
    moved = [(one.segment, one.at - NOON, one.joined) for one in effects if isinstance(one, Moved)]
    assert moved == [
        ("active", 0, True),
        ("dear", 0, True),
        ("active", HOUR, False),
        ("left", HOUR, True),
        ("dear", 90 * DAY, False),
        ("left", 90 * DAY, False),
    ]


# --- ordered ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order",
    [
        {"cart_id": "c1"},
        {"checkout_id": "k1"},
        {"cart_id": "c1", "lines": [TEE]},
        {"lines": [MUG, TEE]},
        {"cart_id": "not ours", "lines": [MUG]},
        {},
    ],
)
def test_an_order_closes_the_cart_that_it_came_from(order: dict[str, Any]) -> None:
    started = at(0, STARTED, cart_id="c1", checkout_id="k1", lines=[MUG])
    assert said([started, at(59, ORDERED, **order)], 10_000) == []


@pytest.mark.parametrize(
    "order",
    [{"cart_id": "c2"}, {"checkout_id": "k2"}, {"lines": [TEE]}, {"cart_id": "c2", "lines": [MUG]}],
)
def test_an_order_leaves_other_carts_alone(order: dict[str, Any]) -> None:
    mine = at(0, STARTED, cart_id="c1", checkout_id="k1", lines=[MUG])
    other = at(1, STARTED, cart_id="c2", checkout_id="k2", lines=[TEE])
    assert said([mine, other, at(59, ORDERED, **order)], 10_000) == [("Cart Abandoned", 60)]


def test_what_is_added_after_an_order_is_a_new_cart() -> None:
    events = [at(0, ADDED, **MUG), at(10, ORDERED), at(20, ADDED, **TEE)]
    assert content(cart_after(*events)) == {"tee": 1}
    assert said(events, 10_000) == [("Cart Abandoned", 80)]


@pytest.mark.parametrize("order", [{"cart_id": "c1"}, {"lines": [MUG]}, {}])
def test_what_arrives_late_of_a_cart_that_was_bought_is_bought(order: dict[str, Any]) -> None:
    bought = at(10, ORDERED, **order)
    late = arriving(at(0, ADDED, cart_id="c1", **MUG), NOON + 300 * MINUTE)
    assert said([bought, late], 10_000) == []


@pytest.mark.parametrize("minute", [0, 5, 10])
def test_what_is_found_later_to_have_been_in_a_closed_cart_went_with_it(minute: int) -> None:
    """The order took the mug, so it took the cart: what was in it by then is not put in again."""
    mug, bought = at(0, ADDED, **MUG), at(10, ORDERED, lines=[MUG])
    late = arriving(at(minute, ADDED, **TEE), NOON + 300 * MINUTE)
    assert content(cart_after(mug, bought, late)) == {}
    assert said([mug, bought, late], 10_000) == []


def test_a_cart_left_on_one_device_is_not_chased_after_the_order_from_another() -> None:
    """The order came to the known profile; then both turned out to be one person."""
    device = after(at(0, ADDED, cart_id="c1", **MUG))
    known = advance(
        new_profile(2, PLAIN), [at(10, ORDERED, lines=[MUG])], NOON + 30 * MINUTE, PLAIN
    )
    merged, effects = merge(known.profile, device, NOON + 30 * MINUTE, PLAIN, 1)
    assert effects == ()
    assert advance(merged, [], NOON + DAY, PLAIN).effects == ()


def test_an_abandoned_cart_that_was_bought_elsewhere_is_recovered_when_both_become_one() -> None:
    device = advance(new_profile(1, PLAIN), [at(0, ADDED, **MUG)], NOON + 2 * HOUR, PLAIN).profile
    order = at(100, ORDERED, lines=[MUG], order_id="1001", value=1_200)
    known = advance(new_profile(2, PLAIN), [order], NOON + 2 * HOUR, PLAIN).profile
    effects = merge(known, device, NOON + 2 * HOUR, PLAIN, 1).effects
    (recovered,) = [one.event for one in effects if isinstance(one, Derived)]
    assert recovered.metric == "Cart Recovered"
    assert recovered.time == NOON + 100 * MINUTE
    assert recovered.properties["order_id"] == "1001"
    assert recovered.properties["abandoned_at"] == NOON + HOUR


def test_an_order_after_the_cart_was_abandoned_recovers_it() -> None:
    events = [at(0, ADDED, **MUG), at(90, ORDERED, order_id="1001", value=1_200)]
    assert said(events, 10_000) == [("Cart Abandoned", 60), ("Cart Recovered", 90)]


def test_an_order_on_the_very_millisecond_of_the_limit_comes_before_it() -> None:
    assert said([at(0, ADDED, **MUG), at(60, ORDERED)], 10_000) == []


def test_an_order_that_was_placed_before_recovers_nothing_however_late_it_arrives() -> None:
    late = arriving(at(30, ORDERED), NOON + 90 * MINUTE)
    assert said([at(0, ADDED, **MUG), late], 10_000) == [("Cart Abandoned", 60)]


def test_what_is_derived_can_be_asked_about() -> None:
    rules = shop(told=Did(Metric.CART_ABANDONED), bought=Did(Metric.CART_RECOVERED))
    events = [at(0, ADDED, **MUG), at(90, ORDERED)]
    profile = advance(new_profile(1, rules), events, NOON + 90 * MINUTE, rules).profile
    assert profile.member_since("told") == NOON + HOUR
    assert profile.member_since("bought") == NOON + 90 * MINUTE


def test_a_cart_is_worth_no_more_than_an_amount_may_be() -> None:
    dear = {"product_id": "gold", "price": 2**53, "quantity": 1_000_000}
    cart = cart_after(at(0, ADDED, **dear), at(1, ADDED, **{**dear, "product_id": "more"}))
    assert cart.value() == 2**53


@pytest.mark.parametrize(
    "ordered",
    [
        {"product_id": "mug"},
        {"sku": "MUG-1"},
        {"name": "the MUG"},
        {"product_id": "mug", "variant_id": "red", "sku": "other"},
    ],
)
def test_an_order_is_of_the_cart_that_knows_its_article_by_any_name(
    ordered: dict[str, str],
) -> None:
    mug = {"product_id": "mug", "sku": "MUG-1", "name": "The mug", "price": 1_200}
    cart = cart_after(at(0, ADDED, **mug), at(1, ORDERED, lines=[ordered]))
    assert not cart.is_open
    other = cart_after(at(0, ADDED, **mug), at(1, ORDERED, lines=[{"sku": "mug"}]))
    assert other.is_open


def test_it_does_not_matter_which_of_two_carts_is_laid_over_the_other() -> None:
    lines = (Line(product_id="mug"), Line(product_id="mug", brand="Acme"))
    one, other = (Cart("c1", (Change(NOON, "e", "add", (line,)),)) for line in lines)
    assert union(one, other) == union(other, one)
