"""Invented conditions and histories for laws: small worlds in which edges meet often.

Times lie on, just before and just after the edges of the windows that conditions ask about; texts,
numbers and names come from small pools, so that questions and events find each other.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    InList,
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
from cartback.domain.event import Event, Identifier, Location
from cartback.domain.instant import HOUR, Zone, parse_instant
from cartback.domain.number import Count, Number
from cartback.domain.property import (
    MOVING,
    AnyTest,
    NotTest,
    Operator,
    Property,
    PropertyTest,
    Some,
    Value,
)
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

METRICS = ["Viewed Product", "Checkout Started", "Placed Order", "odd 'name' \\ 이름"]
TEXTS = [
    "",
    "s",
    "shoes",
    "Shoes",
    'shoe\'s \\ "x"',
    "모자",
    "true",
    "1",
    "n1",
    "2026-03-01",
    "50%_",
]
DATES = [
    "2026-03-01",
    "2026-03-28T15:00:00Z",
    "2026-03-29T02:30:00",
    "2026-03-29T12:00:00+09:00",
    "1990-02-28",
    "1992-02-29",
    "1988-03-29T23:30:00",
    "20260301",
    "2026-02-30",
]
NUMBERS = [
    0,
    1,
    1.0,
    -1,
    2,
    2.5,
    0.1,
    0.3,
    1e-7,
    0.0000005,
    99,
    8_999_999_999_999,
    9e12,
    1e13,
    2**60,
]
NAMES = ["value", "city", "kind", "a"]
ZONES = ["UTC", "Asia/Seoul", "America/New_York", "Africa/Casablanca", "America/Havana"]
DURATIONS = ["1 hour", "1 day", "2 days", "1 week", "30 days"]
LISTS = ["news", "it's"]
CHANNELS = ["email", "sms"]

metrics = st.sampled_from([*METRICS, *METRICS[1:3] * 2])

NOONS = [
    parse_instant(text)
    for text in (
        "2026-03-29T12:00:00Z",
        "2026-03-08T07:00:00Z",  # New York springs forward
        "2026-11-01T05:59:59.999Z",  # and falls back
        "2026-03-01T00:00:00Z",
        "2024-02-29T15:00:00Z",
    )
]

zones = st.sampled_from(ZONES).map(Zone)
moments = st.builds(
    lambda noon, hours, tick: noon + hours * HOUR + tick,
    st.sampled_from(NOONS),
    st.integers(-3, 30),
    st.integers(-1, 1),
)

# --- events ----------------------------------------------------------------------------------

scalars = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(DATES),
    st.sampled_from(NUMBERS),
    st.booleans(),
    st.none(),
)
lines = st.lists(
    st.one_of(st.dictionaries(st.sampled_from(NAMES), scalars, max_size=2), scalars), max_size=3
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    lines,
    st.dictionaries(
        st.sampled_from(["city", "a", "b.c"]),
        st.one_of(scalars, st.dictionaries(st.just("deep"), scalars), lines),
        max_size=2,
    ),
)
bags = st.dictionaries(st.sampled_from([*NAMES, "a.city", "x" * 101]), values, max_size=3)
locations = st.builds(
    Location,
    st.sampled_from(["", "KR", "kr", "DE", "US"]),
    st.sampled_from(["", "CA"]),
    st.sampled_from(["", "Seoul", "SEOUL", "München"]),
)


def ages() -> st.SearchStrategy[int]:
    """How long ago: mostly on the very edges that windows have, or a millisecond beside them."""
    hours = st.sampled_from([0, 1, 23, 24, 25, 48, 7 * 24, 8 * 24, 30 * 24, 31 * 24])
    tick = st.sampled_from([0, 0, 0, -1, 1])
    on_edges = st.builds(lambda hour, shift: hour * HOUR + shift, hours, tick)
    return st.one_of(on_edges, on_edges, st.integers(-1, 40 * 24).map(lambda hour: hour * HOUR))


@st.composite
def events(draw: st.DrawFn, now: int, number: int, *, future: bool = True) -> Event:
    """One event, on or about a time that conditions ask about."""
    age = draw(ages())
    time = now - age if future else now - abs(age)
    metric, properties = draw(metrics), draw(bags)
    match draw(st.sampled_from(["any", "any", "any", "list", "consent"])):
        case "list":
            metric = draw(st.sampled_from(["Joined List", "Left List"]))
            properties = {"list": draw(st.sampled_from(LISTS))}
        case "consent":
            metric = draw(st.sampled_from(["Subscribed", "Unsubscribed"]))
            properties = draw(
                st.one_of(
                    st.just({}), st.fixed_dictionaries({"channel": st.sampled_from(CHANNELS)})
                )
            )
        case _ if metric == "Placed Order":
            properties = _order(properties)
        case _ if metric == "Checkout Started":
            properties = _order(properties)
        case _ if metric == "Viewed Product":
            properties = {"product_id": "p", **_order(properties)}
    return Event(
        shop=1,
        id=str(number),
        metric=metric,
        identifiers=tuple(draw(st.lists(st.sampled_from(IDENTIFIERS), max_size=1))),
        time=time,
        received=max(time, now) if future else now,
        properties=properties,
        traits=draw(st.one_of(st.just({}), st.dictionaries(st.sampled_from(NAMES), values))),
        location=draw(st.one_of(st.none(), st.none(), locations)),
    )


IDENTIFIERS = [
    Identifier("email", "a@example.com"),
    Identifier("phone", "+821012345678"),
    Identifier("anonymous_id", "device"),
]


def _order(properties: dict[str, Any]) -> dict[str, Any]:
    """Standard metrics have typed properties; `value` is whole minor units."""
    value = properties.get("value")
    whole = type(value) is int and abs(value) <= 2**53
    return properties if whole else {k: v for k, v in properties.items() if k != "value"}


# --- conditions ------------------------------------------------------------------------------

durations = st.sampled_from(DURATIONS)
stamps = st.sampled_from([*DATES[:4], "2026-02-27", "2026-03-30T00:00:00.001Z"])
windows: st.SearchStrategy[Window] = st.one_of(
    st.just(EVER),
    durations.map(Last),
    durations.map(MoreThanAgo),
    st.sampled_from(
        [
            BetweenAgo("1 hour", "1 day"),
            BetweenAgo("1 day", "1 week"),
            BetweenAgo("2 days", "30 days"),
        ]
    ),
    stamps.map(Before),
    stamps.map(After),
    st.sampled_from(
        [Between("2026-03-01", "2026-03-29"), Between("2026-02-27", "2026-03-28T15:00:00Z")]
    ),
    st.builds(Calendar, st.sampled_from(["day", "week", "month"]), st.integers(0, 2)),
)
counts = st.sampled_from(
    [
        Count(at_least=1),
        Count(exactly=0),
        Count(at_least=2),
        Count(exactly=1),
        Count(at_most=1),
        Count(fewer_than=3),
        Count(more_than=1, at_most=3),
        Count(at_least=0),
    ]
)
bounds = st.sampled_from([0, 1, 0.3, 2.5, -1, 100, 9e12])
numbers = st.one_of(
    st.builds(lambda n: Number(at_least=n), bounds),
    st.builds(lambda n: Number(at_most=n), bounds),
    st.builds(lambda n: Number(more_than=n), bounds),
    st.builds(lambda n: Number(less_than=n), bounds),
    st.builds(lambda n: Number(exactly=n), bounds),
    st.just(Number(more_than=-1, less_than=2.5)),
)
paths = st.sampled_from(["value", "city", "kind", "a", "a.city", "a.a", "a.a.deep", "a.b"])


@st.composite
def asked_values(draw: st.DrawFn, operator: Operator) -> Value:
    """A value that fits the operator."""
    match operator:
        case Operator.IS_SET | Operator.NOT_SET | Operator.ANNIVERSARY_TODAY:
            return None
        case Operator.BEFORE | Operator.AFTER:
            return draw(st.sampled_from(DATES[:4]))
        case Operator.MATCHES | Operator.NOT_MATCHES:
            return draw(st.sampled_from(["^s", "o{2}|모", r"\d+$", "(?i)SHOES", "", "."]))
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.MORE_THAN | Operator.LESS_THAN:
            return draw(bounds)
        case Operator.EQUALS | Operator.NOT_EQUALS:
            return draw(_wanted)
        case (
            Operator.IN
            | Operator.NOT_IN
            | Operator.CONTAINS_ANY
            | Operator.CONTAINS_ALL
            | Operator.CONTAINS_NONE
        ):
            return tuple(draw(st.lists(_wanted, min_size=1, max_size=3)))
        case _ if operator in MOVING:
            return draw(durations)
        case _:
            return draw(st.sampled_from([text for text in TEXTS if text]))


_wanted = st.one_of(
    st.sampled_from(TEXTS), st.sampled_from([n for n in NUMBERS if n <= 9e12]), st.booleans()
)


@st.composite
def properties(draw: st.DrawFn) -> Property:
    operator = draw(st.sampled_from([one for one in Operator if one not in MOVING]))
    return Property(draw(paths), operator, draw(asked_values(operator)))


@st.composite
def traits(draw: st.DrawFn) -> Trait:
    operator = draw(st.sampled_from(list(Operator)))
    return Trait(draw(paths), operator, draw(asked_values(operator)))


tests: st.SearchStrategy[PropertyTest] = st.recursive(
    properties(),
    lambda inner: st.one_of(
        st.builds(Some, paths, st.lists(inner, min_size=1, max_size=2).map(tuple)),
        st.builds(AnyTest, st.lists(inner, min_size=1, max_size=2).map(tuple)),
        st.builds(NotTest, inner),
    ),
    max_leaves=3,
)
wheres = st.one_of(st.just(()), st.just(()), st.lists(tests, max_size=2).map(tuple))
matches = st.builds(Match, metrics, wheres)


def leaves() -> st.SearchStrategy[Condition]:
    """Every kind that the log alone can answer."""
    return st.one_of(
        st.builds(Did, metrics, counts, windows, wheres),
        st.builds(Did, metrics, counts, windows),
        st.builds(
            Aggregate,
            metrics,
            st.sampled_from(["sum", "min", "max", "average"]),
            st.sampled_from(["value", "kind", "a.city"]),
            numbers,
            windows,
            wheres,
        ),
        st.builds(Sequence_, matches, matches, durations, st.booleans(), windows),
        st.builds(FirstTime, metrics, windows, wheres),
        st.builds(LastTime, metrics, windows, wheres),
        traits(),
        st.builds(InList, st.sampled_from(LISTS), windows),
        st.builds(
            Consented,
            st.sampled_from(CHANNELS),
            st.sampled_from(["subscribed", "unsubscribed", "never"]),
        ),
        st.builds(Reachable, st.sampled_from(CHANNELS)),
        st.builds(Stage, st.sampled_from(["lead", "customer"])),
        st.builds(
            Located,
            st.sampled_from([("KR",), ("de", "us"), ()]),
            st.sampled_from([("ca",), (), ()]),
            st.sampled_from([("seoul", "MÜNCHEN"), (), ()]),
            st.booleans(),
        ),
        st.builds(Share, st.sampled_from([0, 33.33, 50, 100]), st.sampled_from(["", "x"])),
    )


def conditions() -> st.SearchStrategy[Condition]:
    """Single questions as often as trees of them."""
    trees = st.recursive(
        leaves(),
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Any_, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=4,
    )
    return st.one_of(leaves(), trees)
