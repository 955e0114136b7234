"""Four processes take events on one PostgreSQL store while a fifth wakes who is due."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import psycopg
import pytest

from cartback.domain.event import DERIVED, Event
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK
from cartback.engine.ports import Store
from tests.faults import crowd
from tests.faults.story import open_shop
from tests.faults.test_kills import PATIENCE_SECONDS, heard, opened
from tests.forked import processes
from tests.scenarios.engine_shop import (
    MONDAY,
    EngineShop,
    check_consistency,
    event,
    people,
)

PEOPLE = 30
METRICS = ["Viewed Product", "Added to Cart", "Checkout Started", "Placed Order"]
LATER = MONDAY + 2 * DAY


def before() -> list[Event]:
    """Everybody's two devices are known, and for many something is due until later."""
    drawn = random.Random(3)
    return [
        event(
            f"device-{person}-{device}", drawn.choice(METRICS), at, product_id="mug", id=f"0-{at}"
        )
        for at, (person, device) in enumerate(
            ((person, device) for person in range(PEOPLE) for device in (1, 2)), start=MONDAY
        )
    ]


def meanwhile() -> list[Event]:
    """What all do at the same time: they find their e-mail, and become one through it."""
    drawn = random.Random(4)
    found = []
    for number in range(600):
        person = drawn.randrange(PEOPLE)
        who = f"device-{person}-{drawn.randint(1, 2)}"
        who += drawn.choice(["", "", f" person-{person}@example.com"])
        who += drawn.choice([""] * 9 + [f" #{person}", f" #{(person + 1) % PEOPLE}"])
        received = LATER + 1 + drawn.randint(0, HOUR)
        late = drawn.choice([0, 0, MINUTE, DAY])
        metric = drawn.choice(METRICS)
        found.append(
            event(who, metric, received - late, received=received, id=f"1-{number}", product_id="x")
        )
    return found


@contextmanager
def working(url: str, work: Callable[..., None], *arguments: object) -> Iterator[Connection]:
    """A process that is ready to begin."""
    ours, theirs = processes.Pipe()
    process = processes.Process(target=work, args=(theirs, url, *arguments))
    process.start()
    theirs.close()
    try:
        assert heard(ours) == "ready"
        yield ours
        process.join(PATIENCE_SECONDS)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()


def begun(store: Store) -> EngineShop:
    """The shop as it is before."""
    shop = open_shop(store)
    shop.send(*before())
    return shop


def together(url: str, shop: EngineShop, shares: Sequence[Sequence[Event]]) -> tuple[int, int]:
    """Four take their shares while one wakes; how many were taken and how many were known."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(working(url, crowd.ingests, shop.id, share, number))
            for number, share in enumerate(shares)
        ]
        waker = stack.enter_context(working(url, crowd.wakes, LATER))
        for line in (*lines, waker):
            line.send("go")
        taken = [heard(line) for line in lines]
        waker.send("stop")
        heard(waker)
    accepted, duplicates = zip(*taken, strict=True)
    return sum(accepted), sum(duplicates)


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.mark.parametrize("seed", [1, 2])
def test_four_at_once_end_as_one_alone_that_takes_the_log_in_its_order(
    url: str, tmp_path: Path, seed: int
) -> None:
    drawn = random.Random(seed)
    with opened(url) as store:
        shop = begun(store)
        events = [_of(shop, one) for one in meanwhile()]
        shares: list[list[Event]] = [[], [], [], []]
        for one in events:
            for share in drawn.sample(shares, 2 if drawn.random() < 0.3 else 1):
                share.append(one)
        twice = sum(map(len, shares)) - len(events)
        assert together(url, shop, shares) == (len(events), twice)
        shop.wakes(LATER + WEEK)
        check_consistency(store, shop.id, shop.now)
        log = [one.event for one in shop.log() if one.event.metric not in DERIVED]
        assert {one.id for one in log} == {one.id for one in (*before(), *events)}
        with store.reading() as reading:
            assert len(reading.merges(shop.id)) >= PEOPLE // 2
            assert reading.conflicts(shop.id, 1_000)
            assert reading.counts(shop.id)["profiles"] == reading.count_profiles(shop.id)
        found = people(store, shop.id)
        assert people(store, 1) == {}, "a stranger has nothing"
    with opened(str(tmp_path / "alone.db")) as store:
        alone = begun(store)
        alone.wakes(LATER)
        for one in log[len(before()) :]:
            alone.send(one)
        alone.wakes(LATER + WEEK)
        expected = people(store, alone.id)
    assert found.keys() == expected.keys()
    for who, known in found.items():
        assert known == expected[who], who
    assert _deadlocks(url) == 0


def _of(shop: EngineShop, one: Event) -> Event:

    return msgspec.structs.replace(one, shop=shop.id)


def _deadlocks(url: str) -> int:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])
