"""A link brings back a cart: on any device, with what is in the cart now, and with its code."""

from __future__ import annotations

import pytest

from cartback.domain.code import cart_mark
from cartback.domain.coupon import Goods, Wish
from cartback.domain.event import Line
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.product import Product, Variant
from cartback.domain.restore import Why
from cartback.engine.codes import give
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import define_coupon
from cartback.engine.people import merge_by_hand
from cartback.engine.restoring import DeadLink, Followed, follow, make_link
from cartback.engine.signing import KeyedSigner, stored_signer
from tests.scenarios.engine_shop import EngineShop

LINES = [
    {"product_id": "jumper", "variant_id": "m", "price": 4_900, "quantity": 1},
    {"product_id": "socks", "sku": "S1", "price": 900, "quantity": 3},
]
CATALOG = [
    Product(
        id="jumper",
        name="Jumper",
        variants=(
            Variant(id="m", name="M", options={"size": "M"}, price=3_900, stock=1),
            Variant(id="l", name="L", options={"size": "L"}, price=3_900, stock=1),
        ),
    ),
    Product(id="socks", name="Socks", variants=(Variant(id="one", sku="S1", price=900, stock=2),)),
]


@pytest.fixture
def token(shop: EngineShop) -> str:
    """Ada left a cart, and was sent a link to it an hour later."""
    shop.happens("ada@example.com", "Cart Updated", cart_id="c1", currency="EUR", lines=LINES)
    with shop.store.transaction() as tx:
        tx.save_products(shop.id, CATALOG, shop.now)
    shop.now += HOUR
    return link(shop, "ada@example.com")


def link(shop: EngineShop, who: str) -> str:
    state = shop.person(who)
    signer = stored_signer(shop.store)
    return make_link(signer, shop.id, state.id, state.carts["c1"], shop.now)


def followed(shop: EngineShop, token: str, *present: Line) -> Followed:
    signer = stored_signer(shop.store)
    with shop.store.reading() as reading:
        return follow(reading, signer, shop.id, token, present, shop.now)


def test_a_link_brings_back_what_can_be_had(shop: EngineShop, token: str) -> None:
    found = followed(shop, token, Line(product_id="hat"))
    assert [(one.product_id, one.quantity, one.price) for one in found.restoring.lines] == [
        ("hat", 1, None),
        ("jumper", 1, 3_900),
        ("socks", 2, 900),
    ]
    assert [one.was for one in found.restoring.put_back] == [4_900, None]
    [fewer] = found.restoring.missing
    assert (fewer.line.product_id, fewer.pieces, fewer.why) == ("socks", 1, Why.FEWER)
    assert (found.currency, found.code, found.was_ordered) == ("EUR", None, False)


def test_what_sold_out_meanwhile_has_a_neighbour(shop: EngineShop, token: str) -> None:
    jumper = CATALOG[0]
    gone = Product(
        id="jumper",
        name="Jumper",
        variants=(Variant(id="m", options={"size": "M"}, stock=0), jumper.variants[1]),
    )
    with shop.store.transaction() as tx:
        tx.save_products(shop.id, [gone], shop.now)
    sold_out = followed(shop, token).restoring.missing[0]
    assert sold_out.why is Why.SOLD_OUT
    assert sold_out.instead is not None
    assert (sold_out.instead.line.variant_id, sold_out.instead.name) == ("l", "L")


def test_the_code_of_the_cart_comes_with_it(shop: EngineShop, token: str) -> None:
    define_coupon(
        shop.store, shop.id, "Ten", {"gives": {"kind": "percent", "percent": 10}}, shop.now
    )
    state = shop.person("ada@example.com")
    mark = cart_mark("c1", state.carts["c1"].closed_at)
    wish = Wish(coupon="ten", cart=mark, goods=(Goods("jumper", 4_900),))
    with shop.store.transaction() as tx:
        code = give(tx, shop.id, wish, state.id, shop.now)
    assert isinstance(code, CodeRow)
    assert followed(shop, token).code == code
    shop.now += 72 * HOUR
    assert followed(shop, token).code is None


def test_after_the_order_nothing_comes_back(shop: EngineShop, token: str) -> None:
    shop.now += HOUR
    shop.happens("ada@example.com", "Placed Order", cart_id="c1", order_id="o1")
    found = followed(shop, token, Line(product_id="hat"))
    assert found.was_ordered
    assert [one.product_id for one in found.restoring.lines] == ["hat"]


def test_a_link_follows_somebody_who_was_merged(shop: EngineShop, token: str) -> None:
    shop.happens("#42", "Viewed Product")
    ada, known = shop.profile_of("ada@example.com"), shop.profile_of("#42")
    merge_by_hand(shop.store, shop.rulebook, shop.id, known, ada, shop.now)
    assert len(followed(shop, token).restoring.put_back) == 2


def test_a_cart_with_a_long_id_has_a_short_link(shop: EngineShop) -> None:
    long = "장바구니" * 400
    for number in range(2):
        shop.happens("bob@example.com", "Cart Updated", cart_id=f"{long}{number}", lines=LINES[:1])
    state = shop.person("bob@example.com")
    signer = stored_signer(shop.store)
    for cart in state.carts.values():
        token = make_link(signer, shop.id, state.id, cart, shop.now)
        assert len(token) < 100
        assert len(followed(shop, token).restoring.lines) == 1


def test_without_a_catalog_the_cart_comes_back_as_it_was(shop: EngineShop) -> None:
    shop.happens("bob@example.com", "Cart Updated", cart_id="c1", lines=LINES)
    found = followed(shop, link(shop, "bob@example.com")).restoring
    assert [(one.line.quantity, one.checked) for one in found.put_back] == [(1, False), (3, False)]
    assert found.is_whole


def test_a_link_shows_what_was_in_it_when_it_was_sent(shop: EngineShop, token: str) -> None:
    shop.now += MINUTE
    shop.happens("ada@example.com", "Added to Cart", cart_id="c1", product_id="hat", price=1)
    restored = followed(shop, token).restoring.lines
    assert [one.product_id for one in restored] == ["jumper", "socks"]


@pytest.mark.parametrize("broken", ["", "x", "AAAA", "ü", "=" * 2_000, "a" * 1_500])
def test_a_made_up_link_leads_nowhere(shop: EngineShop, token: str, broken: str) -> None:
    with pytest.raises(DeadLink, match="no link"):
        followed(shop, broken)


def test_a_changed_an_old_and_a_strangers_link_lead_nowhere(shop: EngineShop, token: str) -> None:
    for place in range(0, len(token) - 1, 5):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(DeadLink, match="no link"):
            followed(shop, token[:place] + other + token[place + 1 :])
    with shop.store.transaction() as tx:
        stranger = tx.add_shop("Socks", 0)
    signer = stored_signer(shop.store)
    with shop.store.reading() as reading, pytest.raises(DeadLink, match="no link"):
        follow(reading, signer, stranger, token, (), shop.now)
    shop.now += 91 * DAY
    with pytest.raises(DeadLink, match="expired"):
        followed(shop, token)


def test_a_link_to_somebody_erased_leads_nowhere(shop: EngineShop, token: str) -> None:
    signer = stored_signer(shop.store)
    state = shop.person("ada@example.com")
    nobody = make_link(signer, shop.id, 999_999, state.carts["c1"], shop.now)
    with pytest.raises(DeadLink, match="not known any more"):
        followed(shop, nobody)


def test_a_token_is_short_and_the_key_stays(shop: EngineShop, token: str) -> None:
    assert len(token) < 50
    one, two = stored_signer(shop.store), stored_signer(shop.store)
    assert two.read("cart", one.sign("cart", b"said")) == b"said"
    assert two.read("other", one.sign("cart", b"said")) is None
    with pytest.raises(ValueError, match="32 bytes"):
        KeyedSigner(b"short")
