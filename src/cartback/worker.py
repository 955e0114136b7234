"""What goes on by itself while Cartback is up: waking, sending, back-fill, counting, the tape.

Each is a thread that sleeps until there is something to do. A failure is logged and tried again;
one kind of work never waits for another.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Event as Signal
from threading import Thread
from types import MappingProxyType
from typing import Final

from cartback.domain.event import ShopId
from cartback.domain.instant import SECOND, Instant, Milliseconds
from cartback.engine.backfill import Recaller, backfill, is_needed, note_failure
from cartback.engine.companions import count_companions
from cartback.engine.copies import drop_old_copies
from cartback.engine.crediting import credit_anew
from cartback.engine.deliver import Postman, deliver
from cartback.engine.feeding import Asks, feed_due
from cartback.engine.growth import count_moves
from cartback.engine.noting import doubt_stale
from cartback.engine.ports import Clock, Contention, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.telling import tell
from cartback.engine.visits import judge_due
from cartback.engine.wake import wake

LONGEST_SLEEP: Final = 1.0
NO_POSTMEN: Final[Mapping[str, Postman]] = MappingProxyType({})
SHORTEST_SLEEP: Final = 0.02
AFTER_FAILURE: Final = 1.0
PAUSE_OF_BACKFILL: Final[Milliseconds] = 10 * SECOND
"""A back-fill that failed may fail again after a look at the whole log: it is tried that much
later, which is longer than anything else waits."""

_log = logging.getLogger("cartback.worker")


class Worker:
    """The threads. `written` tells them that something was written."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        clock: Clock,
        write_tape: Callable[[], int] | None = None,
        recaller: Recaller | None = None,
        postmen: Mapping[str, Postman] = NO_POSTMEN,
        moved: Callable[[], None] = lambda: None,
        asks: Asks | None = None,
    ) -> None:
        """`postmen` are by channel, `asks` asks the feeds of catalogs. `moved` is told when time
        alone, or a back-fill, has moved somebody."""
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._write_tape = write_tape
        self._recaller = recaller
        self._postmen = postmen
        self._moved = moved
        self._asks = asks
        self._stopping = Signal()
        self._news = Signal()
        self._mail: dict[str, Signal] = {}
        self._threads: Sequence[Thread] = ()
        self._loops = contextlib.ExitStack()
        self._rests: dict[ShopId, Instant] = {}

    def start(self, *, wakes: bool = True) -> None:
        """Begin to work; without `wakes` only feeds are asked, as somebody else moves time."""
        turns = self._turns() if wakes else []
        if self._asks is not None:
            turns.append(("feeds", self._feed(self._asks)))
        self._threads = [
            Thread(target=self._run, args=(turn,), name=name, daemon=True) for name, turn in turns
        ]
        for thread in self._threads:
            thread.start()

    def _turns(self) -> list[tuple[str, Callable[[], float]]]:
        """What is done again and again, by name; postmen get their signals."""
        turns: list[tuple[str, Callable[[], float]]] = [
            ("waker", self._wake),
            ("backfiller", self._backfill),
            ("counter", self._count),
            ("visits", self._judge),
            ("teller", self._tell),
            ("companions", self._count_companions),
            ("copies", self._drop_copies),
        ]
        if self._write_tape is not None:
            turns.append(("tape", self._tape))
        if self._postmen:
            turns.append(("doubter", self._doubt))
        for channel, postman in self._postmen.items():
            mail = self._mail[channel] = Signal()
            turns.append((f"postman of {channel}", self._post(channel, postman, mail)))
        return turns

    def close(self) -> None:
        """Finish the transactions that run, then stop."""
        self._stopping.set()
        self._news.set()
        self._wake_postmen()
        for thread in self._threads:
            thread.join()
        self._loops.close()

    def written(self) -> None:
        """Something was written: an earlier wake-up or a message may be due."""
        self._news.set()
        self._wake_postmen()

    def _wake_postmen(self) -> None:
        for mail in self._mail.values():
            mail.set()

    def _run(self, turn: Callable[[], float]) -> None:
        while not self._stopping.is_set():
            try:
                pause = turn()
            except Contention:
                pause = SHORTEST_SLEEP
            except Exception:  # noqa: BLE001  the thread must live on; the log says what failed
                _log.exception("%s failed; it is tried again", turn.__name__.strip("_"))
                pause = AFTER_FAILURE
            if pause:
                self._stopping.wait(pause)

    def _wake(self) -> float:
        """Wake who is due, then sleep until the next one is or something is written."""
        self._news.clear()
        with self._store.reading() as reading:
            due = reading.next_wake()
        if due <= self._clock() and wake(self._store, self._rulebook, self._clock()):
            self._wake_postmen()
            self._moved()
            return 0
        self._news.wait(self._until(due))
        return SHORTEST_SLEEP

    def _post(self, channel: str, postman: Postman, mail: Signal) -> Callable[[], float]:
        """Hand over what is due, then sleep until something is; in one event loop of its own."""
        loop = asyncio.Runner()
        self._loops.callback(loop.close)

        def turn() -> float:
            mail.clear()
            with self._store.reading() as reading:
                due = reading.next_message(channel)
            if due <= self._clock():
                count = loop.run(
                    deliver(self._store, self._rulebook, self._clock, postman, channel=channel)
                )
                if count:
                    return 0
            mail.wait(self._until(due))
            return SHORTEST_SLEEP

        return turn

    def _doubt(self) -> float:
        """Look for what a process left behind that died, of every channel at once."""
        if doubt_stale(self._store, self._clock()):
            self._wake_postmen()
            return SHORTEST_SLEEP
        return LONGEST_SLEEP

    def _until(self, due: Instant) -> float:
        """Seconds to sleep until the instant, as the clock runs."""
        return max(0.0, min((due - self._clock()) / SECOND, LONGEST_SLEEP))

    def _backfill(self) -> float:
        """One shop after the other; in between, others write."""
        with self._store.reading() as reading:
            shops = [shop.id for shop in reading.shops()]
        for shop in shops:
            if self._clock() < self._rests.get(shop, 0):
                continue
            try:
                self._backfill_shop(shop)
            except Contention:
                continue
            except Exception as error:  # noqa: BLE001  the other shops do not wait for it
                _log.exception("back-fill of shop %d failed; it is tried again", shop)
                self._rests[shop] = self._clock() + PAUSE_OF_BACKFILL
                note_failure(self._store, shop, error)
                self._moved()
        return LONGEST_SLEEP / 2

    def _backfill_shop(self, shop: ShopId) -> None:
        if is_needed(self._store, shop):
            for progress in backfill(
                self._store, self._rulebook, shop, self._clock, self._recaller
            ):
                _log.debug("back-fill of shop %d: %d of %d", shop, *progress)
                self._moved()
                if self._stopping.wait(SHORTEST_SLEEP / 10):
                    return

    def _count(self) -> float:
        """Behind live work: count who came and went in each segment, and credit anew where a shop
        chose other windows."""
        with self._store.reading() as reading:
            shops = [shop.id for shop in reading.shops()]
        credited = sum(credit_anew(self._store, shop) for shop in shops)
        if credited:
            self._moved()
        counted = count_moves(self._store, shops)
        return SHORTEST_SLEEP if counted or credited else LONGEST_SLEEP * 5

    def _count_companions(self) -> float:
        """Count what is bought together, for what mails recommend; at a pace that burdens nobody,
        for the whole log is read once."""
        with self._store.reading() as reading:
            shops = [shop.id for shop in reading.shops()]
        return LONGEST_SLEEP / 5 if count_companions(self._store, shops) else LONGEST_SLEEP * 5

    def _drop_copies(self) -> float:
        """Forget what mails said that left long ago."""
        return SHORTEST_SLEEP if drop_old_copies(self._store, self._clock()) else LONGEST_SLEEP * 60

    def _feed(self, asks: Asks) -> Callable[[], float]:
        """Ask the catalogs' feeds whose time has come."""

        def turn() -> float:
            feed_due(self._store, asks, self._clock())
            return LONGEST_SLEEP * 5

        return turn

    def _judge(self) -> float:
        """Judge visits of mails when what came around them is known."""
        if judge_due(self._store, self._rulebook, self._clock()):
            self.written()
            self._moved()
            return 0
        return LONGEST_SLEEP * 5

    def _tell(self) -> float:
        """Tell those whom it concerns what changed of products, a few at a time."""
        if tell(self._store, self._rulebook, self._clock()):
            self.written()
            self._moved()
            return SHORTEST_SLEEP / 10
        return LONGEST_SLEEP

    def _tape(self) -> float:
        written = self._write_tape() if self._write_tape is not None else 0
        return 0 if written else LONGEST_SLEEP * 5
