"""Traits: the newest word counts, and dates that come round every year."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.condition import Condition, Trait
from cartback.domain.event import Event, Json
from cartback.domain.instant import FOREVER, parse_instant, text_of
from cartback.domain.property import Operator
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.segment import judge
from tests.strategies import Happening, arriving, event

SEOUL = Settings(zone="Asia/Seoul")
UTC = Settings()
START = parse_instant("2026-01-01")


def told(time: int, key: str = "e", **traits: Json) -> Event:
    return event(Happening("Identified", traits=traits), time, time, key)


def asked(
    condition: Condition, now: str, settings: Settings = UTC, **traits: Json
) -> tuple[bool, str]:
    rules = compile_rules(make_rules(None, settings, [("s", "", condition)]))
    profile = advance(new_profile(1, rules), [told(START, **traits)], START, rules).profile
    inside, until = judge(condition, profile, parse_instant(now), settings)
    return inside, "for ever" if until == FOREVER else text_of(until)


def test_the_word_of_the_later_time_counts_whenever_it_arrives() -> None:
    rules = compile_rules(make_rules(None, UTC, []))
    events = [told(20, "e1", size="l"), arriving(told(10, "e2", size="s"), 30)]
    profile = advance(new_profile(1, rules), events, 30, rules).profile
    assert profile.trait("size") == "l"


@pytest.mark.parametrize("values", [["s", "l"], ["l", "s"]])
def test_two_words_of_one_time_end_the_same_in_either_order(values: list[str]) -> None:
    rules = compile_rules(make_rules(None, UTC, []))
    events = [told(10, value, size=value) for value in values]
    assert advance(new_profile(1, rules), events, 10, rules).profile.trait("size") == "s"


def test_a_trait_is_reached_by_a_path() -> None:
    in_seoul = Trait("address.city", Operator.EQUALS, "Seoul")
    assert asked(in_seoul, "2026-01-01", address={"city": "Seoul"})[0]
    for address in ("Seoul", {"city": None}, [{"city": "Seoul"}], None):
        assert not asked(in_seoul, "2026-01-01", address=address)[0]


# --- relative to now -------------------------------------------------------------------------


def test_a_renewal_in_the_next_week() -> None:
    soon = Trait("renews", Operator.IN_NEXT, "7 days")
    renews = "2026-03-10T12:00:00Z"
    assert asked(soon, "2026-03-01", renews=renews) == (False, "2026-03-03T12:00:00Z")
    assert asked(soon, "2026-03-03T12:00:00Z", renews=renews) == (True, renews)
    assert asked(soon, renews, renews=renews) == (False, "for ever")


def test_a_visit_in_the_last_week() -> None:
    lately = Trait("visited", Operator.IN_LAST, "7 days")
    visited = "2026-03-01T12:00:00Z"
    assert asked(lately, "2026-03-01", visited=visited) == (False, visited)
    assert asked(lately, visited, visited=visited) == (True, "2026-03-08T12:00:00Z")
    assert asked(lately, "2026-03-08T12:00:00Z", visited=visited) == (False, "for ever")


def test_what_was_more_than_a_week_ago_is_so_for_ever() -> None:
    long_ago = Trait("visited", Operator.MORE_THAN_AGO, "7 days")
    visited = "2026-03-01"
    assert asked(long_ago, "2026-03-02", visited=visited) == (False, "2026-03-08T00:00:00Z")
    assert asked(long_ago, "2026-03-08", visited=visited) == (True, "for ever")


@pytest.mark.parametrize("written", [None, 5, True, "soon", "", {"a": 1}, ["2026-03-01"], "x" * 50])
def test_what_is_no_date_is_at_no_time(written: Any) -> None:  # noqa: ANN401  any JSON
    for operator in (Operator.IN_LAST, Operator.IN_NEXT, Operator.MORE_THAN_AGO):
        assert asked(Trait("d", operator, "7 days"), "2026-03-01", d=written) == (False, "for ever")
    assert asked(Trait("d", Operator.ANNIVERSARY_TODAY), "2026-03-01", d=written)[0] is False


# --- every year ------------------------------------------------------------------------------


def test_a_birthday_is_the_whole_day_in_the_shops_zone() -> None:
    birthday = Trait("born", Operator.ANNIVERSARY_TODAY)
    born = "1990-05-17"
    before = asked(birthday, "2026-05-16T14:59:59.999Z", SEOUL, born=born)
    assert before == (False, "2026-05-16T15:00:00Z")
    assert asked(birthday, "2026-05-16T15:00:00Z", SEOUL, born=born) == (
        True,
        "2026-05-17T15:00:00Z",
    )
    after = asked(birthday, "2026-05-17T15:00:00Z", SEOUL, born=born)
    assert after == (False, "2027-05-16T15:00:00Z")


@pytest.mark.parametrize(
    "year, day", [("2026", "28"), ("2027", "28"), ("2028", "29"), ("2100", "28")]
)
def test_who_was_born_on_29_february_has_a_birthday_every_year(year: str, day: str) -> None:
    birthday = Trait("born", Operator.ANNIVERSARY_TODAY)
    eve = asked(birthday, f"{year}-02-27T12:00:00Z", born="1984-02-29")
    assert eve == (False, f"{year}-02-{day}T00:00:00Z")
    inside, until = asked(birthday, f"{year}-02-{day}T00:00:00Z", born="1984-02-29")
    assert inside
    assert until == f"{year}-03-01T00:00:00Z"


def test_a_birthday_in_the_next_week_ends_with_the_day_itself() -> None:
    soon = Trait("born", Operator.ANNIVERSARY_IN_NEXT, "7 days")
    born = "1990-01-03"
    assert asked(soon, "2026-12-27", born=born) == (True, "2027-01-04T00:00:00Z")
    assert asked(soon, "2026-12-26T23:59:59.999Z", born=born) == (False, "2026-12-27T00:00:00Z")
    assert asked(soon, "2027-01-04", born=born) == (False, "2027-12-27T00:00:00Z")


def test_a_birthday_before_the_birth_is_none_the_less_a_day_of_the_year() -> None:
    """A wedding planned for next year has its day this year too: only day and month count."""
    day = Trait("wedding", Operator.ANNIVERSARY_TODAY)
    assert asked(day, "2026-06-01T12:00:00Z", wedding="2027-06-01")[0]


def test_a_birthday_is_the_day_that_it_was_in_the_shop() -> None:
    """Born at 20:00 Greenwich time on 31 December: on New Year's Day in Seoul."""
    birthday = Trait("born", Operator.ANNIVERSARY_TODAY)
    assert asked(birthday, "2026-12-31T16:00:00Z", SEOUL, born="1989-12-31T20:00:00Z")[0]
    assert not asked(birthday, "2026-12-31T12:00:00Z", SEOUL, born="1989-12-31T20:00:00Z")[0]
