"""The simulated shoppers: the same for the same seed, in order, labelled, and nobody real."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from cartback.demo.habits import Habits
from cartback.demo.segments import KEYS, segment_documents
from cartback.demo.simulation import simulate
from cartback.demo.story import ADA, CAST, JONAS, MINA, TOM, story, tell
from cartback.domain.condition import parse_condition
from cartback.domain.event import RESERVED, Event, Metric, check_properties
from cartback.domain.instant import DAY, HOUR, WEEK, Instant, datetime_of, parse_instant

START = parse_instant("2026-03-02")
NOBODYS = ("@example.com", "@example.org", "@example.net")


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(simulate(shop=1, seed=7, start=START, days=40))


def digest(events: Iterable[Event]) -> str:
    return hashlib.sha256(b"".join(map(msgspec.json.encode, events))).hexdigest()


# --- the same for the same seed -------------------------------------------------------------

HASH = """
from tests.unit.test_demo_simulation import START, digest, simulate, story
print(digest([*simulate(shop=1, seed=7, start=START, days=8), *story(1, START)]))
"""


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", HASH],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("0", "1", "4711")
    }
    here = digest([*simulate(shop=1, seed=7, start=START, days=8), *story(1, START)])
    assert digests == {here + "\n"}


def test_another_seed_gives_other_shoppers() -> None:
    one, other = (digest(simulate(shop=1, seed=seed, start=START, days=2)) for seed in (1, 2))
    assert one != other


def test_the_bytes_are_the_ones_of_every_machine() -> None:
    """A change here is a change of every demo shop: make it on purpose."""
    assert digest(simulate(shop=1, seed=7, start=START, days=3)) == (
        "6c4d2b305210f375e5aed6508e30e1713244fad6d65ce1d6630cb1ad62ee3571"
    )


def test_a_later_part_is_had_without_inventing_the_years_before(events: list[Event]) -> None:
    since = START + 9 * DAY + 12_345
    later = list(simulate(shop=1, seed=7, start=START, days=40, since=since))
    assert later == [event for event in events if event.time >= since]
    far = START + 4_000 * DAY
    assert next(simulate(shop=1, seed=7, start=START, since=far)).time >= far


def test_it_goes_on_for_ever_lazily() -> None:
    endless = simulate(shop=1, seed=7, start=START)
    first = list(islice(endless, 2_000))
    assert first == list(islice(simulate(shop=1, seed=7, start=START, days=30), 2_000))


# --- honest ---------------------------------------------------------------------------------


def test_every_event_is_labelled_well_formed_and_in_order(events: list[Event]) -> None:
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert len({event.id for event in events}) == len(events)
    for event in (*events, *story(1, START)):
        assert event.properties["simulated"] is True
        assert event.time == event.received
        assert event.identifiers
        check_properties(event.metric, event.properties)


def test_addresses_are_reserved_ones(events: list[Event]) -> None:
    emails = {
        identifier.value
        for event in (*events, *story(1, START))
        for identifier in event.identifiers
        if identifier.kind == "email"
    }
    assert len(emails) > 500
    assert all(email.endswith(NOBODYS) for email in emails)


def test_nobody_shares_an_address_a_device_or_an_account(events: list[Event]) -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        _, seed, number, place, _ = event.id.split("-")
        for identifier in event.identifiers:
            owners[identifier.value].add(f"{seed}-{number}-{place}")
    assert {len(keys) for keys in owners.values()} == {1}


# --- like a shop ----------------------------------------------------------------------------


def left_behind(events: list[Event]) -> tuple[int, int, int]:
    """Carts, those idle for an hour before any order, and of these the ones ordered later."""
    last: dict[str, Instant] = {}
    abandoned: set[str] = set()
    recovered = 0
    for event in events:
        cart = event.properties.get("cart_id")
        if cart is None:
            continue
        if cart in last and event.time - last[cart] >= HOUR:
            abandoned.add(cart)
        if event.metric == Metric.PLACED_ORDER:
            recovered += cart in abandoned
            last[cart] = 2**62
        else:
            last[cart] = event.time
    end = events[-1].time
    abandoned.update(cart for cart, time in last.items() if end - time >= HOUR)
    return len(last), len(abandoned), recovered


def test_about_seven_of_ten_carts_are_left_behind_and_some_come_back(events: list[Event]) -> None:
    carts, abandoned, recovered = left_behind(events)
    assert 0.66 < abandoned / carts < 0.74
    assert 0.08 < recovered / abandoned < 0.2


def test_all_that_a_shop_sees_is_there(events: list[Event]) -> None:
    seen = {event.metric for event in events}
    not_of_a_shop_like_this = {
        Metric.VIEWED_SCREEN,
        Metric.GROUPED,
        Metric.ALIASED,
        Metric.JOINED_LIST,
        Metric.LEFT_LIST,
    }
    assert seen == set(Metric) - RESERVED - not_of_a_shop_like_this


def test_shoppers_are_tied_across_devices_by_what_they_say(events: list[Event]) -> None:
    devices: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        names = dict(event.identifiers)
        if "email" in names and "anonymous_id" in names:
            devices[names["email"]].add(names["anonymous_id"])
    assert sum(len(found) == 2 for found in devices.values()) > 50


def test_nights_are_quiet_and_sundays_busy() -> None:
    hours = [0] * 24
    days = [0] * 7
    for event in simulate(shop=1, seed=3, start=START, days=56):
        moment = datetime_of(event.time)
        hours[moment.hour] += 1
        days[moment.weekday()] += 1
    assert max(hours[0:5]) < min(hours[9:22])
    assert days[6] == max(days)


def test_habits_can_be_changed() -> None:
    calm = Habits(shoppers_per_day=10, fills_cart=0.0)
    events = list(simulate(shop=1, seed=7, start=START, days=20, habits=calm))
    people = {event.id.split("-", 1)[1].rsplit("-", 1)[0] for event in events}
    assert 160 < len(people) < 240
    assert not [event for event in events if event.metric == Metric.ADDED_TO_CART]


# --- the story ------------------------------------------------------------------------------


def times(events: Iterable[Event], key: str, metric: Metric) -> list[Instant]:
    return [event.time - START for event in events if key in event.id and event.metric == metric]


def test_the_cast_keeps_its_promises() -> None:
    events = story(1, START)
    assert times(events, ADA.key, Metric.CHECKOUT_STARTED) == [ADA.at]
    assert times(events, ADA.key, Metric.PLACED_ORDER) == []
    assert times(events, TOM.key, Metric.CHECKOUT_STARTED) == [TOM.at - WEEK]
    assert times(events, JONAS.key, Metric.PLACED_ORDER) == [JONAS.at]
    assert JONAS.at - times(events, JONAS.key, Metric.CHECKOUT_STARTED)[0] < HOUR
    assert times(events, MINA.key, Metric.PLACED_ORDER) == [MINA.at]
    assert MINA.at - times(events, MINA.key, Metric.CHECKOUT_STARTED)[0] > DAY


def test_what_the_big_cart_is_worth() -> None:
    (checkout,) = (
        event
        for event in story(1, START)
        if ADA.key in event.id and event.metric == Metric.CHECKOUT_STARTED
    )
    assert checkout.properties["value"] == 9935


def test_the_cast_walks_among_the_others_in_order() -> None:
    opening = START + 8 * DAY
    everybody = list(tell(simulate(shop=1, seed=7, start=START, days=9), story(1, opening)))
    assert [event.time for event in everybody] == sorted(event.time for event in everybody)
    names = {identifier.value for event in everybody for identifier in event.identifiers}
    assert {part.person.email for part in CAST} <= names


# --- segments -------------------------------------------------------------------------------


def test_the_segments_that_come_with_the_demo_are_well_formed() -> None:
    documents = segment_documents()
    assert [document["key"] for document in documents] == list(KEYS)
    for document in documents:
        assert set(document) == {"name", "key", "when"}
        parse_condition(document["when"])
