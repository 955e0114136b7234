"""Dates that come round: found as a calendar would, once each, whatever the batches."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.advance import advance, new_profile
from cartback.domain.effect import Decided, Effect
from cartback.domain.event import Identifier, IdentifierKind, Metric
from cartback.domain.flow import OnDate, parse_flow
from cartback.domain.instant import DAY, HOUR, Instant, Zone, instant_of, parse_instant
from cartback.domain.occasion import LATEST, occasion_after
from cartback.domain.rules import FlowVersion, Settings
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules
from tests.strategies import Happening, event

START = parse_instant("2027-12-20T00:00:00Z")
ZONES = ["UTC", "Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "Europe/Berlin"]
CLOCKS = ["00:00", "02:30", "09:00", "23:59"]
BIRTHDAYS = [date(1990, 5, 17), date(2000, 2, 29), date(1985, 12, 31), date(1999, 1, 1)]
DAYS = [*BIRTHDAYS, date(2031, 6, 1)]
"""Some are to come: the end of a contract."""
shifts = st.sampled_from([(0, 0), (1, 0), (30, 0), (0, 1), (0, 364), (364, 0)])


def calendar(trigger: OnDate, born: date, zone: str, years: range) -> list[Instant]:
    """Every occasion of some years, day by day as somebody with a calendar would find them."""
    hour, minute = map(int, trigger.at.split(":"))
    found = []
    for year in years:
        if year < born.year:
            continue
        try:
            day = born.replace(year=year)
        except ValueError:
            day = date(year, 2, 28)
        day += timedelta(days=trigger.after - trigger.before)
        wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
        found.append(instant_of(wall))
    return sorted(found)


@given(
    shifts,
    st.sampled_from(CLOCKS),
    st.sampled_from(DAYS),
    st.sampled_from(ZONES),
    st.integers(0, 4 * 366 * 24),
)
def test_the_next_one_is_the_one_that_a_calendar_says(
    shift: tuple[int, int], at: str, born: date, zone: str, hours: int
) -> None:
    trigger = OnDate("birthday", *shift, at)
    now = START + hours * HOUR
    expected = [one for one in calendar(trigger, born, zone, range(2025, 2036)) if one > now]
    assert occasion_after(trigger, born.isoformat(), Zone(zone), now) == expected[0]


def rules(trigger: dict[str, Any], since: Instant) -> Ruleset:
    document = {
        "name": "Birthday",
        "trigger": {"kind": "date", "trait": "birthday", **trigger},
        "steps": [{"kind": "wait", "key": "hour", "for": "1 hour"}],
        "again": {"rule": "always"},
    }
    version = FlowVersion("birthday", 1, parse_flow(document), since=since)
    return compile_rules(make_rules(None, Settings(zone="Europe/Berlin"), (), [version]))


@st.composite
def lives(draw: st.DrawFn) -> tuple[Ruleset, dict[str, Any], Instant, list[tuple[Instant, date]]]:
    """A flow that came to work at some time, and a birthday that is learnt and corrected."""
    before, after = draw(shifts)
    trigger = {"before": before, "after": after, "at": draw(st.sampled_from(CLOCKS))}
    since = START + draw(st.sampled_from([-400, -1, 0, 3])) * DAY
    words, at = [], START
    for _ in range(draw(st.integers(1, 3))):
        at += draw(st.sampled_from([1, HOUR, 5 * DAY, 200 * DAY]))
        words.append((at, draw(st.sampled_from(BIRTHDAYS))))
    return rules(trigger, since), trigger, since, words


@given(lives(), st.data())
def test_each_occasion_begins_one_run_whatever_the_batches(
    life: tuple[Ruleset, dict[str, Any], Instant, list[tuple[Instant, date]]],
    data: st.DataObject,
) -> None:
    live, trigger, since, words = life
    name = (Identifier(IdentifierKind.EXTERNAL, "ada"),)
    said = [
        event(
            Happening(Metric.IDENTIFIED, traits={"birthday": day.isoformat()}, identifiers=name),
            at,
            at,
            f"e{place}",
        )
        for place, (at, day) in enumerate(words)
    ]
    end = words[-1][0] + 800 * DAY
    profile, effects = new_profile(1, live), list[Effect]()
    for one in said:
        if data.draw(st.booleans()) and one.received - 1 > profile.clock:
            profile, new = advance(profile, (), one.received - 1, live)
            effects += new
        profile, new = advance(profile, (one,), one.received, live)
        effects += new
    while data.draw(st.booleans()) and profile.wake_at <= end:
        profile, new = advance(profile, (), profile.wake_at, live)
        effects += new
    profile, new = advance(profile, (), end, live)
    effects += new
    begun = [one.at for one in effects if isinstance(one, Decided) and one.what == "entered"]
    assert begun == expected_of(OnDate("birthday", **trigger), since, words, end)


def expected_of(
    trigger: OnDate, since: Instant, words: list[tuple[Instant, date]], end: Instant
) -> list[Instant]:
    """What was so when: each occasion behind the flow's start and the word that it rests on."""
    found: set[Instant] = set()
    for place, (at, day) in enumerate(words):
        until = words[place + 1][0] if place + 1 < len(words) else end + 1
        floor = max(at, since, *(found or {since}))
        for one in calendar(trigger, day, "Europe/Berlin", range(2025, 2034)):
            if floor < one < until:
                found.add(one)
    return sorted(found)


def test_what_is_learnt_more_than_a_day_late_begins_nothing() -> None:
    live = rules({}, START)
    for late, count in ((HOUR, 1), (LATEST + HOUR, 0)):
        told = Happening(
            Metric.IDENTIFIED,
            traits={"birthday": "1990-12-24"},
            identifiers=(Identifier(IdentifierKind.EXTERNAL, "ada"),),
        )
        nine = instant_of(datetime(2027, 12, 24, 9, tzinfo=ZoneInfo("Europe/Berlin")))
        arrives = event(told, nine - DAY, nine + late, "e")
        _, effects = advance(new_profile(1, live), (arrives,), arrives.received, live)
        entered = [one for one in effects if isinstance(one, Decided) and one.what == "entered"]
        assert len(entered) == count
