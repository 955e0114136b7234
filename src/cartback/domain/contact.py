"""Contact rules over all flows: how often and at what hours a channel may reach one person."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Final, NamedTuple

import msgspec

from cartback.domain.document import refused
from cartback.domain.effect import Reason
from cartback.domain.event import Json
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.instant import (
    FOREVER,
    WEEK,
    BadTime,
    Instant,
    Zone,
    instant_of,
    parse_duration,
)
from cartback.domain.law.terms import Choice
from cartback.domain.number import Node
from cartback.domain.profile import Profile

Clock = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day, such as 21:00."""
MOST_A_WEEK: Final = 50
ZONE_TRAITS: Final = ("timezone", "time_zone", "$timezone")


class ChannelRules(Node, frozen=True):
    """For one channel: at least `gap` between two, at most `a_week` in seven days, and none from
    `quiet_from` to `quiet_until` where the person is."""

    gap: str = "16 hours"
    a_week: Annotated[int, msgspec.Meta(ge=1, le=MOST_A_WEEK)] = 4
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None

    def __post_init__(self) -> None:
        parse_duration(self.gap)
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise Fault("quiet_hours_alone")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise Fault("quiet_hours_empty")


class BadRules(BadDocument):
    """What was given are no contact rules; the message says where."""


def channel_rules(document: Json) -> ChannelRules:
    """The rules of a channel from plain data. Raises BadRules."""
    try:
        return msgspec.convert(document, ChannelRules)
    except msgspec.ValidationError as error:
        raise BadRules(*refused(error, document, root=ChannelRules)) from None


class ContactRules(Node, frozen=True):
    """By channel.

    `consent` is what the shop decides within the law.
    """

    email: ChannelRules = ChannelRules()
    consent: Choice = Choice()

    def of(self, channel: str) -> ChannelRules | None:
        """The rules of a channel, None where it has none."""
        return self.email if channel == "email" else None


class Allowed(NamedTuple):
    """From when on a message may go, and what keeps it from going before."""

    at: Instant
    reason: Reason = Reason.READY


def allowed(rules: ChannelRules, past: Sequence[Instant], now: Instant, zone: Zone) -> Allowed:
    """The first instant from now on at which every rule allows one more. `past` is ascending."""
    at, reason = now, Reason.READY
    gap = parse_duration(rules.gap)
    while True:
        latest = [one for one in past if one > at - WEEK]
        if past and at < past[-1] + gap:
            moved, why = past[-1] + gap, Reason.FREQUENCY_CAP
        elif len(latest) >= rules.a_week:
            moved, why = latest[-rules.a_week] + WEEK, Reason.WEEKLY_BUDGET
        elif (end := _quiet_end(rules, at, zone)) > at:
            moved, why = end, Reason.QUIET_HOURS
        else:
            return Allowed(at, reason)
        at, reason = moved, why if reason is Reason.READY else reason


def _quiet_end(rules: ChannelRules, at: Instant, zone: Zone) -> Instant:
    """When the quiet hours end that hold at the instant; the instant where none do."""
    if rules.quiet_from is None or rules.quiet_until is None:
        return at
    wall = zone.local(at).time()
    start, end = time.fromisoformat(rules.quiet_from), time.fromisoformat(rules.quiet_until)
    inside = start <= wall < end if start < end else wall >= start or wall < end
    return next_clock(zone, at, end) if inside else at


def next_clock(
    zone: Zone, after: Instant, clock: time, weekdays: Sequence[int] = range(7)
) -> Instant:
    """The first instant from then on at which clocks in the zone show that time on such a weekday.

    A time that a day skips (daylight saving) is the instant at which it would have been; one that
    it has twice is the first of the two that is not over.
    """
    local = zone.local(after)
    day = local.date()
    for _ in range(9):
        for fold in (0, 1) if day.weekday() in weekdays else ():
            wall = datetime.combine(day, clock.replace(fold=fold), local.tzinfo)
            if (found := instant_of(wall)) >= after:
                return found
        day += timedelta(days=1)
    return FOREVER


def zone_of_person(profile: Profile, shop: Zone) -> Zone:
    """The zone that a trait of the person names, else the shop's."""
    return own_zone(profile) or shop


def own_zone(profile: Profile) -> Zone | None:
    """The zone that a trait of the person names, None where none does."""
    for name in ZONE_TRAITS:
        value = profile.trait(name)
        if isinstance(value, str) and value:
            try:
                return Zone(value)
            except BadTime:
                continue
    return None
