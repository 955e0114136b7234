"""A verdict says until when: inside or not, and sure until that instant if nothing new happens."""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.instant import FOREVER, Instant

Interval: TypeAlias = tuple[Instant, Instant]
"""From (included) and to (not included)."""


class Verdict(NamedTuple):
    """Whether a condition holds; it stays so before `until`, and may be otherwise from then on."""

    inside: bool
    until: Instant = FOREVER


YES: Final = Verdict(inside=True)
NO: Final = Verdict(inside=False)


def within(interval: Interval, now: Instant) -> Verdict:
    """Whether now is in the interval, and until when that is so."""
    start, end = interval
    if start >= end or now >= end:
        return NO
    return Verdict(True, end) if now >= start else Verdict(False, start)


def covered(
    intervals: Sequence[Interval], now: Instant, low: int = 1, high: int | None = None
) -> Verdict:
    """Whether between `low` and `high` of the intervals hold now, and until when that is so."""
    count = 0
    steps: list[tuple[Instant, int]] = []
    for start, end in intervals:
        if start >= end or end <= now:
            continue
        if start <= now:
            count += 1
        else:
            steps.append((start, 1))
        if end < FOREVER:
            steps.append((end, -1))
    inside = low <= count and (high is None or count <= high)
    steps.sort()
    for index, (at, change) in enumerate(steps):
        count += change
        if index + 1 < len(steps) and steps[index + 1][0] == at:
            continue
        if (low <= count and (high is None or count <= high)) != inside:
            return Verdict(inside, at)
    return Verdict(inside)
