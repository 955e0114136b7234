"""The worker, with a clock in our hand: each thing happens when it is time, whatever else fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from cartback import worker as working
from cartback.domain.companion import About
from cartback.domain.event import ShopId
from cartback.domain.instant import HOUR, WEEK, Instant
from cartback.domain.message import Accepted, Outcome
from cartback.engine.backfill import Progress, Recaller, backfill
from cartback.engine.deliver import Begins, Sending
from cartback.engine.feeding import FeedFailed, feed_of, set_feed
from cartback.engine.growth import count_moves
from cartback.engine.noting import LONGEST_HANDOVER
from cartback.engine.ports import Clock, Contention, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.segments import create_segment
from cartback.engine.wake import AT_ONCE, wake
from cartback.store import open_store
from cartback.worker import PAUSE_OF_BACKFILL, Worker
from tests.scenarios.engine_shop import ABANDONERS, MONDAY, EngineShop, did, segment
from tests.scenarios.test_engine_flows import claims, leaves_cart, outbox, starts

PATIENCE_SECONDS = 30
BUYERS = segment("buyers", did("Placed Order"))


class WallClock:
    """A clock that stands until it is set; it knows how often somebody looked at it."""

    def __init__(self, now: Instant) -> None:
        self.now = now
        self._looked = threading.Condition()
        self._looks = 0

    def __call__(self) -> Instant:
        with self._looked:
            self._looks += 1
            self._looked.notify_all()
            return self.now

    def was_looked_at(self, times: int) -> None:
        """Wait until it was looked at so often."""
        with self._looked:
            assert self._looked.wait_for(lambda: self._looks >= times, PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def _short_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in a server takes milliseconds here."""
    monkeypatch.setattr(working, "LONGEST_SLEEP", 0.02)
    monkeypatch.setattr(working, "SHORTEST_SLEEP", 0.001)
    monkeypatch.setattr(working, "AFTER_FAILURE", 0.005)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EngineShop]:
    store = open_store(str(tmp_path / "cartback.db"))
    with store.transaction() as tx:
        tx.add_shop("a stranger", 0)
        shop = EngineShop(store, tx.add_shop("the shop", 0))
    yield shop
    store.close()


@pytest.fixture
def clock() -> WallClock:
    return WallClock(MONDAY)


@pytest.fixture
def worker(shop: EngineShop, clock: WallClock) -> Iterator[Worker]:
    worker = Worker(shop.store, Rulebook(), clock)
    yield worker
    worker.close()


def error_of(shop: EngineShop, key: str) -> str:
    with shop.store.reading() as reading:
        row = reading.segment(shop.id, key)
    assert row is not None
    return row.error


def until(holds: Callable[[], bool]) -> None:
    """Wait for it, but not for ever."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.002)


def test_somebody_leaves_when_it_is_time_and_not_before(
    shop: EngineShop, clock: WallClock, worker: Worker
) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    clock.now = MONDAY + WEEK - 1
    worker.start()
    clock.was_looked_at(6)
    assert shop.members("abandoners") == {"ada"}
    clock.now = MONDAY + WEEK
    until(lambda: shop.members("abandoners") == set())
    assert shop.moves("abandoners")[-1] == ("ada", MONDAY + WEEK, False)


def test_what_is_written_while_it_sleeps_may_be_due_earlier(
    shop: EngineShop, clock: WallClock, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LONGEST_SLEEP", 10.0 * PATIENCE_SECONDS)
    shop.has(ABANDONERS)
    worker.start()
    clock.was_looked_at(2)  # nobody is due: it sleeps for long
    shop.happens("ada", "Checkout Started", at=MONDAY + HOUR - WEEK, received=MONDAY)
    worker.written()
    clock.was_looked_at(4)  # somebody is due in an hour: it sleeps as long as it may
    assert shop.members("abandoners") == {"ada"}
    clock.now = MONDAY + HOUR
    worker.written()
    until(lambda: shop.members("abandoners") == set())


def test_who_came_and_went_is_counted_behind_them(
    shop: EngineShop, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "count_moves", partial(count_moves, least=3))
    shop.has(ABANDONERS)
    for number in range(3):
        shop.happens(f"visitor-{number}", "Checkout Started")

    def uncounted() -> int:
        with shop.store.reading() as reading:
            return reading.uncounted_moves(shop.id, 9)

    assert uncounted() == 3
    worker.start()
    until(lambda: uncounted() == 0)


def test_what_is_bought_together_is_counted_behind_the_log(
    shop: EngineShop, worker: Worker
) -> None:
    lines = [{"product_id": "mug"}, {"product_id": "spoon"}]
    shop.happens("ada", "Placed Order", order_id="1", lines=lines)
    about = About("product", "mug")

    def counted() -> object:
        with shop.store.reading() as reading:
            return reading.companions(shop.id, [about]).get(about)

    worker.start()
    until(lambda: counted() == {"spoon": 1})


def test_everybody_who_is_due_is_woken_however_many(
    shop: EngineShop, clock: WallClock, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = 3

    def wake_few(store: Store, rulebook: Rulebook, now: Instant, limit: int = AT_ONCE) -> int:
        return wake(store, rulebook, now, few)

    monkeypatch.setattr(working, "wake", wake_few)
    shop.has(ABANDONERS)
    for number in range(10):
        shop.happens(f"visitor-{number}", "Checkout Started")
    clock.now = MONDAY + WEEK
    worker.start()
    until(lambda: shop.members("abandoners") == set())


def test_a_new_segment_gets_its_members_by_itself(
    shop: EngineShop, clock: WallClock, worker: Worker
) -> None:
    shop.happens("ada", "Placed Order")
    worker.start()
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    until(lambda: shop.status("buyers") == "live")
    assert shop.members("buyers") == {"ada"}


def test_one_shop_whose_back_fill_fails_does_not_hold_up_the_others(
    shop: EngineShop, clock: WallClock, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = EngineShop(shop.store, 1)
    broken, failures = {stranger.id}, list[ShopId]()

    def fragile(
        store: Store,
        rulebook: Rulebook,
        of: ShopId,
        clock: Clock,
        recaller: Recaller | None = None,
    ) -> Iterator[Progress]:
        if of in broken:
            failures.append(of)
            raise RuntimeError("a bug\n[parameters: ada@example.com]")
        return backfill(store, rulebook, of, clock, recaller)

    monkeypatch.setattr(working, "backfill", fragile)
    for one in (stranger, shop):
        one.happens("ada", "Placed Order")
        create_segment(one.store, one.id, BUYERS, one.now)
    worker.start()
    until(lambda: shop.status("buyers") == "live")
    until(lambda: stranger.status("buyers") == "failed")
    assert error_of(stranger, "buyers") == "RuntimeError: a bug"
    clock.now += PAUSE_OF_BACKFILL - 1
    create_segment(shop.store, shop.id, ABANDONERS, shop.now)
    until(lambda: shop.status("abandoners") == "live")  # the stranger's turn came before
    assert failures == [stranger.id], "it rests"
    broken.clear()
    clock.now += 1
    until(lambda: stranger.status("buyers") == "live")
    assert error_of(stranger, "buyers") == ""


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Contention("busy"), OSError("no disk")])
def test_a_turn_that_fails_is_tried_again_and_stops_no_other(
    shop: EngineShop,
    clock: WallClock,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    broken = threading.Event()
    broken.set()
    failures = threading.Semaphore(0)

    def fragile(store: Store, rulebook: Rulebook, now: Instant) -> int:
        if broken.is_set():
            failures.release()
            raise error
        return wake(store, rulebook, now)

    monkeypatch.setattr(working, "wake", fragile)
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    worker.start()
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    until(lambda: shop.status("buyers") == "live")
    clock.now = MONDAY + WEEK
    for _ in range(3):
        assert failures.acquire(timeout=PATIENCE_SECONDS)
    assert shop.members("abandoners") == {"ada"}
    assert ("a bug" in caplog.text) == (str(error) == "a bug")
    broken.clear()
    until(lambda: shop.members("abandoners") == set())


def test_the_tape_is_written_again_and_again_and_its_failures_stop_nothing(
    shop: EngineShop, clock: WallClock
) -> None:
    turns = threading.Semaphore(0)

    def write_tape() -> int:
        turns.release()
        raise OSError("no disk")

    worker = Worker(shop.store, Rulebook(), clock, write_tape)
    worker.start()
    for _ in range(3):
        assert turns.acquire(timeout=PATIENCE_SECONDS)
    shop.happens("ada", "Placed Order")
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    until(lambda: shop.status("buyers") == "live")
    worker.close()


def test_closing_ends_every_thread_and_a_new_worker_goes_on(
    shop: EngineShop, clock: WallClock
) -> None:
    before = threading.active_count()
    worker = Worker(shop.store, Rulebook(), clock)
    worker.start()
    clock.was_looked_at(1)
    worker.close()
    assert threading.active_count() == before
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    other = Worker(shop.store, Rulebook(), clock)
    other.start()
    until(lambda: shop.status("buyers") == "live")
    other.close()


class Takes:
    """A postman that takes everything."""

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        return Accepted("250 ok") if await begins() else None


def test_what_a_process_had_only_claimed_that_died_is_sent(
    shop: EngineShop, clock: WallClock
) -> None:
    starts(shop)
    leaves_cart(shop)
    assert len(claims(shop)) == 1
    clock.now = shop.now + LONGEST_HANDOVER + 1
    worker = Worker(shop.store, Rulebook(), clock, postmen={"email": Takes()})
    worker.start()
    until(lambda: [one.status for one in outbox(shop)] == ["sent"])
    worker.close()


def test_a_worker_that_never_began_can_be_closed(shop: EngineShop, clock: WallClock) -> None:
    Worker(shop.store, Rulebook(), clock).close()


def test_feeds_are_asked_also_where_somebody_else_moves_time(
    shop: EngineShop, clock: WallClock
) -> None:
    def asks(feed: object, before: object, currency: str) -> NoReturn:
        raise FeedFailed("the file is not there")

    def failure() -> str:
        with shop.store.reading() as reading:
            found = feed_of(reading, shop.id)
        assert found is not None
        return found[1].failure

    set_feed(shop.store, shop.id, {"url": "https://shop.example/feed.csv"})
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    worker = Worker(shop.store, Rulebook(), clock, asks=asks)
    worker.start(wakes=False)
    until(lambda: failure() == "the file is not there")
    worker.close()
    assert shop.status("buyers") == "building", "nothing else is done"
