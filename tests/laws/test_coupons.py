"""Laws of coupons: for every definition, person, cart and instant."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.code import ALPHABET, ENTROPY, LENGTH, compared, make_code
from cartback.domain.coupon import (
    AmountOff,
    Bad,
    Coupon,
    FreeShipping,
    Given,
    Good,
    Goods,
    Issued,
    NoCode,
    NotGood,
    Percent,
    Refused,
    Wish,
    check,
    coupon_document,
    issue,
    parse_coupon,
    worth,
)
from cartback.domain.instant import DAY, HOUR, parse_instant

MONDAY = parse_instant("2026-03-02T09:00:00Z")

gifts = st.one_of(
    st.builds(Percent, st.integers(1, 100)),
    st.builds(AmountOff, st.integers(1, 20_000)),
    st.just(FreeShipping()),
)
products = st.sampled_from(["p1", "p2", "p3"])
coupons = st.builds(
    Coupon,
    gives=gifts,
    currency=st.just("EUR"),
    minimum=st.none() | st.integers(1, 20_000),
    products=st.lists(products, max_size=2, unique=True).map(tuple),
    expires=st.sampled_from(["", "1 hour", "72 hours"]),
    single_use=st.booleans(),
    budget=st.none() | st.integers(1, 50_000),
    margin_floor=st.none() | st.integers(0, 99),
    not_again_within=st.sampled_from(["", "1 day", "30 days"]),
)
goods = st.lists(
    st.builds(
        Goods,
        products,
        st.integers(0, 20_000),
        st.integers(1, 5),
        st.none() | st.integers(0, 20_000),
    ),
    max_size=4,
).map(tuple)
carts = st.sampled_from(["0:a", "0:b"])
wishes = st.builds(
    Wish,
    coupon=st.sampled_from(["ten", "twenty"]),
    cart=carts,
    goods=goods,
    currency=st.sampled_from(["", "EUR", "USD"]),
    shipping=st.integers(0, 900),
)
instants = st.integers(-40 * DAY, 0).map(lambda ago: MONDAY + ago)
given_ones = st.builds(
    Given,
    st.text(ALPHABET, min_size=3, max_size=3),
    st.sampled_from(["ten", "twenty"]),
    carts,
    instants,
    instants.map(lambda at: at + 2 * DAY),
    st.booleans(),
)
histories = st.lists(given_ones, max_size=4, unique_by=lambda one: one.code)
spending = st.integers(0, 60_000)


@given(coupons, wishes, histories, spending)
def test_the_same_person_and_cart_have_one_code(
    coupon: Coupon, wish: Wish, before: list[Given], spent: int
) -> None:
    first = issue(coupon, wish, before, spent, MONDAY)
    if not isinstance(first, Issued):
        return
    if not first.is_new:
        assert any(one.code == first.code and one.cart == wish.cart for one in before)
        assert first == issue(coupon, wish, list(reversed(before)), spent + 99, MONDAY)
        return
    mine = Given("NEW", wish.coupon, wish.cart, MONDAY, first.expires)
    later = issue(coupon, wish, [*before, mine], spent + first.worth, MONDAY + 1)
    assert later == Issued(first.expires, code="NEW")


@given(coupons, wishes, histories, spending)
def test_a_new_code_keeps_to_every_limit(
    coupon: Coupon, wish: Wish, before: list[Given], spent: int
) -> None:
    found = issue(coupon, wish, before, spent, MONDAY)
    if not isinstance(found, Issued) or not found.is_new:
        return
    assert found.expires > MONDAY
    assert found.worth == worth(coupon, wish.goods, wish.shipping)
    assert coupon.budget is None or spent + found.worth <= coupon.budget
    if coupon.pause is not None:
        assert all(MONDAY - one.at >= coupon.pause for one in before)
    if coupon.margin_floor is not None:
        fitting = [
            one for one in wish.goods if not coupon.products or one.product in coupon.products
        ]
        income = sum(one.price * one.quantity for one in fitting) - found.worth
        cost = sum((one.cost or 0) * one.quantity for one in fitting)
        assert income > 0
        assert (income - cost) * 100 >= coupon.margin_floor * income


@given(coupons, wishes, histories, spending, st.integers(1, 10_000))
def test_more_money_and_more_time_never_take_a_code_away(
    coupon: Coupon, wish: Wish, before: list[Given], spent: int, more: int
) -> None:
    found = issue(coupon, wish, before, spent, MONDAY)
    if isinstance(found, Issued) and found.is_new:
        assert issue(coupon, wish, before, max(spent - more, 0), MONDAY) == found
        assert isinstance(issue(coupon, wish, before, spent, MONDAY + more), Issued)


@given(coupons, goods, st.integers(0, 900))
def test_nothing_takes_off_more_than_there_is(
    coupon: Coupon, cart: tuple[Goods, ...], shipping: int
) -> None:
    total = sum(one.price * one.quantity for one in cart)
    off = worth(coupon, cart, shipping)
    assert 0 <= off <= (shipping if isinstance(coupon.gives, FreeShipping) else total)


@given(coupons, given_ones, st.sets(st.sampled_from("xyz")), wishes, instants)
def test_what_was_redeemed_for_an_order_stays_good_for_it(
    coupon: Coupon, code: Given, orders: set[str], wish: Wish, now: int
) -> None:
    answer = check(coupon, code, orders, wish, "x", now)
    if isinstance(answer, Good):
        again = check(coupon, code, {*orders, "x"}, wish, "x", now + 9 * DAY)
        assert again == answer
        second = check(coupon, code, {*orders, "x"}, wish, "other", now)
        assert (second == Bad(NotGood.USED)) == coupon.single_use
    if now >= code.expires and "x" not in orders:
        assert isinstance(answer, Bad)


@given(coupons)
def test_a_document_says_the_whole_coupon(coupon: Coupon) -> None:
    document = msgspec.json.decode(msgspec.json.encode(coupon_document(coupon)))
    assert parse_coupon(document) == coupon


entropies = st.binary(min_size=ENTROPY, max_size=ENTROPY)


@given(entropies, st.sampled_from(["", "BACK10"]))
def test_a_code_is_read_however_it_is_typed(entropy: bytes, prefix: str) -> None:
    code = make_code(entropy, prefix)
    bare = compared(code)
    assert bare.startswith(prefix)
    assert len(bare) == LENGTH + len(prefix)
    assert not set(bare[len(prefix) :]) - set(ALPHABET)
    assert compared(f" {code.lower().replace('-', ' ')} ") == bare == compared(bare)


@given(st.text())
def test_whatever_is_typed_is_compared_or_no_code(text: str) -> None:
    assert compared(compared(text)) == compared(text)


@given(st.sets(entropies, min_size=2, max_size=50))
def test_codes_of_other_randomness_are_others(entropy: set[bytes]) -> None:
    small = {int.from_bytes(one) % len(ALPHABET) ** LENGTH for one in entropy}
    assert len({make_code(one) for one in entropy}) == len(small)


def test_a_code_has_at_least_64_bits() -> None:
    assert len(ALPHABET) ** LENGTH > 2**64
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_examples_of_each_reason() -> None:
    cart = (Goods("p1", 5_000, 2, 3_000),)
    wish = Wish(coupon="ten", cart="0:a", goods=cart, currency="EUR")
    ten = Coupon(gives=Percent(10), currency="EUR")
    mine = Given("OLD", "ten", "0:a", MONDAY - HOUR, MONDAY + HOUR)
    other = msgspec.structs.replace(mine, cart="0:z", coupon="twenty")

    def refused(coupon: Coupon, wish: Wish, *before: Given, spent: int = 0) -> NoCode | None:
        found = issue(coupon, wish, before, spent, MONDAY)
        return found.reason if isinstance(found, Refused) else None

    change = msgspec.structs.replace
    assert refused(ten, wish) is None
    assert issue(ten, wish, (), 0, MONDAY) == Issued(MONDAY + 72 * HOUR, 1_000)
    assert refused(change(ten, products=("p9",)), wish) is NoCode.NOTHING_FITS
    assert refused(ten, wish, change(mine, expires=MONDAY)) is NoCode.EXPIRED
    assert refused(ten, wish, change(mine, redeemed=True)) is NoCode.REDEEMED
    assert refused(change(ten, not_again_within="7 days"), wish, other) is NoCode.TOO_SOON
    assert refused(ten, wish, other) is None
    assert refused(change(ten, budget=1_500), wish, spent=501) is NoCode.BUDGET
    assert refused(change(ten, budget=1_500), wish, spent=500) is None
    assert refused(change(ten, margin_floor=34), wish) is NoCode.MARGIN
    assert refused(change(ten, margin_floor=33), wish) is None
    unknown = change(wish, goods=(Goods("p1", 5_000),))
    assert refused(change(ten, margin_floor=33), unknown) is NoCode.COST_UNKNOWN
    assert refused(ten, change(wish, currency="USD")) is NoCode.OTHER_CURRENCY
