"""What may happen at the same time on PostgreSQL, where several processes write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import HOUR
from cartback.domain.ruleset import Ruleset
from cartback.engine.batch import Batch
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.flows import create_flow, set_status
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.intake import Receipt
from cartback.engine.people import undo_merge
from cartback.engine.ports import Contention, Reading, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.segments import StaleSegment, change_segment, create_segment
from cartback.store import open_store
from tests.scenarios.engine_shop import EngineShop, check_consistency, did, event, segment
from tests.scenarios.test_engine_flows import SERIES, can_send

BUYERS = segment("buyers", did("Placed Order"))
PATIENCE_SECONDS = 30


@pytest.fixture
def shop(postgres_url: str) -> Iterator[EngineShop]:
    store = open_store(postgres_url)
    with store.transaction() as tx:
        tx.add_shop("a stranger", 0)
        shop = EngineShop(store, tx.add_shop("the shop", 0))
    yield shop
    check_consistency(store, shop.id)
    store.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


class SlowRulebook(Rulebook):
    """Somebody who has read the rules, and takes a while until the next thing is done."""

    def __init__(self) -> None:
        super().__init__()
        self.has_read = threading.Event()
        self.may_go_on = threading.Event()

    def of(self, reading: Reading, shop: ShopId) -> Ruleset:
        found = super().of(reading, shop)
        self.has_read.set()
        assert self.may_go_on.wait(PATIENCE_SECONDS)
        return found


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.005)


def waits(url: str) -> bool:
    """Whether some transaction waits for a lock."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row is not None and row[0] > 0


def test_events_taken_while_a_segment_is_made_count_for_it(
    shop: EngineShop, pool: ThreadPoolExecutor, postgres_url: str
) -> None:
    shop.happens("ada", "Viewed Product")
    slow = SlowRulebook()
    events = [event(who, "Placed Order", shop.now, shop=shop.id) for who in ("ada", "newcomer")]
    taking = pool.submit(ingest, shop.store, slow, [Delivery(shop.id, events)])
    assert slow.has_read.wait(PATIENCE_SECONDS)
    making = pool.submit(shop.has, BUYERS)
    until(lambda: making.done() or waits(postgres_url))
    slow.may_go_on.set()
    assert taking.result() == [Receipt(2)]
    making.result()
    assert shop.status("buyers") == "live"
    assert shop.members("buyers") == {"ada", "newcomer"}


def test_an_event_that_is_taken_while_a_merge_is_undone_goes_to_whom_it_belongs(
    shop: EngineShop,
    pool: ThreadPoolExecutor,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop.happens("ada", "Viewed Product")
    shop.happens("bob", "Viewed Product")
    shop.happens("ada bob", "Viewed Product")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    has_looked, may_go_on = threading.Event(), threading.Event()
    load = Batch.load

    def slow_load(batch: Batch, *profiles: Iterable[ProfileId]) -> None:
        has_looked.set()
        assert may_go_on.wait(PATIENCE_SECONDS)
        load(batch, *profiles)

    monkeypatch.setattr(Batch, "load", slow_load)
    one = event("bob", "Placed Order", shop.now, shop=shop.id)
    taking = pool.submit(ingest, shop.store, shop.rulebook, [Delivery(shop.id, [one])])
    assert has_looked.wait(PATIENCE_SECONDS)
    undoing = pool.submit(undo_merge, shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    until(lambda: undoing.done() or waits(postgres_url))
    may_go_on.set()
    taking.result()
    undoing.result()
    assert shop.person("bob").is_customer
    assert not shop.person("ada").is_customer


def test_of_many_who_change_a_segment_each_knows_what_was_changed_before(
    shop: EngineShop, pool: ThreadPoolExecutor
) -> None:
    shop.has(BUYERS)
    together = threading.Barrier(4)

    def change(number: int) -> int:
        together.wait()
        document = segment("buyers", did("Placed Order", at_least=number + 2))
        return change_segment(shop.store, shop.id, document, shop.now, expected=1).version

    changing: list[Future[int]] = [pool.submit(change, number) for number in range(4)]
    errors = [one.exception() for one in changing]
    assert errors.count(None) == 1
    assert sum(isinstance(error, StaleSegment) for error in errors) == 3
    shop.catches_up()


def test_segments_made_by_many_at_once_are_all_there(
    shop: EngineShop, pool: ThreadPoolExecutor
) -> None:
    shop.happens("ada", "Placed Order")
    keys = [f"segment-{number}" for number in range(4)]

    def make(key: str) -> None:
        create_segment(shop.store, shop.id, segment(key, did("Placed Order")), shop.now)

    list(pool.map(make, keys))
    shop.catches_up()
    for key in keys:
        assert shop.members(key) == {"ada"}


def test_deliveries_for_several_shops_in_any_order_do_not_wait_for_each_other_in_a_circle(
    shop: EngineShop, pool: ThreadPoolExecutor, postgres_url: str
) -> None:
    shops = [1, shop.id]
    for one in shops:
        EngineShop(shop.store, one).happens("ada", "Viewed Product")

    def take(number: int) -> None:
        order = shops if number % 2 else shops[::-1]
        for turn in range(20):
            deliveries = [
                Delivery(one, [event("ada", "Viewed Product", shop.now, shop=one, id=f"v-{turn}")])
                for one in order
            ]
            ingest(shop.store, shop.rulebook, deliveries)

    list(pool.map(take, range(4)))
    assert [len(EngineShop(shop.store, one).log()) for one in shops] == [21, 21]
    assert deadlocks(shop.store, postgres_url) == 0


def deadlocks(store: Store, url: str) -> int:
    store.close()  # a connection that ends tells what it has counted
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_back_fill_that_two_do_is_done_once(shop: EngineShop, pool: ThreadPoolExecutor) -> None:
    for number in range(10):
        shop.happens(f"buyer-{number}", "Placed Order")
    create_segment(shop.store, shop.id, BUYERS, shop.now)

    def work(_: int) -> None:
        until(_without_contention(shop.catches_up))

    list(pool.map(work, range(3)))
    assert shop.status("buyers") == "live"
    assert len(shop.members("buyers")) == 10


def _without_contention(act: Callable[[], None]) -> Callable[[], bool]:

    def done() -> bool:
        try:
            act()
        except Contention:
            return False
        return True

    return done


@pytest.mark.parametrize("named", [{"cart_id": "c1"}, {"checkout_id": "k1"}])
def test_an_order_of_somebody_else_and_a_hand_over_at_once(
    shop: EngineShop, pool: ThreadPoolExecutor, named: dict[str, Any]
) -> None:
    """Whichever commits first: either the hand-over had begun before the order was answered, or it
    does not begin. Half of the carts are in a run, half have only a message waiting."""
    for place, flow in enumerate((SERIES, {**SERIES, "steps": SERIES["steps"][:1]})):
        can_send(shop)
        create_flow(shop.store, shop.id, f"flow-{place}", flow, shop.now)
        set_status(shop.store, shop.id, f"flow-{place}", "live", shop.now)
    shop.catches_up()
    shop.happens("ada@example.com", "Subscribed", channel="email")
    lines = [{"product_id": "mug"}]
    paying: dict[str, Any] = {"cart_id": "c1", "checkout_id": "k1", "lines": lines}
    shop.happens("ada@example.com", "Checkout Started", **paying)
    shop.passes(2 * HOUR)
    sendings = claim(shop.store, shop.rulebook, shop.now)
    together = threading.Barrier(1 + len(sendings))
    order = event("#2", "Placed Order", shop.now, shop=shop.id, **named)

    def orders() -> float:
        together.wait()
        ingest(shop.store, Rulebook(), [Delivery(shop.id, [order])])
        return time.monotonic()

    def begins(sending: Sending) -> float | None:
        together.wait()
        asked = time.monotonic()
        return asked if begin(shop.store, Rulebook(), sending, shop.now) else None

    ordering = pool.submit(orders)
    handed = [one.result() for one in [pool.submit(begins, one) for one in sendings]]
    answered = ordering.result()
    assert all(at is None or at < answered for at in handed)
    shop.passes(HOUR)
    assert claim(shop.store, shop.rulebook, shop.now) == []
    with shop.store.reading() as reading:
        row = reading.profile(shop.id, shop.profile_of("ada@example.com"))
        assert row is not None
        waiting = reading.messages_of(shop.id, row.id)
    assert not [one for one in waiting if one.status in ("queued", "claimed")]
