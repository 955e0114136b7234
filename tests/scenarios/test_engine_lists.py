"""Lists: who joined and did not leave, however people are merged, parted and erased.

That the rows agree with everybody's state is checked at the end of every scenario.
"""

from __future__ import annotations

from cartback.domain.instant import HOUR
from cartback.engine.erasing import erase
from cartback.engine.people import merge_by_hand, undo_merge
from tests.scenarios.engine_shop import MONDAY, EngineShop, event


def joins(shop: EngineShop, who: str, key: str = "news") -> None:
    shop.happens(who, "Joined List", list=key)


def leaves(shop: EngineShop, who: str, key: str = "news") -> None:
    shop.happens(who, "Left List", list=key)


def members(shop: EngineShop, key: str = "news") -> dict[int, int]:
    with shop.store.reading() as reading:
        return dict(reading.list_members(shop.id, key))


def test_who_joined_is_in_the_list_until_they_leave(shop: EngineShop) -> None:
    joins(shop, "ada")
    joins(shop, "bob")
    ada, bob = shop.profile_of("ada"), shop.profile_of("bob")
    assert members(shop) == {ada: MONDAY, bob: MONDAY}
    shop.now += HOUR
    leaves(shop, "ada")
    joins(shop, "bob", "vip")
    assert members(shop) == {bob: MONDAY}
    assert members(shop, "vip") == {bob: MONDAY + HOUR}


def test_a_late_joining_does_not_undo_a_leaving(shop: EngineShop) -> None:
    shop.now += HOUR
    leaves(shop, "ada")
    shop.happens("ada", "Joined List", list="news", at=MONDAY)
    assert members(shop) == {}


def test_two_who_become_one_are_in_the_list_once(shop: EngineShop) -> None:
    joins(shop, "ada")
    joins(shop, "ada@example.com")
    joins(shop, "ada@example.com", "vip")
    shop.happens("ada ada@example.com", "Viewed Product")
    ada = shop.profile_of("ada")
    assert (set(members(shop)), set(members(shop, "vip"))) == ({ada}, {ada})


def test_in_one_delivery_somebody_joins_and_is_merged(shop: EngineShop) -> None:
    joins(shop, "ada")
    shop.send(
        event("eve", "Joined List", shop.now, list="news"),
        event("ada eve", "Viewed Product", shop.now),
        event("ada", "Left List", shop.now + 1, list="vip", received=shop.now + 1),
    )
    assert set(members(shop)) == {shop.profile_of("eve")}


def test_an_undone_merge_gives_each_their_lists_back(shop: EngineShop) -> None:
    joins(shop, "ada")
    joins(shop, "bob", "vip")
    one, two = shop.profile_of("ada"), shop.profile_of("bob")
    number = merge_by_hand(shop.store, shop.rulebook, shop.id, one, two, shop.now)
    assert (set(members(shop)), set(members(shop, "vip"))) == ({one}, {one})
    undo_merge(shop.store, shop.rulebook, shop.id, number, shop.now)
    assert (set(members(shop)), set(members(shop, "vip"))) == ({one}, {two})


def test_who_is_erased_is_in_no_list(shop: EngineShop) -> None:
    joins(shop, "ada")
    joins(shop, "bob")
    erase(shop.store, shop.id, shop.profile_of("ada"))
    assert set(members(shop)) == {shop.profile_of("bob")}
