"""The committer: many senders share a commit, and each is answered when its events are durable."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from cartback.domain.drop import DropReason
from cartback.engine import commit
from cartback.engine.commit import Committer
from cartback.engine.ingest import Delivery
from cartback.engine.intake import Overloaded, Receipt
from cartback.engine.ports import Contention, Transaction
from cartback.engine.returning import Sender
from cartback.engine.rulebook import Rulebook
from cartback.store import DatabaseStore, open_store
from tests.scenarios.engine_shop import MONDAY, EngineShop, did, event, segment

PATIENCE_SECONDS = 30


class Gate(DatabaseStore):
    """A store that writes when the gate is open, counts the transactions, and may fail."""

    def __init__(self, store: DatabaseStore) -> None:
        super().__init__(store._database)
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Semaphore(0)
        self.transactions = 0
        self.failures: list[Exception] = []

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:  # type: ignore[override]
        self.entered.release()
        assert self.open.wait(PATIENCE_SECONDS)
        self.transactions += 1
        with super().transaction() as tx:
            yield tx
            if self.failures:
                raise self.failures.pop()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EngineShop]:
    store = open_store(str(tmp_path / "cartback.db"))
    with store.transaction() as tx:
        tx.add_shop("a stranger", 0)
        shop = EngineShop(store, tx.add_shop("the shop", 0))
    shop.has(segment("viewers", did("Viewed Product")))
    yield shop
    assert EngineShop(store, 1).log() == []
    store.close()


@pytest.fixture
def gate(shop: EngineShop) -> Gate:
    assert isinstance(shop.store, DatabaseStore)
    return Gate(shop.store)


@pytest.fixture
def committer(gate: Gate) -> Iterator[Committer]:
    committer = Committer(gate, Rulebook())
    committer.start()
    yield committer
    gate.open.set()
    committer.close()


def view(shop: EngineShop, number: int, *, sender: Sender = None) -> Delivery:
    one = event(f"visitor-{number}", "Viewed Product", MONDAY, shop=shop.id, id=f"v-{number}")
    return Delivery(shop.id, [one], sender=sender)


def poison(shop: EngineShop) -> Delivery:
    """A delivery that no store can take: a lone surrogate is no text."""
    return Delivery(shop.id, [event("mallory", "X", MONDAY, shop=shop.id, id="bad \ud800")])


def result(answer: Future[Receipt]) -> Receipt:
    return answer.result(PATIENCE_SECONDS)


def test_the_answer_comes_when_the_events_are_there_to_be_read(
    shop: EngineShop, committer: Committer
) -> None:
    assert result(committer.submit(view(shop, 1))) == Receipt(1)
    assert shop.members("viewers") == {"visitor-1"}
    assert result(committer.submit(view(shop, 1))) == Receipt(0, 1)


def test_there_is_no_answer_before_it_is_written(
    shop: EngineShop, gate: Gate, committer: Committer
) -> None:
    gate.open.clear()
    answer = committer.submit(view(shop, 1))
    assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
    assert not answer.done()
    assert shop.log() == []
    gate.open.set()
    assert result(answer) == Receipt(1)


def test_who_comes_while_one_commit_is_written_shares_the_next(
    shop: EngineShop, gate: Gate, committer: Committer
) -> None:
    gate.open.clear()
    first = committer.submit(view(shop, 0))
    assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
    others = [committer.submit(view(shop, number)) for number in range(1, 100)]
    gate.open.set()
    assert [result(one) for one in (first, *others)] == [Receipt(1)] * 100
    assert gate.transactions == 2
    assert [logged.event.id for logged in shop.log()] == [f"v-{number}" for number in range(100)]


def test_who_comes_back_at_once_is_waited_for(shop: EngineShop, gate: Gate) -> None:
    committer = Committer(gate, Rulebook(), patience=PATIENCE_SECONDS)
    committer.start()
    _three_share_two_commits(shop, gate, committer)
    answers = [
        committer.submit(view(shop, 20, sender="a")),
        committer.submit(view(shop, 21, sender="a stranger")),
    ]
    eventually(lambda: committer._returning.missing == {"b", "c"})
    assert gate.transactions == 4
    answers += [
        committer.submit(view(shop, 22 + place, sender=sender)) for place, sender in enumerate("bc")
    ]
    assert [result(one) for one in answers] == [Receipt(1)] * 4
    assert gate.transactions == 5
    committer.close()


def test_nobody_is_waited_for_beyond_patience_or_when_it_closes(
    shop: EngineShop, gate: Gate
) -> None:
    hasty = Committer(gate, Rulebook(), patience=0)
    hasty.start()
    _three_share_two_commits(shop, gate, hasty)
    assert result(hasty.submit(view(shop, 20, sender="a"))) == Receipt(1)
    assert not hasty._returning.missing & {"b", "c"}
    hasty.close()
    closing = Committer(gate, Rulebook(), patience=PATIENCE_SECONDS)
    closing.start()
    _three_share_two_commits(shop, gate, closing, begin=30)
    last = closing.submit(view(shop, 50, sender="a"))
    closing.close()
    assert last.result(0) == Receipt(1)


def test_after_a_quiet_time_nobody_is_waited_for(shop: EngineShop, gate: Gate) -> None:
    committer = Committer(gate, Rulebook(), patience=0.01)
    committer.start()
    _three_share_two_commits(shop, gate, committer)
    eventually(lambda: committer._returning.missing == set())
    committer.close()


def test_a_full_commit_waits_for_nobody(
    shop: EngineShop, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    committer = Committer(gate, Rulebook(), patience=PATIENCE_SECONDS)
    committer.start()
    _three_share_two_commits(shop, gate, committer)
    monkeypatch.setattr(commit, "MOST_AT_ONCE", 2)
    answers = [committer.submit(view(shop, 20 + one, sender="a")) for one in range(2)]
    assert [result(one) for one in answers] == [Receipt(1)] * 2
    committer.close()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0)


def _three_share_two_commits(
    shop: EngineShop, gate: Gate, committer: Committer, begin: int = 0
) -> None:
    """The second time they have come back at once. Somebody opens the gate before them."""
    for first in (begin, begin + 4):
        gate.open.clear()
        answers = [committer.submit(view(shop, first))]
        assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
        answers += [
            committer.submit(view(shop, first + place, sender=sender))
            for place, sender in enumerate("abc", 1)
        ]
        gate.open.set()
        assert [result(one) for one in answers] == [Receipt(1)] * 4
        assert gate.entered.acquire(timeout=PATIENCE_SECONDS)


def test_many_threads_and_coroutines_hand_in_at_once_and_all_is_there_once(
    shop: EngineShop, committer: Committer
) -> None:
    async def many(first: int) -> list[Receipt]:
        events = [view(shop, number).events for number in range(first, first + 50)]
        return await asyncio.gather(*(committer.receive(shop.id, some, {}) for some in events))

    def loop(number: int) -> list[Receipt]:
        return asyncio.run(many(1_000 + 25 * number))  # each event by two of them

    def thread(number: int) -> list[Receipt]:
        return [result(committer.submit(view(shop, 25 * number + one))) for one in range(50)]

    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(work, number) for number in range(4) for work in (loop, thread)]
        receipts = [receipt for one in told for receipt in one.result()]
    ids = [logged.event.id for logged in shop.log()]
    assert len(ids) == len(set(ids)) == 250
    assert sum(one.accepted for one in receipts) == 250
    assert sum(one.duplicates for one in receipts) == 150
    assert len(shop.members("viewers")) == 250


def test_one_poisoned_delivery_does_not_spoil_the_others(
    shop: EngineShop, gate: Gate, committer: Committer, caplog: pytest.LogCaptureFixture
) -> None:
    gate.open.clear()
    committer.submit(view(shop, 0))
    assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
    answers = [committer.submit(one) for one in (view(shop, 1), poison(shop), view(shop, 2))]
    gate.open.set()
    assert result(answers[0]) == result(answers[2]) == Receipt(1)
    assert isinstance(answers[1].exception(PATIENCE_SECONDS), UnicodeEncodeError)
    assert "a delivery could not be written" in caplog.text
    assert [logged.event.id for logged in shop.log()] == ["v-0", "v-1", "v-2"]
    assert result(committer.submit(view(shop, 3))) == Receipt(1), "the committer lives on"


def test_a_failure_of_the_store_is_told_to_who_waits_and_the_next_is_taken(
    shop: EngineShop, gate: Gate, committer: Committer
) -> None:
    gate.failures = [OSError("the disk is full")]
    with pytest.raises(OSError, match="full"):
        result(committer.submit(view(shop, 1)))
    assert shop.log() == []
    assert result(committer.submit(view(shop, 1))) == Receipt(1)


def test_contention_is_tried_again_and_nobody_notices(
    shop: EngineShop, gate: Gate, committer: Committer
) -> None:
    gate.failures = [Contention("busy")] * 5
    assert result(committer.submit(view(shop, 1))) == Receipt(1)
    assert gate.transactions == 6
    assert len(shop.log()) == 1


def test_when_too_much_waits_senders_are_told_to_come_again(
    shop: EngineShop, gate: Gate, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "MOST_WAITING", 3)
    gate.open.clear()
    answers = [committer.submit(view(shop, 0))]
    assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
    answers += [committer.submit(view(shop, number)) for number in range(1, 5)]
    with pytest.raises(Overloaded) as refused:
        committer.submit(view(shop, 5))
    assert refused.value.retry_after >= 1
    with pytest.raises(Overloaded):
        asyncio.run(committer.receive(shop.id, view(shop, 6).events, {}))
    gate.open.set()
    assert [result(one) for one in answers] == [Receipt(1)] * 5
    assert result(committer.submit(view(shop, 5))) == Receipt(1), "there is room again"


def test_closing_writes_what_waits_and_takes_no_more(
    shop: EngineShop, gate: Gate, committer: Committer
) -> None:
    gate.open.clear()
    answers = [committer.submit(view(shop, number)) for number in range(10)]
    assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
    closing = threading.Thread(target=committer.close)
    closing.start()
    gate.open.set()
    closing.join(PATIENCE_SECONDS)
    assert not closing.is_alive()
    assert [one.result(0) for one in answers] == [Receipt(1)] * 10
    with pytest.raises(Overloaded):
        committer.submit(view(shop, 11))
    assert len(shop.log()) == 10


def test_drops_are_counted_with_the_events(shop: EngineShop, committer: Committer) -> None:
    drops = {DropReason.BAD_TIME: 2}
    only_drops = committer.submit(Delivery(shop.id, [], drops))
    assert result(only_drops) == Receipt(0)
    both = committer.submit(Delivery(shop.id, view(shop, 1).events, drops))
    assert result(both) == Receipt(1)
    assert shop.drops() == {"bad_time": 4}


def test_who_gave_up_waiting_disturbs_nobody(
    shop: EngineShop, gate: Gate, committer: Committer
) -> None:
    async def impatient() -> None:
        waiting = asyncio.ensure_future(committer.receive(shop.id, view(shop, 1).events, {}))
        await asyncio.to_thread(gate.entered.acquire)
        waiting.cancel()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    gate.open.clear()
    asyncio.run(impatient())
    gate.open.clear()
    answer = committer.submit(view(shop, 2))
    assert not answer.cancel(), "what was handed in is written"
    gate.open.set()
    assert result(answer) == Receipt(1)
    assert result(committer.submit(view(shop, 3))) == Receipt(1)
    assert len(shop.log()) == 3


def test_whoever_listens_is_told_after_each_commit_and_may_fail(
    shop: EngineShop, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    told = threading.Semaphore(0)

    def listen() -> None:
        told.release()
        raise RuntimeError("nobody at home")

    committer = Committer(gate, Rulebook(), listen)
    committer.start()
    for number in range(3):
        assert result(committer.submit(view(shop, number))) == Receipt(1)
        assert told.acquire(timeout=PATIENCE_SECONDS)
    committer.close()
    assert "nobody at home" in caplog.text
