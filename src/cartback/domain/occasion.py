"""Dates that come round: when a flow begins for a birthday, or so many days before or after it; and
before the day by which a law has people told of the yes that they gave.

A date is the day that is written, wherever the person is; the hour is on the clocks of where they
are. Somebody born on 29 February has their day on the 28th in years that have no 29th.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from cartback.domain.consent import told_by
from cartback.domain.contact import zone_of_person
from cartback.domain.event import IdentifierKind, Json
from cartback.domain.flow import OnConsentDue, OnDate
from cartback.domain.instant import DAY, FOREVER, Instant, Zone, instant_of
from cartback.domain.law.terms import EMAIL
from cartback.domain.liveflow import LiveFlow
from cartback.domain.predicate import instant_in
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset
from cartback.domain.span import BEGINNING
from cartback.domain.trait import trait_at

LATEST: Final = DAY
"""An occasion that is learnt of later than this begins no run."""
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9_990


def next_occasion(profile: Profile, live: LiveFlow, rules: Ruleset) -> Instant:
    """The first occasion that was not looked at yet; FOREVER for none.

    One counts from when the flow came to work, and from when the date was known as it is.
    """
    after = max(live.since, profile.dates.get(live.key, BEGINNING))
    match live.flow.trigger:
        case OnDate() as trigger:
            return _of_trait(profile, trigger, after, rules)
        case OnConsentDue() as trigger:
            tried = profile.entered.get(live.key, BEGINNING)
            return _of_yes(profile, trigger, after, tried, rules)
        case _:
            return FOREVER


def _zone(profile: Profile, rules: Ruleset) -> Zone:
    return zone_of_person(profile, Zone(rules.settings.zone))


def _of_trait(profile: Profile, trigger: OnDate, after: Instant, rules: Ruleset) -> Instant:
    name, *path = trigger.trait.split(".")
    stamped = profile.traits.get(name)
    if stamped is None:
        return FOREVER
    value = trait_at(profile, name, path)
    return occasion_after(trigger, value, _zone(profile, rules), max(after, stamped.at))


# --- a yes that is to be told of ------------------------------------------------------------------

LATE: Final = 4
"""Weeks from one try to the next behind the day, once it was tried."""


def _of_yes(
    profile: Profile, trigger: OnConsentDue, after: Instant, tried: Instant, rules: Ruleset
) -> Instant:
    """A try each week from so many days before on, until they are told; four weeks apart where the
    day is over and the tries were of no use."""
    if IdentifierKind.EMAIL not in profile.names:
        return FOREVER
    due = told_by(profile, EMAIL, rules.choice)
    if due >= FOREVER:
        return FOREVER
    return _try_after(trigger, due, _zone(profile, rules), after, tried)


@lru_cache(maxsize=65_536)
def _try_after(
    trigger: OnConsentDue, due: Instant, zone: Zone, after: Instant, tried: Instant
) -> Instant:
    first = zone.local(due).date() - timedelta(days=trigger.before)
    is_late = after >= due and tried >= _clock(first, trigger.at, zone)
    week = max(0, (zone.local(after).date() - first).days // 7)
    if _clock(first + timedelta(weeks=week), trigger.at, zone) <= after:
        week += LATE if is_late else 1
    return _clock(first + timedelta(weeks=week), trigger.at, zone)


# --- a date among the traits ----------------------------------------------------------------------


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
    return _clock(day + timedelta(days=trigger.after - trigger.before), trigger.at, zone)


@lru_cache(maxsize=65_536)
def _clock(day: date, at: str, zone: Zone) -> Instant:
    """When clocks in the zone show that time on that day."""
    return instant_of(datetime.combine(day, time.fromisoformat(at), zone.local(0).tzinfo))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
