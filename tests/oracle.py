"""What a condition means, in the plainest Python: slow, obvious, and written without the engine.

`holds` answers from a person's whole history, as the docstrings in `domain/condition.py` say it.
The laws compare every faster reading (bounded memory, SQL) with it. It shares with the engine the
parsing of texts (times, durations, zones, patterns) and `micro`, and nothing that judges.

Only what has happened by `now` is looked at: an event with a later time is not there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

import msgspec

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    HasCart,
    InList,
    InSegment,
    LastTime,
    Located,
    Match,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.event import Event, Json, Location
from cartback.domain.instant import BadTime, Instant, Zone, parse_duration
from cartback.domain.number import Number, micro
from cartback.domain.pattern import matches
from cartback.domain.property import (
    AnyTest,
    NotTest,
    Operator,
    Property,
    PropertyTest,
    Some,
    Value,
)
from cartback.domain.share import bucket
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

EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"


def _unknown_carts(condition: HasCart) -> bool:
    raise NotImplementedError("say what is in the carts: Person(carts=...)")


@dataclass(frozen=True)
class Person:
    """Everything that is known of one profile.

    `events` stand in the order of the log. `segments` says since when it is in which segment,
    `carts` answers conditions on carts, and `run_start` is when the run that asks began.
    """

    events: Sequence[Event] = ()
    profile: int = 1
    segments: Mapping[str, Instant] = field(default_factory=dict)
    carts: Callable[[HasCart], bool] = _unknown_carts
    run_start: Instant | None = None


def holds(condition: Condition, person: Person, now: Instant, zone: Zone | None = None) -> bool:
    """Whether the condition is true of the person at `now`, in a shop of that zone."""
    return _Question(person, now, zone or Zone()).holds(condition)


class _Question:
    """One person at one moment."""

    def __init__(self, person: Person, now: Instant, zone: Zone) -> None:
        self.person = person
        self.now = now
        self.zone = zone
        self.past = sorted(
            (event for event in person.events if event.time <= now), key=lambda event: event.time
        )

    def holds(self, condition: Condition) -> bool:
        match condition:
            case All(of):
                return all(self.holds(one) for one in of)
            case Any_(of):
                return any(self.holds(one) for one in of)
            case Not(of):
                return not self.holds(of)
            case Did(metric, times, within, where):
                low, high = times.bounds()
                count = len([event for event in self.did(metric, where) if self.at(event, within)])
                return low <= count and (high is None or count <= high)
            case Aggregate():
                return self.aggregate(condition)
            case Sequence_():
                return self.sequence(condition)
            case FirstTime(metric, within, where):
                events = self.did(metric, where)
                return bool(events) and self.at(events[0], within)
            case LastTime(metric, within, where):
                events = self.did(metric, where)
                return bool(events) and self.at(events[-1], within)
            case Trait(path, operator, value):
                return self.trait(path, operator, value)
            case InList(name, joined):
                since = self.in_list_since(name)
                return since is not None and self.inside(since, joined)
            case InSegment(key, joined):
                member_since = self.person.segments.get(key)
                return member_since is not None and self.inside(member_since, joined)
            case Consented(channel, status):
                return self.consent(channel) == status
            case Reachable(channel):
                return self.has_address(channel) and self.consent(channel) == "subscribed"
            case Stage(stage):
                return stage == ("customer" if self.did("Placed Order") else "lead")
            case HasCart():
                return self.person.carts(condition)
            case Located():
                return self.located(condition)
            case Share(percent, salt):
                return bucket(self.person.profile, salt) < round(percent * 100)

    # --- events -------------------------------------------------------------------------------

    def did(self, metric: str, where: Sequence[PropertyTest] = ()) -> list[Event]:
        """The metric's events that pass every test, in order of time."""
        return [
            event
            for event in self.past
            if event.metric == metric
            and all(passes(test, event.properties, self.zone) for test in where)
        ]

    def at(self, event: Event, window: Window) -> bool:
        return self.inside(event.time, window)

    def inside(self, time: Instant, window: Window) -> bool:
        """Whether the time is in the window, as seen from now."""
        now, zone = self.now, self.zone
        match window:
            case Last(duration):
                return now - parse_duration(duration) < time <= now
            case BetweenAgo(nearest, farthest):
                return now - parse_duration(farthest) < time <= now - parse_duration(nearest)
            case MoreThanAgo(duration):
                return time <= now - parse_duration(duration)
            case Before(at):
                return time < zone.parse(at)
            case After(at):
                return time >= zone.parse(at)
            case Between(start, end):
                return zone.parse(start) <= time < zone.parse(end)
            case Calendar(unit, ago):
                return _periods_before(unit, zone.local(time).date(), zone.local(now).date()) == ago
            case Ever():
                return True
            case SinceRunStart():
                if self.person.run_start is None:
                    raise NotImplementedError("say when the run began: Person(run_start=...)")
                return time >= self.person.run_start

    def aggregate(self, asked: Aggregate) -> bool:
        numbers = [
            number
            for event in self.did(asked.metric, asked.where)
            if self.at(event, asked.within)
            and (number := micro(value_at(event.properties, asked.path))) is not None
        ]
        if asked.function == "sum":
            return _within(sum(numbers), asked.number)
        if not numbers:
            return False
        match asked.function:
            case "min":
                return _within(min(numbers), asked.number)
            case "max":
                return _within(max(numbers), asked.number)
            case "average":
                return _within(Fraction(sum(numbers), len(numbers)), asked.number)

    def sequence(self, asked: Sequence_) -> bool:
        inside = parse_duration(asked.inside)
        thens = self.matching(asked.then)
        for first in self.matching(asked.first):
            if not self.at(first, asked.within):
                continue
            came = any(first.time < then.time <= first.time + inside for then in thens)
            over = self.now >= first.time + inside
            if came if asked.followed else (over and not came):
                return True
        return False

    def matching(self, match: Match) -> list[Event]:
        return self.did(match.metric, match.where)

    # --- what the person is -------------------------------------------------------------------

    def trait(self, path: str, operator: Operator, value: Value) -> bool:
        """On the newest value of the trait."""
        name, _, rest = path.partition(".")
        said = [event for event in self.past if name in event.traits]
        found = _newest([(event.time, event.traits[name]) for event in said])
        if rest:
            found = value_at(found, rest)
        if operator in _MOVING:
            return _moving(operator, found, value, self.now, self.zone)
        return compare(found, operator, value, self.zone)

    def in_list_since(self, name: str) -> Instant | None:
        """When the person last joined, if that is the last word; at the same time, leaving is."""
        words = [
            (event.time, event.metric == "Left List")
            for event in self.past
            if event.metric in ("Joined List", "Left List") and event.properties.get("list") == name
        ]
        if not words:
            return None
        time, left = max(words)
        return None if left else time

    def consent(self, channel: str) -> str:
        """The last word for the channel (e-mail where none is named); at the same time, the no."""
        words = [
            (event.time, event.metric == "Unsubscribed")
            for event in self.past
            if event.metric in ("Subscribed", "Unsubscribed")
            and _consent_key(event.properties) == channel
        ]
        if not words:
            return "never"
        _, refused = max(words)
        return "unsubscribed" if refused else "subscribed"

    def has_address(self, channel: str) -> bool:
        kind = {"email": "email", "sms": "phone"}[channel]
        return any(one.kind == kind for event in self.past for one in event.identifiers)

    def located(self, asked: Located) -> bool:
        """The last place known: in one of the countries, one of the regions, one of the cities."""
        places = [event for event in self.past if event.location is not None]
        if not places:
            return False
        place = Location(*_newest([(event.time, _triple(event.location)) for event in places]))

        def named(value: str, names: Sequence[str]) -> bool:
            return value.casefold() in [name.casefold() for name in names]

        if asked.country and not named(place.country, asked.country):
            return False
        if asked.region and not named(place.region, asked.region):
            return False
        if asked.city and not named(place.city, asked.city):
            return False
        if asked.eu is None:
            return True
        return bool(place.country) and (place.country.upper() in EU.split()) == asked.eu


def _newest(values: Sequence[tuple[Instant, Json]]) -> Json:
    """The value of the latest time; of two at the same time, the one whose JSON is greater."""
    if not values:
        return None
    return max(
        values, key=lambda one: (one[0], msgspec.json.encode(one[1], order="deterministic"))
    )[1]


def _triple(place: Location | None) -> list[str]:
    return [] if place is None else [place.country, place.region, place.city]


def _periods_before(unit: str, day: date, today: date) -> int:
    """How many days, weeks (from Monday) or months lie between the two days' own."""
    match unit:
        case "day":
            return (today - day).days
        case "week":
            monday = day - timedelta(days=day.weekday())
            this_monday = today - timedelta(days=today.weekday())
            return (this_monday - monday).days // 7
        case _:
            return (today.year * 12 + today.month) - (day.year * 12 + day.month)


def _within(number: int | Fraction, asked: Number) -> bool:
    """Whether so many millionths are among the numbers asked for.

    `more_than` begins a millionth above; an average that falls between two millionths is exact.
    """
    low, high = asked.bounds()
    return (low is None or number >= low) and (high is None or number <= high)


# --- properties ------------------------------------------------------------------------------


def value_at(value: Json, path: str) -> Json:
    """What stands at the dotted path of nested objects; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def passes(test: PropertyTest, properties: Json, zone: Zone) -> bool:
    """Whether an event's properties, or one object of a list, pass the test."""
    match test:
        case Property(path, operator, value):
            return compare(value_at(properties, path), operator, value, zone)
        case Some(path, where):
            found = value_at(properties, path)
            objects = [one for one in found if isinstance(one, dict)] if _is_list(found) else []
            return any(all(passes(one, thing, zone) for one in where) for thing in objects)
        case AnyTest(of):
            return any(passes(one, properties, zone) for one in of)
        case NotTest(of):
            return not passes(of, properties, zone)


def equal(one: Json, other: Json) -> bool:
    """Text, numbers and booleans are different things; 1 equals 1.0; nothing equals an object."""
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool) and one == other
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return micro(one) is not None and micro(one) == micro(other)


def compare(found: Json, operator: Operator, value: Value, zone: Zone) -> bool:
    """Whether the value that was found, None for a missing one, passes the operator."""
    is_text = isinstance(found, str)
    number, bound = micro(found), micro(value)
    values = value if isinstance(value, tuple) else ()
    match operator:
        case Operator.EQUALS:
            return equal(found, value)
        case Operator.NOT_EQUALS:
            return not equal(found, value)
        case Operator.CONTAINS:
            return is_text and str(value) in found
        case Operator.NOT_CONTAINS:
            return not (is_text and str(value) in found)
        case Operator.STARTS_WITH:
            return is_text and found.startswith(str(value))
        case Operator.NOT_STARTS_WITH:
            return not (is_text and found.startswith(str(value)))
        case Operator.ENDS_WITH:
            return is_text and found.endswith(str(value))
        case Operator.NOT_ENDS_WITH:
            return not (is_text and found.endswith(str(value)))
        case Operator.MATCHES:
            return is_text and matches(str(value), found)
        case Operator.NOT_MATCHES:
            return not (is_text and matches(str(value), found))
        case Operator.IN:
            return any(equal(found, one) for one in values)
        case Operator.NOT_IN:
            return not any(equal(found, one) for one in values)
        case Operator.AT_LEAST:
            return number is not None and bound is not None and number >= bound
        case Operator.AT_MOST:
            return number is not None and bound is not None and number <= bound
        case Operator.MORE_THAN:
            return number is not None and bound is not None and number > bound
        case Operator.LESS_THAN:
            return number is not None and bound is not None and number < bound
        case Operator.CONTAINS_ANY:
            return _is_list(found) and any(equal(one, this) for this in values for one in found)
        case Operator.CONTAINS_ALL:
            return _is_list(found) and all(
                any(equal(one, this) for one in found) for this in values
            )
        case Operator.CONTAINS_NONE:
            return not (
                _is_list(found) and any(equal(one, this) for this in values for one in found)
            )
        case Operator.IS_SET:
            return found is not None
        case Operator.NOT_SET:
            return found is None
        case Operator.BEFORE:
            moment = _moment(found, zone)
            return moment is not None and moment < zone.parse(str(value))
        case Operator.AFTER:
            moment = _moment(found, zone)
            return moment is not None and moment >= zone.parse(str(value))
        case _:
            raise ValueError(f"{operator} needs a `now`: it is for traits")


def _consent_key(properties: Mapping[str, Json]) -> str:
    """What a word of consent is about; one without a purpose is about all advertising."""
    channel, purpose = properties.get("channel", "email"), properties.get("purpose", "")
    return channel if purpose in ("", "marketing") else f"{channel}:{purpose}"


def _is_list(value: Json) -> bool:
    return isinstance(value, list | tuple)


def _moment(found: Json, zone: Zone) -> Instant | None:
    """A text of at most 40 characters that is an ISO 8601 date or time; None for all else."""
    if not isinstance(found, str) or len(found) > 40:
        return None
    try:
        return zone.parse(found)
    except BadTime:
        return None


_MOVING = {
    Operator.IN_LAST,
    Operator.IN_NEXT,
    Operator.MORE_THAN_AGO,
    Operator.ANNIVERSARY_IN_NEXT,
    Operator.ANNIVERSARY_TODAY,
}


def _moving(operator: Operator, found: Json, value: Value, now: Instant, zone: Zone) -> bool:
    """Operators on a date whose answer changes with time alone."""
    moment = _moment(found, zone)
    if moment is None:
        return False
    if operator is Operator.ANNIVERSARY_TODAY:
        today = zone.local(now).date()
        return today == _anniversary(zone.local(moment), today.year)
    duration = parse_duration(str(value))
    match operator:
        case Operator.IN_LAST:
            return now - duration < moment <= now
        case Operator.IN_NEXT:
            return now < moment <= now + duration
        case Operator.MORE_THAN_AGO:
            return moment <= now - duration
        case _:  # until the anniversary's day is over
            year = zone.local(now).year
            days = [_anniversary(zone.local(moment), one) for one in range(year, year + 102)]
            return any(
                _midnight(day, zone) - duration <= now < _midnight(day + timedelta(days=1), zone)
                for day in days
            )


def _anniversary(moment: datetime, year: int) -> date:
    """The day of that year; for 29 February, the 28th in years without one."""
    try:
        return moment.date().replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _midnight(day: date, zone: Zone) -> Instant:
    return zone.parse(day.isoformat())
