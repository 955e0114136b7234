"""Counts before anything is saved: a few tapes kept open, so that the next is quick."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from cartback.bulk.compile import NotOnTape
from cartback.bulk.query import Bulk
from cartback.domain.condition import Condition
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.engine.ports import Reading
from cartback.engine.preview import Found

MOST_OPEN: Final = 2


class TapeCounter:
    """A Counter (engine/preview.py). One question at a time; others wait."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: OrderedDict[ShopId, Bulk] = OrderedDict()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            for bulk in self._open.values():
                bulk.close()
            self._open.clear()

    def count(
        self, reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
    ) -> Found | None:
        with self._lock:
            bulk = self._fresh(reading, shop)
            try:
                return Found(*bulk.count(condition, now, zone))
            except NotOnTape:
                return None

    def candidates(
        self, reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
    ) -> Sequence[ProfileId]:
        with self._lock:
            return self._fresh(reading, shop).candidates(condition, now, zone)

    def _fresh(self, reading: Reading, shop: ShopId) -> Bulk:
        """The shop's tape as of this look at the store."""
        bulk = self._open.pop(shop, None)
        if bulk is None:
            while len(self._open) >= MOST_OPEN:
                _, oldest = self._open.popitem(last=False)
                oldest.close()
            bulk = Bulk(self._folder, shop)
        self._open[shop] = bulk
        bulk.refresh(reading)
        return bulk
