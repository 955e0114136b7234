"""Laws of bringing back a cart."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.cart import line_key
from cartback.domain.event import Line
from cartback.domain.product import Product, Variant
from cartback.domain.restore import Restoring, Why, restore

products = st.sampled_from(["p1", "p2"])
variants = st.sampled_from(["", "m", "l", "xl"])
lines = st.lists(
    st.builds(
        Line,
        product_id=products,
        variant_id=variants,
        price=st.none() | st.integers(0, 9),
        quantity=st.integers(0, 4),
    ),
    max_size=4,
)
present = st.lists(
    st.builds(Line, product_id=products, variant_id=variants, quantity=st.integers(1, 4)),
    max_size=3,
    unique_by=line_key,
)
sold = st.builds(
    Variant,
    id=variants,
    options=st.fixed_dictionaries({"size": variants}),
    price=st.none() | st.integers(0, 9),
    stock=st.none() | st.integers(0, 5),
)
catalogs = st.dictionaries(
    products,
    st.builds(
        Product,
        id=st.just("p"),
        name=st.just("Jumper"),
        variants=st.lists(sold, min_size=1, max_size=3, unique_by=lambda one: one.id).map(tuple),
    ),
).map(lambda found: {id_: msgspec.structs.replace(one, id=id_) for id_, one in found.items()})


def restored(then: list[Line], now: list[Line], catalog: dict[str, Product]) -> Restoring:
    return restore(then, now, lambda line: catalog.get(line.product_id))


def pieces(some: list[Line] | tuple[Line, ...]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for line in some:
        found[line_key(line)] = found.get(line_key(line), 0) + line.quantity
    return found


@given(lines, present, catalogs)
def test_following_a_link_twice_changes_nothing_more(
    then: list[Line], now: list[Line], catalog: dict[str, Product]
) -> None:
    once = restored(then, now, catalog)
    again = restored(then, list(once.lines), catalog)
    assert again.lines == once.lines
    assert [one.line for one in again.missing] == [one.line for one in once.missing]


@given(lines, present, catalogs)
def test_nothing_that_is_in_the_cart_goes_away_or_becomes_less(
    then: list[Line], now: list[Line], catalog: dict[str, Product]
) -> None:
    after = pieces(restored(then, now, catalog).lines)
    for key, count in pieces(now).items():
        assert after[key] >= count


@given(lines, present, catalogs)
def test_every_piece_of_then_is_there_or_said_to_be_missing(
    then: list[Line], now: list[Line], catalog: dict[str, Product]
) -> None:
    found = restored(then, now, catalog)
    after, wanted = pieces(found.lines), pieces(then)
    missing = {line_key(one.line): one for one in found.missing}
    for key, count in wanted.items():
        lost = missing[key].pieces if key in missing else 0
        assert after.get(key, 0) + lost >= count
        assert lost == max(count - after.get(key, 0), 0)
    assert len(missing) == len(found.missing)
    assert set(after) <= set(wanted) | set(pieces(now))


@given(lines, present, catalogs)
def test_no_more_is_put_back_than_there_is(
    then: list[Line], now: list[Line], catalog: dict[str, Product]
) -> None:
    have = pieces(now)
    for one in restored(then, now, catalog).put_back:
        product = catalog.get(one.line.product_id)
        assert one.checked == (product is not None)
        variant = product.variant(one.line.variant_id) if product is not None else None
        if variant is not None and variant.stock is not None:
            key = line_key(one.line)
            assert one.line.quantity <= max(variant.stock, have.get(key, 0))


@given(lines, present, catalogs)
def test_what_is_offered_instead_can_be_had(
    then: list[Line], now: list[Line], catalog: dict[str, Product]
) -> None:
    for one in restored(then, now, catalog).missing:
        product = catalog[one.line.product_id]
        others = [
            variant
            for variant in product.variants
            if variant.is_in_stock and variant.id != one.line.variant_id
        ]
        if one.instead is None:
            assert not others or product.variant(one.line.variant_id) == others[0]
            continue
        offered = product.variant(one.instead.line.variant_id, one.instead.line.sku)
        if offered is not None:
            assert offered.is_in_stock
            assert 0 < one.instead.line.quantity <= one.pieces
            assert offered.stock is None or one.instead.line.quantity <= offered.stock


def test_a_story() -> None:
    """Three of four: one has sold out in medium, of one are fewer, one costs less now."""
    sizes = tuple(
        Variant(id=size, name=size.upper(), options={"size": size, "colour": "red"}, stock=stock)
        for size, stock in (("s", 2), ("m", 0), ("l", 5))
    )
    blue = Variant(id="mb", options={"size": "m", "colour": "blue"}, stock=1)
    jumper = Product(id="jumper", name="Jumper", variants=(*sizes, blue))
    socks = Product(id="socks", name="Socks", variants=(Variant(stock=2, price=300),))
    catalog = {"jumper": jumper, "socks": socks}
    then = [
        Line(product_id="jumper", variant_id="m", name="Jumper"),
        Line(product_id="jumper", variant_id="xxl"),
        Line(product_id="socks", quantity=5, price=400),
        Line(product_id="gift"),
    ]
    found = restored(then, [Line(product_id="hat", quantity=1)], catalog)
    assert [(one.product_id, one.quantity) for one in found.lines] == [
        ("hat", 1),
        ("socks", 2),
        ("gift", 1),
    ]
    assert [(one.line.product_id, one.was, one.checked) for one in found.put_back] == [
        ("socks", 400, True),
        ("gift", None, False),
    ]
    sold_out, gone, fewer = found.missing
    assert (sold_out.why, gone.why, fewer.why) == (Why.SOLD_OUT, Why.GONE, Why.FEWER)
    assert sold_out.instead is not None
    assert (sold_out.instead.line.variant_id, sold_out.instead.differs) == ("s", ("size",))
    assert gone.instead is not None
    assert fewer.pieces == 3
    assert fewer.instead is None
    assert not found.is_whole
