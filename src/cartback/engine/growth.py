"""How a segment grew: joins, leaves and members, day by day on the shop's calendar."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, MINUTE, Instant, Zone
from cartback.engine.ports import Reading

MOST_DAYS: Final = 400
USUAL: Final = 29 * DAY
SLOT: Final = 15 * MINUTE
"""Every zone's midnight is a whole number of these away from UTC's, since 1972 at the latest."""


class BadPeriod(ValueError):
    """A period that ends before it begins, or is too long."""


class Day(NamedTuple):
    """A day from its start, and how many were inside at its end, or are now."""

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
) -> Sequence[Day]:
    """The days from the one of `first` to the one of `last`; else the last thirty.

    Nobody has left before they came, so the sizes are found backwards from today's. Raises
    BadPeriod.
    """
    last = min(now if last is None else last, now)
    first = last - USUAL if first is None else first
    days = _days(zone, first, last)
    end = zone.period("day", days[-1])[1]
    slots = reading.tally_moves(shop, segment, days[0], now + 1, SLOT)
    joined, left, since = [0] * len(days), [0] * len(days), 0
    for slot, came, count in slots:
        at = days[0] + slot * SLOT
        if at >= end:
            since += count if came else -count
        else:
            (joined if came else left)[bisect_right(days, at) - 1] += count
    members = reading.count_members(shop, segment) - since
    found = []
    for start, joins, leaves in reversed(list(zip(days, joined, left, strict=True))):
        found.append(Day(start, joins, leaves, max(0, members)))
        members += leaves - joins
    return found[::-1]


def _days(zone: Zone, first: Instant, last: Instant) -> Sequence[Instant]:
    if first < 0 or not 0 <= last - first <= MOST_DAYS * DAY:
        raise BadPeriod
    starts = [zone.period("day", first)[0]]
    while (following := zone.period("day", starts[-1])[1]) <= last:
        starts.append(following)
    return starts
