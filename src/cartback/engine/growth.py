"""How a segment grew: who came and went and how many were inside, by days or by points of a chart.

Nobody has left before they came, so the sizes are found backwards from today's.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, Instant, Milliseconds, Zone
from cartback.engine.growth_ports import SLOT
from cartback.engine.ports import Reading, Store

MOST_DAYS: Final = 400
USUAL: Final = 29 * DAY
POINTS: Final = 120
WORTH_COUNTING: Final = 5_000
"""So many moves that are not counted yet are no burden to who looks."""
AT_ONCE: Final = 10_000


class BadPeriod(ValueError):
    """A period that ends before it begins, or is too long."""


class Span(NamedTuple):
    """From an instant to the next one's: who came, who went, and how many were inside at its end,
    or are now."""

    start: Instant
    joined: int
    left: int
    members: int


def growth(
    reading: Reading,
    shop: ShopId,
    segment: str,
    zone: Zone,
    now: Instant,
    first: Instant | None = None,
    last: Instant | None = None,
) -> Sequence[Span]:
    """The days from the one of `first` to the one of `last`; else the last thirty.

    Raises BadPeriod.
    """
    last = min(now if last is None else last, now)
    first = last - USUAL if first is None else first
    days = _days(zone, first, last)
    return _spans(reading, shop, segment, days, zone.period("day", days[-1])[1])


def sizes(
    reading: Reading, shop: ShopId, segment: str, now: Instant, period: Milliseconds
) -> Sequence[Span]:
    """The size over the period until now, at most so many points as a chart has room for."""
    step = max(-(-period // POINTS // SLOT) * SLOT, SLOT)
    starts = range((now - period) // SLOT * SLOT, now + 1, step)
    return _spans(reading, shop, segment, starts, now + SLOT)


def count_moves(store: Store, shops: Sequence[ShopId], least: int = WORTH_COUNTING) -> int:
    """Count the moves of shops that have so many to count; how many were counted."""
    counted = 0
    for shop in shops:
        with store.reading() as reading:
            waiting = reading.uncounted_moves(shop, least)
        if waiting >= least:
            with store.transaction() as tx:
                counted += tx.count_moves(shop, AT_ONCE)
    return counted


def _days(zone: Zone, first: Instant, last: Instant) -> Sequence[Instant]:
    if first < 0 or not 0 <= last - first <= MOST_DAYS * DAY:
        raise BadPeriod
    starts = [zone.period("day", first)[0]]
    while (following := zone.period("day", starts[-1])[1]) <= last:
        starts.append(following)
    return starts


def _spans(
    reading: Reading, shop: ShopId, segment: str, starts: Sequence[Instant], end: Instant
) -> Sequence[Span]:
    joined, left, since = [0] * len(starts), [0] * len(starts), 0
    for at, came, went in reading.turnover(shop, segment, starts[0]):
        if at >= end:
            since += came - went
        else:
            place = bisect_right(starts, at) - 1
            joined[place] += came
            left[place] += went
    members = reading.count_members(shop, segment) - since
    return list(_backwards(starts, joined, left, members))[::-1]


def _backwards(
    starts: Sequence[Instant], joined: Sequence[int], left: Sequence[int], members: int
) -> Iterator[Span]:
    for start, came, went in reversed(list(zip(starts, joined, left, strict=True))):
        yield Span(start, came, went, max(0, members))
        members += went - came
