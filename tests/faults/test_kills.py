"""Killed at any moment and started again, everything is as if nothing had happened.

SIGKILL leaves no time to tidy up. What was answered is in the log, once; states, members and their
history equal those of a run that nobody disturbed.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from cartback.domain.instant import DAY, WEEK
from cartback.store import DatabaseStore, open_store
from tests.faults import victim
from tests.faults.story import Sent, deliveries, open_shop, write_log
from tests.forked import processes
from tests.scenarios.engine_shop import EngineShop, People, check_consistency, people

PATIENCE_SECONDS = 60


@dataclass
class Killer:
    """Starts processes and kills them at moments that only the seed knows."""

    url: str
    drawn: random.Random = field(default_factory=lambda: random.Random(1))
    kills: int = 0

    @contextmanager
    def running(self, work: Callable[..., None], *arguments: object) -> Iterator[Connection]:
        """A process at work, and the line to it; at the end of the block it is killed."""
        ours, theirs = processes.Pipe()
        process = processes.Process(target=work, args=(theirs, self.url, *arguments))
        process.start()
        theirs.close()
        try:
            yield ours
        finally:
            process.kill()
            process.join()
            ours.close()

    def until_finished(self, work: Callable[..., None], *arguments: object, steps: int) -> None:
        """Kill it somewhere in one of its next steps, and start it again, until it is finished."""
        finished = False
        while not finished:
            with self.running(work, *arguments) as line:
                for _ in range(self.drawn.randint(1, steps)):
                    finished = heard(line) == victim.FINISHED
                    if finished:
                        break
                    line.send("go on")
                else:
                    self.wait()
                    self.kills += 1

    def wait(self) -> None:
        """A moment that ends anywhere in a step."""
        time.sleep(self.drawn.uniform(0, 0.008))


def heard(line: Connection) -> object:
    """The next word from the process."""
    assert line.poll(PATIENCE_SECONDS), "it says nothing any more"
    return line.recv()


@pytest.fixture
def killer(store_url: str) -> Killer:
    return Killer(store_url)


@contextmanager
def opened(url: str) -> Iterator[DatabaseStore]:
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def made(url: str, *, segments: bool = True) -> int:
    """A shop in the store; nothing is left open."""
    with opened(url) as store:
        return open_shop(store, segments=segments).id


def undisturbed(path: Path, sent: Sequence[Sent], now: int) -> People:
    """What is known after a run that nobody disturbed, one delivery after the other."""
    with opened(str(path)) as store:
        shop = open_shop(store)
        for one in sent:
            shop.send(*one.events)
            shop.wakes(one.now)
        shop.wakes(now)
        return people(store, shop.id)


def check(url: str, shop_id: int, sent: Sequence[Sent], now: int, expected: People) -> None:
    """Every event is there once, and everything that follows from them is as it should be."""
    with opened(url) as store:
        shop = EngineShop(store, shop_id)
        shop.wakes(now)
        check_consistency(store, shop_id, now)
        known = {logged.event.id for logged in shop.log()}
        assert {one.id for delivery in sent for one in delivery.events} <= known
        found = people(store, shop_id)
        assert found.keys() == expected.keys()
        for who, known_now in found.items():
            assert known_now == expected[who], who
        assert people(store, 1) == {}, "a stranger has nothing"


@pytest.fixture
def kills(store_url: str) -> int:
    """So many at least; starting a process against PostgreSQL takes longer."""
    return 5 if store_url.startswith("postgresql") else 25


def test_a_replay_that_is_killed_ends_as_one_that_is_not(
    killer: Killer, kills: int, tmp_path: Path
) -> None:
    sent = deliveries(2, 160 if kills > 5 else 50)
    path = tmp_path / "log.jsonl"
    lines = write_log(path, sent)
    shop = made(killer.url)
    killer.until_finished(victim.replays, shop, path, 5, steps=3)
    assert killer.kills >= kills
    with opened(str(tmp_path / "clean.db")) as store:
        clean = open_shop(store)
        deque(victim.taken(store, clean.id, path, lines), maxlen=0)
        clean.wakes(sent[-1].now + WEEK)
        expected = people(store, clean.id)
    check(killer.url, shop, sent, sent[-1].now + WEEK, expected)


def test_live_work_that_is_killed_loses_and_doubles_nothing(
    killer: Killer, kills: int, tmp_path: Path
) -> None:
    shop = made(killer.url)
    sent = deliveries(2, 300 if kills > 5 else 80)
    expected = undisturbed(tmp_path / "clean.db", sent, sent[-1].now + WEEK)
    waiting = deque(sent)
    outstanding: deque[Sent] = deque()
    while waiting or outstanding:
        with killer.running(victim.listens, shop) as line:
            for one in outstanding:  # nobody knows what became of these: they are sent again
                line.send(one)
            for _ in range(killer.drawn.randint(1, 12)):
                while waiting and len(outstanding) < WINDOW:
                    outstanding.append(waiting.popleft())
                    line.send(outstanding[-1])
                if not outstanding:
                    break
                assert heard(line) == outstanding[0].number, "answers come in their order"
                outstanding.popleft()
            killer.wait()
            acknowledged = _drained(line, outstanding)
        killer.kills += 1
        with opened(killer.url) as store:
            check_consistency(store, shop)
            known = {logged.event.id for logged in EngineShop(store, shop).log()}
        done = sent[: len(sent) - len(waiting) - len(outstanding)]
        assert {one.id for delivery in done for one in delivery.events} <= known, acknowledged
    assert killer.kills >= kills
    check(killer.url, shop, sent, sent[-1].now + WEEK, expected)


WINDOW = 6


def _drained(line: Connection, outstanding: deque[Sent]) -> int:
    """Answers that came before the end of the process."""
    count = 0
    while outstanding and line.poll():
        assert line.recv() == outstanding.popleft().number
        count += 1
    return count


def filled(url: str, sent: Sequence[Sent], *, segments: bool) -> int:
    """A shop where all that has happened, and nobody has woken since the last event."""
    with opened(url) as store:
        shop = open_shop(store, segments=segments)
        shop.send(*(one for delivery in sent for one in delivery.events))
        return shop.id


def test_a_back_fill_that_is_killed_goes_on_and_ends_as_one_that_is_not(
    killer: Killer, kills: int, tmp_path: Path
) -> None:
    sent = deliveries(2, 80)
    now = sent[-1].now + DAY
    shop = filled(killer.url, sent, segments=False)
    clean = tmp_path / "clean.db"
    filled(str(clean), sent, segments=False)
    with opened(str(clean)) as store:
        deque(victim.built(store, shop, now), maxlen=0)
        EngineShop(store, shop).wakes(now + WEEK)
        expected = people(store, shop)
    killer.until_finished(victim.backfills, shop, now, 2, steps=4)
    assert killer.kills >= 5
    with opened(killer.url) as store, store.reading() as reading:
        assert {row.status for row in reading.segments(shop)} == {"live"}
    check(killer.url, shop, sent, now + WEEK, expected)


def test_waking_that_is_killed_goes_on_and_ends_as_one_that_is_not(
    killer: Killer, kills: int, tmp_path: Path
) -> None:
    sent = deliveries(2, 80)
    now = sent[-1].now + WEEK
    shop = filled(killer.url, sent, segments=True)
    clean = tmp_path / "clean.db"
    filled(str(clean), sent, segments=True)
    with opened(str(clean)) as store:
        EngineShop(store, shop).wakes(now)
        expected = people(store, shop)
    killer.until_finished(victim.wakes, now, 1, steps=4)
    assert killer.kills >= 5
    check(killer.url, shop, sent, now, expected)
