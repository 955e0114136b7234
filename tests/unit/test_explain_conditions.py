"""Of each part of a condition: what decides it, what was found, and when it really changes."""

from __future__ import annotations

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    BadCondition,
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
from cartback.domain.event import Event, Identifier, Location
from cartback.domain.explain import MOST_DECIDING, Explanation, explain
from cartback.domain.instant import DAY, FOREVER, HOUR, MINUTE, WEEK, parse_instant
from cartback.domain.memory import MOST_MOMENTS
from cartback.domain.number import Count, Number
from cartback.domain.profile import Profile
from cartback.domain.property import Operator
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.window import After, BetweenAgo, Last, MoreThanAgo, SinceRunStart
from tests.strategies import Happening, event, happened

NOON = parse_instant("2026-11-22T12:00:00Z")
SHOP = Settings()
CHECKOUT = Did("Checkout Started", within=Last("1 week"))
NO_ORDER = Did("Placed Order", Count(exactly=0), Last("1 week"))


def person(asked: Condition, *history: Event, now: int = NOON, **segments: Condition) -> Profile:
    """Somebody who lived through the history in a shop that asks the condition."""
    named = [(key, key, when) for key, when in segments.items()]
    rules = compile_rules(make_rules(None, SHOP, [("asked", "asked", asked), *named]))
    return advance(new_profile(7, rules), history, now, rules).profile


def why(asked: Condition, *history: Event, now: int = NOON, **segments: Condition) -> Explanation:
    return explain(asked, person(asked, *history, now=now, **segments), now, SHOP, segments)


def said(time: int, happening: Happening) -> Event:
    """An event that says something of the person."""
    return event(happening, time, time, "said")


def test_the_article_s_segment_is_left_a_week_after_the_checkout() -> None:
    found = why(All((CHECKOUT, NO_ORDER)), happened("Checkout Started", NOON - DAY))
    assert (found.holds, found.until, found.exact) == (True, NOON + 6 * DAY, True)
    assert found.deciding == (NOON - DAY,)
    checkout, no_order = found.children
    assert (checkout.condition, checkout.holds, checkout.until) == (CHECKOUT, True, NOON + 6 * DAY)
    assert (checkout.found, checkout.deciding) == (1, (NOON - DAY,))
    assert (no_order.holds, no_order.until, no_order.found) == (True, FOREVER, 0)


def test_only_the_parts_that_keep_somebody_out_decide_it() -> None:
    found = why(
        All((CHECKOUT, NO_ORDER)),
        happened("Checkout Started", NOON - 2 * HOUR, "e1"),
        happened("Placed Order", NOON - HOUR, "e2"),
    )
    assert (found.holds, found.deciding) == (False, (NOON - HOUR,))


def test_who_will_not_be_let_in_when_the_order_ages_is_told_so() -> None:
    """Seven days from now the order is too old to matter, but so is the checkout before it."""
    found = why(
        All((CHECKOUT, NO_ORDER)),
        happened("Checkout Started", NOON - 2 * HOUR, "e1"),
        happened("Placed Order", NOON - HOUR, "e2"),
    )
    assert (found.holds, found.until) == (False, FOREVER)
    assert found.children[1].until == NOON - HOUR + WEEK


def test_a_part_that_hands_over_to_another_does_not_end_the_whole() -> None:
    either = Any_((Did("A", within=Last("1 day")), Did("B", within=Last("1 week"))))
    found = why(either, happened("A", NOON, "e1"), happened("B", NOON, "e2"))
    assert [one.until for one in found.children] == [NOON + DAY, NOON + WEEK]
    assert found.until == NOON + WEEK


def test_an_aggregate_changes_when_the_number_does_and_not_when_an_event_leaves() -> None:
    total = Aggregate("A", "sum", "n", Number(at_least=10), Last("1 week"))
    found = why(
        total,
        happened("A", NOON - 3 * DAY, "e1", n=1),
        happened("A", NOON - 2 * DAY, "e2", n=5),
        happened("A", NOON - DAY, "e3", n=6),
    )
    assert (found.holds, found.found, found.until) == (True, 12_000_000, NOON + 5 * DAY)
    assert found.deciding == (NOON - DAY, NOON - 2 * DAY, NOON - 3 * DAY)


def test_a_change_beyond_many_steps_is_said_to_be_a_lower_bound() -> None:
    numbers = [happened("A", NOON - 80 + step, str(step), n=1) for step in range(80)]
    found = why(Aggregate("A", "sum", "n", Number(at_least=1), Last("1 day")), *numbers)
    assert (found.holds, found.exact) == (True, False)
    assert NOON < found.until < NOON + DAY


@pytest.mark.parametrize(
    "numbers, bound, average",
    [
        ((1, 2), Number(at_least=2), 1_500_000),
        ((1, 1, 2), Number(at_least=1.333334), 1_333_333),
        ((1, 1, 2), Number(at_most=1.333333), 1_333_334),
        ((1, 1, 2), Number(at_most=1.333334), 1_333_333),
    ],
)
def test_an_average_is_rounded_on_its_own_side_of_the_bound(
    numbers: tuple[int, ...], bound: Number, average: int
) -> None:
    history = [happened("A", NOON, str(place), n=n) for place, n in enumerate(numbers)]
    assert why(Aggregate("A", "average", "n", bound), *history).found == average
    assert why(Aggregate("A", "average", "n", bound, Last("1 day")), *history).found == average


def test_no_number_is_found_where_there_is_none_but_the_sum_of_nothing_is_0() -> None:
    assert why(Aggregate("A", "max", "n", Number(at_most=5))).found is None
    assert why(Aggregate("A", "max", "n", Number(at_most=5), Last("1 day"))).found is None
    assert why(Aggregate("A", "sum", "n", Number(at_most=5), Last("1 day"))).found == 0


def test_the_lowest_and_the_highest_number_are_found() -> None:
    history = [happened("A", NOON, str(n), n=n) for n in (3, 1, 2)]
    for within in (Last("1 day"), After("2026-01-01")):
        assert why(Aggregate("A", "min", "n", Number(at_most=5), within), *history).found == 10**6
        assert (
            why(Aggregate("A", "max", "n", Number(at_most=5), within), *history).found == 3 * 10**6
        )


def test_at_most_ten_events_are_named_and_all_are_counted() -> None:
    history = [happened("A", NOON - place, str(place)) for place in range(40, 0, -1)]
    found = why(Did("A", Count(at_least=30)), *history)
    assert len(found.deciding) == MOST_DECIDING
    assert found.deciding[0] == NOON - 1
    assert found.found == 30


def test_events_that_became_old_enough_decide_a_question_about_old_ones() -> None:
    """The latest and the earliest times live in one memory; the earliest answer this one."""
    asked = All((Did("A"), Did("A", Count(at_least=2), MoreThanAgo("1 week"))))
    history = [happened("A", NOON - age * DAY, str(age)) for age in (9, 8, 1)]
    latest, old = why(asked, *history).children
    assert latest.deciding == (NOON - DAY,)
    assert old.deciding == (NOON - 8 * DAY, NOON - 9 * DAY)
    assert old.found == 2


def test_an_event_that_will_count_later_is_announced() -> None:
    found = why(Did("A", within=BetweenAgo("1 day", "1 week")), happened("A", NOON - HOUR))
    assert (found.holds, found.found, found.until) == (False, 0, NOON + 23 * HOUR)


def test_only_what_happened_since_the_run_began_counts_in_it() -> None:
    asked = Did("A", within=SinceRunStart())
    profile = person(Did("A", Count(at_least=2)), *[happened("A", NOON - 2 * HOUR, "e1")])
    before = explain(asked, profile, NOON, SHOP, run_start=NOON - HOUR)
    since = explain(asked, profile, NOON, SHOP, run_start=NOON - 3 * HOUR)
    without = explain(asked, profile, NOON, SHOP)
    assert (before.holds, before.deciding, before.found) == (False, (), 0)
    assert (since.holds, since.deciding, since.found) == (True, (NOON - 2 * HOUR,), 1)
    assert (without.holds, without.deciding) == (False, ())


def test_first_and_last_times_decide_also_where_they_are_outside_the_window() -> None:
    history = [happened("A", NOON - 9 * DAY, "e1"), happened("A", NOON - DAY, "e2")]
    first = why(FirstTime("A", Last("1 week")), *history)
    last = why(LastTime("A", Last("1 week")), *history)
    assert (first.holds, first.deciding) == (False, (NOON - 9 * DAY,))
    assert (last.holds, last.deciding, last.until) == (True, (NOON - DAY,), NOON + 6 * DAY)


def test_a_sequence_is_decided_by_its_first_events() -> None:
    pair = Sequence_(Match("Checkout Started"), Match("Placed Order"), "1 hour", followed=False)
    found = why(pair, happened("Checkout Started", NOON - 30 * MINUTE))
    assert (found.holds, found.until) == (False, NOON + 30 * MINUTE)
    later = why(pair, happened("Checkout Started", NOON - 2 * HOUR))
    assert (later.holds, later.deciding) == (True, (NOON - 2 * HOUR,))


def test_a_trait_shows_its_value_and_since_when() -> None:
    asked = Trait("address.city", Operator.EQUALS, "Seoul")
    found = why(
        asked, said(NOON - DAY, Happening("Identified", traits={"address": {"city": "Busan"}}))
    )
    assert (found.holds, found.found, found.deciding) == (False, "Busan", (NOON - DAY,))
    assert why(asked).found is None


def test_a_list_tells_joined_left_and_never_in_it_apart() -> None:
    joined = happened("Joined List", NOON - DAY, "e1", list="vip")
    left = happened("Left List", NOON - HOUR, "e2", list="vip")
    inside, outside = why(InList("vip"), joined), why(InList("vip"), joined, left)
    assert (inside.holds, inside.found, inside.deciding) == (True, True, (NOON - DAY,))
    assert (outside.holds, outside.found, outside.deciding) == (False, False, (NOON - HOUR,))
    assert why(InList("vip")).found is None


def test_consent_and_addresses_are_told_apart() -> None:
    yes = happened("Subscribed", NOON - DAY, "e1", channel="email")
    address = said(
        NOON - HOUR,
        Happening("Identified", identifiers=(Identifier("email", "ann@example.com"),)),
    )
    assert why(Consented("email"), yes).deciding == (NOON - DAY,)
    assert why(Consented("email"), yes).found == "subscribed"
    assert why(Consented("sms"), yes).found == "never"
    assert why(Reachable("email"), yes).found == (False, "subscribed")
    assert why(Reachable("email"), yes, address).found == (True, "subscribed")
    assert why(Reachable("email"), address).found == (True, "never")


def test_the_first_order_decides_who_is_a_customer() -> None:
    orders = [happened("Placed Order", NOON - age * DAY, str(age)) for age in (3, 2)]
    assert why(Stage("customer"), *orders).deciding == (NOON - 3 * DAY,)
    assert why(Stage("lead")).deciding == ()


def test_a_place_is_shown_as_it_was_said() -> None:
    seen = said(NOON - DAY, Happening("A", location=Location("KR", "", "Seoul")))
    found = why(Located(eu=True), seen)
    assert (found.holds, found.found, found.deciding) == (False, ("KR", "", "Seoul"), (NOON - DAY,))
    assert why(Located(eu=True)).found is None


def add(time: int, cart: str, price: int) -> Event:
    return happened("Added to Cart", time, cart, cart_id=cart, product_id="mug", price=price)


def test_the_cart_that_is_as_asked_decides_else_the_open_ones_do() -> None:
    carts = [add(NOON - 3 * HOUR, "small", 500), add(NOON - 2 * HOUR, "large", 9_000)]
    small = why(HasCart("abandoned", value=Number(less_than=1_000)), *carts)
    none = why(HasCart("active"), *carts)
    assert (small.holds, small.found, small.deciding) == (True, (2, 500, 1, ""), (NOON - 3 * HOUR,))
    assert (none.holds, none.found) == (False, (2, 9_000, 1, ""))
    assert none.deciding == (NOON - 2 * HOUR, NOON - 3 * HOUR)
    assert why(HasCart("active")).found is None


def test_a_cart_is_abandoned_when_its_time_comes() -> None:
    found = why(HasCart("abandoned"), add(NOON - 20 * MINUTE, "c", 500))
    assert (found.holds, found.until) == (False, NOON + 40 * MINUTE)


def test_a_share_depends_on_no_event() -> None:
    found = why(Share(100))
    assert (found.holds, found.until, found.deciding) == (True, FOREVER, ())


def test_a_segment_is_explained_by_its_own_tree() -> None:
    found = why(
        Not(InSegment("shoppers")),
        happened("Checkout Started", NOON - DAY),
        shoppers=All((CHECKOUT, NO_ORDER)),
    )
    (segment,) = found.children
    (meaning,) = segment.children
    assert (found.holds, segment.holds, meaning.holds) == (False, True, True)
    assert [one.condition for one in meaning.children] == [CHECKOUT, NO_ORDER]
    assert found.until == segment.until == NOON + 6 * DAY
    assert segment.deciding == (NOON - DAY,)
    assert segment.found == NOON - DAY


def test_who_joined_a_segment_lately_leaves_when_that_is_long_ago_or_with_the_segment() -> None:
    joined = InSegment("shoppers", Last("2 days"))
    found = why(joined, happened("Checkout Started", NOON - DAY), shoppers=CHECKOUT)
    assert (found.holds, found.until, found.deciding) == (True, NOON + DAY, (NOON - DAY,))
    short = why(
        joined,
        happened("A", NOON - DAY),
        shoppers=Did("A", within=Last("30 hours")),
    )
    assert (short.holds, short.until) == (True, NOON + 6 * HOUR)


def test_somebody_who_will_join_a_segment_by_time_alone_is_announced() -> None:
    """In the segment until tomorrow, and in it again six days later, newly joined."""
    segment = Any_((Did("A", within=Last("1 day")), Did("A", within=MoreThanAgo("1 week"))))
    found = why(
        InSegment("seen", Last("1 hour")),
        happened("A", NOON - 2 * HOUR),
        seen=segment,
    )
    assert (found.holds, found.until) == (False, NOON - 2 * HOUR + WEEK)


def test_joining_that_time_brings_counts_from_when_it_happens() -> None:
    """Leaves tomorrow, joins again in three days; the other part lets in two hours after that."""
    seen = Any_((Did("A", within=Last("2 days")), Did("C", within=MoreThanAgo("1 week"))))
    old = Did("B", within=MoreThanAgo("1 week"))
    history = [
        happened("C", NOON - 4 * DAY, "e1"),
        happened("B", NOON - 4 * DAY + 2 * HOUR, "e2"),
        happened("A", NOON - DAY, "e3"),
    ]
    late = why(All((InSegment("seen", Last("1 hour")), old)), *history, seen=seen)
    soon = why(All((InSegment("seen", Last("3 hours")), old)), *history, seen=seen)
    assert (late.holds, late.until) == (False, FOREVER)
    assert (soon.holds, soon.until) == (False, NOON + 3 * DAY + 2 * HOUR)


def test_a_memory_that_overflowed_says_so_while_that_matters() -> None:
    asked = Aggregate("A", "sum", "n", Number(at_least=1), Last("1 day"))
    crowd = [happened("A", NOON - HOUR + at, str(at), n=1) for at in range(MOST_MOMENTS + 5)]
    assert why(asked, *crowd[:MOST_MOMENTS]).forgotten == 0
    assert why(asked, *crowd).forgotten == 5
    assert why(asked, *crowd, now=NOON + 2 * DAY).forgotten == 0


def test_a_segment_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadCondition, match="there is no segment 'nobody'"):
        explain(InSegment("nobody"), Profile(1), NOON, SHOP)
