"""What must be remembered of a profile's events to answer the questions that live rules ask.

A question is a metric, tests on its properties, and fixed bounds of time; questions that are the
same share one memory. A retention says how much of the past the answers need: the latest n times,
the earliest n, everything younger than a horizon, or a total. Whatever the order in which events
are recorded, the memory ends the same (docs/adr/0004-memory.md).
"""

from bisect import bisect_right
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

from cartback.domain.event import Event
from cartback.domain.instant import FOREVER, Instant, Milliseconds
from cartback.domain.number import MOST_TIMES, micro
from cartback.domain.property import PropertyTest
from cartback.domain.span import BEGINNING

MOST_MOMENTS: Final = MOST_TIMES + 1
"""The most times that one question keeps for one profile: as many as it takes to know that it was
more often than anybody can ask. Beyond it the oldest are forgotten, and counted in `forgotten`, so
that a profile's state stays small whatever somebody sends."""

QuestionKey: TypeAlias = int


class Question(msgspec.Struct, frozen=True):
    """Which events are asked about. `path` names the number in them that is added up, if any."""

    metric: str
    where: tuple[PropertyTest, ...] = ()
    start: Instant = BEGINNING
    end: Instant = FOREVER
    path: str | None = None

    @property
    def key(self) -> QuestionKey:
        """A stable 63-bit name of the question, the same on every machine."""
        digest = blake2b(msgspec.json.encode(self), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1


class Retention(msgspec.Struct, frozen=True):
    """How much of the past the answers need: n latest, n earliest, all within a horizon, totals.

    Of the latest, one that is `reach` old or older is of no use; 0 where however old ones are.
    """

    latest: int = 0
    earliest: int = 0
    horizon: Milliseconds = 0
    totals: bool = False
    reach: Milliseconds = 0

    def __or__(self, other: "Retention") -> "Retention":
        """Enough for both."""
        return Retention(
            latest=max(self.latest, other.latest),
            earliest=max(self.earliest, other.earliest),
            horizon=max(self.horizon, other.horizon),
            totals=self.totals or other.totals,
            reach=self._reach_with(other),
        )

    def _reach_with(self, other: "Retention") -> Milliseconds:
        """How old the latest may be that either wants."""
        reaches = [one.reach for one in (self, other) if one.latest]
        return max(reaches) if reaches and all(reaches) else 0

    def covers(self, other: "Retention") -> bool:
        """Whether what is kept for this one is enough for the other."""
        return self | other == self


class Totals(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Number, sum, lowest and highest (in millionths) over all time, in any order.

    The sum is kept in two parts, because a few large numbers add up to more than 64 bits hold.
    """

    count: int
    sum_high: int
    sum_low: int
    lowest: int
    highest: int

    @property
    def sum(self) -> int:
        return self.sum_high * _PART + self.sum_low

    def __or__(self, other: "Totals") -> "Totals":
        return totals_of(
            self.count + other.count,
            self.sum + other.sum,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )


_PART: Final = 2**62


def totals_of(count: int, total: int, lowest: int, highest: int) -> Totals:
    """The totals of so many numbers."""
    return Totals(count, *divmod(total, _PART), lowest, highest)


class Remembered(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The memory of one question: times, ascending, and their values where it has a path."""

    times: tuple[Instant, ...] = ()
    values: tuple[int, ...] = ()
    earliest: tuple[Instant, ...] = ()
    totals: Totals | None = None
    forgotten: int = 0


NOTHING: Final = Remembered()


def record(
    memory: Remembered, retention: Retention, time: Instant, value: int | None, now: Instant
) -> Remembered:
    """The memory with one more event; `value` is its number in millionths for a question with one.

    `now` is no earlier than any time recorded before; it decides what is beyond the horizon.
    """
    times, values, earliest, totals = memory.times, memory.values, memory.earliest, memory.totals
    forgotten = memory.forgotten
    if retention.latest or retention.horizon:
        if not times or time >= times[-1]:
            place = len(times)
            times = (*times, time)
        else:
            place = bisect_right(times, time)
            times = (*times[:place], time, *times[place:])
        if value is not None:
            place -= _ties_above(times, values, place, value)
            values = (*values[:place], value, *values[place:])
        surplus, lost = _surplus(times, retention, now)
        if surplus:
            times, values = times[surplus:], values[surplus:]
            forgotten += lost
    if retention.earliest and (len(earliest) < retention.earliest or time < earliest[-1]):
        earliest = tuple(sorted((*earliest, time)))[: retention.earliest]
    if retention.totals and value is not None:
        one = totals_of(1, value, value, value)
        totals = one if totals is None else totals | one
    return Remembered(times, values, earliest, totals, forgotten)


def _ties_above(times: tuple[Instant, ...], values: tuple[int, ...], place: int, value: int) -> int:
    """How far back among equal times the value belongs, so that arrival order leaves no trace."""
    back = 0
    while (
        back < place
        and times[place - back - 1] == times[place]
        and (values[place - back - 1] > value)
    ):
        back += 1
    return back


def _surplus(times: tuple[Instant, ...], retention: Retention, now: Instant) -> tuple[int, int]:
    """How many of the oldest times can go, and how many of those would still have mattered."""
    unneeded = len(times) - retention.latest
    if retention.reach and times and times[0] <= now - retention.reach:
        unneeded = max(unneeded, bisect_right(times, now - retention.reach))
    if unneeded <= 0:
        return 0, 0
    if retention.horizon:
        unneeded = min(unneeded, bisect_right(times, now - retention.horizon))
    over = len(times) - MOST_MOMENTS
    return max(unneeded, over), max(0, over - unneeded)


def trim(memory: Remembered, retention: Retention, now: Instant) -> Remembered:
    """The memory without what no answer at `now` or later can need."""
    surplus, lost = _surplus(memory.times, retention, now)
    times, values = memory.times[surplus:], memory.values[surplus:]
    if not (retention.latest or retention.horizon):
        times, values = (), ()
    return Remembered(
        times,
        values,
        memory.earliest[: retention.earliest],
        memory.totals if retention.totals else None,
        memory.forgotten + lost,
    )


def union(one: Remembered, other: Remembered, retention: Retention, now: Instant) -> Remembered:
    """The memory of two profiles that became one: as if all events had been recorded in one."""
    if one.values or other.values:
        pairs = sorted(
            [*zip(one.times, one.values, strict=True), *zip(other.times, other.values, strict=True)]
        )
        times = tuple(time for time, _ in pairs)
        values = tuple(value for _, value in pairs)
    else:
        times, values = tuple(sorted(one.times + other.times)), ()
    totals = one.totals or other.totals
    if one.totals is not None and other.totals is not None:
        totals = one.totals | other.totals
    earliest = tuple(sorted(one.earliest + other.earliest))
    forgotten = one.forgotten + other.forgotten
    return trim(Remembered(times, values, earliest, totals, forgotten), retention, now)


def number_at(event: Event, path: tuple[str, ...]) -> int | None:
    """The event's number at the path in millionths; None where there is no number."""
    value: object = event.properties
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return micro(value)
