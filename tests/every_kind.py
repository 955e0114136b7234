"""One condition of every kind and operator that is compiled to SQL."""

from __future__ import annotations

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
from cartback.domain.instant import parse_instant
from cartback.domain.number import Count, Number
from cartback.domain.property import AnyTest, NotTest, Operator, Property, Some
from cartback.domain.window import (
    After,
    Before,
    Between,
    BetweenAgo,
    Calendar,
    Last,
    MoreThanAgo,
)

NOW = parse_instant("2026-03-29T12:00:00Z")
A, B, C = "Viewed Product", "Checkout Started", "Placed Order"

WINDOWS: list[Condition] = [
    Did(A, Count(at_least=2), window)
    for window in (
        Last("4 hours"),
        BetweenAgo("12 hours", "1 day"),
        MoreThanAgo("2 days"),
        Before("2026-03-01T09:30:00"),
        After("2026-03-04T05:00:00"),
        Between("2026-03-01T12:00:00", "2026-03-01T14:00:00"),
        Calendar("day", 3),
        Calendar("week", 1),
        Calendar("month", 0),
    )
]
COUNTS: list[Condition] = [
    Did(B, times, Last("1 day"))
    for times in (Count(exactly=0), Count(at_most=3), Count(at_least=4), Count(exactly=5))
]
AGGREGATES: list[Condition] = [
    Aggregate(C, "sum", "value", Number(at_least=40_000), Last("1 day")),
    Aggregate(C, "sum", "value", Number(less_than=1), Last("1 hour")),
    Aggregate(C, "min", "value", Number(at_most=300)),
    Aggregate(C, "max", "value", Number(more_than=9_700)),
    Aggregate(C, "average", "value", Number(at_least=5_000, less_than=6_000)),
]
TESTS: list[Condition] = [
    Did(A, Count(at_least=1), Last("4 hours"), (test,))
    for test in (
        Property("name", Operator.CONTAINS, "№77"),
        Property("name", Operator.NOT_STARTS_WITH, "it's"),
        Property("name", Operator.ENDS_WITH, '\\ " 모자'),
        Property("name", Operator.MATCHES, r"№\d*99"),
        Property("name", Operator.IN, ("x", 1, True)),
        Property("value", Operator.IN, (1, 2, "x", *range(500))),
        Property("value", Operator.EQUALS, 1_234.0),
        Property("value", Operator.AT_LEAST, 9_500),
        Property("value", Operator.BEFORE, "2026-03-01"),
        NotTest(Property("value", Operator.LESS_THAN, 9_000)),
        AnyTest((Property("value", Operator.MORE_THAN, 9_900), Property("x", Operator.IS_SET))),
        Some("lines", (Property("price", Operator.AT_LEAST, 1),)),
        Property("tags", Operator.CONTAINS_ANY, ("a", "b")),
    )
]
SEQUENCES: list[Condition] = [
    Sequence_(Match(B), Match(C), "1 hour", followed, Last("6 hours")) for followed in (True, False)
]
PEOPLE: list[Condition] = [
    FirstTime(C, Last("3 days")),
    FirstTime(C, Before("2026-03-01T10:00:00")),
    LastTime(C, Last("3 hours")),
    Trait("vip", Operator.EQUALS, True),
    Trait("level", Operator.AT_LEAST, 1.5),
    Trait("vip", Operator.NOT_SET),
    InList("news"),
    Consented("email", "never"),
    Reachable("email"),
    Stage("customer"),
    Located(country=("kr",)),
    Share(40, "x"),
]
TREES: list[Condition] = [
    All((WINDOWS[0], Not(COUNTS[0]), Any_((SEQUENCES[0], Share(50))))),
    Not(Any_((WINDOWS[1], AGGREGATES[0]))),
]
EVERY_KIND = [*WINDOWS, *COUNTS, *AGGREGATES, *TESTS, *SEQUENCES, *PEOPLE, *TREES]
