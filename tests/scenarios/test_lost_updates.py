"""Who reads before they write, while somebody else does so too: on PostgreSQL, where both may."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from cartback.domain.coupon import NoCode, Refused
from cartback.domain.event import ShopId
from cartback.domain.instant import MINUTE, Instant
from cartback.domain.product import Product, Variant
from cartback.engine import access, bounces, crediting, feeding
from cartback.engine.access import TooMany, sign_in
from cartback.engine.amending import amendments
from cartback.engine.attempts import BY_EMAIL
from cartback.engine.bounces import Returned, take_back
from cartback.engine.coupons import define_coupon
from cartback.engine.credit_windows import progress_of, set_windows
from cartback.engine.erasing import erase
from cartback.engine.feeding import Answered, Fed, Feed, feed_due, set_feed
from cartback.engine.log_ports import Amendment
from cartback.engine.once import asked, begin
from cartback.engine.ports import Transaction
from cartback.engine.resting import rest
from cartback.engine.shops import NameTaken, create_shop, first_shop
from cartback.engine.visits import Came, keep_visit
from cartback.store import DatabaseStore
from cartback.store.database import DatabaseTransaction
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_coupons import TEN, gets
from tests.scenarios.test_engine_races import until, waits
from tests.scenarios.test_engine_visits import sent

pytestmark = pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
MANY = 8
LINKS = 40
"""Of one mail, all fetched by a scanner at the same moment."""


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY) as pool:
        yield pool


def at_once(pool: ThreadPoolExecutor, act: Callable[[int], Any], many: int = MANY) -> list[Any]:
    """What becomes of it when so many do it at once."""
    together = threading.Barrier(many)

    def one(number: int) -> Any:  # noqa: ANN401  whatever it gives
        together.wait()
        return act(number)

    return list(pool.map(one, range(many)))


def test_a_mail_that_a_scanner_fetches_whole_has_a_visit_for_each_link(shop: EngineShop) -> None:
    key = sent(shop)

    def fetch(place: int) -> bool:
        came = Came("GET", "scanner", place, f"https://shop.example/{place}")
        return keep_visit(shop.store, shop.id, key, came, shop.now)

    with ThreadPoolExecutor(LINKS) as pool:
        assert at_once(pool, fetch, LINKS) == [True] * LINKS
    with shop.store.reading() as reading:
        visits = reading.visits_of(shop.id, key)
    assert [one.number for one in visits] == list(range(LINKS))
    assert {one.place for one in visits} == set(range(LINKS))


def test_a_visit_is_kept_however_many_come_before_it(
    shop: EngineShop, store_url: str, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, me, others = sent(shop), threading.get_ident(), list[Future[bool]]()
    read = DatabaseTransaction.visits_of

    def fetch() -> bool:
        return keep_visit(shop.store, shop.id, key, Came("GET", "scanner"), shop.now)

    def another_comes(tx: DatabaseTransaction, shop_id: ShopId, message: str) -> Any:  # noqa: ANN401
        found = read(tx, shop_id, message)
        if threading.get_ident() == me and len(others) < LINKS:
            another = pool.submit(fetch)
            others.append(another)
            until(lambda: another.done() or waits(store_url))
        return found

    monkeypatch.setattr(DatabaseTransaction, "visits_of", another_comes)
    assert fetch()
    assert all(one.result() for one in others)


def test_every_tape_knows_of_all_who_were_erased_at_once(
    shop: EngineShop, pool: ThreadPoolExecutor
) -> None:
    names = [f"person-{number}" for number in range(MANY)]
    for name in names:
        shop.happens(name, "Viewed Product")
    ids = [shop.profile_of(name) for name in names]
    at_once(pool, lambda number: erase(shop.store, shop.id, ids[number]))
    assert set(amendments(shop.store, shop.id)) == {Amendment(one) for one in ids}


def test_many_tries_to_sign_in_at_once_are_as_many_as_one_after_the_other(
    shop: EngineShop, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def wrong(*words: object) -> bool:
        tried.append(words)
        return False

    monkeypatch.setattr(access, "fits", wrong)

    def guess(number: int) -> None:
        with contextlib.suppress(TooMany):
            sign_in(shop.store, "ada@example.com", f"guess {number}", "1.2.3.4", shop.now)

    at_once(pool, guess)
    assert len(tried) == BY_EMAIL.most


def test_a_bounce_that_comes_while_the_hand_over_is_noted_is_counted(
    shop: EngineShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sent(shop)
    with shop.store.transaction() as tx:
        message = tx.message(shop.id, key)
        assert message is not None
        rest(tx, shop.id, message, "handing")
    found = bounces._message

    def then_it_is_noted(tx: Transaction, returned: Returned) -> Any:  # noqa: ANN401
        monkeypatch.setattr(bounces, "_message", found)
        seen = found(tx, returned)
        with shop.store.transaction() as other:
            handing = other.message(shop.id, key)
            assert handing is not None
            rest(other, shop.id, handing, "sent", receipt="250 ok")
        return seen

    monkeypatch.setattr(bounces, "_message", then_it_is_noted)
    assert take_back(shop.store, shop.rulebook, Returned(fate="hard", key=key), shop.now)
    with shop.store.reading() as reading:
        bounced = reading.message(shop.id, key)
    assert bounced is not None
    assert (bounced.status, bounced.receipt) == ("bounced", "250 ok")


def test_windows_that_are_chosen_while_others_are_counted_by_are_counted_by_from_the_beginning(
    shop: EngineShop,
    store_url: str,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_windows(shop.store, shop.id, {"click": "2 days"})
    choosing = []

    def chosen_meanwhile(*_: object) -> None:
        choosing.append(pool.submit(set_windows, shop.store, shop.id, {"click": "3 days"}))
        until(lambda: choosing[0].done() or waits(store_url))

    monkeypatch.setattr(crediting, "credit_people", chosen_meanwhile)
    crediting.credit_anew(shop.store, shop.id)
    choosing[0].result()
    with shop.store.reading() as reading:
        assert progress_of(reading, shop.id) == 0


def test_a_request_whose_first_process_died_is_taken_up_by_one_of_many(
    shop: EngineShop, pool: ThreadPoolExecutor
) -> None:
    one = asked("key:1", "one", b"make it")
    begin(shop.store, shop.id, one, shop.now)
    turns = at_once(pool, lambda _: begin(shop.store, shop.id, one, shop.now + MINUTE))
    assert sorted(type(turn).__name__ for turn in turns) == ["Begun", *["Underway"] * (MANY - 1)]


def test_a_feed_that_somebody_begins_to_ask_is_not_asked_by_others(
    shop: EngineShop, store_url: str, pool: ThreadPoolExecutor
) -> None:
    set_feed(shop.store, shop.id, {"url": "https://shop.example/feed.csv"})
    asked_of = []

    @contextlib.contextmanager
    def asks(feed: Feed, before: Fed, currency: str) -> Iterator[Answered]:
        asked_of.append(feed.url)
        yield Answered(None)

    def another_asks(tx: Transaction, shop_id: ShopId, now: Instant) -> Any:  # noqa: ANN401
        found = due(tx, shop_id, now)
        if isinstance(tx, DatabaseTransaction) and not others:
            others.append(pool.submit(feed_due, shop.store, asks, shop.now))
            until(lambda: others[0].done() or waits(store_url))
        return found

    due, others = feeding._due, list[Any]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeding, "_due", another_asks)
        assert feed_due(shop.store, asks, shop.now) == 1
    assert others[0].result() == 0
    assert len(asked_of) == 1


def test_of_processes_that_start_at_once_one_makes_the_first_shop(
    store: DatabaseStore, pool: ThreadPoolExecutor
) -> None:
    made = at_once(pool, lambda _: first_shop(store, "Tea", 1))
    assert len([one for one in made if one is not None]) == 1


def test_of_shops_made_at_once_each_has_its_own_name(
    store: DatabaseStore, pool: ThreadPoolExecutor
) -> None:
    def make(number: int) -> str:
        try:
            return create_shop(store, f"Tea {number % 2}", 1).shop.name
        except NameTaken:
            return ""

    assert sorted(one for one in at_once(pool, make) if one) == ["Tea 0", "Tea 1"]


def test_a_budget_that_is_cut_while_a_code_is_given_holds_for_it(
    shop: EngineShop, store_url: str, pool: ThreadPoolExecutor
) -> None:
    shop.happens("ada", "Viewed Product")
    key = define_coupon(shop.store, shop.id, "Ten", TEN | {"budget": 5_000}, shop.now).key
    with shop.store.transaction() as tx:
        row = tx.lock_coupon(shop.id, key)
        assert row is not None
        cut = msgspec.json.encode(TEN | {"budget": 10})
        tx.save_coupon(shop.id, msgspec.structs.replace(row, document=cut, version=2))
        giving = pool.submit(gets, shop, "ada", key)
        until(lambda: giving.done() or waits(store_url))
    assert giving.result() == Refused(NoCode.BUDGET)


def test_a_product_that_is_saved_while_those_not_named_are_removed_stays(
    shop: EngineShop, store_url: str, pool: ThreadPoolExecutor
) -> None:
    mug = Product(id="mug", name="Mug", variants=(Variant(price=900),))

    def remove() -> Sequence[str]:
        with shop.store.transaction() as tx:
            return tx.remove_unseen(shop.id, shop.now)

    with shop.store.transaction() as tx:
        tx.save_products(shop.id, [mug], shop.now - 1)
    with shop.store.transaction() as tx:
        tx.save_products(shop.id, [mug], shop.now + 1)
        removing = pool.submit(remove)
        until(lambda: removing.done() or waits(store_url))
    assert removing.result() == []
    with shop.store.reading() as reading:
        assert reading.products_by(shop.id, ["mug"]) == {"mug": mug}
