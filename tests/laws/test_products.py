"""Laws of products and reviews: what a change means, and which reviews are shown."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.instant import DAY, parse_instant
from cartback.domain.product import (
    FEW,
    BackInStock,
    LowStock,
    PriceDropped,
    Product,
    SoldOut,
    Variant,
    changes,
)
from cartback.domain.review import Review, best_reviews, may_be_shown, rated, wilson

MONDAY = parse_instant("2026-03-02T09:00:00Z")
prices = st.none() | st.integers(0, 5)
variants = st.builds(
    Variant,
    id=st.sampled_from(["m", "l", "xl"]),
    price=prices,
    sale_price=prices,
    currency=st.sampled_from([None, "EUR", "USD"]),
    stock=st.none() | st.integers(0, 6),
)
products = st.builds(
    Product,
    id=st.just("p"),
    name=st.just("Jumper"),
    variants=st.lists(variants, min_size=1, max_size=3, unique_by=lambda one: one.id).map(tuple),
)


@given(products)
def test_nothing_changed_where_nothing_changed(product: Product) -> None:
    assert changes(product, product) == ()
    assert changes(None, product) == ()


@given(products, st.none() | products)
def test_every_change_is_true(before: Product, after: Product | None) -> None:
    then = {one.id: one for one in before.variants}
    now = {one.id: one for one in after.variants} if after is not None else {}
    for change in changes(before, after):
        was, present = then[change.variant], now.get(change.variant)
        match change:
            case SoldOut():
                assert was.is_in_stock
                assert present is None or not present.is_in_stock
            case BackInStock(_, _, stock):
                assert not was.is_in_stock
                assert present is not None
                assert present.is_in_stock
                assert present.stock == stock
            case LowStock(_, _, stock):
                assert 0 < stock <= FEW
                assert was.stock is None or was.stock > FEW
            case PriceDropped(_, _, dear, cheap):
                assert cheap < dear
                assert present is not None
                assert (was.now, present.now) == (dear, cheap)
                assert was.currency == present.currency


@given(products, products, products)
def test_stock_comes_and_goes_in_turns(one: Product, two: Product, three: Product) -> None:
    """Between two times back in stock there is a sold out."""
    for variant in ("m", "l", "xl"):
        told = [
            type(change)
            for step in (changes(one, two), changes(two, three))
            for change in step
            if change.variant == variant and isinstance(change, BackInStock | SoldOut)
        ]
        if any(v.id == variant for v in two.variants):
            assert told in (
                [],
                [BackInStock],
                [SoldOut],
                [BackInStock, SoldOut],
                [SoldOut, BackInStock],
            )


@given(variants)
def test_what_is_crossed_out_is_dearer(variant: Variant) -> None:
    if variant.before is not None:
        assert variant.now is not None
        assert variant.now < variant.before == variant.price
    if variant.now is not None:
        assert variant.now in (variant.price, variant.sale_price)


def test_a_variant_is_found_by_id_by_sku_or_because_it_is_the_only_one() -> None:
    medium, large = Variant(id="m", sku="J-M"), Variant(id="l", sku="J-L")
    both = Product(id="p", name="Jumper", variants=(medium, large))
    alone = Product(id="p", name="Jumper", variants=(medium,))
    assert both.variant("l") == large
    assert both.variant(sku="J-M") == medium
    assert both.variant("x") is both.variant() is None
    assert alone.variant() == alone.variant(sku="unknown") == medium
    assert alone.variant("x") is None
    plain = Product(id="p", name="Jumper")
    assert plain.variant("m") == plain.variant() == Variant()


reviews = st.lists(
    st.builds(
        Review,
        id=st.integers(0, 99).map(str),
        product=st.just("p"),
        author=st.sampled_from(["Ada", "Bob", " "]),
        rating=st.integers(1, 5),
        at=st.integers(MONDAY - 900 * DAY, MONDAY),
        text=st.text(max_size=400) | st.just("Warm and light, I wear it every day."),
        permission=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


@given(reviews, st.integers(0, 3))
def test_only_what_may_be_shown_is_and_always_the_same(some: list[Review], most: int) -> None:
    best = best_reviews(some, MONDAY, most)
    assert len(best) == min(most, sum(map(may_be_shown, some)))
    assert all(one.permission and one.rating >= 4 and one.text.strip() for one in best)
    assert best == best_reviews(list(reversed(some)), MONDAY, most)
    assert best == best_reviews(some, MONDAY, most + 1)[:most]


@given(reviews)
def test_a_better_one_goes_first(some: list[Review]) -> None:
    best = best_reviews(some, MONDAY, 9)
    for one in best:
        if one.rating == 5:
            worse = msgspec.structs.replace(one, id="worse", rating=4)
            order = [other.id for other in best_reviews([*some, worse], MONDAY, 9)]
            assert order.index(one.id) < order.index("worse")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=50))
def test_the_bound_lies_below_the_mean_and_comes_near_with_more(ratings: list[int]) -> None:
    def of(stars: list[int]) -> list[Review]:
        return [
            Review(id=str(number), product="p", author="Ada", rating=one, at=0)
            for number, one in enumerate(stars)
        ]

    few, many = rated(of(ratings)), rated(of(ratings * 9))
    assert 1 <= few.bound <= few.mean + 1e-9
    assert few.bound <= many.bound + 1e-9
    assert abs(few.mean - many.mean) < 1e-9
    assert (few.count, rated([]).count) == (len(ratings), 0)


def test_the_bound_is_wilsons() -> None:
    """Wilson (1927), checked against the figures of Newcombe (1998), table I: 81 of 263."""
    assert round(wilson(81 / 263, 263), 4) == 0.2553
    assert wilson(0.5, 0) == 0.0
