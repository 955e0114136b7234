"""Shops and histories worth testing: few names, so that things match, and times that
stand on the edges of the windows, a millisecond before and after them, and on each other.

A scene knows two durations only. All its windows and all its distances are made of them, so that in
few events and few questions many edges meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cartback.domain.event import Event, Identifier, Json, Location, Metric
from cartback.domain.instant import DAY, Instant, Zone, parse_duration, parse_instant
from cartback.domain.rules import Settings

SHOPS = (
    ("60 minutes", "60 minutes", ("1 hour", "2 hours")),
    ("1 day", "1 hour", ("1 hour", "1 day")),
    ("1 minute", "1 day", ("1 minute", "1 day")),
    ("1 hour", "1 day", ("1 day", "1 week")),
    ("2 days", "2 days", ("2 days", "2 weeks")),
)
"""After how long a cart and a checkout are abandoned, and two durations, the shorter one first.

None is so long that a cart is forgotten, 90 days after it was touched, while its events still come.
"""

DURATIONS = sorted({span for *_, spans in SHOPS for span in spans})

SCENES = (
    ("UTC", "2026-03-30T00:00:00Z"),
    ("Asia/Seoul", "2026-02-27T15:00:00Z"),  # the last midnight of a February
    ("Europe/Berlin", "2026-03-28T23:00:00Z"),  # a day of 23 hours
    ("America/New_York", "2026-10-31T04:00:00Z"),  # the day before one of 25 hours
    ("America/Havana", "2026-10-31T04:00:00Z"),  # a midnight that comes twice
    ("America/Santiago", "2026-09-05T04:00:00Z"),  # a midnight that never comes
    ("Asia/Kathmandu", "2026-12-30T18:15:00Z"),  # a quarter of an hour, and the end of a year
    ("Europe/London", "2028-02-28T00:00:00Z"),  # a leap year
)


@dataclass(frozen=True)
class Scene:
    """A shop's zone, and the instant about which everything happens."""

    zone: str
    start: Instant
    settings: Settings = field(default_factory=Settings)
    spans: tuple[str, str] = ("1 hour", "1 day")

    @property
    def clock(self) -> Zone:
        return Zone(self.zone)

    def date(self, days: int = 0) -> str:
        """A date in the shop's zone, so many days from the start."""
        return self.clock.local(self.start + days * DAY).date().isoformat()


@st.composite
def scenes(draw: DrawFn) -> Scene:
    zone, start = draw(st.sampled_from(SCENES))
    cart, checkout, spans = draw(st.sampled_from(SHOPS))
    settings = Settings(zone=zone, cart_idle=cart, checkout_idle=checkout)
    return Scene(zone, parse_instant(start), settings, spans)


# --- what happens ----------------------------------------------------------------------------

PLAIN = ("A", "A", "B")
LISTS = ("vip", "news")
NUMBERS = (0, 1, 2, 2.5, 0.1, 0.2, -1, 100)
TEXTS = ("red", "blue", "Red", "")
ARTICLES = ("mug", "tee")


@cache
def offsets(scene: Scene) -> SearchStrategy[int]:
    """Distances that differ by whole durations of the scene, now and then by a millisecond more."""
    short, long = (parse_duration(one) for one in scene.spans)
    whole = st.sampled_from([0, short, long, 2 * short, short + long, 2 * long, DAY])
    return st.builds(lambda one, tick: one + tick, whole, st.sampled_from([0, 0, 0, 1, -1]))


@cache
def asked_dates(scene: Scene) -> SearchStrategy[str]:
    """Dates and times about the scene, with and without an offset, and others far from it."""
    near = [scene.date(days) for days in (0, 1, -1, 7, 29)]
    exact = [f"{scene.date()}T01:00:00", f"{scene.date(1)}T00:00:00Z"]
    return st.sampled_from([*near, *exact, "1984-02-29", "2000-12-31", "9999-12-30"])


@cache
def dates(scene: Scene) -> SearchStrategy[str]:
    """Such dates as senders write them, and what many of them write for none."""
    return asked_dates(scene) | asked_dates(scene) | st.just("0001-01-01T00:00:00Z")


@cache
def property_values(scene: Scene) -> SearchStrategy[dict[str, Any]]:
    number = st.sampled_from(NUMBERS)
    line = st.fixed_dictionaries(
        {"product_id": st.sampled_from(ARTICLES)}, optional={"price": st.sampled_from(NUMBERS)}
    )
    return st.fixed_dictionaries(
        {"n": number | number | st.sampled_from([True, None, "1", 10**30])},
        optional={
            "s": st.sampled_from([*TEXTS, None, 1]),
            "tags": st.lists(st.sampled_from(["red", "blue", 1, True]), max_size=2),
            "lines": st.lists(line, max_size=2),
            "o": st.fixed_dictionaries({}, optional={"n": st.sampled_from(NUMBERS)}),
            "when": dates(scene),
        },
    )


@cache
def trait_values(scene: Scene) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "score": st.sampled_from([*NUMBERS, True, None, "1"]),
            "color": st.sampled_from([*TEXTS, None]),
            "born": dates(scene),
            "tags": st.lists(st.sampled_from(["red", "blue", 1]), max_size=2),
            "address": st.fixed_dictionaries({"city": st.sampled_from(TEXTS)}),
        },
    )


@dataclass(frozen=True)
class Happening:
    """What an event says, without when."""

    metric: str
    properties: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    location: Location | None = None


_ADDRESSES = (
    Identifier("anonymous_id", "a1"),
    Identifier("email", "ann@example.com"),
    Identifier("email", "bob@example.com"),
    Identifier("phone", "+821012345678"),
)
_PLACES = (
    Location("KR", "", "Seoul"),
    Location("DE", "BE", "Berlin"),
    Location("", "", "berlin"),
    Location("de", "BY", ""),
)


@cache
def plain_happenings(scene: Scene) -> SearchStrategy[Happening]:
    """A custom metric with properties: most of what conditions ask about."""
    return st.builds(Happening, st.sampled_from(PLAIN), property_values(scene))


@cache
def personal_happenings(scene: Scene) -> SearchStrategy[Happening]:
    """What changes the person: lists, consent, traits, names, place, the first order."""
    return st.one_of(
        st.builds(
            Happening,
            st.sampled_from([Metric.JOINED_LIST, Metric.LEFT_LIST]),
            st.fixed_dictionaries({"list": st.sampled_from(LISTS)}),
        ),
        st.builds(
            Happening,
            st.sampled_from([Metric.SUBSCRIBED, Metric.UNSUBSCRIBED]),
            st.fixed_dictionaries(
                {},
                optional={
                    "channel": st.sampled_from(["email", "sms"]),
                    "purpose": st.sampled_from(["", "marketing", "cart_reminder"]),
                },
            ),
        ),
        st.builds(Happening, st.just(Metric.IDENTIFIED), traits=trait_values(scene)),
        st.builds(
            Happening,
            st.just("A"),
            identifiers=st.tuples(st.sampled_from(_ADDRESSES)),
            location=st.none() | st.sampled_from(_PLACES),
        ),
        st.just(Happening(Metric.PLACED_ORDER, {"cart_id": "c1"})),
    )


@cache
def cart_lines() -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"product_id": st.sampled_from(ARTICLES), "price": st.sampled_from([500, 2_000])},
        optional={
            "quantity": st.sampled_from([1, 2, 0]),
            "category": st.sampled_from(["home", "wear"]),
            "brand": st.just("Acme"),
        },
    )


@cache
def cart_happenings(
    carts: tuple[str, ...] = ("c1", "c2"), *, named: bool = True
) -> SearchStrategy[Happening]:
    """Carts that fill, change, reach the checkout and are ordered.

    Where orders are `named` they say which cart they came from, else at most what was bought.
    """
    cart = st.sampled_from(carts)
    lines = st.lists(cart_lines(), max_size=2)
    order = {"cart_id": cart} if named else {}
    optional = {"lines": lines, "value": st.just(2_500)} if named else {"lines": lines}
    return st.one_of(
        st.builds(
            lambda metric, cart_id, line: Happening(metric, {"cart_id": cart_id, **line}),
            st.sampled_from([Metric.ADDED_TO_CART, Metric.ADDED_TO_CART, Metric.REMOVED_FROM_CART]),
            cart,
            cart_lines(),
        ),
        st.builds(
            Happening,
            st.sampled_from([Metric.CART_UPDATED, Metric.CHECKOUT_STARTED]),
            st.fixed_dictionaries(
                {"cart_id": cart}, optional={"lines": lines, "value": st.sampled_from([999, 4_200])}
            ),
        ),
        st.builds(
            Happening, st.just(Metric.PLACED_ORDER), st.fixed_dictionaries(order, optional=optional)
        ),
    )


@cache
def happenings(scene: Scene, *, carts: bool = False) -> SearchStrategy[Happening]:
    kinds = [plain_happenings(scene), plain_happenings(scene), personal_happenings(scene)]
    if carts:
        kinds += [cart_happenings(), cart_happenings()]
    return st.one_of(kinds)


@st.composite
def histories(
    draw: DrawFn,
    scene: Scene,
    kinds: SearchStrategy[Happening] | None = None,
    *,
    late: bool = True,
    least: int = 0,
    most: int = 8,
) -> list[Event]:
    """A profile's events in the order in which they arrived; `late` ones a while after."""
    found = draw(
        st.lists(
            _timed(scene, happenings(scene) if kinds is None else kinds, late),
            min_size=least,
            max_size=most,
        )
    )
    events = [
        event(happening, scene.start + offset, scene.start + offset + delay, f"e{place:02}")
        for place, (happening, offset, delay) in enumerate(found)
    ]
    return sorted(events, key=lambda one: one.received)


@cache
def _timed(
    scene: Scene, kinds: SearchStrategy[Happening], late: bool
) -> SearchStrategy[tuple[Happening, int, int]]:
    at_once = st.just(0)
    delays = at_once | offsets(scene).map(lambda one: max(0, one)) if late else at_once
    return st.tuples(kinds, offsets(scene), delays)


def event(happening: Happening, time: Instant, received: Instant, key: str) -> Event:
    return Event(
        shop=1,
        id=key,
        metric=str(happening.metric),
        identifiers=happening.identifiers,
        time=time,
        received=received,
        properties=happening.properties,
        traits=happening.traits,
        location=happening.location,
    )


def happened(metric: str, time: Instant, key: str = "e", **properties: Json) -> Event:
    """One event as a story tells it: it arrives when it happens."""
    return event(Happening(metric, properties), time, time, key)


def arriving(one: Event, received: Instant) -> Event:
    """The same event, arriving then."""
    return msgspec.structs.replace(one, received=received)


@st.composite
def instants_after(draw: DrawFn, scene: Scene, after: Sequence[Instant]) -> Instant:
    """An instant not before any of those, on the edge of a window of one of them or soon after."""
    last = max(after, default=scene.start)
    anchor = draw(st.sampled_from([last, *after]))
    return max(last, anchor + draw(offsets(scene)))


# --- what is asked ---------------------------------------------------------------------------


def examples(times: float) -> settings:
    """So many times as many examples as the profile says: for a law that meets its subject rarely,
    or one that takes long."""
    return settings(max_examples=round(settings().max_examples * times))
