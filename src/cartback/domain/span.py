"""Windows, made ready to run: from an event's time to the instants between which it counts.

Every window is one function from the time `t` of an event to an interval [enter, exit): the event
is in the window at `now` exactly while enter <= now < exit. Both ends grow with `t`. All that is
said about "until when" follows from these intervals.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from cartback.domain.instant import (
    DAY,
    FOREVER,
    HOUR,
    Instant,
    Milliseconds,
    Unit,
    Zone,
    parse_duration,
)
from cartback.domain.window import (
    After,
    Before,
    Between,
    BetweenAgo,
    Calendar,
    Ever,
    Last,
    MoreThanAgo,
    SinceRunStart,
    Window,
)

BEGINNING: Final[Instant] = -FOREVER
NEVER: Final = (FOREVER, FOREVER)
_LONGEST_PERIOD: Final[dict[Unit, Milliseconds]] = {
    "day": DAY + 2 * HOUR,
    "week": 7 * DAY + 2 * HOUR,
    "month": 31 * DAY + 2 * HOUR,
}


@dataclass(frozen=True, slots=True)
class Sliding:
    """From `nearest` to `farthest` ago; `farthest` None reaches back for ever."""

    nearest: Milliseconds
    farthest: Milliseconds | None

    @property
    def immediate(self) -> bool:
        """Whether an event counts from the moment that it happens."""
        return self.nearest == 0

    @property
    def horizon(self) -> Milliseconds | None:
        """Events this long ago or longer do not matter any more; None where all do."""
        return self.farthest

    def interval(self, time: Instant) -> tuple[Instant, Instant]:
        return min(time + self.nearest, FOREVER), self.ends(time)

    def ends(self, time: Instant) -> Instant:
        """When an event of that time stops to count."""
        if self.farthest is None:
            return FOREVER
        end = time + self.farthest
        return end if end < FOREVER else FOREVER


@dataclass(frozen=True, slots=True)
class Fixed:
    """From `start` (included) to `end` (not included), whatever the time is now."""

    start: Instant = BEGINNING
    end: Instant = FOREVER

    @property
    def immediate(self) -> bool:
        return True

    @property
    def horizon(self) -> Milliseconds | None:
        return None

    def interval(self, time: Instant) -> tuple[Instant, Instant]:
        return (time, FOREVER) if self.start <= time < self.end else NEVER

    def ends(self, time: Instant) -> Instant:
        """When an event of that time stops to count."""
        return self.interval(time)[1]


@dataclass(frozen=True, slots=True)
class InCalendar:
    """In the day, week or month that is `ago` before the present one, in the zone."""

    unit: Unit
    ago: int
    zone: Zone

    @property
    def immediate(self) -> bool:
        return self.ago == 0

    @property
    def horizon(self) -> Milliseconds | None:
        return (self.ago + 1) * _LONGEST_PERIOD[self.unit]

    def interval(self, time: Instant) -> tuple[Instant, Instant]:
        start, end = self.zone.period(self.unit, time, self.ago)
        return (time if self.ago == 0 else start), end

    def ends(self, time: Instant) -> Instant:
        """When an event of that time stops to count."""
        return self.interval(time)[1]


@dataclass(frozen=True, slots=True)
class SinceStart:
    """Since the start of the run that asks. Its start is only known when the question is asked."""

    @property
    def immediate(self) -> bool:
        return True

    @property
    def horizon(self) -> Milliseconds | None:
        return None

    def interval(self, time: Instant) -> tuple[Instant, Instant]:
        return time, FOREVER

    def ends(self, _time: Instant) -> Instant:
        """When an event of that time stops to count."""
        return FOREVER


Span: TypeAlias = Sliding | Fixed | InCalendar | SinceStart


def interval_in(span: Span, time: Instant, run_start: Instant | None) -> tuple[Instant, Instant]:
    """From when to when an event of that time counts, for a run that began at `run_start`."""
    if type(span) is SinceStart and (run_start is None or time < run_start):
        return NEVER
    return span.interval(time)


def span_of(window: Window, zone: Zone) -> Span:
    """The window with its texts read: dates without an offset are of the shop's zone."""
    match window:
        case Last(duration):
            return Sliding(0, parse_duration(duration))
        case BetweenAgo(nearest, farthest):
            return Sliding(parse_duration(nearest), parse_duration(farthest))
        case MoreThanAgo(duration):
            return Sliding(parse_duration(duration), None)
        case Before(at):
            return Fixed(end=zone.parse(at))
        case After(at):
            return Fixed(start=zone.parse(at))
        case Between(start, end):
            return Fixed(zone.parse(start), zone.parse(end))
        case Calendar(unit, ago):
            return InCalendar(unit, ago, zone)
        case Ever():
            return Fixed()
        case SinceRunStart():
            return SinceStart()
