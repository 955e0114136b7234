"""Products, variants, reviews and suppressions as rows: what is read is what was written."""

from __future__ import annotations

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import ShopId
from cartback.domain.law.terms import Bar
from cartback.domain.product import Product, Variant
from cartback.store import DatabaseStore
from tests.contracts.made import a_product, a_review, a_suppression

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
numbers = st.none() | st.integers(0, 2**53)
variants = st.builds(
    Variant,
    id=texts,
    sku=texts,
    name=texts,
    options=st.dictionaries(texts, texts, max_size=2),
    price=numbers,
    sale_price=numbers,
    currency=st.sampled_from([None, "EUR", "KRW"]),
    cost=numbers,
    stock=st.none() | st.integers(0, 9),
    image=texts,
    url=texts,
)
products = st.builds(
    Product,
    id=st.sampled_from(["a", "b", "ü'%"]),
    name=texts.filter(bool),
    brand=texts,
    url=texts,
    images=st.lists(texts, max_size=2).map(tuple),
    categories=st.lists(texts, max_size=2).map(tuple),
    variants=st.lists(variants, min_size=1, max_size=3, unique_by=lambda one: one.id).map(tuple),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(products, unique_by=lambda one: one.id, max_size=3), max_size=3))
def test_what_was_saved_last_is_read(store: DatabaseStore, batches: list[list[Product]]) -> None:
    with store.transaction() as tx:
        shop = tx.add_shop("Jumpers", 1)
    known: dict[str, Product] = {}
    for batch in batches:
        with store.transaction() as tx:
            tx.save_products(shop, batch, 5)
            known |= {one.id: one for one in batch}
            assert tx.lock_products(shop, known) == known
    with store.reading() as reading:
        assert reading.products_by(shop, ["a", "b", "ü'%", "none"]) == known
        ordered = [known[id_] for id_ in sorted(known, key=str.encode)]
        assert reading.products_after(shop, "", 9) == ordered
        assert reading.products_after(shop, "a", 9) == [one for one in ordered if one.id != "a"]
        assert reading.count_products(shop) == len(known)
        skus = {variant.sku for one in ordered for variant in one.variants} - {""}
        found = reading.products_of_skus(shop, skus)
        assert found.keys() == skus
        assert all(any(v.sku == sku for v in known[id_].variants) for sku, id_ in found.items())


def test_a_product_that_a_feed_dropped_is_removed(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.save_products(shop, [a_product("p1"), a_product("p2")], 5)
        tx.save_products(shop, [a_product("p2")], 6)
        assert tx.remove_unseen(shop, 6) == ["p1"]
        assert tx.remove_unseen(shop, 6) == []
        assert tx.remove_product(shop, "p2")
        assert not tx.remove_product(shop, "p2")
    with store.reading() as reading:
        assert reading.count_products(shop) == 0
        assert reading.products_of_skus(shop, ["s1"]) == {}


def test_reviews_are_read_by_product_the_newest_first(store: DatabaseStore, shop: ShopId) -> None:
    some = [a_review("r1", at=5), a_review("r2", at=7), a_review("r3", "p2")]
    changed = msgspec.structs.replace(some[0], rating=2, permission=False)
    with store.transaction() as tx:
        tx.save_reviews(shop, some)
        tx.save_reviews(shop, [changed])
        tx.save_reviews(shop, [])
    with store.reading() as reading:
        assert reading.reviews_of(shop, "p1", 9) == [some[1], changed]
        assert reading.reviews_of(shop, "p1", 1) == [some[1]]
        assert reading.reviews_after(shop, "r1", 9) == some[1:]
        assert reading.review(shop, "r1") == changed
        assert reading.review(shop, "r9") is None
    with store.transaction() as tx:
        assert tx.remove_review(shop, "r1")
        assert not tx.remove_review(shop, "r1")


def test_who_is_suppressed_stays_for_the_first_reason(store: DatabaseStore, shop: ShopId) -> None:
    first = a_suppression()
    later = msgspec.structs.replace(first, reason=Bar.BY_HAND, at=9)
    other = a_suppression("bob@example.com")
    with store.transaction() as tx:
        assert tx.suppress(shop, [first, later]) == 1
        assert tx.suppress(shop, [later, other]) == 1
        assert tx.suppress(shop, []) == 0
    with store.reading() as reading:
        found = reading.suppressed(shop, "email", ["ann@example.com", "eve@example.com"])
        assert found == {"ann@example.com": first}
        assert reading.suppressed(shop, "sms", ["ann@example.com"]) == {}
        assert reading.suppressions(shop, "email", "", 9) == [first, other]
        assert reading.suppressions(shop, "email", "ann@example.com", 9) == [other]
    with store.transaction() as tx:
        assert tx.unsuppress(shop, "email", "ann@example.com")
        assert not tx.unsuppress(shop, "email", "ann@example.com")
