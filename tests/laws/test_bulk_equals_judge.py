"""The law of the bulk path: a condition read as SQL has the members that its definition gives."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cartback.bulk.query import Bulk
from cartback.bulk.tape import write_tape
from cartback.domain.advance import replay
from cartback.domain.condition import Condition
from cartback.domain.event import Event
from cartback.domain.instant import Zone
from cartback.domain.rules import Settings
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.domain.segment import judge
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.merge_ports import Merge
from tests.invent import conditions, events, moments, zones
from tests.oracle import Person, holds

PROFILES = [1, 2, 3, 5, 8]


@dataclass(frozen=True)
class World:
    """A log, who was merged into whom, and how far the tape reaches."""

    now: int
    log: Sequence[LoggedEvent]
    merged: Sequence[Merge]
    taped: int

    def log_after(self, shop: int, seq: int, limit: int) -> Sequence[LoggedEvent]:
        return [logged for logged in self.log if logged.seq > seq][:limit]

    def merges(self, shop: int) -> Sequence[Merge]:
        return self.merged

    def people(self) -> Mapping[int, Person]:
        """Everybody of whom anything had happened by now, with all that is theirs."""
        into = {merge.loser: merge.winner for merge in self.merged if merge.undone_at is None}
        found: dict[int, list[Event]] = {}
        for logged in self.log:
            profile = logged.profile
            while profile in into:
                profile = into[profile]
            found.setdefault(profile, []).append(logged.event)
        return {
            profile: Person(history, profile)
            for profile, history in found.items()
            if any(event.time <= self.now for event in history)
        }


@st.composite
def worlds(draw: st.DrawFn) -> World:
    now = draw(moments)
    owners = draw(st.lists(st.sampled_from(PROFILES), max_size=16))
    log = [
        LoggedEvent(seq, profile, 0, draw(events(now, seq)))
        for seq, profile in enumerate(owners, start=1)
    ]
    return World(now, log, draw(merges(now)), draw(st.integers(0, len(log))))


@st.composite
def merges(draw: st.DrawFn, now: int) -> Sequence[Merge]:
    """Some became another, through one or two others; some of that was undone."""
    pairs = draw(st.lists(st.sampled_from([(1, 2), (2, 3), (5, 3)]), unique=True))
    return [
        Merge(number, winner, loser, now, "", (), (), (), draw(st.sampled_from([None, None, now])))
        for number, (loser, winner) in enumerate(pairs)
    ]


@given(worlds(), st.lists(conditions(), min_size=1, max_size=3), zones)
def test_members_in_sql_are_those_that_the_definition_gives(
    world: World, asked: Sequence[Condition], zone: Zone
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_tape(world, 1, Path(folder), up_to=world.taped, chunk=5)
        with Bulk(Path(folder), 1) as bulk:
            bulk.refresh(world)
            for condition in asked:
                expected = [
                    profile
                    for profile, person in sorted(world.people().items())
                    if holds(condition, person, world.now, zone)
                ]
                assert bulk.members(condition, world.now, zone) == expected


@st.composite
def people(draw: st.DrawFn) -> tuple[int, Person]:
    now = draw(moments)
    count = draw(st.integers(0, 8))
    history = [draw(events(now, number, future=False)) for number in range(count)]
    return now, Person(history)


@given(people(), st.lists(conditions(), min_size=1, max_size=5), zones)
def test_the_judge_says_what_the_definition_gives(
    person: tuple[int, Person], asked: Sequence[Condition], zone: Zone
) -> None:
    now, known = person
    settings = Settings(zone=zone.name)
    segments = [(f"s{number}", "", condition) for number, condition in enumerate(asked)]
    rules = compile_rules(make_rules(None, settings, segments))
    profile = replay(known.profile, known.events, now, rules, 1)
    for condition in asked:
        inside = judge(condition, profile, now, settings).inside
        assert inside == holds(condition, known, now, zone), condition
