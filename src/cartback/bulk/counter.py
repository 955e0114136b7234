"""Counts before anything is saved: a few tapes kept open, so that the next is quick."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from cartback.bulk.compile import NotOnTape, Query, compile_members
from cartback.bulk.query import EVERYBODY, Bulk, winners
from cartback.bulk.readable import narrowed
from cartback.domain.condition import Condition, leaves
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.engine.ports import Reading
from cartback.engine.preview import MOST_AT_ONCE, Found

MOST_OPEN: Final = 2


class TapeCounter:
    """A Counter (engine/preview.py). One question at a time; others wait, but not for SQL to be
    written: that is done before the turn, and never for a tree of more than `MOST_AT_ONCE` parts.

    `amended` says how many changes of a shop's log its tape has made, None where it is behind:
    then nothing is said, and what was opened before a change is opened anew.
    """

    def __init__(self, folder: Path, amended: Callable[[ShopId], int | None]) -> None:
        self._folder = folder
        self._amended = amended
        self._open: OrderedDict[ShopId, tuple[int, Bulk]] = OrderedDict()
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
            for _, bulk in self._open.values():
                bulk.close()
            self._open.clear()

    def count(
        self, reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
    ) -> Found | None:
        try:
            query = _query(reading, shop, condition, now, zone)
        except NotOnTape:
            return None
        if query is None:
            return None
        with self._lock:
            bulk = self._fresh(reading, shop)
            return None if bulk is None else Found(*bulk.counted(query))

    def candidates(
        self, reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
    ) -> Sequence[ProfileId] | None:
        query = _query(reading, shop, narrowed(condition) or EVERYBODY, now, zone)
        if query is None:
            return None
        with self._lock:
            bulk = self._fresh(reading, shop)
            return None if bulk is None else bulk.listed(query)

    def _fresh(self, reading: Reading, shop: ShopId) -> Bulk | None:
        """The shop's tape as of this look at the store; None where it is behind."""
        amended = self._amended(shop)
        if amended is None:
            return None
        known, bulk = self._open.pop(shop, (amended, None))
        if bulk is not None and known != amended:
            bulk.close()
            bulk = None
        if bulk is None:
            while len(self._open) >= MOST_OPEN:
                _, (_, oldest) = self._open.popitem(last=False)
                oldest.close()
            bulk = Bulk(self._folder, shop)
        self._open[shop] = amended, bulk
        bulk.refresh(reading)
        return bulk


def _query(
    reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
) -> Query | None:
    """The condition as SQL, which takes some 10 ms for each part; None for too many of them."""
    if sum(1 for _ in leaves(condition)) > MOST_AT_ONCE:
        return None
    return compile_members(condition, now, zone, merges=bool(winners(reading.merges(shop))))
