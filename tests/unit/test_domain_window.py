"""Windows on the clock and on the calendar: who is in, and until when exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Condition, Did, FirstTime, InList, LastTime
from cartback.domain.instant import FOREVER, Zone, parse_instant, text_of
from cartback.domain.number import Count
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.segment import judge
from cartback.domain.span import interval_in, span_of
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
from tests.condition_strategies import windows
from tests.strategies import SCENES, Scene, happened

BERLIN = Settings(zone="Europe/Berlin")
SEOUL = Settings(zone="Asia/Seoul")
UTC = Settings()


def asked(
    condition: Condition, times: list[str], now: str, settings: Settings = UTC
) -> tuple[bool, str]:
    """Whether it holds of somebody who did A at those times, and until when."""
    rules = compile_rules(make_rules(None, settings, [("s", "", condition)]))
    events = [happened("A", parse_instant(time), time) for time in times]
    profile = advance(new_profile(1, rules), events, events[-1].received, rules).profile
    inside, until = judge(condition, profile, parse_instant(now), settings)
    return inside, "for ever" if until == FOREVER else text_of(until)


def did(within: Window, **times: int) -> Did:
    return Did("A", Count(**times) if times else Count(at_least=1), within)


# --- on the clock ----------------------------------------------------------------------------


def test_the_last_week_ends_a_week_later_to_the_millisecond() -> None:
    week = did(Last("1 week"))
    times = ["2026-03-01T12:00:00.001Z"]
    assert asked(week, times, "2026-03-01T12:00:00.001Z") == (True, "2026-03-08T12:00:00.001Z")
    assert asked(week, times, "2026-03-08T12:00:00Z") == (True, "2026-03-08T12:00:00.001Z")
    assert asked(week, times, "2026-03-08T12:00:00.001Z") == (False, "for ever")


def test_of_several_the_one_that_is_needed_decides() -> None:
    times = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"]
    now = "2026-03-03T00:00:00Z"
    assert asked(did(Last("1 week"), at_least=1), times, now) == (True, "2026-03-10T00:00:00Z")
    assert asked(did(Last("1 week"), at_least=2), times, now) == (True, "2026-03-09T00:00:00Z")
    assert asked(did(Last("1 week"), at_least=3), times, now) == (True, "2026-03-08T00:00:00Z")
    assert asked(did(Last("1 week"), at_most=1), times, now) == (False, "2026-03-09T00:00:00Z")
    assert asked(did(Last("1 week"), exactly=0), times, now) == (False, "2026-03-10T00:00:00Z")


def test_fewer_than_includes_those_with_none() -> None:
    rules = compile_rules(make_rules(None, UTC, [("s", "", did(Last("1 week"), fewer_than=2))]))
    profile = advance(new_profile(1, rules), [happened("B", 5)], 5, rules).profile
    assert profile.member_since("s") == 5


def test_between_two_and_one_days_ago() -> None:
    window = did(BetweenAgo("1 day", "2 days"))
    times = ["2026-03-01T00:00:00Z"]
    assert asked(window, times, "2026-03-01T12:00:00Z") == (False, "2026-03-02T00:00:00Z")
    assert asked(window, times, "2026-03-02T00:00:00Z") == (True, "2026-03-03T00:00:00Z")
    assert asked(window, times, "2026-03-03T00:00:00Z") == (False, "for ever")


def test_more_than_a_day_ago_includes_exactly_a_day() -> None:
    window = did(MoreThanAgo("1 day"))
    times = ["2026-03-01T00:00:00Z"]
    assert asked(window, times, "2026-03-01T23:59:59.999Z") == (False, "2026-03-02T00:00:00Z")
    assert asked(window, times, "2026-03-02T00:00:00Z") == (True, "for ever")


def test_dates_are_of_the_shops_zone_and_the_end_is_not_included() -> None:
    """1 March begins in Seoul nine hours before it does in Greenwich."""
    february = did(Between("2026-02-01", "2026-03-01"))
    last = "2026-02-28T14:59:59.999Z"
    first = "2026-02-28T15:00:00Z"
    assert asked(february, [last], first, SEOUL)[0]
    assert not asked(february, [first], first, SEOUL)[0]
    assert asked(did(After("2026-03-01")), [first], first, SEOUL) == (True, "for ever")
    assert not asked(did(Before("2026-03-01")), [first], first, SEOUL)[0]
    assert asked(did(Before("2026-03-01T00:00:00Z")), [first], first, SEOUL)[0]


# --- on the calendar -------------------------------------------------------------------------


def test_today_ends_at_midnight_in_the_shop() -> None:
    today = did(Calendar("day"))
    evening = "2026-03-01T14:59:00Z"  # 23:59 in Seoul
    assert asked(today, [evening], evening, SEOUL) == (True, "2026-03-01T15:00:00Z")
    assert asked(today, [evening], evening, UTC) == (True, "2026-03-02T00:00:00Z")


def test_yesterday_is_a_day_of_23_hours_when_the_clock_goes_forward() -> None:
    """Berlin, 29 March 2026: from 02:00 to 03:00."""
    yesterday = did(Calendar("day", 1))
    noon = ["2026-03-28T11:00:00Z"]
    assert asked(yesterday, noon, "2026-03-28T12:00:00Z", BERLIN) == (False, "2026-03-28T23:00:00Z")
    assert asked(yesterday, noon, "2026-03-28T23:00:00Z", BERLIN) == (True, "2026-03-29T22:00:00Z")
    assert asked(yesterday, noon, "2026-03-29T22:00:00Z", BERLIN) == (False, "for ever")


def test_this_week_is_from_monday_across_a_change_of_the_clock() -> None:
    this_week = did(Calendar("week"))
    monday = "2026-03-22T23:00:00Z"
    sunday = "2026-03-22T22:59:59.999Z"
    now = "2026-03-29T21:59:59.999Z"  # the last millisecond of that week
    assert asked(this_week, [monday], now, BERLIN) == (True, "2026-03-29T22:00:00Z")
    assert not asked(this_week, [sunday], now, BERLIN)[0]


def test_last_month_ends_where_this_one_does() -> None:
    last_month = did(Calendar("month", 1))
    times = ["2026-01-31T23:59:59.999Z"]
    assert asked(last_month, times, "2026-01-31T23:59:59.999Z") == (False, "2026-02-01T00:00:00Z")
    assert asked(last_month, times, "2026-02-01T00:00:00Z") == (True, "2026-03-01T00:00:00Z")
    assert asked(last_month, times, "2026-02-28T23:59:59.999Z") == (True, "2026-03-01T00:00:00Z")
    assert asked(last_month, times, "2026-03-01T00:00:00Z") == (False, "for ever")


def test_two_calendar_events_of_one_day_leave_together() -> None:
    twice = did(Calendar("day"), at_least=2)
    times = ["2026-03-01T01:00:00Z", "2026-03-01T02:00:00Z"]
    assert asked(twice, times, "2026-03-01T03:00:00Z") == (True, "2026-03-02T00:00:00Z")


# --- first, latest, joined -------------------------------------------------------------------


def test_the_first_time_and_the_latest_are_asked_apart() -> None:
    times = ["2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"]
    now = "2026-03-05T12:00:00Z"
    assert asked(FirstTime("A", Last("2 days")), times, now) == (False, "for ever")
    assert asked(LastTime("A", Last("2 days")), times, now) == (True, "2026-03-07T00:00:00Z")
    assert asked(FirstTime("A", MoreThanAgo("1 day")), times, now) == (True, "for ever")
    assert asked(LastTime("A", MoreThanAgo("1 day")), times, now) == (
        False,
        "2026-03-06T00:00:00Z",
    )


def test_who_joined_a_list_lately_is_asked_of_the_last_joining() -> None:
    joined = InList("vip", Last("1 day"))
    rules = compile_rules(make_rules(None, UTC, [("s", "", joined)]))
    first = happened("Joined List", 0, "e1", list="vip")
    again = happened("Joined List", 10, "e2", list="vip")
    profile = advance(new_profile(1, rules), [first, again], 10, rules).profile
    assert judge(joined, profile, 10, UTC) == (True, 86_400_010)


# --- what every window keeps to --------------------------------------------------------------


@given(st.sampled_from(SCENES), st.data())
def test_both_ends_of_every_window_grow_with_the_time_of_the_event(
    place: tuple[str, str], data: st.DataObject
) -> None:
    """All that is said about "until when" follows from this."""
    scene = Scene(place[0], parse_instant(place[1]))
    span = span_of(data.draw(windows(scene)), Zone(scene.zone))
    start = scene.start
    times = sorted(data.draw(st.lists(st.integers(start, start + 40 * 86_400_000), min_size=2)))
    inside = [one for time in times if (one := span.interval(time))[0] < one[1]]
    assert [one[0] for one in inside] == sorted(one[0] for one in inside)
    assert [one[1] for one in inside] == sorted(one[1] for one in inside)
    for time in times:
        enter, leave = span.interval(time)
        assert enter >= time
        assert leave <= FOREVER
        if span.horizon is not None:
            assert leave <= time + span.horizon


@pytest.mark.parametrize("window", [Ever(), Last("1 day"), SinceRunStart()])
def test_nothing_is_since_the_start_of_no_run(window: Window) -> None:
    span = span_of(window, Zone())
    assert (interval_in(span, 5, None)[0] == 5) == (not isinstance(window, SinceRunStart))
    assert interval_in(span, 5, 5)[0] == 5


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: Last("7"), "7 days"),
        (lambda: BetweenAgo("2 days", "1 day"), "`nearest` is shorter"),
        (lambda: BetweenAgo("1 day", "24 hours"), "shorter than `farthest`"),
        (lambda: Between("2026-03-01", "2026-03-01"), "`start` is before `end`"),
        (lambda: Before("tomorrow"), "is not a time"),
        (lambda: Calendar("day", -1), "from 0"),
        (lambda: Calendar("day", 1_001), "to 1,000"),
    ],
)
def test_windows_that_mean_nothing_are_refused(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=said):
        make()
