"""Coupons and codes as rows: given once, claimed once, redeemed once for an order."""

from __future__ import annotations

import msgspec
import pytest

from cartback.domain.event import ShopId
from cartback.engine.coupon_ports import CodeRow, Redemption
from cartback.store import DatabaseStore
from tests.contracts.conftest import InThreads
from tests.contracts.made import a_code, a_coupon


def waiting(key: str, coupon: str = "pool") -> CodeRow:
    return CodeRow(key, key.lower(), coupon)


def test_a_coupon_is_read_as_it_was_saved(store: DatabaseStore, shop: ShopId) -> None:
    changed = msgspec.structs.replace(a_coupon(), name="Twenty", version=2, status="archived")
    with store.transaction() as tx:
        tx.save_coupon(shop, a_coupon("b"))
        tx.save_coupon(shop, a_coupon())
        tx.save_coupon(shop, changed)
        assert tx.lock_coupon(shop, "ten") == changed
        assert tx.lock_coupon(shop, "none") is None
    with store.reading() as reading:
        assert reading.coupon(shop, "ten") == changed
        assert [one.key for one in reading.coupons(shop)] == ["b", "ten"]
        assert reading.coupon(shop, "none") is None


def test_a_code_is_there_once(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        assert tx.add_codes(shop, [a_code("K2"), a_code("K1")]) == 2
        assert tx.add_codes(shop, [a_code("K1", profile=9), a_code("K3")]) == 1
        assert tx.add_codes(shop, []) == 0
    with store.reading() as reading:
        assert reading.code(shop, "K1") == a_code("K1")
        assert reading.code(shop, "K9") is None


def test_what_somebody_was_given_is_found_under_all_their_profiles(
    store: DatabaseStore, shop: ShopId
) -> None:
    given = [a_code("K1", at=7), a_code("K2", profile=2, at=6), a_code("K3", profile=3)]
    with store.transaction() as tx:
        tx.add_codes(shop, [*given, waiting("K4")])
    with store.reading() as reading:
        assert [one.key for one in reading.codes_of(shop, {1, 2})] == ["K2", "K1"]
        assert reading.codes_of(shop, {0}) == []
        assert reading.codes_of(shop, ()) == []


def test_codes_are_paged_the_newest_first(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.add_codes(shop, [a_code(f"K{number}", at=number // 2) for number in range(6)])
        tx.add_codes(shop, [waiting("K9", "ten"), a_code("X1", "other")])
    with store.reading() as reading:
        first = reading.codes_issued(shop, "ten", (99, ""), 4)
        assert [one.key for one in first] == ["K5", "K4", "K3", "K2"]
        rest = reading.codes_issued(shop, "ten", (1, "K2"), 4)
        assert [one.key for one in rest] == ["K1", "K0"]


def test_a_pool_gives_each_code_once_until_it_is_dry(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.add_codes(shop, [waiting("K2"), waiting("K1"), waiting("X1", "other")])
        assert tx.count_free(shop, "pool") == 2
    claimed = []
    for _ in range(3):
        with store.transaction() as tx:
            code = tx.claim_code(shop, "pool")
            claimed.append(code and code.key)
            if code is not None:
                tx.save_code(shop, msgspec.structs.replace(code, profile=1, issued=5))
    assert claimed == ["K1", "K2", None]
    with store.reading() as reading:
        assert reading.count_free(shop, "pool") == 0
        assert reading.count_free(shop, "other") == 1


def test_who_claim_at_once_get_different_codes(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    with store.transaction() as tx:
        tx.add_codes(shop, [waiting(f"K{number:02}") for number in range(12)])

    def claim(number: int) -> str | None:
        with store.transaction() as tx:
            code = tx.claim_code(shop, "pool")
            if code is None:
                return None
            tx.save_code(shop, msgspec.structs.replace(code, profile=number + 1, issued=5))
            return code.key

    found = in_threads(8, claim)
    assert len({*found} - {None}) == 8


def test_a_code_is_redeemed_once_for_an_order(store: DatabaseStore, shop: ShopId) -> None:
    first, second = Redemption("K1", "o2", 5, 4_900, 490), Redemption("K1", "o1", 6)
    with store.transaction() as tx:
        assert tx.add_redemption(shop, first)
        assert not tx.add_redemption(shop, msgspec.structs.replace(first, takes_off=1))
        assert tx.add_redemption(shop, second)
    with store.reading() as reading:
        assert reading.redemptions(shop, "K1") == [first, second]
        assert reading.redemptions(shop, "K2") == []


def test_codes_wait_to_be_announced(store: DatabaseStore, shop: ShopId) -> None:
    known = msgspec.structs.replace(a_code("K1"), announced=6)
    with store.transaction() as tx:
        tx.add_codes(shop, [known, a_code("K2"), a_code("K3"), waiting("K4", "ten")])
    with store.reading() as reading:
        assert [one.key for one in reading.unannounced(shop, "ten", 9)] == ["K2", "K3"]
        assert [one.key for one in reading.unannounced(shop, "ten", 1)] == ["K2"]


def test_erasing_takes_the_name_off_a_code(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.add_codes(shop, [a_code("K1"), a_code("K2", profile=2)])
        tx.forget_codes(shop, [1])
    with store.reading() as reading:
        code = reading.code(shop, "K1")
        assert code is not None
        assert (code.profile, code.cart, code.issued) == (0, "", 5)
        assert reading.codes_of(shop, [2]) == [a_code("K2", profile=2)]
        assert reading.count_free(shop, "ten") == 0


@pytest.mark.parametrize("size", [1_500])
def test_a_large_pool_is_uploaded_at_once(store: DatabaseStore, shop: ShopId, size: int) -> None:
    with store.transaction() as tx:
        assert tx.add_codes(shop, [waiting(f"K{number}") for number in range(size)]) == size
        assert tx.count_free(shop, "pool") == size
