"""Instants, durations and the calendars of zones."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Trait
from cartback.domain.instant import (
    DAY,
    FOREVER,
    HOUR,
    MINUTE,
    WEEK,
    BadTime,
    Unit,
    Zone,
    datetime_of,
    duration_text,
    instant_of,
    parse_duration,
    parse_instant,
    text_of,
)
from cartback.domain.property import Operator
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from tests.strategies import DURATIONS, Happening, event


@pytest.mark.parametrize(
    "text, duration",
    [
        ("60 minutes", HOUR),
        ("1 hour", HOUR),
        ("7 days", WEEK),
        (" 1  week ", WEEK),
        ("90 seconds", 90_000),
        ("1minute", MINUTE),
    ],
)
def test_durations_are_read(text: str, duration: int) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "day",
        "0 days",
        "-1 day",
        "1.5 hours",
        "1 month",
        "36501 days",
        "1 day 2",
        "\u0661 day",
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadTime, match=r"7 days|at most 100 years"):
        parse_duration(text)


@given(st.integers(1, 10**6), st.sampled_from(["second", "minute", "hour", "day"]))
def test_a_duration_is_written_as_it_is_read(number: int, unit: str) -> None:
    if unit in ("hour", "day"):
        number = number % 36_500 + 1
    duration = parse_duration(f"{number} {unit}s")
    assert parse_duration(duration_text(duration)) == duration


def test_a_time_without_an_offset_is_of_the_zone() -> None:
    assert text_of(parse_instant("2026-03-01", Zone("Asia/Seoul")._info)) == "2026-02-28T15:00:00Z"
    assert text_of(parse_instant("2026-03-01T12:00:00+09:00")) == "2026-03-01T03:00:00Z"
    assert text_of(parse_instant("2026-03-01T12:00:00.123456Z")) == "2026-03-01T12:00:00.123Z"


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "2026-02-30", "9999-12-31", "0000-01-01", "12026-01-01"]
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadTime):
        parse_instant(text)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Seoul", "UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("operator", sorted({"anniversary_today", "in_last", "more_than_ago"}))
@pytest.mark.parametrize(
    "written",
    ["0001-01-01T00:00:00Z", "0001-01-01", "0001-01-02", "9999-12-31T23:59:59Z", "9999-12-30"],
)
def test_the_first_and_last_dates_that_software_writes_break_nothing(
    zone: str, operator: str, written: str
) -> None:
    """Many systems write the beginning of year 1 for "no date"."""
    value = None if operator == "anniversary_today" else "7 days"
    rules = make_rules(
        None, Settings(zone=zone), [("s", "", Trait("born", Operator(operator), value))]
    )
    live = compile_rules(rules)
    at = parse_instant("2026-03-01")
    born = event(Happening("Identified", traits={"born": written}), at, at, "e")
    advanced = advance(new_profile(1, live), [born], at + 400 * DAY, live)
    assert advanced.profile.trait("born") == written


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(BadTime, match="needs its zone"):
        instant_of(datetime(2026, 3, 1))  # noqa: DTZ001  on purpose


@given(st.integers(-(10**13), FOREVER - 1))
def test_an_instant_is_written_as_it_is_read(instant: int) -> None:
    assert parse_instant(text_of(instant)) == instant
    assert instant_of(datetime_of(instant)) == instant


def test_for_ever_has_a_date_too() -> None:
    assert datetime_of(FOREVER + 5) == datetime(9999, 12, 31, tzinfo=UTC)


def test_an_unknown_zone_is_refused_with_an_example() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "a\0b"):
        with pytest.raises(BadTime, match="Asia/Seoul"):
            Zone(name)


def test_a_zone_travels() -> None:
    assert pickle.loads(pickle.dumps(Zone("Asia/Seoul"))) == Zone("Asia/Seoul")  # noqa: S301


# --- the calendar ----------------------------------------------------------------------------


def period(zone: str, unit: Unit, at: str, shift: int = 0) -> tuple[str, str]:
    start, end = Zone(zone).period(unit, parse_instant(at), shift)
    return text_of(start), text_of(end)


def test_a_week_begins_on_monday_in_the_shops_zone() -> None:
    week = ("2026-03-01T15:00:00Z", "2026-03-08T15:00:00Z")  # Monday 2 March in Seoul
    assert period("Asia/Seoul", "week", "2026-03-01T15:00:00Z") == week
    assert period("Asia/Seoul", "week", "2026-03-08T14:59:59.999Z") == week


def test_a_week_with_a_change_of_the_clock_is_an_hour_shorter_or_longer() -> None:
    spring = Zone("Europe/Berlin").period("week", parse_instant("2026-03-25"))
    autumn = Zone("Europe/Berlin").period("week", parse_instant("2026-10-21"))
    assert spring[1] - spring[0] == WEEK - HOUR
    assert autumn[1] - autumn[0] == WEEK + HOUR


def test_months_have_their_own_lengths() -> None:
    assert period("UTC", "month", "2028-02-29") == ("2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z")
    assert period("UTC", "month", "2026-01-31", 1) == (
        "2026-02-01T00:00:00Z",
        "2026-03-01T00:00:00Z",
    )
    assert period("UTC", "month", "2026-12-31", 1) == (
        "2027-01-01T00:00:00Z",
        "2027-02-01T00:00:00Z",
    )
    assert period("UTC", "month", "2026-03-31", -1)[0] == "2026-02-01T00:00:00Z"


def test_behind_the_last_year_there_is_no_period() -> None:
    for at, shift in (("9999-12-15", 0), ("9999-12-15", 40), ("2026-03-01", 100_000)):
        assert Zone("UTC").period("month", parse_instant(at), shift) == (FOREVER, FOREVER)
    assert Zone("UTC").period("day", parse_instant("9999-12-30"), 1) == (FOREVER, FOREVER)


def test_a_midnight_that_never_comes_begins_the_day_an_hour_later() -> None:
    """Santiago, 6 September 2026: from 23:59:59 the clock goes to 01:00:00."""
    day = period("America/Santiago", "day", "2026-09-06T12:00:00Z")
    assert day == ("2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z")


def test_a_midnight_that_comes_twice_begins_the_day_the_first_time() -> None:
    """Havana, 1 November 2026: from 00:59:59 the clock goes back to 00:00:00."""
    day = period("America/Havana", "day", "2026-11-01T12:00:00Z")
    assert day == ("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")


def test_a_day_that_was_skipped_has_no_length() -> None:
    """Samoa had no 30 December 2011."""
    before = period("Pacific/Apia", "day", "2011-12-29T20:00:00Z")
    assert before == ("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z")
    skipped = period("Pacific/Apia", "day", "2011-12-29T20:00:00Z", 1)
    assert skipped[0] == skipped[1] == before[1]


ZONES = (
    "UTC",
    "Asia/Seoul",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Gaza",
)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["day", "week", "month"]),
    st.datetimes(datetime(2012, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001  made aware below
    st.integers(0, 30),
)
def test_periods_follow_each_other_without_gap_or_overlap(
    zone: str, unit: Unit, moment: datetime, shift: int
) -> None:
    at = instant_of(moment.replace(tzinfo=UTC))
    clock = Zone(zone)
    start, end = clock.period(unit, at)
    assert start <= at < end
    assert clock.period(unit, end)[0] == end
    assert clock.period(unit, start - 1)[1] == start
    assert clock.period(unit, at, shift)[1] == clock.period(unit, at, shift + 1)[0]


def test_all_durations_of_the_tests_are_durations() -> None:
    assert all(timedelta(milliseconds=parse_duration(one)) for one in DURATIONS)
