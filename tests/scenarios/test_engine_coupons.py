"""Coupons and their codes: given once, within the budget, and redeemed once for an order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.code import compared
from cartback.domain.coupon import Bad, BadCoupon, Coupon, Goods, NoCode, NotGood, Refused, Wish
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.engine.codes import announce, fill_pool, give
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import (
    CouponExists,
    NoSuchCoupon,
    StaleCoupon,
    archive_coupon,
    change_coupon,
    define_coupon,
)
from cartback.engine.erasing import erase
from cartback.engine.people import merge_by_hand, undo_merge
from cartback.engine.redeeming import Order, Redeemed, redeem, redeemed_by
from cartback.engine.spending import promised, spent, spent_and_promised
from tests.scenarios.engine_shop import EngineShop, event

TEN: dict[str, Any] = {"gives": {"kind": "percent", "percent": 10}, "currency": "EUR"}
JUMPER = (Goods("jumper", 5_000, 2),)


def randomness() -> Callable[[int], bytes]:
    numbers = count()
    return lambda size: hashlib.sha256(str(next(numbers)).encode()).digest()[:size]


RANDOM = randomness()


def defined(shop: EngineShop, name: str = "Ten", **more: Any) -> str:  # noqa: ANN401
    return define_coupon(shop.store, shop.id, name, TEN | more, shop.now).key


def gets(
    shop: EngineShop,
    who: str,
    coupon: str = "ten",
    cart: str = "0:",
    goods: tuple[Goods, ...] = JUMPER,
    **more: Any,  # noqa: ANN401  as `give`
) -> CodeRow | Refused:
    wish = Wish(coupon=coupon, cart=cart, goods=goods, currency="EUR")
    profile = shop.profile_of(who)
    with shop.store.transaction() as tx:
        return give(tx, shop.id, wish, profile, shop.now, random=RANDOM, **more)


def code_of(found: CodeRow | Refused) -> str:
    assert isinstance(found, CodeRow), found
    return found.code


def uses(shop: EngineShop, code: str, order: str = "o1", **more: Any) -> Redeemed | Bad:  # noqa: ANN401
    with shop.store.transaction() as tx:
        return redeem(tx, shop.id, code, Order(id=order, goods=JUMPER, **more), shop.now)


def costs(shop: EngineShop, coupon: str = "ten") -> tuple[int, int]:
    with shop.store.reading() as reading:
        return (
            spent(reading, shop.id, coupon, shop.now),
            promised(reading, shop.id, coupon, shop.now),
        )


@pytest.fixture
def ada(shop: EngineShop) -> str:
    shop.happens("ada@example.com", "Added to Cart", name="Jumper")
    shop.happens("bob@example.com", "Added to Cart", name="Jumper")
    return "ada@example.com"


def test_a_person_and_a_cart_have_one_code(shop: EngineShop, ada: str) -> None:
    defined(shop)
    first = gets(shop, ada)
    shop.now += HOUR
    assert gets(shop, ada) == first
    assert code_of(gets(shop, ada, cart="5:")) != code_of(first)
    assert code_of(gets(shop, "bob@example.com")) != code_of(first)


def test_a_code_ends_with_its_hours(shop: EngineShop, ada: str) -> None:
    defined(shop, expires="72 hours")
    code = code_of(gets(shop, ada))
    shop.now += 72 * HOUR
    assert gets(shop, ada) == Refused(NoCode.EXPIRED)
    assert uses(shop, code) == Bad(NotGood.EXPIRED)


def test_a_code_is_good_for_one_order_which_may_ask_twice(shop: EngineShop, ada: str) -> None:
    defined(shop)
    code = code_of(gets(shop, ada))
    first = uses(shop, f" {code.lower()} ")
    assert isinstance(first, Redeemed)
    assert (first.takes_off, first.again) == (1_000, False)
    again = uses(shop, code, takes_off=7)
    assert isinstance(again, Redeemed)
    assert (again.takes_off, again.again) == (1_000, True)
    assert uses(shop, code, "o2") == Bad(NotGood.USED)
    assert gets(shop, ada) == Refused(NoCode.REDEEMED)
    assert uses(shop, "NOSUCHCODE") == Bad(NotGood.UNKNOWN)
    assert uses(shop, "???") == Bad(NotGood.UNKNOWN)


def test_an_order_event_redeems_whatever_the_shop_took(shop: EngineShop, ada: str) -> None:
    defined(shop, expires="1 hour")
    code = code_of(gets(shop, ada))
    shop.now += 2 * HOUR
    lines = [{"product_id": "jumper", "price": 5_000, "quantity": 1}]
    order = event(ada, "Placed Order", shop.now, order_id="o1", coupon=code, lines=lines)
    used = event(ada, "Coupon Used", shop.now, order_id="o1", coupon=code)
    viewed = event(ada, "Viewed Product", shop.now, coupon=code)
    with shop.store.transaction() as tx:
        [one] = redeemed_by(tx, shop.id, order)
        assert (one.takes_off, one.again) == (500, False)
        [again] = redeemed_by(tx, shop.id, used)
        assert again.again
        assert redeemed_by(tx, shop.id, viewed) == ()
        assert not redeemed_by(tx, shop.id, event(ada, "Placed Order", 1, coupon="THEIRS"))
        assert redeemed_by(tx, shop.id, event(ada, "Coupon Used", 1, coupon=code)) == ()
    assert costs(shop) == (500, 0)


def test_a_budget_holds_with_the_codes_that_are_out(shop: EngineShop, ada: str) -> None:
    defined(shop, budget=1_500)
    code = code_of(gets(shop, ada))
    assert costs(shop) == (0, 1_000)
    assert gets(shop, "bob@example.com") == Refused(NoCode.BUDGET)
    assert isinstance(gets(shop, ada), CodeRow), "who has a code keeps it"
    uses(shop, code)
    assert costs(shop) == (1_000, 0)
    assert gets(shop, "bob@example.com") == Refused(NoCode.BUDGET)
    shop.now += 31 * DAY
    assert isinstance(gets(shop, "bob@example.com"), CodeRow), "another month"


def test_a_code_that_expired_frees_its_budget(shop: EngineShop, ada: str) -> None:
    defined(shop, budget=1_500, expires="2 hours")
    gets(shop, ada)
    shop.now += DAY
    assert isinstance(gets(shop, "bob@example.com"), CodeRow)


def test_nobody_gets_a_code_again_too_soon(shop: EngineShop, ada: str) -> None:
    defined(shop, not_again_within="30 days")
    defined(shop, "Other")
    gets(shop, ada, "other")
    assert gets(shop, ada) == Refused(NoCode.TOO_SOON)
    shop.now += 30 * DAY
    assert isinstance(gets(shop, ada), CodeRow)


def test_who_became_one_has_the_codes_of_both(shop: EngineShop, ada: str) -> None:
    defined(shop, not_again_within="30 days")
    code = code_of(gets(shop, "bob@example.com"))
    first, second = shop.profile_of(ada), shop.profile_of("bob@example.com")
    merge = merge_by_hand(shop.store, shop.rulebook, shop.id, first, second, shop.now)
    assert code_of(gets(shop, ada)) == code
    assert gets(shop, ada, cart="9:") == Refused(NoCode.TOO_SOON)
    undo_merge(shop.store, shop.rulebook, shop.id, merge, shop.now)
    assert code_of(gets(shop, ada)) != code
    assert code_of(gets(shop, "bob@example.com")) == code


def test_an_erased_person_leaves_a_code_without_a_name(shop: EngineShop, ada: str) -> None:
    defined(shop)
    code = code_of(gets(shop, ada))
    erase(shop.store, shop.id, shop.profile_of(ada))
    with shop.store.reading() as reading:
        row = reading.code(shop.id, compared(code))
    assert row is not None
    assert (row.profile, row.cart) == (0, "")
    assert isinstance(uses(shop, code), Redeemed), "whoever holds it was promised something"


def test_a_pool_runs_dry_and_is_filled(shop: EngineShop, ada: str) -> None:
    defined(shop, codes="pool")
    assert gets(shop, ada) == Refused(NoCode.POOL_DRY)
    with shop.store.transaction() as tx:
        upload = fill_pool(tx, shop.id, "ten", ["Save-A1", "save a1", "", "über", " SAVE-B2\n"])
    assert (upload.added, upload.known, upload.bad) == (2, 1, ("über",))
    assert uses(shop, "save-a1") == Bad(NotGood.NOT_GIVEN)
    assert code_of(gets(shop, ada)) == "Save-A1"
    assert code_of(gets(shop, "bob@example.com")) == "SAVE-B2"
    assert gets(shop, ada, cart="9:") == Refused(NoCode.POOL_DRY)
    with shop.store.transaction() as tx:
        assert fill_pool(tx, shop.id, "ten", ["SAVE-A1"]).added == 0
        with pytest.raises(NoSuchCoupon):
            fill_pool(tx, shop.id, "none", ["X"])


def test_randomness_that_repeats_gives_no_code_twice(shop: EngineShop, ada: str) -> None:
    defined(shop)
    tries = iter([b"a" * 16, b"a" * 16, b"b" * 16])
    wish = Wish(coupon="ten", cart="0:", goods=JUMPER)
    codes = []
    for who in (ada, "bob@example.com"):
        profile = shop.profile_of(who)
        with shop.store.transaction() as tx:
            found = give(tx, shop.id, wish, profile, shop.now, random=lambda _: next(tries))
        codes.append(code_of(found))
    assert len(set(codes)) == 2


class OneTill:
    """A checkout that takes some codes, and is sometimes away."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.known: list[str] = []

    def announce(self, coupon: Coupon, codes: Sequence[CodeRow]) -> Collection[str]:
        if not self.takes:
            raise OSError("the shop does not answer")
        taken = [one.key for one in codes[: self.takes]]
        self.known += taken
        return taken


def test_a_checkout_is_told_of_each_code_until_it_knows_it(shop: EngineShop, ada: str) -> None:
    defined(shop)
    for cart in ("1:", "2:", "3:"):
        found = gets(shop, ada, cart=cart, has_till=True)
        assert isinstance(found, CodeRow)
        assert found.announced is None
    with pytest.raises(OSError, match="does not answer"):
        announce(shop.store, shop.id, "ten", OneTill(0), shop.now)
    till = OneTill(2)
    assert announce(shop.store, shop.id, "ten", till, shop.now) == 2
    assert announce(shop.store, shop.id, "ten", till, shop.now) == 1
    assert announce(shop.store, shop.id, "ten", till, shop.now) == 0
    assert len(set(till.known)) == 3
    with pytest.raises(NoSuchCoupon):
        announce(shop.store, shop.id, "none", till, shop.now)


def test_a_coupon_is_defined_changed_and_archived(shop: EngineShop, ada: str) -> None:
    key = defined(shop)
    with pytest.raises(CouponExists):
        defined(shop)
    change = TEN | {"gives": {"kind": "percent", "percent": 20}}
    row = change_coupon(shop.store, shop.id, key, "Twenty", change, shop.now, expected=1)
    assert (row.version, row.name) == (2, "Twenty")
    with pytest.raises(StaleCoupon):
        change_coupon(shop.store, shop.id, key, "Twenty", change, shop.now, expected=1)
    code = code_of(gets(shop, ada))
    archive_coupon(shop.store, shop.id, key, shop.now)
    with pytest.raises(NoSuchCoupon):
        gets(shop, ada)
    with pytest.raises(NoSuchCoupon):
        archive_coupon(shop.store, shop.id, key, shop.now)
    with pytest.raises(NoSuchCoupon):
        change_coupon(shop.store, shop.id, key, "X", change, shop.now)
    assert isinstance(uses(shop, code), Redeemed), "what was given stays good"
    assert define_coupon(shop.store, shop.id, "Ten", TEN, shop.now).version == 3
    assert define_coupon(shop.store, shop.id, "열", TEN, shop.now).key.startswith("coupon-")


@pytest.mark.parametrize(
    "document, said",
    [
        ({}, "gives"),
        ({"gives": {"kind": "percent", "percent": 101}}, "up to 100"),
        ({"gives": {"kind": "gold"}}, "gold"),
        ({"gives": {"kind": "amount", "amount": 5}}, "currency"),
        (TEN | {"budget": 0}, "from 1 on"),
        (TEN | {"expires": "soon"}, "expires"),
        (TEN | {"expire": "1 day"}, "expire"),
        (TEN | {"prefix": "zurück"}, "prefix"),
        (None, "object"),
    ],
)
def test_a_document_that_is_no_coupon_is_refused_in_words(
    shop: EngineShop, document: object, said: str
) -> None:
    with pytest.raises(BadCoupon, match=said):
        define_coupon(shop.store, shop.id, "Ten", document, shop.now)
    with pytest.raises(BadCoupon, match="name"):
        define_coupon(shop.store, shop.id, " ", TEN, shop.now)


steps = st.lists(
    st.tuples(
        st.sampled_from(["give", "use", "pass"]),
        st.sampled_from(["ada@example.com", "bob@example.com"]),
        st.integers(0, 2),
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(steps=steps)
def test_however_codes_are_given_and_used_the_budget_holds(
    shop: EngineShop, ada: str, steps: list[tuple[str, str, int]]
) -> None:
    name = f"Budget {shop.now} {next(_names)}"
    key = define_coupon(shop.store, shop.id, name, TEN | {"budget": 2_500}, shop.now).key
    codes: dict[tuple[str, int], str] = {}
    began = shop.now
    try:
        for step, who, cart in steps:
            match step:
                case "give":
                    found = gets(shop, who, key, f"{cart}:")
                    if isinstance(found, CodeRow):
                        assert codes.setdefault((who, cart), found.code) == found.code
                        assert found.expires > shop.now
                case "use" if (who, cart) in codes:
                    uses(shop, codes[who, cart], f"{who}{cart}")
                case _:
                    shop.now += cart * 30 * HOUR + MINUTE
            with shop.store.reading() as reading:
                assert spent_and_promised(reading, shop.id, key, shop.now) <= 2_500
                assert min(costs(shop, key)) >= 0
    finally:
        shop.now = began
    assert len(set(codes.values())) == len(codes)


_names = count()


def test_coupons_of_one_shop_are_nothing_to_another(shop: EngineShop, ada: str) -> None:
    defined(shop)
    code = code_of(gets(shop, ada))
    with shop.store.transaction() as tx:
        other = tx.add_shop("Socks", 0)
        assert redeem(tx, other, code, Order(id="o1"), shop.now) == Bad(NotGood.UNKNOWN)
        row = tx.code(shop.id, compared(code))
        assert row is not None
        assert msgspec.structs.astuple(row)[-1] is None
