"""Past events at their own time: each is taken when its turn comes, on a clock that they drive.

What is due between two events happens at its own instant, as if it had been live. A bookmark in the
store says how far a log has been taken, so that a replay which was stopped, or killed, goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, Protocol

import msgspec

from cartback.domain.event import Event, ShopId
from cartback.domain.instant import Instant
from cartback.domain.span import BEGINNING
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.intake import Dropped
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.stopped_clock import stop_clock
from cartback.engine.wake import wake_all

AT_ONCE: Final = 1_000
PAGE: Final = 2_000


class Row(Protocol):
    """A row of a log: reading behind its place goes on with the next one."""

    @property
    def place(self) -> int: ...
    @property
    def outcome(self) -> Event | Dropped: ...


class Portion(NamedTuple):
    """Rows to take together, and until when everybody is woken afterwards (None: nobody is)."""

    rows: Sequence[Row]
    until: Instant | None


class Bookmark(msgspec.Struct, frozen=True):
    """How far a log was taken: the rows up to `place` are done, and no clock is beyond `reach`.

    `size` is the log's own when it was written; `drops` the rows that were no events, by reason.
    """

    size: int
    place: int = 0
    reach: Instant = BEGINNING
    drops: Mapping[str, int] = {}
    finished: bool = False


class Progress(NamedTuple):
    """How far a replay has come: up to which row, what became of them, and its clock."""

    place: int
    accepted: int
    duplicates: int
    drops: Mapping[str, int]
    clock: Instant

    @classmethod
    def at(cls, mark: Bookmark | None) -> "Progress":
        """Before the first portion."""
        return cls(mark.place, 0, 0, mark.drops, mark.reach) if mark else cls(0, 0, 0, {}, 0)


class Replay:
    """One log into one shop. `name` tells logs apart."""

    def __init__(
        self, store: Store, rulebook: Rulebook, shop: ShopId, *, name: str, size: int = 0
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._shop = shop
        self._note = f"replay:{shop}:{name}"
        self._size = size

    def bookmark(self) -> Bookmark | None:
        """Where it was left, None where it never began."""
        with self._store.reading() as reading:
            saved = reading.note(self._note)
        return msgspec.json.decode(saved, type=Bookmark) if saved else None

    def run(self, portions: Iterable[Portion], start: Bookmark | None = None) -> Iterator[Progress]:
        """Take portion after portion; how far it has come after each.

        Raises Contention when other processes kept getting in the way.
        """
        mark = start or Bookmark(self._size)
        mark = msgspec.structs.replace(mark, size=self._size, finished=False)
        accepted = duplicates = 0
        fresh: Mapping[str, int] = {}
        for rows, until in portions:
            events = [row.outcome for row in rows if isinstance(row.outcome, Event)]
            ends = (until, *(event.received for event in events))
            reach = max(end for end in (mark.reach, *ends) if end is not None)
            mark = msgspec.structs.replace(mark, reach=reach)
            self._save(mark, fresh, drives_clock=until is not None)
            fresh = Counter(row.outcome.reason for row in rows if isinstance(row.outcome, Dropped))
            if rows:
                [receipt] = ingest(self._store, self._rulebook, [Delivery(self._shop, events)])
                accepted += receipt.accepted
                duplicates += receipt.duplicates
                mark = msgspec.structs.replace(
                    mark, place=rows[-1].place, drops=Counter(mark.drops) + Counter(fresh)
                )
            if until is not None:
                wake_all(self._store, self._rulebook, until)
            yield Progress(mark.place, accepted, duplicates, mark.drops, mark.reach)
        self._save(msgspec.structs.replace(mark, finished=True), fresh)

    def _save(
        self, mark: Bookmark, drops: Mapping[str, int], *, drives_clock: bool = False
    ) -> None:
        """Before a portion is taken: if it is cut short it is taken again, and ids tell what was.

        Drops have no ids, so they are counted in the same transaction as the place behind them.
        """
        with self._store.transaction() as tx:
            tx.set_note(self._note, msgspec.json.encode(mark))
            if drives_clock:
                stop_clock(tx, self._shop, mark.reach)
            if drops:
                tx.count_drops(self._shop, drops)


def in_portions(rows: Iterable[Row], size: int = AT_ONCE) -> Iterator[Portion]:
    """At full speed: many rows together, then everybody who is due before the next event.

    Within a portion each profile catches up by itself before its event (see advance).
    """
    waiting = iter(rows)
    taken = list(islice(waiting, size))
    latest = BEGINNING
    while taken:
        following = list(islice(waiting, size))
        latest = max([latest, *_arrivals(taken)])
        yield Portion(taken, max([latest, *_arrivals(following)[:1]]) - 1 if following else latest)
        taken = following


def in_pace(
    rows: Iterable[Row], *, clock: Clock, wait: Callable[[], None], size: int = AT_ONCE
) -> Iterator[Portion]:
    """In scaled time: each event when the clock has reached it. `wait` lets a moment pass.

    Everybody is woken as the clock goes, but never past an event that is still to come.
    """
    waiting = iter(rows)
    upcoming = next(waiting, None)
    while upcoming is not None:
        now = clock()
        taken: list[Row] = []
        while upcoming is not None and len(taken) < size and _arrival(upcoming, now) <= now:
            taken.append(upcoming)
            upcoming = next(waiting, None)
        ahead = now if upcoming is None else _arrival(upcoming, now) - 1
        yield Portion(taken, min(now, ahead))
        if not taken:
            wait()


class ScaledClock:
    """A clock that starts at an instant and lets `speed` seconds pass in each real one."""

    def __init__(self, start: Instant, speed: float, real: Clock) -> None:
        self._start = start
        self._speed = speed
        self._real = real
        self._began = real()

    def __call__(self) -> Instant:
        return self._start + int((self._real() - self._began) * self._speed)


def at_once(rows: Iterable[Row], size: int = AT_ONCE) -> Iterator[Portion]:
    """History, or what arrives late: nobody is woken, because no clock runs."""
    waiting = iter(rows)
    while taken := list(islice(waiting, size)):
        yield Portion(taken, None)


def _arrival(row: Row, otherwise: Instant) -> Instant:
    return row.outcome.received if isinstance(row.outcome, Event) else otherwise


def _arrivals(rows: Iterable[Row]) -> list[Instant]:
    return [row.outcome.received for row in rows if isinstance(row.outcome, Event)]


class _Clock(msgspec.Struct, array_like=True, gc=False):
    """The beginning of a profile's state; the rest is not looked at."""

    id: int
    version: int
    rules: int
    clock: Instant


_clock: Final = msgspec.msgpack.Decoder(_Clock)


def latest_clock(reading: Reading, shop: ShopId) -> Instant:
    """The latest instant to which any profile of the shop was moved."""
    latest, after = BEGINNING, 0
    while rows := reading.profiles_after(shop, after, PAGE):
        latest = max(latest, *(_clock.decode(row.state).clock for row in rows))
        after = rows[-1].id
    return latest
