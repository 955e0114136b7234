"""Instants and durations: whole milliseconds, so that every engine that reads them agrees.

Inside, an instant is the number of milliseconds since 1970-01-01T00:00:00Z and a duration is a
number of milliseconds. Text and zones live at the edges only (docs/adr/0002-instants.md).
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from cartback.domain.fault import Fault

Instant: TypeAlias = int
Milliseconds: TypeAlias = int
Unit: TypeAlias = Literal["day", "week", "month"]
"""A period of the calendar; weeks begin on Monday (ISO 8601)."""

SECOND: Final[Milliseconds] = 1_000
MINUTE: Final[Milliseconds] = 60 * SECOND
HOUR: Final[Milliseconds] = 60 * MINUTE
DAY: Final[Milliseconds] = 24 * HOUR
WEEK: Final[Milliseconds] = 7 * DAY

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER: Final[Instant] = 253_402_214_400_000  # 9999-12-31T00:00:00Z: no question reaches further
EARLIEST: Final[Instant] = -62_135_510_400_000  # 0001-01-02T00:00:00Z: a date in every zone
LONGEST: Final[Milliseconds] = 36_500 * DAY  # a hundred years

_MILLISECOND: Final = timedelta(milliseconds=1)
_UNITS: Final = {"second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
_DURATION: Final = re.compile(r"\s*(\d{1,7})\s*(second|minute|hour|day|week)s?\s*", re.ASCII)


class BadTime(Fault):
    """A text that names no instant or duration; the message says what to write instead."""


def instant_of(moment: datetime) -> Instant:
    """An aware datetime as an instant, cut to the millisecond."""
    if moment.tzinfo is None:
        raise BadTime("time_without_zone")
    return (moment - EPOCH) // _MILLISECOND


def datetime_of(instant: Instant, zone: tzinfo = UTC) -> datetime:
    """An instant as an aware datetime in the zone."""
    return (EPOCH + timedelta(milliseconds=min(instant, FOREVER))).astimezone(zone)


def text_of(instant: Instant) -> str:
    """ISO 8601 in UTC, with milliseconds only where there are any."""
    moment = datetime_of(instant)
    spec = "milliseconds" if instant % SECOND else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def parse_instant(text: str, zone: tzinfo = UTC) -> Instant:
    """An ISO 8601 date or time; one without an offset is read in the zone.

    Raises BadTime with a sentence that shows the form.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        instant = instant_of(moment)
    except (ValueError, OverflowError):
        raise BadTime("not_a_time", text=text[:60]) from None
    if instant >= FOREVER:
        raise BadTime("time_too_far", text=text)
    return instant


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> Milliseconds:
    """`"7 days"`, `"60 minutes"`, `"1 week"`: days are 24 hours. Raises BadTime."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise BadTime("not_a_duration", text=text[:60])
    duration = int(found[1]) * _UNITS[found[2]]
    if not 0 < duration <= LONGEST:
        raise BadTime("duration_out_of_range", text=text)
    return duration


def duration_text(duration: Milliseconds) -> str:
    """The shortest text that parse_duration reads back; a second is the finest."""
    for unit in ("week", "day", "hour", "minute", "second"):
        size = _UNITS[unit]
        if duration % size == 0:
            number = duration // size
            return f"{number} {unit}" + ("" if number == 1 else "s")
    return f"{duration / SECOND:g} seconds"


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """An IANA zone. Raises BadTime for a name that is not one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadTime("not_a_zone", text=name[:60]) from None


class Zone:
    """Calendar arithmetic in one IANA zone: where days, weeks (from Monday) and months begin."""

    __slots__ = ("_info", "name")

    def __init__(self, name: str = "UTC") -> None:
        self.name = name
        self._info = zone_of(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Zone) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[type["Zone"], tuple[str]]:
        return Zone, (self.name,)

    def local(self, instant: Instant) -> datetime:
        """The wall clock in this zone; before EARLIEST there is none."""
        return datetime_of(max(instant, EARLIEST), self._info)

    def parse(self, text: str) -> Instant:
        """An ISO 8601 text; one without an offset is of this zone."""
        return parse_instant(text, self._info)

    def period(self, unit: Unit, instant: Instant, shift: int = 0) -> tuple[Instant, Instant]:
        """Start (included) and end (not included) of the day, week or month that is `shift` periods
        after the instant's; FOREVER twice where the calendar has no such period."""
        return _period(self._info, unit, self.local(instant).date().toordinal(), shift)


@lru_cache(maxsize=65_536)
def _period(info: ZoneInfo, unit: Unit, ordinal: int, shift: int) -> tuple[Instant, Instant]:
    day = datetime.fromordinal(ordinal)
    try:
        match unit:
            case "day":
                start = day + timedelta(days=shift)
                end = start + timedelta(days=1)
            case "week":
                start = day - timedelta(days=day.weekday()) + timedelta(weeks=shift)
                end = start + timedelta(weeks=1)
            case "month":
                start = _month(day.year, day.month - 1 + shift)
                end = _month(day.year, day.month + shift)
    except (OverflowError, ValueError):  # dates end with the year 9999
        return FOREVER, FOREVER
    return instant_of(start.replace(tzinfo=info)), instant_of(end.replace(tzinfo=info))


def _month(year: int, months: int) -> datetime:
    return datetime(year + months // 12, months % 12 + 1, 1)  # noqa: DTZ001  callers set the zone
