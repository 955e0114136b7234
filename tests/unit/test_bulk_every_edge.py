"""Every edge of every question: all pairs of what can be asked and what can have happened.

Each profile is one possible past; each condition is asked of all of them at once, in SQL, and the
answer is compared with the plain definition.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import get_args

import pytest

from cartback.bulk.query import Bulk
from cartback.domain.condition import (
    Aggregate,
    Condition,
    Consented,
    Did,
    FirstTime,
    InList,
    LastTime,
    Located,
    Match,
    Sequence_,
    Trait,
)
from cartback.domain.event import Event, Json, Location
from cartback.domain.instant import DAY, HOUR, Unit, Zone, parse_instant
from cartback.domain.number import Count, Number
from cartback.domain.property import MOVING, Operator, Property, Some, Value
from cartback.domain.window import (
    EVER,
    After,
    Before,
    Between,
    BetweenAgo,
    Calendar,
    Last,
    MoreThanAgo,
    Window,
)
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.merge_ports import Merge
from tests.oracle import Person, holds

NOW = parse_instant("2026-03-29T12:00:00Z")  # the night before, Berlin sprang forward
ZONES = [Zone("UTC"), Zone("Europe/Berlin"), Zone("America/Havana")]


class Pasts:
    """A log of one profile for each past."""

    def __init__(self, pasts: Iterable[Sequence[Event]]) -> None:
        self.people = {number: Person(past, number) for number, past in enumerate(pasts, start=1)}
        log = [(number, event) for number, one in self.people.items() for event in one.events]
        self._log = [
            LoggedEvent(seq, profile, 0, event) for seq, (profile, event) in enumerate(log, start=1)
        ]

    def log_after(self, shop: int, seq: int, limit: int) -> Sequence[LoggedEvent]:
        return self._log[seq : seq + limit]

    def merges(self, shop: int) -> Sequence[Merge]:
        return []


def happened(
    time: int,
    metric: str = "A",
    properties: dict[str, Json] | None = None,
    traits: dict[str, Json] | None = None,
    location: Location | None = None,
) -> Event:
    return Event(
        shop=1,
        id="",
        metric=metric,
        identifiers=(),
        time=time,
        received=max(time, NOW),
        properties=properties or {},
        traits=traits or {},
        location=location,
    )


@pytest.fixture
def bulk(tmp_path: Path) -> Iterator[Bulk]:
    with Bulk(tmp_path, 1) as opened:
        yield opened


def check(
    bulk: Bulk, pasts: Pasts, asked: Iterable[Condition], zones: Sequence[Zone] = ZONES[:1]
) -> None:
    """Each condition has the members that its definition gives, and some have some."""
    bulk.refresh(pasts)
    there = {
        number: person
        for number, person in pasts.people.items()
        if any(event.time <= NOW for event in person.events)
    }
    for condition, zone in itertools.product(asked, zones):
        expected = [one for one, person in there.items() if holds(condition, person, NOW, zone)]
        assert bulk.members(condition, NOW, zone) == expected, (condition, zone.name)


# --- windows -----------------------------------------------------------------------------------

WINDOWS: list[Window] = [
    EVER,
    *map(Last, ("1 hour", "1 day", "1 week")),
    *map(MoreThanAgo, ("1 hour", "1 day", "1 week")),
    BetweenAgo("1 hour", "1 day"),
    BetweenAgo("1 day", "1 week"),
    *map(Before, ("2026-03-29", "2026-03-28T12:00:00Z", "2026-03-29T03:00:00")),
    *map(After, ("2026-03-29", "2026-03-28T12:00:00Z", "2026-03-29T02:30:00")),
    Between("2026-03-22", "2026-03-29"),
    *(Calendar(unit, ago) for unit in ("day", "week", "month") for ago in (0, 1, 2)),
]


def edges() -> list[int]:
    """On every edge of the windows in every zone, and a millisecond before and after."""
    exact = [NOW - age for age in (0, HOUR, DAY, 7 * DAY)]
    for zone, (unit, ago) in itertools.product(ZONES, itertools.product(get_args(Unit), (0, 1, 2))):
        exact += zone.period(unit, NOW, -ago)
        exact += [zone.parse(text) for text in ("2026-03-29", "2026-03-29T02:30:00", "2026-03-22")]
    return sorted({time + tick for time in exact for tick in (-1, 0, 1)})


def test_events_on_every_edge_of_every_window(bulk: Bulk) -> None:
    pasts = Pasts([happened(time)] for time in edges())
    asked = [
        one
        for window in WINDOWS
        for one in (Did("A", within=window), Did("A", Count(exactly=0), window))
    ]
    check(bulk, pasts, asked, ZONES)


def test_the_first_and_the_last_of_two_on_every_edge(bulk: Bulk) -> None:
    times = [NOW - age + tick for age in (-1, 0, HOUR, DAY, 7 * DAY) for tick in (0, 1)]
    pasts = Pasts(
        [happened(one), happened(other)] for one, other in itertools.product(times, times)
    )
    check(bulk, pasts, [kind("A", window) for window in WINDOWS for kind in (FirstTime, LastTime)])


def test_what_followed_what_on_every_edge(bulk: Bulk) -> None:
    ages = [age + tick for age in (0, HOUR, 2 * HOUR, DAY, DAY + HOUR) for tick in (-1, 0, 1)]
    pasts = Pasts(
        [happened(NOW - first), happened(NOW - then, "B")]
        for first, then in itertools.product(ages, ages)
    )
    check(
        bulk,
        pasts,
        [
            Sequence_(Match("A"), Match(then), inside, followed, within)
            for then in ("A", "B")
            for inside in ("1 hour", "1 day")
            for followed in (True, False)
            for within in (EVER, Last("1 day"), BetweenAgo("1 hour", "1 day"), MoreThanAgo("1 day"))
        ],
    )


def test_the_same_thing_again_is_followed_by_itself(bulk: Bulk) -> None:
    ages = [0, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR]
    pasts = Pasts(
        [happened(NOW - age) for age in chosen]
        for count in (1, 2, 3)
        for chosen in itertools.combinations_with_replacement(ages, count)
    )
    asked = [Sequence_(Match("A"), Match("A"), "1 hour", followed) for followed in (True, False)]
    check(bulk, pasts, asked)


def test_every_count_of_up_to_four(bulk: Bulk) -> None:
    pasts = Pasts([happened(NOW, "B"), *[happened(NOW)] * count] for count in range(5))
    check(
        bulk,
        pasts,
        [
            Did("A", count)
            for number in range(4)
            for count in (
                Count(at_least=number),
                Count(at_most=number),
                Count(exactly=number),
                Count(more_than=number),
                Count(fewer_than=number + 1),
                Count(at_least=number, at_most=number + 1),
            )
        ],
    )


# --- values ------------------------------------------------------------------------------------

FOUND: list[Json] = [
    *("", "s", "sea", "Sea", "ea", "a sea", "a\nsea", "n", "1", "true", "모자", 'it\'s \\ "x" %_'),
    *("2026-03-29", "2026-03-29T12:00:00+09:00", "20260329", "2026-02-30", "1990-03-28"),
    *("1992-02-29", "2026-03-29T12:00:00Z", "2026-03-30T12:00:00", "2026-03-28T12:00:00Z"),
    *(0, 1, 1.0, -1, 0.1, 0.1000001, 0.1000004, 1e-9, 9e12, 8_999_999_999_999, 9.1e12, 2**60),
    *(True, False, None),
    *([], ["sea"], ["sea", 1], [1.0, True], [[1]], {}, {"b": "sea"}, {"b": {"c": 1}}, [{"b": 1}]),
]
SCALARS: list[Value] = ["", "s", "sea", "1", "true", "모자", 0, 1, -1, 0.1, 9e12, True, False]


def asked_of(operator: Operator) -> list[Value]:
    """Values that fit the operator."""
    match operator:
        case Operator.IS_SET | Operator.NOT_SET | Operator.ANNIVERSARY_TODAY:
            return [None]
        case Operator.BEFORE | Operator.AFTER:
            return ["2026-03-29", "2026-03-29T12:00:00Z"]
        case Operator.MATCHES | Operator.NOT_MATCHES:
            return ["^s", "ea$", "(?i)SEA", "^$", "[가-힣]", "."]
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.MORE_THAN | Operator.LESS_THAN:
            return [0, 0.1, 1, 9e12, 8_999_999_999_999]
        case Operator.EQUALS | Operator.NOT_EQUALS:
            return SCALARS
        case Operator.IN | Operator.NOT_IN:
            return [("sea", 1, True), (0.1, "1"), ("no",)]
        case Operator.CONTAINS_ANY | Operator.CONTAINS_ALL | Operator.CONTAINS_NONE:
            return [("sea",), ("sea", 1), (True,), (1.0, "x")]
        case _ if operator in MOVING:
            return ["1 hour", "1 day", "1 week"]
        case _:
            return ["s", "sea", "ea", "모", "\\", "%", "_", "'", "\n"]


def test_every_operator_on_every_property(bulk: Bulk) -> None:
    pasts = Pasts([happened(NOW, properties={"a": value})] for value in FOUND)
    check(
        bulk,
        pasts,
        [
            Did("A", where=(Property(path, operator, value),))
            for operator in Operator
            if operator not in MOVING
            for path in ("a", "a.b", "a.b.c")[: 1 if operator in (Operator.MATCHES,) else 3]
            for value in (asked_of(operator) if path == "a" else asked_of(operator)[:2])
        ],
    )


def test_every_operator_on_every_trait(bulk: Bulk) -> None:
    pasts = Pasts([happened(NOW, traits={"a": value})] for value in FOUND)
    check(
        bulk,
        pasts,
        [
            Trait(path, operator, value)
            for operator in Operator
            for path in ("a", "a.b")
            for value in (asked_of(operator) if path == "a" else asked_of(operator)[:2])
        ],
    )


@pytest.mark.parametrize("zone", ZONES, ids=lambda zone: zone.name)
def test_dates_without_an_offset_are_of_the_shops_zone(bulk: Bulk, zone: Zone) -> None:
    pasts = Pasts([happened(NOW, properties={"a": one}, traits={"a": one})] for one in FOUND)
    dated = (Operator.BEFORE, Operator.AFTER, *sorted(MOVING))
    asked: list[Condition] = [Trait("a", one, value) for one in dated for value in asked_of(one)]
    asked += [Did("A", where=(Property("a", one, "2026-03-29"),)) for one in dated[:2]]
    check(bulk, pasts, asked, [zone])


def test_objects_of_lists(bulk: Bulk) -> None:
    pasts = Pasts([happened(NOW, properties={"a": value})] for value in FOUND)
    tests = [Property("b", Operator.EQUALS, 1), Property("b", Operator.NOT_SET)]
    check(bulk, pasts, [Did("A", where=(Some("a", (test,)),)) for test in tests])


def test_every_aggregate_of_up_to_three_numbers(bulk: Bulk) -> None:
    numbers: list[Json] = [0, 1, -1, 0.000001, 9e12, "1", None]
    pasts = Pasts(
        [happened(NOW, "B"), *(happened(NOW, properties={"n": one}) for one in chosen)]
        for count in range(4)
        for chosen in itertools.combinations_with_replacement(numbers, count)
    )
    bounds = [
        bound
        for number in (0, 1, 0.5, -1, 9e12)
        for bound in (
            Number(at_least=number),
            Number(at_most=number),
            Number(exactly=number),
            Number(more_than=number),
            Number(less_than=number),
        )
    ]
    check(
        bulk,
        pasts,
        [
            Aggregate("A", function, "n", bound)
            for function in ("sum", "min", "max", "average")
            for bound in bounds
        ],
    )


# --- the last word -----------------------------------------------------------------------------


def test_the_last_word_and_of_two_at_once_the_same_one_always(bulk: Bulk) -> None:
    words: list[Event] = [
        happened(NOW - age, metric, properties)
        for age in (0, 1, DAY - 1, DAY)
        for metric, properties in (
            ("Joined List", {"list": "a"}),
            ("Left List", {"list": "a"}),
            ("Subscribed", {}),
            ("Unsubscribed", {"channel": "email"}),
        )
    ]
    pasts = Pasts([one, other] for one, other in itertools.product(words, words))
    check(
        bulk,
        pasts,
        [
            *(InList("a", window) for window in (EVER, Last("1 day"), MoreThanAgo("1 day"))),
            Consented("email", "subscribed"),
            Consented("email", "unsubscribed"),
            Consented("email", "never"),
            Consented("sms", "never"),
        ],
    )


def test_the_newest_trait_and_place_and_of_two_at_once_the_same_one_always(bulk: Bulk) -> None:
    values: list[Json] = ["a", "b", 1, 1.0, 10, 9, None, True, [1], {"b": 1}]
    said = [happened(NOW - age, traits={"t": one}) for age in (0, 1) for one in values]
    places = [Location("KR", "", "Seoul"), Location("KR", "", "Busan"), Location("DE", "", "")]
    been = [happened(NOW - age, location=place) for age in (0, 1) for place in places]
    pairs = [*itertools.product(said, said), *itertools.product(been, been)]
    asked: list[Condition] = [Trait("t", Operator.EQUALS, one) for one in ("a", "b", 1, 10, True)]
    asked += [Trait("t.b", Operator.IS_SET), Trait("t", Operator.NOT_SET)]
    asked += [Located(city=("seoul",)), Located(country=("kr",)), Located(eu=True)]
    check(bulk, Pasts(pairs), asked)
