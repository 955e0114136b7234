"""Counting while somebody types: one question at a time, on tapes that stay open."""

from pathlib import Path
from threading import Lock

from cartback.bulk.query import Bulk
from cartback.bulk.readable import unreadable
from cartback.domain.condition import Condition
from cartback.domain.event import ShopId
from cartback.domain.instant import Zone
from cartback.engine.ports import Clock, Reading
from cartback.engine.preview import Preview, preview
from cartback.engine.rulebook import present_rules


class Counting:
    """Answers as `engine.preview` does, from the tape and the end of the log."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._open: dict[ShopId, Bulk] = {}
        self._lock = Lock()

    def __call__(self, reading: Reading, shop: ShopId, meaning: Condition) -> Preview:
        now = self._clock()
        zone = Zone(present_rules(reading, shop).settings.zone)
        with self._lock:
            bulk = self._open.get(shop)
            if bulk is None:
                bulk = self._open[shop] = Bulk(self._folder, shop)
            bulk.refresh(reading)
            if not unreadable(meaning):
                total, samples = bulk.count(meaning, now, zone)
                return Preview(total, samples)
            candidates = bulk.candidates(meaning, now, zone)
        return preview(reading, shop, meaning, now, candidates)

    def close(self) -> None:
        """Give back what the open tapes hold."""
        with self._lock:
            for bulk in self._open.values():
                bulk.close()
            self._open.clear()
