"""A price falls, few are left, it is back: whoever cares for the product hears of it once."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import GOODS, RESERVED, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.product import Product, Variant
from cartback.engine.erasing import erase
from cartback.engine.flows import create_flow, set_status
from cartback.engine.people import undo_merge
from cartback.engine.products import Read, put_product, take_products
from cartback.engine.telling import tell, tell_all
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_engine_flows import can_send, claims, decisions, outbox

ADA = "#1 ada@example.com"
BOB = "#2 bob@example.com"


def mug(price: int = 1_000, stock: int | None = 9, variant: str = "") -> Product:
    one = Variant(id=variant, price=price, currency="USD", stock=stock)
    return Product(id="mug", name="Mug", variants=(one,))


def listens(shop: EngineShop, kind: str = "price_drop", **trigger: Any) -> None:  # noqa: ANN401
    can_send(shop)
    document = {
        "name": "News",
        "trigger": {"kind": kind, **trigger},
        "steps": [{"kind": "email", "key": "news", "template": "help"}],
    }
    create_flow(shop.store, shop.id, "news", document, shop.now)
    set_status(shop.store, shop.id, "news", "live", shop.now)
    shop.catches_up()


def sells(shop: EngineShop, product: Product, *, told: bool = True) -> None:
    shop.now += 1
    with shop.store.transaction() as tx:
        put_product(tx, shop.id, product, shop.now)
    if told:
        tell_all(shop.store, shop.rulebook, shop.now)


def fills(shop: EngineShop, who: str = ADA, **line: Any) -> None:  # noqa: ANN401
    shop.happens(who, Metric.SUBSCRIBED, channel="email")
    shop.happens(who, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug", price=1_000, **line)
    shop.passes(2 * HOUR)


def heard(shop: EngineShop) -> list[dict[str, Any]]:
    return [one.event.properties for one in shop.log() if one.event.metric in GOODS]


def entered(shop: EngineShop, who: str = ADA) -> int:
    return sum(one.what == "entered" for one in decisions(shop, who))


def test_who_has_it_in_the_cart_hears_that_it_costs_less(shop: EngineShop) -> None:
    sells(shop, mug())
    fills(shop)
    fills(shop, BOB)
    listens(shop)
    sells(shop, mug(900))
    said = heard(shop)
    assert len(said) == 2
    assert (said[0]["price"], said[0]["price_before"], said[0]["percent"]) == (900, 1_000, 10)
    assert (said[0]["in_cart"], said[0]["cart_id"]) == (True, "c1")
    assert [one.step for one in outbox(shop)] == ["news"]
    check_consistency(shop.store, shop.id, shop.now)
    with shop.store.reading() as reading:
        assert not reading.news_waits()


def test_who_came_to_care_after_the_flow_came_to_work_hears_too(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    fills(shop)
    shop.happens(BOB, Metric.SUBSCRIBED, channel="email")
    shop.happens(BOB, Metric.VIEWED_PRODUCT, product_id="mug")
    sells(shop, mug(900))
    assert (entered(shop), entered(shop, BOB)) == (1, 1)
    assert [(one["in_cart"], one["viewed_for"]) for one in heard(shop)] == [
        (True, None),
        (False, 1),
    ]


@pytest.mark.parametrize("interest, expected", [("cart", (1, 0)), ("viewed", (0, 1))])
def test_a_flow_asks_for_the_cart_or_for_looks_alone(
    shop: EngineShop, interest: str, expected: tuple[int, int]
) -> None:
    sells(shop, mug())
    listens(shop, interest=interest)
    fills(shop)
    shop.happens(BOB, Metric.VIEWED_PRODUCT, product_id="mug")
    sells(shop, mug(900))
    assert (entered(shop), entered(shop, BOB)) == expected


def test_a_small_step_and_a_long_time_begin_nothing(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop, at_least=20, within="10 days")
    fills(shop)
    sells(shop, mug(900))
    assert (len(heard(shop)), entered(shop)) == (1, 0)
    shop.passes(11 * DAY)
    sells(shop, mug(500))
    assert (len(heard(shop)), entered(shop)) == (2, 0)


def test_who_ordered_it_since_hears_nothing(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    fills(shop)
    shop.happens(ADA, Metric.VIEWED_PRODUCT, product_id="mug")
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1", lines=[{"product_id": "mug"}])
    sells(shop, mug(900))
    assert heard(shop) == []


def test_who_took_it_out_again_is_found_out_and_forgotten(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    fills(shop)
    shop.happens(ADA, Metric.REMOVED_FROM_CART, cart_id="c1", product_id="mug", quantity=1)
    sells(shop, mug(900))
    assert heard(shop) == []
    with shop.store.reading() as reading:
        assert reading.interested(shop.id, "mug", 0, 9) == []
    fills(shop)
    sells(shop, mug(800))
    assert len(heard(shop)) == 1


def test_an_order_after_the_news_stops_the_mail(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    fills(shop)
    sells(shop, mug(900))
    shop.happens(ADA, Metric.PLACED_ORDER, lines=[{"product_id": "hat"}])
    assert claims(shop) == []
    assert outbox(shop)[0].error == "filtered"


def test_only_the_variant_that_is_in_the_cart_counts(shop: EngineShop) -> None:
    def shirt(small: int, large: int) -> Product:
        sizes = (("s", small), ("l", large))
        made = tuple(Variant(id=id_, price=price, currency="USD") for id_, price in sizes)
        return Product(id="mug", name="Shirt", variants=made)

    sells(shop, shirt(1_000, 1_000))
    listens(shop)
    fills(shop, variant_id="s")
    sells(shop, shirt(1_000, 500))
    assert heard(shop) == []
    sells(shop, shirt(700, 500))
    assert [(one["variant_id"], one["percent"]) for one in heard(shop)] == [("s", 30)]


def test_few_are_left_and_then_it_is_back(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop, "low_stock", at_most=2)
    fills(shop)
    sells(shop, mug(stock=5))
    sells(shop, mug(stock=2))
    sells(shop, mug(stock=1))
    assert entered(shop) == 1
    assert [(one["stock"], one["stock_before"]) for one in heard(shop)] == [(2, 5), (1, 2)]


def test_it_is_back_in_stock(shop: EngineShop) -> None:
    sells(shop, mug(stock=0))
    listens(shop, "back_in_stock")
    fills(shop)
    sells(shop, mug(stock=4))
    assert entered(shop) == 1
    assert Metric.BACK_IN_STOCK in shop.metrics()


def test_what_is_no_longer_so_when_it_is_told_is_not_told(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    fills(shop)
    sells(shop, mug(900), told=False)
    sells(shop, mug(1_000))
    assert heard(shop) == []


def test_telling_goes_on_where_it_stopped_and_reaches_each_once(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    people = [f"#{10 + n} p{n}@example.com" for n in range(7)]
    for who in people:
        fills(shop, who)
    sells(shop, mug(900), told=False)
    assert tell(shop.store, shop.rulebook, shop.now, 3)
    assert len(heard(shop)) == 3
    with contextlib.suppress(RuntimeError), shop.store.transaction() as tx:
        assert tx.claim_news() is not None
        tx.care_no_more(shop.id, "mug", range(99))
        raise RuntimeError("killed")
    while tell(shop.store, shop.rulebook, shop.now, 3):
        pass
    assert len(heard(shop)) == 7
    assert {entered(shop, who.split()[0]) for who in people} == {1}


def test_an_import_is_noticed_too_and_only_where_somebody_listens(shop: EngineShop) -> None:
    take_products(shop.store, shop.id, [Read(1, mug())], shop.now)
    fills(shop)
    shop.passes(MINUTE)
    take_products(shop.store, shop.id, [Read(1, mug(950))], shop.now)
    with shop.store.reading() as reading:
        assert not reading.news_waits()
    listens(shop)
    shop.passes(MINUTE)
    take_products(shop.store, shop.id, [Read(1, mug(800))], shop.now)
    tell_all(shop.store, shop.rulebook, shop.now)
    assert [one["price"] for one in heard(shop)] == [800]


def test_one_who_was_two_hears_once_and_who_are_two_again_each_their_own(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    shop.happens("#1", Metric.VIEWED_PRODUCT, product_id="mug")
    shop.happens("ada@example.com", Metric.ADDED_TO_CART, cart_id="c", product_id="mug", price=9)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    sells(shop, mug(900))
    assert len(heard(shop)) == 1
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    shop.passes(MINUTE)
    sells(shop, mug(700))
    assert len(heard(shop)) == 3


def test_who_is_forgotten_is_told_nothing(shop: EngineShop) -> None:
    sells(shop, mug())
    listens(shop)
    fills(shop)
    erase(shop.store, shop.id, shop.profile_of("#1"))
    with shop.store.reading() as reading:
        assert reading.interested(shop.id, "mug", 0, 9) == []


def test_news_come_from_nowhere_else() -> None:
    assert GOODS <= RESERVED


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["fill", "view", "order", "drop", "tell", "tell"]), st.integers(0, 4)
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, limit=st.integers(1, 3))
def test_whatever_happens_meanwhile_nobody_hears_twice_and_all_who_care_hear(
    shop: EngineShop, acts: list[tuple[str, int]], limit: int
) -> None:
    """People fill carts, look, order, prices fall, and telling stops and goes on in between."""
    with shop.store.transaction() as tx:
        own = EngineShop(shop.store, tx.add_shop("Socks", 1), shop.now)
    price = 1_000_000
    sells(own, mug(price))
    listens(own)
    waiting: dict[str, set[int]] = {}
    caring: set[int] = set()
    for act, number in acts:
        own.now += MINUTE
        who = f"#{number}"
        match act:
            case "fill":
                own.happens(who, Metric.ADDED_TO_CART, cart_id="c", product_id="mug", price=9)
                caring.add(number)
            case "view":
                own.happens(who, Metric.VIEWED_PRODUCT, product_id="mug")
                caring.add(number)
            case "order":
                own.happens(who, Metric.PLACED_ORDER, cart_id="c")
                caring.discard(number)
                for each in waiting.values():
                    each.discard(number)
            case "drop":
                price = price * 9 // 10
                sells(own, mug(price), told=False)
                waiting[str(own.now)] = set(caring)
            case _:
                tell(own.store, own.rulebook, own.now, limit)
    own.now += MINUTE
    while tell(own.store, own.rulebook, own.now, limit):
        pass
    said = [one for one in own.log() if one.event.metric in GOODS]
    assert len({(one.profile, one.event.time) for one in said}) == len(said)
    heard_by = {(str(one.event.time), one.profile) for one in said}
    for at, people in waiting.items():
        for number in people:
            assert (at, own.profile_of(f"#{number}")) in heard_by
    check_consistency(own.store, own.id)
