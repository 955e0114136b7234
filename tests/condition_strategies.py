"""Conditions worth testing, and rules of them: for the scenes of tests/strategies.py."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    HasCart,
    Idle,
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
from cartback.domain.number import Count, Number
from cartback.domain.property import AnyTest, NotTest, Operator, Property, PropertyTest, Some
from cartback.domain.rules import Rules
from cartback.domain.ruleset import make_rules
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
from tests.strategies import (
    LISTS,
    PLAIN,
    Scene,
    asked_dates,
)


@cache
def durations(scene: Scene) -> SearchStrategy[str]:
    return st.sampled_from(scene.spans)


@cache
def moving_windows(scene: Scene) -> SearchStrategy[Window]:
    """Windows that time moves."""
    return st.one_of(
        st.builds(Last, durations(scene)),
        st.builds(Last, durations(scene)),
        st.just(BetweenAgo(*scene.spans)),
        st.builds(MoreThanAgo, durations(scene)),
        st.builds(Calendar, st.sampled_from(["day", "week", "month"]), st.sampled_from([0, 1, 2])),
    )


@cache
def windows(scene: Scene, *, runs: bool = False) -> SearchStrategy[Window]:
    if runs:
        return st.just(SinceRunStart())
    date = st.sampled_from([scene.date(days) for days in (0, 1, 2, 8)]) | st.just(
        f"{scene.date(1)}T00:00:00Z"
    )
    ends = st.sampled_from([scene.date(days) for days in (9, 15)])
    return st.one_of(
        moving_windows(scene),
        moving_windows(scene),
        st.just(Ever()),
        st.builds(Before, date),
        st.builds(After, date),
        st.builds(Between, date, ends),
    )


@cache
def one_sided_counts() -> SearchStrategy[Count]:
    """At least, or at most, so many: time alone changes the answer once."""
    few = st.sampled_from([1, 2, 3])
    return st.one_of(
        st.builds(lambda number: Count(at_least=number), few),
        st.builds(lambda number: Count(at_most=number - 1), few),
    )


@cache
def counts() -> SearchStrategy[Count]:
    few = st.sampled_from([0, 1, 2, 3])
    return st.one_of(
        st.builds(lambda number: Count(at_least=number), few),
        st.builds(lambda number: Count(exactly=number), few),
        st.builds(lambda number: Count(at_most=number), few),
        st.builds(lambda number: Count(fewer_than=number + 1), few),
        st.builds(lambda low, more: Count(at_least=low, at_most=low + more), few, few),
    )


@cache
def number_bounds() -> SearchStrategy[Number]:
    some = st.sampled_from([0, 1, 2.5, 0.3, 3, -1])
    return st.one_of(
        st.builds(lambda number: Number(at_least=number), some),
        st.builds(lambda number: Number(at_most=number), some),
        st.builds(lambda number: Number(exactly=number), some),
        st.builds(lambda number: Number(more_than=number), some),
        st.builds(lambda number: Number(less_than=number), some),
        st.builds(lambda low: Number(at_least=low, less_than=low + 2), some),
    )


@cache
def _asked_values(scene: Scene) -> SearchStrategy[tuple[Operator, Any]]:
    """An operator with a value that fits it; none that moves with time."""
    scalar = st.sampled_from([1, 1.0, True, False, "red", "1", "", 2.5])
    text = st.sampled_from(["r", "red", "ed", "1"])
    values = st.lists(scalar, min_size=1, max_size=3).map(tuple)
    is_, pairs = Operator, st.tuples
    return st.one_of(
        pairs(st.sampled_from([is_.EQUALS, is_.NOT_EQUALS]), scalar),
        pairs(
            st.sampled_from(
                [
                    is_.CONTAINS,
                    is_.NOT_CONTAINS,
                    is_.STARTS_WITH,
                    is_.NOT_STARTS_WITH,
                    is_.ENDS_WITH,
                    is_.NOT_ENDS_WITH,
                ]
            ),
            text,
        ),
        pairs(
            st.sampled_from([is_.MATCHES, is_.NOT_MATCHES]), st.sampled_from(["^r", "d$", "[rb]"])
        ),
        pairs(
            st.sampled_from(
                [is_.IN, is_.NOT_IN, is_.CONTAINS_ANY, is_.CONTAINS_ALL, is_.CONTAINS_NONE]
            ),
            values,
        ),
        pairs(
            st.sampled_from([is_.AT_LEAST, is_.AT_MOST, is_.MORE_THAN, is_.LESS_THAN]),
            st.sampled_from([0, 1, 2.5, 0.1]),
        ),
        pairs(st.sampled_from([is_.IS_SET, is_.NOT_SET]), st.none()),
        pairs(st.sampled_from([is_.BEFORE, is_.AFTER]), asked_dates(scene)),
    )


@cache
def property_tests(scene: Scene) -> SearchStrategy[PropertyTest]:
    asked = _asked_values(scene)

    def on(path: str) -> SearchStrategy[PropertyTest]:
        return asked.map(lambda pair: Property(path, *pair))

    some = st.builds(
        lambda test, more: Some("lines", (test, *more)),
        on("product_id") | on("price"),
        st.lists(on("price"), max_size=1),
    )
    leaf = st.one_of(
        st.sampled_from(
            [
                Property("n", Operator.AT_LEAST, 1),
                Property("s", Operator.EQUALS, "red"),
                Property("n", Operator.EQUALS, 1),
                Property("n", Operator.EQUALS, True),
                Some("lines", (Property("product_id", Operator.EQUALS, "mug"),)),
            ]
        ),
        *(on(path) for path in ("n", "s", "tags", "o.n", "when", "nothing")),
        some,
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=2).map(lambda tests: AnyTest(tuple(tests))),
            inner.map(NotTest),
        ),
        max_leaves=3,
    )


@cache
def wheres(scene: Scene) -> SearchStrategy[tuple[PropertyTest, ...]]:
    none: SearchStrategy[tuple[PropertyTest, ...]] = st.just(())
    return none | none | st.lists(property_tests(scene), min_size=1, max_size=2).map(tuple)


@cache
def dids(scene: Scene, *, runs: bool = False) -> SearchStrategy[Did]:
    metric = st.sampled_from(PLAIN)
    return st.one_of(
        st.builds(Did, metric, st.just(Count(at_least=1)), windows(scene, runs=runs)),
        st.builds(Did, metric, counts(), windows(scene, runs=runs), wheres(scene)),
    )


@cache
def firsts_and_lasts(scene: Scene, *, runs: bool = False) -> SearchStrategy[Condition]:
    metric = st.sampled_from(PLAIN)
    return st.one_of(
        st.builds(FirstTime, metric, windows(scene, runs=runs), wheres(scene)),
        st.builds(LastTime, metric, windows(scene, runs=runs), wheres(scene)),
    )


@cache
def aggregates(scene: Scene, *, runs: bool = False) -> SearchStrategy[Aggregate]:
    return st.builds(
        Aggregate,
        st.sampled_from(PLAIN),
        st.sampled_from(["sum", "min", "max", "average"]),
        st.sampled_from(["n", "n", "o.n"]),
        number_bounds(),
        windows(scene, runs=runs),
        wheres(scene),
    )


@cache
def sequences(scene: Scene, *, runs: bool = False) -> SearchStrategy[Sequence_]:
    match = st.builds(Match, st.sampled_from(PLAIN)) | st.builds(
        Match, st.sampled_from(PLAIN), wheres(scene)
    )
    return st.builds(
        Sequence_,
        match,
        match,
        durations(scene),
        st.booleans(),
        windows(scene, runs=runs),
    )


@cache
def moving_traits(scene: Scene) -> SearchStrategy[Trait]:
    """Dates relative to now, and anniversaries."""
    relative = [
        Operator.IN_LAST,
        Operator.IN_NEXT,
        Operator.MORE_THAN_AGO,
        Operator.ANNIVERSARY_IN_NEXT,
    ]
    return st.one_of(
        st.builds(Trait, st.just("born"), st.sampled_from(relative), durations(scene)),
        st.builds(Trait, st.just("born"), st.just(Operator.ANNIVERSARY_TODAY)),
    )


@cache
def still_traits(scene: Scene) -> SearchStrategy[Trait]:
    paths = st.sampled_from(["score", "color", "born", "tags", "address.city"])
    return st.builds(lambda path, asked: Trait(path, *asked), paths, _asked_values(scene))


@cache
def in_lists(scene: Scene, *, runs: bool = False) -> SearchStrategy[InList]:
    key = st.sampled_from(LISTS)
    return st.builds(InList, key) | st.builds(InList, key, windows(scene, runs=runs))


@cache
def facts(scene: Scene) -> SearchStrategy[Condition]:
    """What time alone does not change."""
    return st.one_of(
        st.builds(
            Consented,
            st.sampled_from(["email", "sms"]),
            st.sampled_from(["subscribed", "unsubscribed", "never"]),
        ),
        st.builds(Reachable, st.sampled_from(["email", "sms"])),
        st.builds(Stage, st.sampled_from(["lead", "customer"])),
        st.sampled_from(
            [
                Located(country=("DE", "FR")),
                Located(city=("BERLIN",)),
                Located(region=("be",), eu=True),
                Located(eu=False),
                Located(eu=True),
            ]
        ),
        st.builds(Share, st.sampled_from([0, 50, 100]), st.sampled_from(["", "salt"])),
        still_traits(scene),
    )


@cache
def idles(scene: Scene) -> SearchStrategy[Idle]:
    return st.one_of(
        st.builds(lambda low: Idle(at_least=low), durations(scene)),
        st.builds(lambda high: Idle(less_than=high), durations(scene)),
        st.just(Idle(*scene.spans)),
    )


@cache
def cart_conditions(scene: Scene) -> SearchStrategy[HasCart]:
    return st.builds(
        HasCart,
        st.sampled_from(["abandoned", "open", "active"]),
        value=st.none() | st.sampled_from([Number(at_least=1_000), Number(less_than=2_500)]),
        items=st.none() | st.sampled_from([Number(at_least=2), Number(exactly=0)]),
        product=st.just(()) | st.just(("mug",)),
        category=st.just(()) | st.just(("home",)),
        brand=st.just(()) | st.just(("Acme",)),
        idle=st.none() | idles(scene),
    )


@cache
def leaf_conditions(
    scene: Scene, *, carts: bool = False, segments: tuple[str, ...] = (), runs: bool = False
) -> SearchStrategy[Condition]:
    """One question of any kind."""
    kinds: list[SearchStrategy[Condition]] = [
        dids(scene, runs=runs),
        dids(scene, runs=runs),
        firsts_and_lasts(scene, runs=runs),
        aggregates(scene, runs=runs),
        sequences(scene, runs=runs),
        in_lists(scene, runs=runs),
    ]
    if not runs:
        kinds += [moving_traits(scene), facts(scene)]
    if carts:
        kinds += [cart_conditions(scene), cart_conditions(scene)]
    if segments:
        kinds.append(st.builds(InSegment, st.sampled_from(segments), windows(scene)))
        kinds.append(st.builds(InSegment, st.sampled_from(segments)))
    return st.one_of(kinds)


@cache
def conditions(
    scene: Scene,
    *,
    carts: bool = False,
    segments: tuple[str, ...] = (),
    runs: bool = False,
    leaves: int = 4,
) -> SearchStrategy[Condition]:
    """Questions of every kind, joined by all, any and not; of `runs` as a flow asks them."""
    return st.recursive(
        leaf_conditions(scene, carts=carts, segments=segments, runs=runs),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda of: All(tuple(of))),
            st.lists(inner, min_size=1, max_size=3).map(lambda of: Any_(tuple(of))),
            inner.map(Not),
        ),
        max_leaves=leaves,
    )


def rules_of(scene: Scene, *asked: Condition, previous: Rules | None = None) -> Rules:
    """Rules with a segment s0, s1, ... for each condition."""
    named = [(f"s{place}", f"Segment {place}", one) for place, one in enumerate(asked)]
    return make_rules(previous, scene.settings, named)


@st.composite
def rules(draw: DrawFn, scene: Scene, *, carts: bool = False, most: int = 3) -> Rules:
    """A few segments; the later ones may ask about the earlier."""
    asked: list[Condition] = []
    for place in range(draw(st.integers(1, most))):
        known = tuple(f"s{earlier}" for earlier in range(place))
        asked.append(draw(conditions(scene, carts=carts, segments=known, leaves=3)))
    return rules_of(scene, *asked)
