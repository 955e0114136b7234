"""How long a run stands still: until when a wait lasts, by the clocks of where the person is."""

from datetime import time, timedelta

from cartback.domain.contact import next_clock
from cartback.domain.instant import DAY, FOREVER, Instant, Zone, instant_of, parse_duration
from cartback.domain.step import WEEKDAYS, Wait


def wait_until(wait: Wait, now: Instant, person: Zone, shop: Zone) -> Instant:
    """When a wait that begins now is over.

    With a time of day, whole days are days of the calendar: "1 day until 9:00", begun on Monday at
    15:00, ends on Tuesday at 9:00 (Klaviyo help, "How to use time delays").
    """
    named = {"profile": person, "shop": shop}.get(wait.zone)
    where = Zone(wait.zone) if named is None else named
    duration = 0 if wait.duration is None else parse_duration(wait.duration)
    if wait.until is None and not wait.weekdays:
        return min(now + duration, FOREVER)
    weekdays = [WEEKDAYS.index(one) for one in wait.weekdays] or range(7)
    if wait.until is None:
        clock = where.local(now + duration).time()
        return next_clock(where, now + duration, clock, weekdays)
    after = now + duration
    days, rest = divmod(duration, DAY)
    if days and not rest:
        midnight = where.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
        after = instant_of(midnight + timedelta(days=days))
    return next_clock(where, after, time.fromisoformat(wait.until), weekdays)
