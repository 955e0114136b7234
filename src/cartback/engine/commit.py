"""The committer: gathers what senders hand in and writes it in shared transactions.

A sender's answer waits for its commit. While one transaction is written the next deliveries gather,
so that a busy server shares each commit among many senders and an idle one answers at once. Senders
who use to come back at once after their answer are waited for a few milliseconds (`Returning`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Final, TypeAlias

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.intake import Overloaded, Receipt
from cartback.engine.ports import Store
from cartback.engine.returning import Returning, Sender
from cartback.engine.rulebook import Rulebook

MOST_AT_ONCE: Final = 2_000
MOST_WAITING: Final = 50_000
PATIENCE_SECONDS: Final = 0.005
"""So long a commit waits for the next of those who are expected."""
MOST_PATIENCE: Final = 5
"""So many times that long it waits for all of them together."""

_log = logging.getLogger("cartback.commit")
_Answer: TypeAlias = "Future[Receipt] | asyncio.Future[Receipt]"


class Committer:
    """One thread that writes; any number of threads and coroutines that hand in."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        written: Callable[[], None] = lambda: None,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """`patience`: for how many seconds a commit waits for the next of who is expected."""
        self._store = store
        self._rulebook = rulebook
        self._written = written
        self._waiting: deque[tuple[Delivery, _Answer]] = deque()
        self._events_waiting = 0
        self._patience = patience
        self._returning = Returning()
        self._news = Condition()
        self._closing = False
        self._thread = Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting, then stop."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, delivery: Delivery) -> "Future[Receipt]":
        """Hand in from a thread; the future is done when the events are durable.

        Raises Overloaded when too much is waiting already.
        """
        answer: Future[Receipt] = Future()
        answer.set_running_or_notify_cancel()  # what was handed in is written: nobody takes it back
        self._put(delivery, answer)
        return answer

    async def receive(
        self,
        shop: ShopId,
        events: Sequence[Event],
        drops: Mapping[DropReason, int],
        sender: Sender = None,
    ) -> Receipt:
        """Hand in from a coroutine; returns when the events are durable. Raises Overloaded."""
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._put(Delivery(shop, events, drops, sender), answer)
        return await answer

    def _put(self, delivery: Delivery, answer: _Answer) -> None:
        with self._news:
            if self._closing or self._events_waiting > MOST_WAITING:
                raise Overloaded
            self._waiting.append((delivery, answer))
            self._events_waiting += len(delivery.events)
            self._returning.came(delivery.sender)
            if len(self._waiting) == 1 or self._is_enough():
                self._news.notify()

    def _run(self) -> None:
        while batch := self._gather():
            outcomes = self._write([delivery for delivery, _ in batch])
            with self._news:
                self._returning.answer(delivery.sender for delivery, _ in batch)
            _answer([(answer, one) for (_, answer), one in zip(batch, outcomes, strict=True)])
            self._tell()

    def _tell(self) -> None:
        try:
            self._written()
        except Exception:  # noqa: BLE001  the thread must live on; the log says what failed
            _log.exception("whoever waits for what is written could not be told")

    def _gather(self) -> list[tuple[Delivery, _Answer]]:
        """What waits, up to one transaction's worth; empty when there is nothing more to come."""
        with self._news:
            if not self._is_news() and not self._news.wait(self._patience * MOST_PATIENCE):
                self._returning.forget()
            self._news.wait_for(self._is_news)
            if self._waiting:
                self._await_returning()
            batch = []
            events = 0
            while self._waiting and events < MOST_AT_ONCE:
                delivery, answer = self._waiting.popleft()
                batch.append((delivery, answer))
                events += len(delivery.events)
            self._events_waiting -= events
            return batch

    def _is_news(self) -> bool:
        return bool(self._waiting) or self._closing

    def _await_returning(self) -> None:
        """Wait for those who are expected, as long as one after the other comes."""
        for _ in range(MOST_PATIENCE):
            already = len(self._waiting)
            if self._news.wait_for(self._is_enough, self._patience):
                break
            if len(self._waiting) == already:
                break
        self._returning.leave()

    def _is_enough(self) -> bool:
        """Whether there is nobody more to wait for."""
        return not self._returning.missing or self._events_waiting >= MOST_AT_ONCE or self._closing

    def _write(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | Exception]:
        """Write all together; if that fails, each alone, so that one cannot spoil the others."""
        try:
            return ingest(self._store, self._rulebook, deliveries)
        except Exception as error:  # noqa: BLE001  the thread must live on; the sender is told
            if len(deliveries) == 1:
                _log.exception("a delivery could not be written")
                return [error]
        return [outcome for one in deliveries for outcome in self._write([one])]


def _answer(outcomes: Sequence[tuple[_Answer, Receipt | Exception]]) -> None:
    """Tell every sender; those of one event loop in one call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Answer, Receipt | Exception]]] = {}
    for answer, outcome in outcomes:
        if isinstance(answer, asyncio.Future):
            by_loop.setdefault(answer.get_loop(), []).append((answer, outcome))
        else:
            _resolve(answer, outcome)
    for loop, some in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, some)
        except RuntimeError:
            _log.warning("%d senders were gone before their answer", len(some))


def _resolve_all(outcomes: Sequence[tuple[_Answer, Receipt | Exception]]) -> None:
    for answer, outcome in outcomes:
        _resolve(answer, outcome)


def _resolve(answer: _Answer, outcome: Receipt | Exception) -> None:
    if answer.done():
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
