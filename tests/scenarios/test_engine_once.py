"""A request is done once: kept, told again, and taken up anew where a process died."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from cartback.domain.instant import DAY, MINUTE
from cartback.engine.once import (
    Answered,
    Begun,
    Different,
    Underway,
    asked,
    begin,
    finish,
    give_up,
)
from tests.scenarios.engine_shop import EngineShop

ONE = asked("key:1", "one", b"make it")


def test_the_first_does_it_and_the_second_is_told(shop: EngineShop) -> None:
    assert begin(shop.store, shop.id, ONE, shop.now) == Begun()
    assert isinstance(begin(shop.store, shop.id, ONE, shop.now), Underway)
    finish(shop.store, shop.id, ONE, shop.now, 201, b"made")
    assert begin(shop.store, shop.id, ONE, shop.now) == Answered(201, b"made")


def test_the_same_key_for_another_request_is_told_so(shop: EngineShop) -> None:
    begin(shop.store, shop.id, ONE, shop.now)
    other = asked("key:1", "one", b"make another")
    assert isinstance(begin(shop.store, shop.id, other, shop.now), Different)


def test_senders_and_shops_do_not_share_keys(shop: EngineShop) -> None:
    with shop.store.transaction() as tx:
        other = tx.add_shop("another", 0)
    assert begin(shop.store, shop.id, ONE, shop.now) == Begun()
    assert begin(shop.store, other, ONE, shop.now) == Begun()
    theirs = asked("key:2", "one", b"make it")
    assert begin(shop.store, shop.id, theirs, shop.now) == Begun()


def test_what_was_given_up_may_be_asked_again(shop: EngineShop) -> None:
    begin(shop.store, shop.id, ONE, shop.now)
    give_up(shop.store, shop.id, ONE)
    assert begin(shop.store, shop.id, ONE, shop.now) == Begun()


def test_a_claim_of_a_process_that_died_ends_after_a_minute(shop: EngineShop) -> None:
    begin(shop.store, shop.id, ONE, shop.now)
    assert isinstance(begin(shop.store, shop.id, ONE, shop.now + MINUTE - 1), Underway)
    assert begin(shop.store, shop.id, ONE, shop.now + MINUTE) == Begun()
    assert isinstance(begin(shop.store, shop.id, ONE, shop.now + MINUTE + 1), Underway)


def test_an_answer_is_kept_for_a_day(shop: EngineShop) -> None:
    begin(shop.store, shop.id, ONE, shop.now)
    finish(shop.store, shop.id, ONE, shop.now, 201, b"made")
    assert begin(shop.store, shop.id, ONE, shop.now + DAY) == Answered(201, b"made")
    assert begin(shop.store, shop.id, ONE, shop.now + DAY + 1) == Begun()


def test_of_many_at_once_one_does_it(shop: EngineShop) -> None:
    together = Barrier(6)

    def ask(_: int) -> object:
        together.wait()
        return begin(shop.store, shop.id, ONE, shop.now)

    with ThreadPoolExecutor(6) as pool:
        turns = list(pool.map(ask, range(6)))
    assert sum(type(turn) is Begun for turn in turns) == 1
    assert sum(type(turn) is Underway for turn in turns) == 5
