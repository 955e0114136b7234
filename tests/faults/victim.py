"""What runs in the process that is killed: it says how far it has come, and knows no way back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine import backfill as backfilling
from cartback.engine.backfill import backfill, is_needed
from cartback.engine.commit import Committer
from cartback.engine.ingest import Delivery
from cartback.engine.intake import Receipt
from cartback.engine.ports import Contention, Store
from cartback.engine.replay import Progress, Replay, in_portions
from cartback.engine.rulebook import Rulebook
from cartback.engine.segments import SegmentExists, create_segment
from cartback.engine.wake import wake
from cartback.sources.file import LogFile
from cartback.store import open_store
from tests.faults.story import SEGMENTS, Sent

FINISHED = "finished"


def tell(parent: Connection, word: object) -> None:
    """Say how far it is, and wait until it may go on."""
    parent.send(word)
    parent.recv()


def replays(parent: Connection, url: str, shop: ShopId, path: Path, size: int) -> None:
    """Take a log, going on behind what is bookmarked; says how far it is after each step."""
    store = open_store(url)
    for stage in taken(store, shop, path, size):
        tell(parent, stage.place)
    store.close()
    parent.send(FINISHED)


def taken(store: Store, shop: ShopId, path: Path, size: int) -> Iterator[Progress]:
    """The log, so many rows at a time."""
    log = LogFile(path, shop=shop)
    run = Replay(store, Rulebook(), shop, name=log.file.head, size=log.file.size)
    mark = run.bookmark()
    yield from run.run(in_portions(log.read(mark.place if mark else 0), size), mark)


def listens(parent: Connection, url: str, shop: ShopId) -> None:
    """Take what is handed in and answer each when it is durable, while time passes."""
    store = open_store(url)
    rulebook = Rulebook()
    clock = _Clock(store, rulebook)
    committer = Committer(store, rulebook)
    committer.start()
    threading.Thread(target=clock.run, daemon=True).start()
    speaking = threading.Lock()

    def answer(sent: Sent, future: Future[Receipt]) -> None:
        future.result()
        clock.reaches(sent.now)
        with speaking:
            parent.send(sent.number)

    while sent := parent.recv():
        future = committer.submit(Delivery(shop, sent.events))
        future.add_done_callback(partial(answer, sent))
    committer.close()
    clock.close()
    store.close()
    parent.send(FINISHED)


class _Clock:
    """A clock that goes on with what was taken, and a thread that wakes who is due."""

    def __init__(self, store: Store, rulebook: Rulebook) -> None:
        self._store = store
        self._rulebook = rulebook
        self._now: Instant = 0
        self._woken: Instant = 0
        self._news = threading.Condition()
        self._idle = True
        self._closing = False

    def reaches(self, now: Instant) -> None:
        with self._news:
            self._now = max(self._now, now)
            self._news.notify_all()

    def close(self) -> None:
        with self._news:
            self._closing = True
            self._news.notify_all()

    def run(self) -> None:
        while not self._closing:
            with self._news:
                self._news.wait_for(lambda: self._now > self._woken or self._closing)
                self._woken = self._now
            _wake(self._store, self._rulebook, self._woken, limit=3)


def _wake(store: Store, rulebook: Rulebook, now: Instant, limit: int) -> None:
    while True:
        try:
            if not wake(store, rulebook, now, limit):
                return
        except Contention:
            continue


def wakes(parent: Connection, url: str, now: Instant, limit: int) -> None:
    """Wake who is due, a few at a time."""
    store = open_store(url)
    while woken := wake(store, Rulebook(), now, limit):
        tell(parent, woken)
    store.close()
    parent.send(FINISHED)


def backfills(parent: Connection, url: str, shop: ShopId, now: Instant, at_once: int) -> None:
    """Make the segments that are not there yet, and work out their members."""
    backfilling.AT_ONCE = at_once  # type: ignore[misc]
    store = open_store(url)
    for word in built(store, shop, now):
        tell(parent, word)
    store.close()
    parent.send(FINISHED)


def built(store: Store, shop: ShopId, now: Instant) -> Iterator[object]:
    """The story's segments, one after the other, then their members."""
    rulebook = Rulebook()
    for document in SEGMENTS:
        try:
            yield create_segment(store, shop, document, now).key
        except SegmentExists:
            continue
    while is_needed(store, shop):
        yield from backfill(store, rulebook, shop, lambda: now)
