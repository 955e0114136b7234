"""What a back-fill recalls from the tape is what would have been remembered all along."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cartback.bulk.query import Bulk
from cartback.bulk.tape import write_tape
from cartback.domain.instant import DAY, FOREVER, HOUR, Zone
from cartback.domain.memory import (
    NOTHING,
    Question,
    Remembered,
    Retention,
    number_at,
    record,
    trim,
)
from cartback.domain.span import BEGINNING
from cartback.engine.log_ports import LoggedEvent
from tests.invent import metrics, moments, wheres, zones
from tests.laws.test_bulk_equals_judge import World, worlds
from tests.oracle import Person, passes
from tests.strategies import happened

questions = st.builds(
    Question,
    metrics,
    wheres,
    st.one_of(st.just(BEGINNING), moments),
    st.one_of(st.just(FOREVER), moments),
    st.sampled_from([None, None, "value", "a.city"]),
)
retentions = st.builds(
    Retention,
    st.integers(0, 3),
    st.integers(0, 2),
    st.sampled_from([0, HOUR, DAY, 7 * DAY]),
    st.booleans(),
    st.sampled_from([0, HOUR, DAY]),
)


def remembered(
    person: Person, question: Question, retention: Retention, now: int, zone: Zone
) -> Remembered:
    """The memory of somebody whose events were recorded one by one."""
    memory = NOTHING
    path = question.path.split(".") if question.path is not None else None
    for event in person.events:
        value = number_at(event, tuple(path)) if path is not None else None
        if (
            event.metric == question.metric
            and question.start <= event.time < question.end
            and all(passes(test, event.properties, zone) for test in question.where)
            and (path is None or value is not None)
        ):
            memory = record(memory, retention, event.time, value, now)
    return trim(memory, retention, now)


@given(worlds(), st.lists(st.tuples(questions, retentions), min_size=1, max_size=3), zones)
def test_what_is_recalled_is_what_would_have_been_remembered(
    world: World, asked: Sequence[tuple[Question, Retention]], zone: Zone
) -> None:
    now = max([world.now, *(logged.event.time for logged in world.log)])
    needed = dict(asked)
    with tempfile.TemporaryDirectory() as folder:
        write_tape(world, 1, Path(folder), up_to=world.taped)
        with Bulk(Path(folder), 1) as bulk:
            bulk.refresh(world)
            recalled = bulk.recall(needed.items(), now, zone)
            found = {**recalled.between(1, 2), **recalled.between(3, 8)}
            recalled.close()
    for profile, person in world.people().items():
        for question, retention in needed.items():
            memory = found.get(profile, {}).get(question.key, NOTHING)
            assert memory == remembered(person, question, retention, now, zone)


def test_on_every_edge_what_is_recalled_is_what_would_have_been_remembered() -> None:
    """About the end of the horizon and of the question, two at one time, and one without number."""
    now = 100 * DAY
    told = [(now - HOUR + tick, value) for tick in (-1, 0, 1) for value in (9, 2, None)]
    told += [(now - DAY, 5), (now, 1), (now + 1, 7)]
    log = [
        LoggedEvent(seq, 1, 0, happened("m", time, str(seq), **({} if n is None else {"n": n})))
        for seq, (time, n) in enumerate(told, start=1)
    ]
    world, later = World(now, log, [], 4), now + 1
    asked = [
        Question("m", start=start, end=end, path=path)
        for start in (BEGINNING, now - HOUR)
        for end in (now - HOUR, now, FOREVER)
        for path in (None, "n")
        if start < end
    ]
    with tempfile.TemporaryDirectory() as folder, Bulk(Path(folder), 1) as bulk:
        bulk.refresh(world)
        for retention in (
            Retention(horizon=HOUR),
            Retention(horizon=HOUR + 1),
            Retention(latest=1, horizon=HOUR),
            Retention(earliest=2, horizon=HOUR),
            Retention(latest=4, totals=True),
            Retention(latest=2, reach=HOUR),
            Retention(latest=9, horizon=1, reach=HOUR + 1),
            Retention(latest=1, horizon=DAY, reach=HOUR),
            Retention(latest=9, earliest=1, reach=HOUR),
            Retention(latest=9, earliest=1, reach=HOUR + 1),
        ):
            recalled = bulk.recall([(one, retention) for one in asked], later, Zone())
            found = recalled.between(1, 1).get(1, {})
            recalled.close()
            for question in asked:
                expected = remembered(
                    Person([e.event for e in log]), question, retention, later, Zone()
                )
                assert found.get(question.key, NOTHING) == expected, (question, retention)
