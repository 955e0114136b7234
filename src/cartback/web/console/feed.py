"""Tells those who watch a shop that something changed, from one look for all of them.

One thread looks, only while somebody watches: when something was written here, and every so often
for what other processes wrote. Between two looks a second passes, and a busy shop floods nobody.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.access import Visitor, is_in
from cartback.engine.access_ports import UserId
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.watching import MOST_MOVES, News, Place, Seen, news_since, place_of

PAUSE: Final = 1.0
"""Seconds of rest after somebody was told something; a fifth of it where nobody was."""
WAITS: Final = 1.5
"""Seconds after which it looks again although nobody said that something was written."""
MOST_STREAMS: Final = 8
"""Of one person in one process: a window each, and nobody looks at more at once."""

_log = logging.getLogger("cartback.console")


class Watcher:
    """One stream: what it was not told yet. Lives in the event loop in which it was made."""

    def __init__(self, shop: ShopId, visitor: Visitor, place: Place | None) -> None:
        self.shop: Final = shop
        self.user: Final[UserId] = visitor.user.id
        self.session: Final = visitor.session
        self.seen: Seen | None = None if place is None else Seen(place)
        self.ended = False
        self._waiting: News | None = None
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def news(self, seconds: float) -> News | None:
        """What is new; None where nothing is for so long, or where it has ended."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()
        news, self._waiting = self._waiting, None
        return None if self.ended else news

    def tell(self, news: News) -> None:
        """From any thread."""
        self._in_loop(lambda: self._take(news))

    def end(self) -> None:
        """From any thread: no more is told."""
        self._in_loop(self._end)

    def _in_loop(self, act: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and with it the stream
            self._loop.call_soon_threadsafe(act)

    def _take(self, news: News) -> None:
        """Whoever reads slowly is told at once what came meanwhile, or to look anew."""
        before = self._waiting
        if before is not None:
            moves = (*before.moves, *news.moves)
            cut = before.cut or news.cut or len(moves) > MOST_MOVES
            news = News(news.seen, before.figures or news.figures, () if cut else moves, cut)
        self._waiting = news
        self._woken.set()

    def _end(self) -> None:
        self.ended = True
        self._woken.set()


class Feed:
    """Everybody who watches, and the thread that looks for them."""

    def __init__(
        self, store: Store, clock: Clock, *, pause: float = PAUSE, waits: float = WAITS
    ) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause
        self._waits = waits
        self._watchers: list[Watcher] = []
        self._lock = Lock()
        self._thread: Thread | None = None
        self._told = Signal()
        self._closing = Signal()

    def written(self) -> None:
        """Something was written in this process."""
        self._told.set()

    @property
    def watching(self) -> int:
        """How many streams there are."""
        with self._lock:
            return len(self._watchers)

    def has_room(self, user: UserId) -> bool:
        """Whether this person may have one more stream here."""
        with self._lock:
            return self._has_room(user)

    def _has_room(self, user: UserId) -> bool:
        mine = sum(one.user == user and not one.ended for one in self._watchers)
        return mine < MOST_STREAMS and not self._closing.is_set()

    @contextlib.contextmanager
    def watched(self, shop: ShopId, visitor: Visitor, place: Place | None) -> Iterator[Watcher]:
        """A stream from that place on, or from now on. Within an event loop."""
        watcher = Watcher(shop, visitor, place)
        with self._lock:
            watcher.ended = not self._has_room(watcher.user)
            self._watchers.append(watcher)
            if self._thread is None and not self._closing.is_set():
                self._thread = Thread(target=self._run, name="feed", daemon=True)
                self._thread.start()
        self._told.set()
        try:
            yield watcher
        finally:
            with self._lock:
                self._watchers.remove(watcher)

    def close(self) -> None:
        """End every stream, and take no more."""
        self._closing.set()
        self._told.set()
        with self._lock:
            thread = self._thread
            for watcher in self._watchers:
                watcher.end()
        if thread is not None:
            thread.join()

    # --- looking -----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            self._told.wait(self._waits)
            self._told.clear()
            with self._lock:
                if not self._watchers:
                    self._thread = None
                    return
            told = True
            try:
                told = self.look()
            except Exception:  # noqa: BLE001  the thread must live on; the log says what failed
                _log.exception("what is new could not be looked up; it is tried again")
            self._closing.wait(self._pause if told else self._pause / 5)

    def look(self) -> bool:
        """Tell everybody what is new to them, and end the streams of those who may not see it.

        Whether anybody was told anything.
        """
        with self._lock:
            watchers = list(self._watchers)
        now = self._clock()
        with self._store.reading() as reading:
            staying = [one for one in watchers if _may_stay(reading, one, now)]
            shops = {one.shop for one in staying}
            told = [_tell(reading, shop, [w for w in staying if w.shop == shop]) for shop in shops]
        return any(told)


def _may_stay(reading: Reading, watcher: Watcher, now: Instant) -> bool:
    stays = is_in(reading, watcher.session, watcher.shop, now)
    if not stays:
        watcher.end()
    return stays


def _tell(reading: Reading, shop: ShopId, watchers: Sequence[Watcher]) -> bool:
    """Those who have seen as much are told the same, from one look; whether there was anything."""
    told: list[tuple[Seen, News]] = []
    for watcher in watchers:
        seen = watcher.seen or Seen(place_of(reading, shop))
        news = next((news for known, news in told if known == seen), None)
        if news is None:
            news = news_since(reading, shop, seen)
            told.append((seen, news))
        watcher.seen = news.seen
        if news:
            watcher.tell(news)
    return any(news for _, news in told)
