"""Dates that come round: when a flow begins for a birthday, or so many days before or after it.

A date is the day that is written, wherever the person is; the hour is on the clocks of where they
are. Somebody born on 29 February has their day on the 28th in years that have no 29th.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from cartback.domain.contact import zone_of_person
from cartback.domain.event import Json
from cartback.domain.flow import OnDate
from cartback.domain.instant import DAY, FOREVER, Instant, Zone, instant_of
from cartback.domain.leaf import trait_at
from cartback.domain.liveflow import LiveFlow
from cartback.domain.predicate import instant_in
from cartback.domain.profile import Profile
from cartback.domain.span import BEGINNING

LATEST: Final = DAY
"""An occasion that is learnt of later than this begins no run."""
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9_990


def next_occasion(profile: Profile, live: LiveFlow, shop: Zone) -> Instant:
    """The first occasion that was not looked at yet; FOREVER for none.

    One counts from when the flow came to work, and from when the date was known as it is.
    """
    trigger = live.flow.trigger
    if not isinstance(trigger, OnDate):
        return FOREVER
    name, *path = trigger.trait.split(".")
    stamped = profile.traits.get(name)
    if stamped is None:
        return FOREVER
    value = trait_at(profile, name, path)
    after = max(live.since, stamped.at, profile.dates.get(live.key, BEGINNING))
    return occasion_after(trigger, value, zone_of_person(profile, shop), after)


def occasion_after(trigger: OnDate, value: Json, zone: Zone, after: Instant) -> Instant:
    """The first occasion of a trait's value behind the instant; FOREVER for none."""
    day = day_in(value, zone)
    if day is None:
        return FOREVER
    if not trigger.yearly:
        found = _at(trigger, day, zone)
        return found if found is not None and found > after else FOREVER
    year = max(zone.local(after).year - 1, day.year)
    for one in range(year, year + 4):
        found = _in_year(trigger, day, zone, one)
        if found is not None and found > after:
            return found
    return FOREVER


def day_in(value: Json, zone: Zone) -> date | None:
    """The day that a value says: the one that is written, or, of a time that is not midnight in
    UTC, the one that it was in the zone."""
    instant = instant_in(value, Zone())
    if instant is None:
        return None
    where = Zone() if instant % DAY == 0 else zone
    return where.local(instant).date()


@lru_cache(maxsize=65_536)
def _in_year(trigger: OnDate, day: date, zone: Zone, year: int) -> Instant | None:
    if not max(_FIRST_YEAR, day.year) <= year <= _LAST_YEAR:
        return None
    leapless = (day.month, day.day) == (2, 29) and not _is_leap(year)
    return _at(trigger, day.replace(year=year, day=28 if leapless else day.day), zone)


def _at(trigger: OnDate, day: date, zone: Zone) -> Instant | None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    moved = day + timedelta(days=trigger.after - trigger.before)
    clock = time.fromisoformat(trigger.at)
    return instant_of(datetime.combine(moved, clock, zone.local(0).tzinfo))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
