"""Questions about traits: dates relative to now become intervals, all else one test of a value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cartback.domain.condition import Trait
from cartback.domain.event import Json
from cartback.domain.instant import (
    FOREVER,
    BadTime,
    Instant,
    Milliseconds,
    Zone,
    parse_duration,
)
from cartback.domain.leaf import Leaf, OfState, Part
from cartback.domain.predicate import instant_in, value_test
from cartback.domain.profile import Profile
from cartback.domain.property import MOVING, Operator
from cartback.domain.span import BEGINNING
from cartback.domain.verdict import NO, YES, Interval, Verdict, covered


@dataclass(frozen=True, slots=True)
class OfTrait(OfState):
    """Does a trait pass a test that time alone does not change?"""

    name: str
    path: tuple[str, ...]
    test: Callable[[Json], bool]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({Part.TRAITS})

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        return YES if self.test(trait_at(profile, self.name, self.path)) else NO

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        stamped = profile.traits.get(self.name)
        return [] if stamped is None else [stamped.at]


@dataclass(frozen=True, slots=True)
class OfDate(OfState):
    """Is a trait's date where the question wants it, relative to now?"""

    name: str
    path: tuple[str, ...]
    intervals: Callable[[Json, Instant], Sequence[Interval]]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({Part.TRAITS})

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        return covered(self.intervals(trait_at(profile, self.name, self.path), now), now)

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        stamped = profile.traits.get(self.name)
        return [] if stamped is None else [stamped.at]


def trait_at(profile: Profile, name: str, path: Sequence[str]) -> Json:
    """A trait, or what is inside it at the path."""
    value = profile.trait(name)
    for one in path:
        if not isinstance(value, dict):
            return None
        value = value.get(one)
    return value


def trait_leaf(trait: Trait, zone: Zone) -> Leaf:
    """The trait's question, ready to be judged in the shop's zone."""
    name, *path = trait.path.split(".")
    if trait.operator not in MOVING:
        return OfTrait(name, tuple(path), value_test(trait.operator, trait.value, zone))
    duration = parse_duration(trait.value) if isinstance(trait.value, str) else 0
    return OfDate(name, tuple(path), _intervals(trait.operator, duration, zone))


def _intervals(
    operator: Operator, duration: Milliseconds, zone: Zone
) -> Callable[[Json, Instant], Sequence[Interval]]:
    match operator:
        case Operator.ANNIVERSARY_TODAY:
            return partial(_anniversaries, zone, 0)
        case Operator.ANNIVERSARY_IN_NEXT:
            return partial(_anniversaries, zone, duration)
        case _:
            return partial(_around, operator, duration, zone)


def _around(
    operator: Operator, duration: Milliseconds, zone: Zone, value: Json, _now: Instant
) -> Sequence[Interval]:
    date = instant_in(value, zone)
    if date is None:
        return []
    match operator:
        case Operator.IN_LAST:
            return [(date, date + duration)]
        case Operator.IN_NEXT:
            return [(date - duration, date)]
        case _:
            return [(date + duration, FOREVER)]


def _anniversaries(
    zone: Zone, before: Milliseconds, value: Json, now: Instant
) -> Sequence[Interval]:
    """From `before` each anniversary's day until it ends, for the years that matter at now."""
    date = instant_in(value, zone)
    if date is None:
        return []
    born, year = zone.local(date), zone.local(now).year
    years_ahead = before // (365 * 24 * 3_600_000) + 2
    return [
        interval
        for shift in range(-1, years_ahead + 1)
        if (interval := _anniversary(zone, born, year + shift, before)) is not None
    ]


def _anniversary(zone: Zone, born: datetime, year: int, before: Milliseconds) -> Interval | None:
    day = 28 if (born.month, born.day) == (2, 29) and not _is_leap(year) else born.day
    try:
        start, end = zone.period("day", zone.parse(f"{year:04}-{born.month:02}-{day:02}"))
    except BadTime:
        return None
    return max(start - before, BEGINNING), end


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
